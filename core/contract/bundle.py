"""One OpenAPI document out of many files.

A document is written as small files that point at each other. Readers of the API, SDK generators and Connexion get
one: path items are inlined, and every schema, parameter, header, response, request body and example that lies in
another file becomes a named component, so that generated classes have the names their authors gave. The name is the
last segment of the pointer (`schemas/article.yaml#/Article` → `Article`), or the file's own name where there is none.

A component that nothing points at is left out. The order is fixed: paths as written, components by name.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from core.contract import yaml12

Document = dict[str, Any]

_OPERATIONS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")

# What lies where in an OpenAPI 3.0.3 document: kind of object → member → (shape, kind of the member). The kinds in
# plural are the sections of `components`, so a reference found there is hoisted into the section of that name.
_ONE, _LIST, _MAP = "one", "list", "map"
_GRAMMAR: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "path": {"parameters": (_LIST, "parameters"), **dict.fromkeys(_OPERATIONS, (_ONE, "operation"))},
    "operation": {
        "parameters": (_LIST, "parameters"),
        "requestBody": (_ONE, "requestBodies"),
        "responses": (_MAP, "responses"),
        "callbacks": (_MAP, "callbacks"),
    },
    "parameters": {"schema": (_ONE, "schemas"), "content": (_MAP, "media"), "examples": (_MAP, "examples")},
    "headers": {"schema": (_ONE, "schemas"), "content": (_MAP, "media"), "examples": (_MAP, "examples")},
    "requestBodies": {"content": (_MAP, "media")},
    "responses": {"headers": (_MAP, "headers"), "content": (_MAP, "media"), "links": (_MAP, "links")},
    "media": {"schema": (_ONE, "schemas"), "examples": (_MAP, "examples"), "encoding": (_MAP, "encoding")},
    "encoding": {"headers": (_MAP, "headers")},
    "schemas": {
        "properties": (_MAP, "schemas"),
        "items": (_ONE, "schemas"),
        "additionalProperties": (_ONE, "schemas"),
        "allOf": (_LIST, "schemas"),
        "anyOf": (_LIST, "schemas"),
        "oneOf": (_LIST, "schemas"),
        "not": (_ONE, "schemas"),
    },
    "examples": {},
    "links": {},
    "callbacks": {},
    "securitySchemes": {},
}
_SECTIONS = (
    "securitySchemes",
    "parameters",
    "headers",
    "requestBodies",
    "responses",
    "schemas",
    "examples",
    "links",
    "callbacks",
)


class BundleError(ValueError):
    """A document that cannot be put together: the message names the file and what to change in it."""


def bundle(path: Path) -> Document:
    """Read a root document and everything it points at. Raises `BundleError` and `yaml.YAMLError`."""
    return _Bundler(path.resolve()).run()


def to_json(document: Document) -> bytes:
    """The document as indented JSON."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def to_yaml(document: Document) -> bytes:
    """The document as YAML."""
    return yaml12.dump(document)


