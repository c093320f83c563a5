"""One SDK: a language, a version of the API, and the folders that it is made in."""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from ci.sdks.tools import CACHE
from ci.support import ROOT

DIST = ROOT / "dist" / "sdk"
SDKS = Path(__file__).parent
PROGRAMS = SDKS / "programs"
QUICK_STARTS = SDKS / "quickstarts"
# names that a generator makes up where the document gives none
_MADE_UP = re.compile(
    r"Inline(?:Object|Response|_)|Anonymous(?:Object|Type)|(?:Object|Response|Type|Value|VALUE_)\d|(?:AllOf|AnyOf|OneOf|Inner)(?:\d|$)"
)


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
        """Where the scenario program is compiled against it."""
        return CACHE / "work" / self.name

    @property
    def programs(self) -> Path:
        """The folder of the scenario programs of the language."""
        return PROGRAMS / self.language


class Language(ABC):
    """How clients of one language are made. Every step raises `ToolFailed` with what the tool said."""

    name: str

    @abstractmethod
    def install(self) -> None:
        """Bring the tools, or end the script with the line that installs what is missing."""

    @abstractmethod
    def generate(self, package: Package) -> str:
        """Write the client into the package's empty folder. Gives what the generator printed."""

    @abstractmethod
    def compile(self, package: Package) -> None:
        """Compile client and scenario program with strict settings; a warning is an error."""

    @abstractmethod
    def command(self, package: Package) -> list[Path | str]:
        """The command that runs the compiled scenario program."""

    @abstractmethod
    def names(self, package: Package) -> set[str]:
        """The names of the client's classes, types and the values of its enums."""


def made_up(names: set[str]) -> list[str]:
    """Those of the names that no author of the document has chosen."""
    return sorted(name for name in names if _MADE_UP.search(name))


def declared(folder: Path, pattern: str, declaration: str) -> set[str]:
    """What the files of a folder declare; each alternative of the regular expression has the name as its group."""
    expression = re.compile(declaration, re.MULTILINE)
    texts = (file.read_text(encoding="utf-8") for file in folder.rglob(pattern))
    return {next(filter(None, found.groups())) for text in texts for found in expression.finditer(text)}


def write_quick_start(package: Package) -> None:
    """Write the package's README.md."""
    text = (QUICK_STARTS / f"{package.language}-{package.version}.md").read_text(encoding="utf-8")
    (package.folder / "README.md").write_text(text, encoding="utf-8")
