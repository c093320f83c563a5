"""Annotations of a GitHub workflow: lines of a command's output that GitHub shows at the changed file."""


def annotation(kind: str, text: str, **properties: str) -> str:
    """A workflow command (`error`, `warning` or `notice`), with everything escaped as GitHub reads it."""
    told = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    return f"::{kind} {told}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    for sign in f"%\r\n{more}":
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text
