"""Rules for names that generated clients show: one class a component, a word for every value of an enum."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from ci.lints.contract.document import Breach, Document, DocumentRule, schemas

# the sections that Go's generator writes types for, into one package
_CLASSES = ("schemas", "parameters", "requestBodies")
_TAKEN = {"Client", "Error", "Model", "Object", "Response", "String", "Switch"}
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?::[a-z]+)?")  # `articles:read` makes a name in every language


def _one_namespace(document: Document) -> Iterator[Breach]:
    names = Counter(name for section in _CLASSES for name in document.components(section))
    for name, count in sorted(names.items()):
        if count > 1:
            yield Breach(f"components/{name}", f"is the name of {count} components")
        if name in _TAKEN:
            yield Breach(f"components/{name}", "has a name that languages or generators have taken")


def _titles(document: Document) -> Iterator[Breach]:
    for place, schema in schemas(document):
        is_class = schema.get("type") == "object" or "enum" in schema
        if schema.get("nullable") and is_class and not schema.get("title"):
            yield Breach(place, "is a class that may be null, without a title")


def _values(document: Document) -> Iterator[Breach]:
    for place, schema in schemas(document):
        values = [value for value in schema.get("enum", ()) if isinstance(value, str)]
        names = schema.get("x-enum-varnames", values)
        if len(names) != len(values) or not all(_WORD.fullmatch(name) for name in names):
            yield Breach(place, f"has the values {values}")


RULES = (
    DocumentRule(
        "one-namespace",
        _one_namespace,
        "a client has one class of a name: Go's generator gives up on a second one, Java's renames it",
        "give the component another name; it is seen in code only",
    ),
    DocumentRule(
        "titles",
        _titles,
        "Python's generator names a class that may be null by its title, and NoteAnchorType0 without one",
        "title: the component's name, or the member's word in capitals",
    ),
    DocumentRule(
        "enum-names",
        _values,
        "generators make VALUE_0 of a value that is no word",
        "x-enum-varnames: a name in PascalCase for each value, such as PublishedAtDesc for -published_at",
    ),
)
