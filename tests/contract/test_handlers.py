"""From the document to the function: everything that does not fit stops the start with one clear line."""

import copy
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.contract.api import Options, build_api
from core.contract.bundle import Document
from core.contract.handlers import HandlerMismatch
from core.contract.schema import UnknownFormat
from core.contract.specification import InvalidContract
from tests.contract.fixtures.ports import CountingLimiter, RememberedAnswers, TokenTable, UnitsOfWork
from tests.contract.fixtures.world import World, documents

OPERATION: dict[str, Any] = {
    "operationId": "listThings",
    "tags": ["things"],
    "parameters": [
        {"name": "limit", "in": "query", "schema": {"type": "integer", "default": 20}},
        {"name": "q", "in": "query", "schema": {"type": "string"}},
    ],
    "responses": {"200": {"description": "ok"}},
}
HANDLER = "async def list_things(*, limit, q=None): ..."


def document(**operation: Any) -> Document:
    return {
        "openapi": "3.0.3",
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": "/v1"}],
        "paths": {"/things": {"get": copy.deepcopy(OPERATION) | operation}},
    }


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty package `made_up_handlers.v1`."""
    folder = tmp_path / "made_up_handlers" / "v1"
    folder.mkdir(parents=True)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.startswith("made_up_handlers")]:
        del sys.modules[name]


def start(given: Document) -> None:
    build_api(
        {"v1": given},
        authenticator=TokenTable(),
        limiter=CountingLimiter(),
        answers=RememberedAnswers(),
        unit_of_work=UnitsOfWork(),
        routes={},
        options=Options(handlers="made_up_handlers"),
    )


def test_a_missing_module_is_named(package: Path) -> None:
    with pytest.raises(HandlerMismatch, match=r"v1 listThings: there is no module made_up_handlers\.v1\.things"):
        start(document())


def test_a_missing_function_is_named(package: Path) -> None:
    (package / "things.py").write_text("")
    with pytest.raises(HandlerMismatch, match=r"write `async def list_things` in made_up_handlers\.v1\.things"):
        start(document())


def test_a_module_that_cannot_import_something_else_says_that(package: Path) -> None:
    (package / "things.py").write_text("import nothing_of_this_name")
    with pytest.raises(ModuleNotFoundError, match="nothing_of_this_name"):
        start(document())


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        ("def list_things(*, limit, q=None): ...", "must be an `async def`"),
        ("async def list_things(*, limit): ...", "ignores `q`, give it `q`"),
        ("async def list_things(*, limit, q): ...", "`q` may be absent, write `q=None`"),
        ("async def list_things(*, limit, q=None, more): ...", "nothing in the document gives the handler `more`"),
        ("async def list_things(**given): ...", "can be given by keyword"),
        ("async def list_things(limit, /, q=None): ...", "can be given by keyword"),
    ],
)
def test_a_handler_that_does_not_fit_its_operation_is_refused(package: Path, handler: str, message: str) -> None:
    (package / "things.py").write_text(handler)
    with pytest.raises(HandlerMismatch, match=message):
        start(document())


def test_a_handler_that_ignores_the_body_is_refused(package: Path) -> None:
    (package / "things.py").write_text(HANDLER)
    body = {"content": {"application/json": {"schema": {"type": "object"}}}, "required": True}
    with pytest.raises(HandlerMismatch, match="ignores the request body"):
        start(document(requestBody=body))


def test_a_body_that_may_be_absent_has_a_default(package: Path) -> None:
    (package / "things.py").write_text("async def list_things(*, limit, body, q=None): ...")
    with pytest.raises(HandlerMismatch, match="write `body=None`"):
        start(document(requestBody={"content": {"application/json": {"schema": {"type": "object"}}}}))


@pytest.mark.parametrize("tags", [[], ["things", "more"]])
def test_an_operation_has_one_tag(package: Path, tags: list[str]) -> None:
    with pytest.raises(HandlerMismatch, match="exactly one tag"):
        start(document(tags=tags))


def test_a_repeated_operation_id_is_refused_with_both_places(package: Path) -> None:
    given = document()
    given["paths"]["/others"] = {"post": copy.deepcopy(OPERATION)}
    with pytest.raises(InvalidContract, match=r"POST /v1/others and GET /v1/things are both called listThings"):
        start(given)


def test_an_operation_without_an_id_is_refused(package: Path) -> None:
    given = document()
    del given["paths"]["/things"]["get"]["operationId"]
    with pytest.raises(InvalidContract, match="GET /v1/things has no operationId"):
        start(given)


def test_a_document_serves_its_own_version_only(package: Path) -> None:
    with pytest.raises(InvalidContract, match="first server must be /v1"):
        start(document() | {"servers": [{"url": "/v2"}]})


def test_a_document_that_is_not_openapi_is_refused(package: Path) -> None:
    (package / "things.py").write_text(HANDLER)
    with pytest.raises(InvalidContract, match=r'/info: "title" is a required property'):
        start(document() | {"info": {}})


def test_a_default_that_its_own_schema_forbids_is_refused(package: Path) -> None:
    (package / "things.py").write_text(HANDLER)
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 10, "default": 20}}
    with pytest.raises(InvalidContract, match="/paths/~1things/get/parameters/0/schema/default: is not valid"):
        start(document(parameters=[limit, *OPERATION["parameters"][1:]]))


def test_an_example_may_be_anything(package: Path) -> None:
    (package / "things.py").write_text(HANDLER)
    given = document()
    answer = {"content": {"application/json": {"example": {"type": "integer", "default": "none"}}}}
    given["paths"]["/things"]["get"]["responses"]["200"] |= answer
    start(given)


def test_a_scope_that_the_scheme_does_not_describe_is_refused(package: Path) -> None:
    (package / "things.py").write_text(HANDLER)
    given = document(security=[{"bearer": ["things:raed"]}])
    scheme = {"type": "http", "scheme": "bearer", "x-scopes": {"things:read": "Read."}}
    given["components"] = {"securitySchemes": {"bearer": scheme}}
    with pytest.raises(ValueError, match="things:raed"):
        start(given)


def test_an_unknown_format_of_a_parameter_is_refused(package: Path) -> None:
    (package / "things.py").write_text(HANDLER)
    parameters = [
        *OPERATION["parameters"][:1],
        {"name": "q", "in": "query", "schema": {"type": "string", "format": "x"}},
    ]
    with pytest.raises(UnknownFormat):
        start(document(parameters=parameters))


def test_caching_is_for_reads_without_header_parameters(package: Path) -> None:
    (package / "things.py").write_text("async def list_things(*, limit, q=None, x_a=None): ...")
    header = {"name": "X-A", "in": "header", "schema": {"type": "string"}}
    given = document(parameters=[*OPERATION["parameters"], header]) | {}
    given["paths"]["/things"]["get"]["x-cache"] = "things"
    with pytest.raises(ValueError, match="x-cache is for GET without header parameters"):
        start(given)


def test_an_operation_that_is_unexpectedly_left_to_the_stock_stack_stops_the_start(package: Path) -> None:
    (package / "things.py").write_text("async def list_things(*, limit, q=None, body): ...")
    body = {"required": True, "content": {"multipart/form-data": {"schema": {"type": "object"}}}}
    with pytest.raises(InvalidContract, match=r"listThings.*multipart/form-data"):
        start(document(requestBody=body))


def test_a_compiled_operation_that_was_expected_on_the_stock_stack_stops_the_start() -> None:
    given = documents()
    del given["v2"]["paths"]["/uploads"]
    with pytest.raises(InvalidContract, match="not the expected operations"):
        World().api(given)


def test_a_handler_that_fits_starts(package: Path) -> None:
    (package / "things.py").write_text(HANDLER)
    start(document())
