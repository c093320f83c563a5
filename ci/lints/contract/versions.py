"""Rules for a document as a whole: its title, its promises, and its end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from ci.lints.contract.document import Breach, Document, DocumentRule

_RETRIED = "408, 425, 429, 500, 502, 503 and 504"
_OPENAPI = "3.0.3"


def _identity(document: Document) -> Iterator[Breach]:
    info = document.node.get("info", {})
    if document.node.get("openapi") != _OPENAPI:
        yield Breach("openapi", f"is {document.node.get('openapi')}")
    if info.get("title") != f"Tidings API {document.version}":
        yield Breach("info/title", f"is {info.get('title')!r}")
    if not str(info.get("version")).startswith(f"{document.version.removeprefix('v')}."):
        yield Breach("info/version", f"is {info.get('version')}")
    if info.get("license", {}).get("name") != "Apache-2.0":
        yield Breach("info/license", "is not Apache-2.0")
    if [server.get("url") for server in document.node.get("servers", ())] != [f"/{document.version}"]:
        yield Breach("servers", f"are not /{document.version} alone")


def _retry_contract(document: Document) -> Iterator[Breach]:
    if _RETRIED not in " ".join(document.node.get("info", {}).get("description", "").split()):
        yield Breach("info/description", f"does not say that {_RETRIED} may be retried")


def _lifecycle(document: Document) -> Iterator[Breach]:
    if document.sunset is None:
        return
    since = document.node.get("x-deprecated-since", document.sunset)
    if datetime.fromisoformat(since) >= datetime.fromisoformat(document.sunset):
        yield Breach("x-sunset", "is not after x-deprecated-since")
    for operation in document.operations():
        if operation.node.get("deprecated") is not True or operation.node.get("x-sunset") != document.sunset:
            yield Breach(operation.place, f"is not deprecated: true with x-sunset {document.sunset}")


RULES = (
    DocumentRule(
        "identity",
        _identity,
        "tools tell the documents apart by title and version, clients find the paths by the server's URL",
        "title `Tidings API vN`, version N.x.y, one server /vN, licence Apache-2.0, OpenAPI 3.0.3",
    ),
    DocumentRule(
        "retry-contract",
        _retry_contract,
        "a client that retries anything else makes an outage worse, one that retries less loses work",
        "say it in info.description, in exactly these words",
    ),
    DocumentRule(
        "lifecycle",
        _lifecycle,
        "SDK generators and the break diff read the end of an operation only at the operation itself",
        "repeat deprecated: true and the root's x-sunset at every operation",
    ),
)
