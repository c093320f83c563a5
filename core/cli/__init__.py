"""The command `tidings`.

It is thin: it calls the services that the API calls, as the operator of the instance. Exit codes: 0 done, 1 failed,
2 used wrongly (arguments or settings). What goes wrong is one line on stderr.
"""

import sys
from io import TextIOWrapper
from typing import Final

import typer

from core.cli.commands import application
from core.cli.output import complain
from core.kit import garbage

FAILED: Final = 1
MISUSED: Final = 2

# typer carries its own copy of click since 0.26, and the class of usage errors has no public name in it
_USAGE_ERROR: Final[type[Exception]] = typer.BadParameter.__mro__[1]


def main() -> None:
    """The entry point: runs the command line and ends the process with its exit code."""
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # a log file or a pipe gets each line when it is said
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Runs one command; gives the exit code."""
    try:
        with garbage.paused():
            command = application(arguments)
        result = command(args=arguments, prog_name="tidings", standalone_mode=False)
    except _misuses() as error:
        return _failed(str(error), MISUSED)
    except _failures() as error:
        return _failed(_in_words(error), FAILED)
    except BrokenPipeError:  # the reader of our output has seen enough
        return FAILED
    except OSError as error:
        return _failed(": ".join(str(part) for part in (error.filename, error.strerror) if part), FAILED)
    except (KeyboardInterrupt, typer.Abort):
        return _failed("interrupted", FAILED)
    except _USAGE_ERROR as error:
        return _misused(error)
    return result if isinstance(result, int) else 0


def _misuses() -> type[Exception]:
    from core.settings import InvalidSettings  # looked at when something goes wrong: half of `--help` would be this

    return InvalidSettings


def _failures() -> tuple[type[Exception], ...]:
    from core.cli.errors import CommandError
    from core.errors import TidingsError
    from core.infra.embedded import EngineError
    from core.infra.home import HomeError

    return CommandError, EngineError, HomeError, TidingsError


def _failed(text: str, code: int) -> int:
    complain(text)
    return code


def _misused(error: Exception) -> int:
    """Help that was asked for by giving no command is printed as it is; a wrong argument is one line."""
    message = str(getattr(error, "format_message", error.__str__)())
    if "\n" in message:
        sys.stderr.write(message + "\n")
        return MISUSED
    return _failed(f"{message} (see --help)", MISUSED)


def _in_words(error: Exception) -> str:
    """The message, and of an invalid request every field that is wrong."""
    return "; ".join(problem.detail for problem in getattr(error, "errors", ())) or str(error)
