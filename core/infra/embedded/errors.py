"""What an operator is told when an engine cannot run."""


class EngineError(Exception):
    """An engine cannot start or stop. The message is one line: what is wrong, and what to do about it."""
