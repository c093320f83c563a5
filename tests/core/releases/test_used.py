"""Which changes concern a caller, by what it used."""

from datetime import UTC, date, datetime

import pytest

from core.kit import ids
from core.releases.types import Change, ChangedElement, ChangedOperation, ChangeKind, Release, ReleasedChange
from core.releases.used import Used
from core.usage.types import ElementUsage

KEY = ids.new_id()


def usage(kind: str = "operation", name: str = "", value: str = "", *, operation: str = "createFeed") -> ElementUsage:
    return ElementUsage(
        principal_id=KEY, version="v2", operation=operation, kind=kind, name=name, value=value, calls=1,
        last_call_at=datetime(2026, 11, 20, tzinfo=UTC),
    )  # fmt: skip


def change(
    code: str, element: ChangedElement, kind: ChangeKind = "breaking", operation: str | None = "createFeed",
    version: str = "v2",
) -> ReleasedChange:  # fmt: skip
    place = None if operation is None else ChangedOperation(operation, "POST", "/v2/feeds")
    made = Change("chg_1", kind, code, place, element, "Text.")
    return ReleasedChange(Release(version, "2.1.0", "2.0.0", date(2026, 11, 21), (made,)), made)


CALLS = usage()
TONE = ChangedElement("parameter", "tone")


@pytest.mark.parametrize(
    ("wanted", "elements", "concerned"),
    [
        (change("request-parameter-removed", TONE), [], False),
        (change("request-parameter-removed", TONE), [CALLS], False),
        (change("request-parameter-removed", TONE), [CALLS, usage("parameter", "tone")], True),
        (change("request-parameter-removed", TONE, version="v1"), [CALLS, usage("parameter", "tone")], False),
        (change("new-required-request-parameter", TONE), [CALLS], True),
        (change("request-parameter-became-required", TONE), [CALLS], True),
        (change("new-optional-request-parameter", TONE, "additive"), [CALLS], True),
        (change("new-optional-request-parameter", TONE, "additive", "listFeeds"), [CALLS], False),
        (change("request-parameter-enum-value-removed", ChangedElement("parameter", "tone", "dry")), [CALLS], False),
        (
            change("request-parameter-enum-value-removed", ChangedElement("parameter", "tone", "dry")),
            [CALLS, usage("enum", "tone", "dry")],
            True,
        ),
        (change("request-property-removed", ChangedElement("request_member", "/title")), [CALLS], False),
        (
            change("request-property-removed", ChangedElement("request_member", "/title")),
            [CALLS, usage("member", "/title")],
            True,
        ),
        (
            change("request-property-enum-value-removed", ChangedElement("request_member", "/scopes/*", "a")),
            [CALLS, usage("enum", "/scopes/*", "a")],
            True,
        ),
        (change("request-body-media-type-removed", ChangedElement("media_type", "text/plain")), [CALLS], False),
        (
            change("request-body-media-type-removed", ChangedElement("media_type", "text/plain")),
            [CALLS, usage("media_type", "", "text/plain")],
            True,
        ),
        (
            change("response-required-property-removed", ChangedElement("response_member", "/id", None, "200")),
            [CALLS],
            True,
        ),
        (change("api-schema-removed", ChangedElement("schema", "Feed"), operation=None), [CALLS], True),
        (change("api-schema-removed", ChangedElement("schema", "Feed"), operation=None), [], False),
    ],
)
def test_a_change_concerns_who_used_what_it_takes(
    wanted: ReleasedChange, elements: list[ElementUsage], concerned: bool
) -> None:
    assert Used(elements).concerns(wanted) is concerned
