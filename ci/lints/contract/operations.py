"""Rules for operations: names, texts, security, and what each may answer."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ci.lints.contract.document import Breach, Document, DocumentRule, Operation, function_of, module_of

_OPERATION_ID = re.compile(r"[a-z]+(?:[A-Z][a-z0-9]*)+")
_PATH = re.compile(r"(?:/(?:[a-z][a-z0-9-]*|\{[a-z][a-z0-9_]*\})){1,4}")
_SUMMARY_LENGTH = 60

_EVERY_STATUS = ("400", "401", "429", "500", "503")
_RATE_HEADERS = (
    "RateLimit",
    "RateLimit-Policy",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
)
_REPEATABLE = ("post", "patch")
_HEADERS_OF_STATUS = {
    "201": ("Location",),
    "202": ("Location",),
    "401": ("WWW-Authenticate",),
    "429": ("Retry-After",),
    "503": ("Retry-After",),
}


def _names(document: Document) -> Iterator[Breach]:
    for operation in document.operations():
        name = operation.node.get("operationId", "")
        if not _OPERATION_ID.fullmatch(name):
            yield Breach(operation.place, f"has the operationId {name!r}")


def _unique_names(document: Document) -> Iterator[Breach]:
    counted = Counter(operation.node.get("operationId") for operation in document.operations())
    yield from (Breach(document.version, f"has {count} × {name}") for name, count in counted.items() if count > 1)


def _tags(document: Document) -> Iterator[Breach]:
    declared = {tag["name"] for tag in document.node.get("tags", ())}
    used = set()
    for operation in document.operations():
        tags = operation.node.get("tags", ())
        used.update(tags)
        if len(tags) != 1 or not declared.issuperset(tags):
            yield Breach(operation.place, f"has the tags {list(tags)}")
    yield from (Breach(document.version, f"declares the tag {tag} for nothing") for tag in sorted(declared - used))


def _handlers(document: Document) -> Iterator[Breach]:
    expected: dict[str, set[str]] = {}
    for operation in document.operations():
        for tag in operation.node.get("tags", ()):
            expected.setdefault(module_of(tag), set()).add(function_of(operation.node.get("operationId", "")))
    for module, functions in sorted(expected.items()):
        missing = functions - document.handlers.get(module, frozenset())
        yield from (Breach(document.version, f"needs handlers/{document.version}/{module}.py:{f}") for f in missing)
    for module, found in sorted(document.handlers.items()):
        spare = found - expected.get(module, set())
        yield from (Breach(f"handlers/{document.version}/{module}.py", f"{f} has no operation") for f in spare)


def _texts(document: Document) -> Iterator[Breach]:
    for operation in document.operations():
        summary = operation.node.get("summary", "")
        if not summary or len(summary) > _SUMMARY_LENGTH or summary.endswith("."):
            yield Breach(operation.place, f"has the summary {summary!r}")
        if len(operation.node.get("description", "")) <= len(summary):
            yield Breach(operation.place, "has no description that says more than its summary")


def _paths(document: Document) -> Iterator[Breach]:
    for path, item in document.node["paths"].items():
        if not _PATH.fullmatch(path):
            yield Breach(path, "is not kebab-case, or nested more than once")
        if "parameters" in item:
            yield Breach(path, "has parameters at the level of the path")


def _scopes(document: Document) -> Iterator[Breach]:
    for operation in document.operations():
        if "security" not in operation.node:
            yield Breach(operation.place, "does not say which credential it needs")
        yield from (Breach(operation.place, f"needs the scope {s}") for s in sorted(operation.scopes - document.scopes))
    granted = set(document.components("schemas").get("Scope", {}).get("enum", ()))
    if document.successor is None and granted and granted != document.key_scopes:
        yield Breach("schemas/Scope", f"differs from x-scopes by {sorted(granted ^ document.key_scopes)}")
    elif granted - document.key_scopes:
        yield Breach("schemas/Scope", f"has {sorted(granted - document.key_scopes)}, which no key can have")


def _statuses(document: Document) -> Iterator[Breach]:
    for operation in document.operations():
        answers = dict(document.responses(operation))
        for status in sorted(_expected(document, operation) - answers.keys()):
            yield Breach(operation.place, f"does not list {status}")
        if not any(status.startswith("2") for status in answers):
            yield Breach(operation.place, "lists no success")
        yield from (Breach(operation.place, f"lists {status!r}") for status in answers if not status.isdigit())


def _expected(document: Document, operation: Operation) -> set[str]:
    headers = {parameter["name"] for parameter in document.parameters(operation) if parameter["in"] == "header"}
    conditions = {
        "403": bool(operation.scopes),
        "404": "{" in operation.path and not _only_listed_words(document, operation),
        "304": "If-None-Match" in headers,
        "406": any(
            status.startswith("2") and "content" in response for status, response in document.responses(operation)
        ),
        "409": operation.method in _REPEATABLE,
        "412": "If-Match" in headers,
        "410": document.sunset is not None,
        "413": "requestBody" in operation.node,
        "415": "requestBody" in operation.node,
        "422": operation.method in _REPEATABLE,
    }
    return {*_EVERY_STATUS, *(status for status, holds in conditions.items() if holds)}


def _only_listed_words(document: Document, operation: Operation) -> bool:
    """Whether the path holds nothing but words of an enum: another word is wrong and not missing."""
    inside = [parameter for parameter in document.parameters(operation) if parameter["in"] == "path"]
    return bool(inside) and all("enum" in document.resolve(parameter["schema"]) for parameter in inside)


def _conditions(document: Document) -> Iterator[Breach]:
    for operation in document.operations():
        headers = {parameter["name"] for parameter in document.parameters(operation) if parameter["in"] == "header"}
        if operation.method == "get" and "If-None-Match" not in headers:
            yield Breach(operation.place, "does not take If-None-Match")
        if document.sunset is None and operation.method in ("patch", "delete") and "If-Match" not in headers:
            yield Breach(operation.place, "does not take If-Match")


def _repetitions(document: Document) -> Iterator[Breach]:
    for operation in document.operations():
        headers = {parameter["name"] for parameter in document.parameters(operation) if parameter["in"] == "header"}
        wanted = operation.method in _REPEATABLE
        if ("Idempotency-Key" in headers) != wanted:
            yield Breach(operation.place, f"{'does not take' if wanted else 'takes'} Idempotency-Key")
        for status, response in document.responses(operation):
            if status.startswith("2") and ("Idempotency-Replayed" in response.get("headers", {})) != wanted:
                yield Breach(f"{operation.place} {status}", f"{'lacks' if wanted else 'has'} Idempotency-Replayed")


def _headers(document: Document) -> Iterator[Breach]:
    lifecycle = ("Deprecation", "Sunset", "Link") if document.sunset else ()
    for operation in document.operations():
        for status, response in document.responses(operation):
            etag = ("ETag",) if operation.method in ("get", "patch") and status == "200" else ()
            wanted = ("X-Request-Id", *_RATE_HEADERS, *lifecycle, *etag, *_HEADERS_OF_STATUS.get(status, ()))
            missing = [name for name in wanted if name not in response.get("headers", {})]
            if missing:
                yield Breach(f"{operation.place} {status}", f"lacks {', '.join(missing)}")


RULES = (
    DocumentRule(
        "operation-id",
        _names,
        "SDKs make method names of it, and the engine the name of the handler",
        "write verbNoun in lowerCamelCase: listArticles",
    ),
    DocumentRule(
        "unique-operation-id",
        _unique_names,
        "with a duplicate Connexion silently swaps another operation's body schema and security in",
        "rename one of them",
    ),
    DocumentRule(
        "one-tag",
        _tags,
        "the tag is the handler's module and the SDK's class; with none or two nobody knows which",
        "give exactly one of the tags that the root declares, and declare no other",
    ),
    DocumentRule(
        "handler",
        _handlers,
        "Connexion starts without a handler and answers 500; a handler without an operation is never called",
        "write the async function, or remove the operation until it has one",
    ),
    DocumentRule(
        "operation-texts",
        _texts,
        "the page of the documentation and the docstrings of SDKs are made of nothing else",
        f"give a summary of at most {_SUMMARY_LENGTH} characters without a full stop, and a description that says more",
    ),
    DocumentRule(
        "paths",
        _paths,
        "paths that follow one form can be guessed; Connexion appends path-level parameters once a middleware",
        "kebab-case, one sub-resource at most, parameters at the operation",
    ),
    DocumentRule(
        "scopes",
        _scopes,
        "a scope that nobody can be given locks an operation for good; one unchecked opens it",
        "declare it in openapi/shared/security.yaml and in the schema Scope",
    ),
    DocumentRule(
        "error-set",
        _statuses,
        "a client can only handle what it was told of, and every answer is checked against the document",
        "list each status with a response of openapi/shared/errors-<version>.yaml",
    ),
    DocumentRule(
        "conditional-requests",
        _conditions,
        "without them a client polls at full price and loses updates",
        "add the parameter from openapi/shared/parameters.yaml",
    ),
    DocumentRule(
        "repeated-requests",
        _repetitions,
        "a client that lost the answer must be able to ask again without doing it twice",
        "POST and PATCH, and no others, take shared/parameters.yaml IdempotencyKey, and every success lists the header",
    ),
    DocumentRule(
        "headers",
        _headers,
        "headers that are not in the document are not in any SDK",
        "add them from openapi/shared/headers.yaml",
    ),
)
