"""What Schemathesis needs to know of this API beyond its documents: who asks, about what, and what is no fault."""

import os
import re
from collections import Counter
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import schemathesis
import schemathesis.cli
from schemathesis import AuthContext, Case, CheckContext, DeserializationContext, HookContext, Response
from schemathesis.cli.commands.run.handlers.base import EventHandler
from schemathesis.core.parameters import ParameterLocation
from schemathesis.engine import Status, events
from schemathesis.generation.meta import CoveragePhaseData, StatefulPhaseData
from schemathesis.specs.openapi.checks import positive_data_acceptance, status_code_conformance

from ci import fuzz_requests as requests
from ci.fuzz_results import Recorder
from ci.fuzz_world import World
from core.contract.hygiene import MAX_TARGET_BYTES

NOT_IN_SCHEMAS: Final = (
    b'"code":"invalid_cursor"',  # nobody signed it, however well it is formed
    b'"code":"span"',  # two dates are valid each, and not together
    b"an integer is outside the range of 64 bits",  # in what belongs to somebody else, which no schema describes
    b"a string holds U+0000",  # `allow-x00` does not reach strings that a pattern describes
)
"""What answers say of that which is well-formed and yet refused as 400."""

EDGES_OF_TIME: Final = re.compile(rb"0001-01-01T|9999-12-31T")
"""Days on which the offset of a date-time may lead to a year before 1 or after 9999, which no schema can forbid."""

_seen: Counter[str] = Counter()
_recorder: Final = Recorder()


@cache
def world() -> World:
    """The one that the requests of this process are about."""
    return World(os.environ["FUZZ_ADDRESS"], Path(os.environ["FUZZ_HOME"]))


@schemathesis.auth(refresh_interval=None)
class Credential:
    """The credential that the document asks for: a person's token, a key in turn with it, or none."""

    def get(self, case: Case[Any], context: AuthContext) -> str | None:
        """The header, for operations that need one."""
        definition = context.operation.definition.raw
        if definition["security"] == []:
            return None
        in_sequence = case.meta is not None and isinstance(case.meta.phase.data, StatefulPhaseData)
        actor = requests.asker(world(), definition, person=in_sequence)
        return actor.headers["Authorization"]

    def set(self, case: Case[Any], data: str, _: AuthContext) -> None:
        """Send it."""
        case.headers["Authorization"] = data


@schemathesis.hook
def before_call(_: HookContext, case: Case[Any], __: dict[str, Any]) -> None:
    """Name what is there, where nothing else was meant; and nothing that the fuzzer itself cannot do without."""
    if case.meta is None:
        return
    data, operation = case.meta.phase.data, str(case.operation.definition.raw["operationId"])
    if world().has_left(case.headers.get("Authorization")):
        # several requests are thought of before the first of them is sent
        case.headers["Authorization"] = world().guest(operation).headers["Authorization"]
    asker = world().actor(case.headers.get("Authorization"))
    if isinstance(data, StatefulPhaseData):
        requests.spare(asker, operation, case.path_parameters)
        return
    is_valid = case.meta.generation.mode.is_positive
    if is_valid:
        # made-up cursors would hide what lies behind them; links bring real ones
        case.query.pop("cursor", None)
    _seen[operation] += 1
    if _seen[operation] % requests.MADE_UP == 0:
        requests.spare(asker, operation, case.path_parameters)
        return
    tried = data.parameter if isinstance(data, CoveragePhaseData) else None
    if not case.meta.is_negative_at(ParameterLocation.PATH) and tried not in case.path_parameters:
        case.path_parameters.update(requests.path_of(asker, operation, case.path, case.path_parameters))
    if is_valid:
        requests.complete(asker, operation, case, keep=tried)


@schemathesis.hook
def after_call(_: HookContext, case: Case[Any], response: Response) -> None:
    """Make again what was used up, and note which operations have accepted something valid."""
    is_another = case.method.upper() != case.operation.method.upper()
    if not response.status_code < 300 or case.meta is None or is_another:
        return
    operation = str(case.operation.definition.raw["operationId"])
    asker = world().actor(case.headers.get("Authorization"))
    requests.used(asker, operation, case.method, case.path)
    requests.keep(asker, operation, response)
    if case.meta.generation.mode.is_positive:
        _recorder.accepted.add(case.operation.label)


@schemathesis.cli.handler()
class Results(EventHandler[Any]):
    """Writes down what became of each operation."""

    def handle_event(self, _: Any, event: events.EngineEvent) -> None:
        """An operation has been asked, or could not be."""
        if isinstance(event, events.ScenarioFinished):
            _recorder.finished(event.recorder, well=event.status in (Status.SUCCESS, Status.SKIP))
        elif isinstance(event, events.NonFatalError):
            _recorder.failed.add(event.label)

    def shutdown(self, _: Any) -> None:
        """The run is over."""
        _recorder.write()


@schemathesis.check
def valid_data_is_accepted(context: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """As `positive_data_acceptance`, but without what only looks valid.

    Schemathesis follows the null that stands for the id of a feed which could not be imported.
    """
    only_looks = any(reason in response.content for reason in NOT_IN_SCHEMAS) or (
        b"must be a date-time" in response.content and EDGES_OF_TIME.search(_sent(response)) is not None
    )
    if (response.status_code == 400 and only_looks) or "None" in map(str, case.path_parameters.values()):
        return None
    return positive_data_acceptance(context, response, case)


@schemathesis.check
def status_is_documented(context: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """As `status_code_conformance`, but without an address that is too long: no operation is chosen by it.

    That the documents say in their introduction, and in none of the operations.
    """
    if response.status_code == HTTPStatus.REQUEST_URI_TOO_LONG and len(response.request.path_url) > MAX_TARGET_BYTES:
        return None
    return status_code_conformance(context, response, case)


def _sent(response: Response) -> bytes:
    """The target and the body of the request."""
    target, body = str(response.request.path_url), response.request.body or b""
    return target.encode() + b" " + (body if isinstance(body, bytes) else str(body).encode())


@schemathesis.deserializer("text/x-opml", "application/xml", "application/x-ndjson")
def text(_: DeserializationContext, response: Response) -> str:
    """The documents describe OPML and lines of JSON as texts."""
    return response.content.decode("utf-8")
