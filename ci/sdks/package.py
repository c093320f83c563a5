"""One SDK: a language, a version of the API, and the folders that it is made in."""

import json
import re
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ci.sdks.tools import CACHE
from ci.support import ROOT

DIST = ROOT / "dist" / "sdk"
SDKS = Path(__file__).parent
PROGRAMS = SDKS / "programs"
QUICK_STARTS = ROOT / "core" / "portal" / "quickstarts"
# names that a generator makes up where the document gives none; a number at the end tells one of them from the next
_MADE_UP = re.compile(r"Inline(?:Object|Response|_)|Anonymous(?:Object|Type)|(?:AllOf|AnyOf|OneOf|Inner)$|\d$")


@dataclass(frozen=True, slots=True)
class Package:
    """A generated client: `language` as in ci/sdks/programs, the API's `version`, and the served bundle."""

    language: str
    version: str
    bundle: Path

    @property
    def name(self) -> str:
        """Such as `python-v2`; its folder in dist/sdk has this name."""
        return f"{self.language}-{self.version}"

    @property
    def folder(self) -> Path:
        """Where the package is left."""
        return DIST / self.name

    @property
    def work(self) -> Path:
        """Where the programs are compiled against it."""
        return CACHE / "work" / self.name

    @property
    def programs(self) -> Path:
        """The folder of the scenario programs of the language."""
        return PROGRAMS / self.language

    @property
    def quick_start(self) -> Path:
        """The page that becomes the package's README.md."""
        return QUICK_STARTS / f"{self.name}.md"

    @property
    def release(self) -> str:
        """The version of the document, which is the package's own."""
        return str(self.document()["info"]["version"])

    def document(self) -> dict[str, Any]:
        """What the bundle says."""
        return dict(json.loads(self.bundle.read_bytes()))

    def quick_start_program(self) -> str:
        """The program of the page: its one block of code that names a language."""
        page = self.quick_start.read_text(encoding="utf-8")
        (program,) = re.findall(r"^```[a-z]+\n(.+?)^```$", page, re.MULTILINE | re.DOTALL)
        return str(program)


class Language(ABC):
    """How clients of one language are made. Every step raises `ToolFailed` with what the tool said."""

    name: str
    needs: tuple[str, ...] = ()
    """Programs of the machine, by their name in ci/sdks/machine.py."""

    @abstractmethod
    def install(self) -> None:
        """Bring the tools that come from a registry."""

    @abstractmethod
    def generate(self, package: Package) -> str:
        """Write the client into the package's empty folder. Gives what the generator printed."""

    @abstractmethod
    def compile(self, package: Package) -> None:
        """Compile client, scenario program and quick start with strict settings; a warning is an error."""

    @abstractmethod
    def command(self, package: Package) -> list[Path | str]:
        """The command that runs the compiled scenario program."""

    @abstractmethod
    def quick_start(self, package: Package) -> list[Path | str]:
        """The command that runs the compiled quick start."""

    @abstractmethod
    def names(self, package: Package) -> set[str]:
        """The names of the client's classes, types and the values of its enums."""

    @abstractmethod
    def errors(self, package: Package) -> set["TypedError"]:
        """The errors that the client types. Where a class serves every operation, those of the whole document."""


@dataclass(frozen=True, slots=True, order=True)
class TypedError:
    """The answer of an operation that is no success, and the schema of its body."""

    operation: str
    status: int
    schema: str

    @property
    def plain(self) -> tuple[str, int, str]:
        """The same in every language, however it writes names."""
        return _plain(self.operation), self.status, _plain(self.schema)

    def __str__(self) -> str:
        return f"the {self.status} of {self.operation} is no {self.schema}"


def documented_errors(document: dict[str, Any]) -> set[TypedError]:
    """Every error of a document. Raises `ValueError` for one that is not described by a named schema, in one way."""
    return {
        TypedError(operation["operationId"], int(status), _schema_of(document, operation, status))
        for item in document["paths"].values()
        for operation in item.values()
        for status in operation["responses"]
        if status >= "400"
    }


def untyped(documented: set[TypedError], typed: set[TypedError]) -> list[TypedError]:
    """The documented errors that a client does not type."""
    known = {error.plain for error in typed}
    return sorted(error for error in documented if error.plain not in known)


def errors_of_classes(document: dict[str, Any], classes: Mapping[str, set[str]]) -> set[TypedError]:
    """The errors whose schema is a class with all its members; `classes`: members by the name of the class."""
    known = {_plain(name): members for name, members in classes.items()}
    schemas = document["components"]["schemas"]
    return {
        error
        for error in documented_errors(document)
        if schemas[error.schema]["properties"].keys() <= known.get(_plain(error.schema), set())
    }


def _schema_of(document: dict[str, Any], operation: dict[str, Any], status: str) -> str:
    answer = operation["responses"][status]
    for name in answer.get("$ref", "").split("/")[1:]:
        answer = document = document[name]
    schemas = {str(media["schema"].get("$ref", "")).rpartition("/")[2] for media in answer.get("content", {}).values()}
    if len(schemas) != 1 or "" in schemas:
        raise ValueError(f"{operation['operationId']} answers {status} without one named schema")
    return schemas.pop()


def words_of(document: dict[str, Any]) -> set[str]:
    """The names that an author of the document has chosen, in their plain form."""
    return {_plain(name) for name in _names_in(document)}


def made_up(names: set[str], chosen: set[str]) -> list[str]:
    """Those of the names that no author of the document has chosen; `chosen`: plain names that are its own."""
    return sorted(name for name in names if _MADE_UP.search(name) and _plain(name) not in chosen)


def _names_in(part: Any) -> Iterator[str]:
    """Keys and values of enums, wherever they stand."""
    if isinstance(part, dict):
        for name, member in part.items():
            yield str(name)
            if name in {"enum", "x-enum-varnames"} and isinstance(member, list):
                yield from map(str, member)
            yield from _names_in(member)
    elif isinstance(part, list):
        for member in part:
            yield from _names_in(member)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def remove(folder: Path, patterns: Iterable[str]) -> None:
    """Take away what a generator leaves beside the client."""
    for found in [found for pattern in patterns for found in folder.glob(pattern)]:
        if found.is_dir():
            shutil.rmtree(found)
        else:
            found.unlink(missing_ok=True)


def declared(folder: Path, pattern: str, declaration: str) -> set[str]:
    """What the files of a folder declare; each alternative of the regular expression has the name as its group."""
    expression = re.compile(declaration, re.MULTILINE)
    texts = (file.read_text(encoding="utf-8") for file in folder.rglob(pattern))
    return {next(filter(None, found.groups())) for text in texts for found in expression.finditer(text)}
