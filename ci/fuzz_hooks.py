"""What Schemathesis needs to know of this API beyond its documents."""

import os
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, DeserializationContext, HookContext, Response
from schemathesis.generation.meta import StatefulPhaseData
from schemathesis.specs.openapi.checks import positive_data_acceptance

ENDS_A_KEY = ("DELETE", "PATCH", "POST")


@schemathesis.hook
def filter_case(_: HookContext, case: Case[Any]) -> bool:
    """The fuzzer finds its own key in the list of keys; once it had revoked that, every answer would be 401."""
    own = case.path_parameters.get("key_id") == os.environ["FUZZ_KEY_ID"]
    return not (own and case.method.upper() in ENDS_A_KEY)


@schemathesis.hook
def before_call(_: HookContext, case: Case[Any], __: dict[str, Any]) -> None:
    """Valid requests go without made-up cursors, which would hide what lies behind them; links bring real ones."""
    if case.meta and case.meta.generation.mode.is_positive and not isinstance(case.meta.phase.data, StatefulPhaseData):
        case.query.pop("cursor", None)


@schemathesis.check
def valid_data_is_accepted(context: CheckContext, response: Response, case: Case[Any]) -> bool | None:
    """As `positive_data_acceptance`, but without what only looks valid.

    A cursor that nobody signed is refused however well it is formed, and Schemathesis follows the null that stands for
    the id of a feed which could not be imported.
    """
    unsigned = response.status_code == 400 and b'"code":"invalid_cursor"' in response.content
    follows_null = "None" in map(str, case.path_parameters.values())
    if unsigned or follows_null:
        return None
    return positive_data_acceptance(context, response, case)


@schemathesis.deserializer("text/x-opml", "application/xml")
def opml(_: DeserializationContext, response: Response) -> str:
    """The documents describe OPML as a text."""
    return response.content.decode("utf-8")
