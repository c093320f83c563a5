"""What makes a command fail, besides what the services and the engines raise."""


class CommandError(Exception):
    """The command cannot do its work. The message is one line: what is wrong, and what to do about it."""
