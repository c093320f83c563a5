"""Rules for the YAML files that a document is written in."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from ci.lints.contract.document import Breach, Document, DocumentRule
from core.contract.yaml12 import Yaml12Loader

_LONGEST_FILE_LINES = 400
_REFERENCE = re.compile(r'\$ref: "?([^"}#\s]+)')


def _lengths(document: Document) -> Iterator[Breach]:
    for path, text in document.files.items():
        if (count := text.count("\n")) > _LONGEST_FILE_LINES:
            yield Breach(path, f"has {count} lines")


def _apart(document: Document) -> Iterator[Breach]:
    for path, text in document.files.items():
        allowed = ("shared",) if "/shared/" in path else (document.version, "shared")
        for target in _REFERENCE.findall(text):
            folder = _folder(path, target)
            if folder not in allowed:
                yield Breach(path, f"points into openapi/{folder}")


def _folder(path: str, target: str) -> str:
    """The folder below openapi/ that a relative reference ends up in."""
    parts = path.split("/")[:-1]
    for part in target.split("/"):
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return parts[1]


def _quoted_enums(document: Document) -> Iterator[Breach]:
    for path, text in document.files.items():
        for scalar in _enum_values(yaml.compose(text, Loader=Yaml12Loader)):
            if not scalar.style and scalar.tag != "tag:yaml.org,2002:null":
                yield Breach(
                    f"{path}:{scalar.start_mark.line + 1}", f"has the enum value {scalar.value} without quotes"
                )


def _enum_values(node: yaml.Node | None, key: str = "") -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            yield from _enum_values(value, name.value)
    elif isinstance(node, yaml.SequenceNode):
        for member in node.value:
            if key == "enum" and isinstance(member, yaml.ScalarNode):
                yield member
            else:
                yield from _enum_values(member)


def _unused(document: Document) -> Iterator[Breach]:
    """What v1 does not use of shared/ may serve v2, so each version looks at its own files only."""
    for path, text in document.files.items():
        if "/shared/" in path:
            continue
        for section, members in _written(text).items():
            spare = members.keys() - document.components(section).keys()
            yield from (Breach(path, f"has the {section} {name} for nothing") for name in sorted(spare))


def _written(text: str) -> Mapping[str, Mapping[str, Any]]:
    content = yaml.load(text, Loader=Yaml12Loader)  # noqa: S506  # a CSafeLoader underneath
    components: Mapping[str, Mapping[str, Any]] = (content or {}).get("components", {})
    return components


RULES = (
    DocumentRule(
        "file-length",
        _lengths,
        "a file that fits into one's head is a file that one changes without fear",
        f"split the resource: {_LONGEST_FILE_LINES} lines at most",
    ),
    DocumentRule(
        "versions-apart",
        _apart,
        "a schema that two versions share cannot change in one of them",
        "copy the schema; share only what has no shape of its own, in openapi/shared/",
    ),
    DocumentRule(
        "quoted-enums",
        _quoted_enums,
        "`no` is a language and `on` a state, but not to every YAML parser",
        'put each value of an enum in double quotes: "no"',
    ),
    DocumentRule(
        "no-spare-components",
        _unused,
        "what nothing points at is in no bundle: nobody sees that it is wrong",
        "use it or remove it",
    ),
)
