"""uvicorn as Tidings runs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.types import ASGIApp
from uvicorn import Config

from core.contract.protocol import GuardedProtocol

GRACEFUL_SHUTDOWN_S: Final = 20


def server_config(
    app: ASGIApp | str,
    *,
    host: str,
    port: int,
    workers: int = 1,
    trusted_proxies: Sequence[str] = (),
    fd: int | None = None,
) -> Config:
    """The configuration of `uvicorn.Server`; `app` is an application, or `module:factory` for more than one worker.

    `X-Forwarded-For` and `-Proto` are believed from `trusted_proxies` only. SIGTERM drains for 20 s.
    """
    return Config(
        app,
        host=host,
        port=port,
        fd=fd,
        factory=isinstance(app, str),
        workers=workers,
        http=GuardedProtocol,
        loop="uvloop",
        ws="none",
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_S,
    )
