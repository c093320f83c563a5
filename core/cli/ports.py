"""The sockets that an instance listens on, opened before anything else starts and handed down to the processes.

So a port in use is found first, port 0 is known at once, and no connection is refused while a process starts again.
"""

import errno
import socket

from core.cli.errors import CommandError

BACKLOG = 2048


class PortUnavailable(CommandError):
    """The address cannot be listened on. The message is one line: why, and which setting to change."""


def listen(host: str, port: int, *, chosen_by: str = "TIDINGS_PORT") -> socket.socket:
    """A listening TCP socket; port 0 takes a free one. Raises `PortUnavailable`, which names what chose the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise PortUnavailable(_why(error, host, port, chosen_by)) from None


def inherited(descriptor: int) -> socket.socket:
    """The listening socket that the parent process handed down."""
    try:
        return socket.socket(fileno=descriptor)
    except OSError:
        raise PortUnavailable(f"--fd {descriptor}: no socket was handed down; leave the option out") from None


def origin(listening: socket.socket) -> str:
    """`http://127.0.0.1:8080` for a socket; an address that stands for all becomes this machine's own."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not listened on
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _why(error: OSError, host: str, port: int, chosen_by: str) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {port} on {host} is in use by another program: stop that one, or set {chosen_by}"
        case errno.EACCES:
            return f"this user may not listen on port {port}: set {chosen_by} to 1024 or higher"
        case errno.EADDRNOTAVAIL:
            return f"this machine has no address {host}: set the host to one that it has"
        case socket.EAI_NONAME | socket.EAI_AGAIN:
            return f"the name {host} has no address: set the host to one that this machine has"
        case _:
            return f"cannot listen on port {port} of {host}: {error.strerror}"
