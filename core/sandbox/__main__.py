"""`python -m core.sandbox [--host H] [--port P] [--clock frozen|moving|INSTANT] [--control-token T] [--quiet]`."""

import argparse
import sys

from core.sandbox.server import run


def main(arguments: list[str] | None = None) -> int:
    """Serves a newsroom until it is told to stop; 1 when the port is taken or the clock makes no sense."""
    parser = argparse.ArgumentParser(prog="python -m core.sandbox", description="A deterministic newsroom for Tidings.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--clock", default="frozen", help="frozen, moving, or an instant such as 2026-11-21T09:00:00Z")
    parser.add_argument("--control-token", default=None, help="what /control asks for")
    parser.add_argument("--quiet", action="store_true", help="do not announce the origin on stdout")
    options = parser.parse_args(arguments)
    try:
        run(
            options.host,
            options.port,
            clock=options.clock,
            control_token=options.control_token,
            announce=not options.quiet,
        )
    except (OSError, ValueError) as error:
        sys.stderr.write(f"The sandbox newsroom cannot start: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