class _Bundler:
    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[Path, Any] = {}
        self._paths: dict[tuple[Path, str], Path] = {}
        self._components: dict[str, dict[str, Any]] = {section: {} for section in _SECTIONS}
        self._origins: dict[tuple[str, str], tuple[Path, str]] = {}

    def run(self) -> Document:
        root = self._read(self._root, wanted_by=self._root)
        if not isinstance(root, dict) or "paths" not in root:
            raise BundleError(f"{self._root}: this is no OpenAPI document, it has no paths")
        document: Document = {}
        for key, value in root.items():
            if key == "paths":
                document[key] = {path: self._path_item(item) for path, item in value.items()}
            elif key == "components":
                document[key] = None  # keeps its place; what it holds is known when all paths are walked
            else:
                document[key] = self._extension(value, self._root) if key.startswith("x-") else copy.deepcopy(value)
        for name in (root.get("components") or {}).get("securitySchemes") or {}:
            self._hoist("securitySchemes", f"#/components/securitySchemes/{name}", self._root)
        document["components"] = {
            section: dict(sorted(members.items())) for section, members in self._components.items() if members
        }
        return document

    def _path_item(self, item: Mapping[str, Any]) -> Any:
        if "$ref" not in item:
            return self._walk(item, "path", self._root)
        target, file, _ = self._resolve(item, self._root)
        return self._walk(target, "path", file)

    def _walk(self, node: Any, kind: str, file: Path) -> Any:
        """A copy of the node with every reference pointing into `components`."""
        if not isinstance(node, dict):
            return copy.deepcopy(node)
        if "$ref" in node:
            return {"$ref": self._hoist(kind, self._reference(node, file), file)}
        members = _GRAMMAR[kind]
        walked: dict[str, Any] = {}
        for key, value in node.items():
            if key in members:
                shape, member_kind = members[key]
                walked[key] = self._members(value, shape, member_kind, file)
            elif key == "discriminator":
                walked[key] = self._discriminator(value, file)
            elif key.startswith("x-"):
                walked[key] = self._extension(value, file)
            else:
                walked[key] = copy.deepcopy(value)
        return walked

    def _members(self, value: Any, shape: str, kind: str, file: Path) -> Any:
        if shape == _LIST and isinstance(value, list):
            return [self._walk(member, kind, file) for member in value]
        if shape == _MAP and isinstance(value, dict):
            return {name: self._walk(member, kind, file) for name, member in value.items()}
        return self._walk(value, kind, file)

    def _discriminator(self, value: Mapping[str, Any], file: Path) -> dict[str, Any]:
        walked = copy.deepcopy(dict(value))
        for name, reference in walked.get("mapping", {}).items():
            walked["mapping"][name] = self._hoist("schemas", reference, file)
        return walked

    def _extension(self, value: Any, file: Path) -> Any:
        """The value of an `x-` member; there a reference into another file is simply replaced by what it points at."""
        if isinstance(value, dict) and "$ref" in value:
            target, target_file, _ = self._resolve(value, file)
            return self._extension(target, target_file)
        return copy.deepcopy(value)

    def _hoist(self, section: str, reference: str, file: Path) -> str:
        if section not in self._components:
            raise BundleError(f"{file}: {reference}: only path items and components may be references here")
        target, target_file, pointer = self._resolve({"$ref": reference}, file)
        name = pointer.rsplit("/", 1)[-1] if pointer else target_file.stem
        while isinstance(target, dict) and "$ref" in target:  # an alias keeps its name and has the content's origin
            target, target_file, pointer = self._resolve(target, target_file)
        address = f"#/components/{section}/{name}"
        origin = (target_file, pointer)
        known = self._origins.get((section, name))
        if known == origin:
            return address
        if known is None:
            self._origins[section, name] = origin
            self._components[section][name] = None  # taken before the walk, which may come back here
            self._components[section][name] = self._walk(target, section, target_file)
        elif self._walk(target, section, target_file) != self._components[section][name]:
            raise BundleError(f"two {section} are called {name}: {target_file}#{pointer} and {known[0]}#{known[1]}")
        return address

    def _resolve(self, node: Mapping[str, Any], file: Path) -> tuple[Any, Path, str]:
        """What a reference points at, the file it lies in, and its pointer there."""
        reference = self._reference(node, file)
        location, _, pointer = reference.partition("#")
        target_file = self._path(file, location) if location else file
        target = self._read(target_file, wanted_by=file)
        for segment in pointer.split("/")[1:]:
            key = segment.replace("~1", "/").replace("~0", "~")
            if not isinstance(target, dict) or key not in target:
                raise BundleError(f"{file}: {reference} points at nothing")
            target = target[key]
        return target, target_file, pointer

    def _path(self, file: Path, location: str) -> Path:
        """Of a file that another one names; asking the disk takes 50 µs, and most are named many times."""
        path = self._paths.get((file, location))
        if path is None:
            path = self._paths[file, location] = (file.parent / location).resolve()
        return path

    def _reference(self, node: Mapping[str, Any], file: Path) -> str:
        reference = node["$ref"]
        if not isinstance(reference, str) or "://" in reference:
            raise BundleError(f"{file}: {reference!r} is no reference to a file of this repository")
        if len(node) > 1:
            raise BundleError(f"{file}: members beside $ref are ignored by every tool, remove them: {reference}")
        return reference

    def _read(self, path: Path, *, wanted_by: Path) -> Any:
        if path not in self._files:
            if not path.is_file():
                raise BundleError(f"{wanted_by}: there is no file {path}")
            self._files[path] = yaml12.load(path)
        return self._files[path]
