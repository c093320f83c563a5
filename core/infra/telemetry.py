"""Structured logs: one JSON object a line on one stream, whoever wrote the message, and no secret in any of them.

Values are JSON-escaped, so a line break or a control character in a request cannot begin a line of its own.
"""

import logging
import logging.config
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

REDACTED: Final = "[redacted]"
_MAX_TEXT: Final = 2000
_SECRET_NAME: Final = re.compile(r"authorization|cookie|password|secret|token|api[-_]?key|credential", re.IGNORECASE)
_SECRET_TEXT: Final = re.compile(
    r"tdk_(?:live|test)_\w+|tdr_\w+"  # our own keys and refresh tokens
    r"|eyJ[\w-]{8,1000}\.[\w-]{1,2000}\.[\w-]*"  # JSON Web Tokens
    r"|(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"  # user:password in a URL
    r"|(?i:(?<=bearer )|(?<=basic ))[\w.~+/=-]+"
    r"|(?i:(?<=api-key=)|(?<=apikey=)|(?<=api_key=)|(?<=access_token=))[^&\s]+"
)


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A processor: members that are named like a secret, and texts that look like one, are masked; texts are cut."""
    return {name: REDACTED if _SECRET_NAME.search(name) else _clean(value) for name, value in event.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRET_TEXT.sub(REDACTED, value[:_MAX_TEXT])
    if isinstance(value, dict):
        return {
            key: REDACTED if isinstance(key, str) and _SECRET_NAME.search(key) else _clean(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


def _dumps(value: Any, **_: Any) -> str:
    return orjson.dumps(value, default=repr, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z).decode()


_SHARED: Final[tuple[Processor, ...]] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    structlog.processors.StackInfoRenderer(),
    structlog.processors.format_exc_info,
)


def configure_logging(level: str = "info", stream: TextIO | None = None) -> None:
    """Send structlog's and the standard library's messages, and Python's warnings, as JSON lines to `stream`.

    That is standard output where none is given.
    """
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact,
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
        foreign_pre_chain=[*_SHARED, structlog.stdlib.ExtraAdder()],
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)
    for name, quiet in _LEVELS.items():
        logging.getLogger(name).setLevel(quiet)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


# what these write at INFO is noise for an operator, and httpx writes whole URLs
_LEVELS: Final[MutableMapping[str, str]] = {
    "alembic": "WARNING",
    "connexion": "ERROR",
    "httpx": "WARNING",
    "httpcore": "WARNING",
    "procrastinate": "WARNING",
    "psycopg.pool": "ERROR",
    "uvicorn.access": "WARNING",
}
