"""Everything on: the product's own application on the in-memory page, with edge, access log, metrics and headers."""

import os
from pathlib import Path
from uuid import UUID

from core.contract.access_log import AccessLog
from core.contract.api import Options, build_api
from core.contract.bundle import bundle
from core.contract.edge import Edge
from core.contract.ports import Admission, CachedAnswer, Call, Keyed, PolicyState
from core.contract.responses import Response
from core.errors import Unauthenticated
from core.kit.principal import NEWSROOM_ID, Principal

_PRINCIPAL = Principal(NEWSROOM_ID, UUID(int=1), "api_key")
_BUDGET = PolicyState("key", 1000, 3600, 999, 10)


class Anybody:
    """Every token but `bad` is good."""

    async def authenticate(self, token: str) -> Principal:
        if token == "bad":
            raise Unauthenticated
        return _PRINCIPAL


class Unlimited:
    """Everything is admitted, with the policies for the headers; nothing is cached."""

    def __init__(self, *policies: PolicyState) -> None:
        self._admission = Admission(allowed=True, policies=policies)

    async def admit(self, call: Call) -> Admission:
        return self._admission

    async def refund(self, call: Call, admission: Admission) -> None:
        return None

    async def store(self, call: Call, admission: Admission, answer: CachedAnswer) -> None:
        return None


class NoWork:
    """A unit of work without a database."""

    async def __aenter__(self) -> None:
        return None

    async def __aexit__(self, *_: object) -> None:
        return None


class NothingKept:
    """Every request is the first of its kind."""

    async def find(self, request: Keyed) -> Response | None:
        """Implements the port."""

    def claim(self, request: Keyed) -> None:
        """Implements the port."""

    async def settle(self) -> None:
        """Implements the port."""

    def keep(self, request: Keyed, response: Response) -> None:
        """Implements the port."""


_NO_WORK = NoWork()

_NOWHERE = Path(os.devnull).open("wb")  # noqa: SIM115 - open as long as the process lives


def build(limiter: Unlimited) -> Edge:
    """The API of `memory.yaml`."""
    return build_api(
        {"v1": bundle(Path(__file__).with_name("memory.yaml"))},
        authenticator=Anybody(),
        limiter=limiter,
        answers=NothingKept(),
        unit_of_work=lambda _: _NO_WORK,
        routes={},
        options=Options(handlers="bench.servers.memory_handlers", access_log=AccessLog(_NOWHERE)),
    )


app = build(Unlimited(_BUDGET))
