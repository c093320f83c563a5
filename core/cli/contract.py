"""`tidings contract`: the two OpenAPI documents, from their many files to what clients hold."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from openapi_spec_validator import OpenAPIV30SpecValidator
from yaml import YAMLError

from core.cli.documents import DOCUMENTS
from core.cli.errors import CommandError
from core.cli.options import AsJson
from core.cli.output import complain, print_json, say
from core.contract.bundle import BundleError, Document, bundle, to_json, to_yaml

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


class ContractError(CommandError):
    """A document cannot be read or released. The message is one line."""


def bundle_document(
    version: Annotated[str, typer.Argument(help="v1 or v2.")],
    output: Annotated[Path | None, typer.Option(help="Write to this file instead of to stdout.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON instead of YAML.")] = False,
) -> None:
    """Put one document together, as the server serves it."""
    whole = _bundled(version)
    content = to_json(whole) if as_json else to_yaml(whole)
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        output.write_bytes(content)


def check(as_json: AsJson = False) -> None:
    """Check both documents: they can be put together, are valid OpenAPI 3.0.3, and name each operation once."""
    findings = {version: list(problems(_bundled(version))) for version in _versions()}
    if as_json:
        print_json(findings)
    for version, found in findings.items():
        for problem in found:
            complain(f"{version}: {problem}")
        if not found and not as_json:
            say(f"{version}: valid")
    if any(findings.values()):
        raise typer.Exit(1)


def problems(document: Document) -> Iterator[str]:
    """What is wrong with a bundled document, a line each."""
    for error in OpenAPIV30SpecValidator(document).iter_errors():
        yield f"{'/'.join(str(part) for part in error.absolute_path) or 'root'}: {error.message[:300]}"
    seen: set[str] = set()
    for method, path, operation in _operations(document):
        name = operation.get("operationId")
        if name is None:
            yield f"{method.upper()} {path}: has no operationId, so no function can answer it"
        elif name in seen:
            yield f"{method.upper()} {path}: operationId {name} is used twice"  # silently swaps bodies and security
        else:
            seen.add(name)


def _operations(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        yield from ((method, path, item[method]) for method in METHODS if method in item)


def _versions() -> list[str]:
    return sorted(document.parent.name for document in DOCUMENTS.glob("v*/openapi.yaml"))


def _bundled(version: str) -> Document:
    if version not in _versions():
        raise typer.BadParameter(f"there is no document {version}; there are {', '.join(_versions())}")
    try:
        return bundle(DOCUMENTS / version / "openapi.yaml")
    except (BundleError, YAMLError) as error:
        raise ContractError(f"{version}: {error}") from None
