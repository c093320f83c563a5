"""Go: oapi-codegen, built and vetted together with the programs."""

import json
import re
import shutil
from pathlib import Path

from ci.sdks.machine import program
from ci.sdks.package import Language, Package, TypedError, declared
from ci.sdks.tools import PINS, go_environment, oapi_codegen, tool

_HEADERS = re.compile(r"Response\d{3}Headers$")
_ANSWER = re.compile(r"^type (\w+)Response struct \{$(.+?)^\}$", re.MULTILINE | re.DOTALL)
_BODY = re.compile(r"^\t(?:ApplicationProblem)?JSON([45]\d\d) +\*(\w+)$", re.MULTILINE)


class Go(Language):
    """A module `tidingsv1` or `tidingsv2` with one file."""

    name = "go"
    needs = ("go",)

    def install(self) -> None:
        oapi_codegen()

    def generate(self, package: Package) -> str:
        settings = {
            "package": _module(package),
            "generate": {"client": True, "models": True},
            "output": str(package.folder / "client.go"),
            # ScopeArticlesRead in place of ArticlesRead, ID and URL in place of Id and Url
            "compatibility": {"always-prefix-enum-values": True},
            "output-options": {"name-normalizer": "ToCamelCaseWithInitialisms"},
        }
        package.work.mkdir(parents=True, exist_ok=True)
        chosen = package.work / "settings.yaml"
        chosen.write_text(json.dumps(settings), encoding="utf-8")
        done = tool(oapi_codegen(), "-config", chosen, package.bundle)
        for pin in ("go.mod", "go.sum"):
            shutil.copy(PINS / "go" / pin, package.folder)
        _go(package.folder, "mod", "edit", "-module", _module(package))
        return done.stdout + done.stderr

    def compile(self, package: Package) -> None:
        module = package.work / "programs"
        shutil.rmtree(module, ignore_errors=True)
        for folder in ("scenario", "quickstart"):
            (module / folder).mkdir(parents=True)
        for source in (package.programs / "say.go", package.programs / f"{package.version}.go"):
            shutil.copy(source, module / "scenario")
        (module / "quickstart" / "main.go").write_text(package.quick_start_program(), encoding="utf-8")
        for pin in ("go.mod", "go.sum"):
            shutil.copy(PINS / "go" / pin, module)
        name = _module(package)
        _go(module, "mod", "edit", f"-require={name}@v0.0.0", f"-replace={name}={package.folder}")
        # built first: vet takes the compiled packages from the cache
        _go(module, "build", "-o", f"{_binaries(package)}/", "./...")
        _go(module, "vet", "./...", name)

    def command(self, package: Package) -> list[Path | str]:
        return [_binaries(package) / "scenario"]

    def quick_start(self, package: Package) -> list[Path | str]:
        return [_binaries(package) / "quickstart"]

    def names(self, package: Package) -> set[str]:
        names = declared(package.folder, "*.go", r"^type (\w+) |^\t(\w+) +\w+ += \"")
        # the headers of one status have a type of their own, named by the operation
        return {name for name in names if not _HEADERS.search(name)}

    def errors(self, package: Package) -> set[TypedError]:
        """The members of the answers of each operation."""
        client = (package.folder / "client.go").read_text(encoding="utf-8")
        aliases = dict(re.findall(r"^type (\w+) = (\w+)$", client, re.MULTILINE))
        return {
            TypedError(operation, int(status), aliases.get(schema, schema))
            for operation, members in _ANSWER.findall(client)
            for status, schema in _BODY.findall(members)
        }


def _module(package: Package) -> str:
    return f"tidings{package.version}"


def _binaries(package: Package) -> Path:
    return package.work / "bin"


def _go(folder: Path, *arguments: Path | str) -> None:
    tool(program("go"), *arguments, cwd=folder, env=go_environment())
