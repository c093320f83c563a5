"""YAML by the rules of version 1.2 (core schema), on libyaml's parser.

PyYAML follows 1.1, where `NO` is false, `1:30` is 90 and `2026-12-01` a date. In a contract the first is Norway and the
last a string. Mapping keys are strings, and a repeated key is an error instead of a silent loss.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

_CORE_SCHEMA: tuple[tuple[str, str, str], ...] = (
    ("tag:yaml.org,2002:null", r"^(?:~|null|Null|NULL|)$", "~nN\0"),
    ("tag:yaml.org,2002:bool", r"^(?:true|True|TRUE|false|False|FALSE)$", "tTfF"),
    ("tag:yaml.org,2002:int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", "-+0123456789"),
    (
        "tag:yaml.org,2002:float",
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
        "-+0123456789.",
    ),
)


def _resolvers() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    """PyYAML's table: first character of a plain scalar → the tags it may have. An empty scalar has the key ""."""
    table: dict[str, list[tuple[str, re.Pattern[str]]]] = {}
    for tag, pattern, first_characters in _CORE_SCHEMA:
        for character in first_characters:
            table.setdefault(character.replace("\0", ""), []).append((tag, re.compile(pattern)))
    return table


def _constructors(construct_int: Callable[[Any, yaml.ScalarNode], int]) -> dict[str | None, Any]:
    return {**yaml.CSafeLoader.yaml_constructors, "tag:yaml.org,2002:int": construct_int}


class Yaml12Loader(yaml.CSafeLoader):
    """Reads one document. Raises `yaml.YAMLError` with file, line and column."""

    yaml_implicit_resolvers = _resolvers()

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:  # type: ignore[override]  # narrower: only string keys
        """A mapping with string keys. `200:` becomes "200", as in JSON."""
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, int) and not isinstance(key, bool):
                key = str(key)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(
                    None, None, f"a key must be a string, quote {key!r}", key_node.start_mark
                )
            if key in mapping:
                raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is repeated", key_node.start_mark)
            mapping[key] = self.construct_object(value_node, deep=deep)
        return mapping

    def construct_int(self, node: yaml.ScalarNode) -> int:
        """Decimal, `0o` octal or `0x` hexadecimal; a leading zero means nothing in YAML 1.2."""
        text: str = self.construct_scalar(node)
        return int(text, 0) if text.startswith(("0o", "0x")) else int(text)

    yaml_constructors = _constructors(construct_int)


class Yaml12Dumper(yaml.CSafeDumper):
    """Writes without anchors, so that every tool can read the document."""

    def ignore_aliases(self, data: Any) -> bool:
        """Always: two places that hold the same object are written twice."""
        return True


def load(path: Path) -> Any:
    """The content of a YAML file."""
    with path.open("rb") as file:
        return yaml.load(file, Loader=Yaml12Loader)  # noqa: S506  # a CSafeLoader underneath


def dump(document: Any) -> bytes:
    """YAML that a 1.1 and a 1.2 parser read alike: whatever is ambiguous is quoted. Keys keep their order."""
    text: str = yaml.dump(document, Dumper=Yaml12Dumper, sort_keys=False, allow_unicode=True, width=120)
    return text.encode()
