"""Go: oapi-codegen, built and vetted together with the scenario program."""

import json
import re
import shutil
from pathlib import Path

from ci.sdks.package import Language, Package, declared
from ci.sdks.tools import PINS, go_environment, need, oapi_codegen, tool

_HEADERS = re.compile(r"Response\d{3}Headers$")


class Go(Language):
    """A module `tidingsv1` or `tidingsv2` with one file."""

    name = "go"

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
        program = package.work / "program"
        shutil.rmtree(program, ignore_errors=True)
        program.mkdir(parents=True)
        for source in (package.programs / "say.go", package.programs / f"{package.version}.go"):
            shutil.copy(source, program)
        for pin in ("go.mod", "go.sum"):
            shutil.copy(PINS / "go" / pin, program)
        module = _module(package)
        _go(program, "mod", "edit", f"-require={module}@v0.0.0", f"-replace={module}={package.folder}")
        # built first: vet takes the compiled packages from the cache
        _go(program, "build", "-o", package.work / "scenario", ".")
        _go(program, "vet", ".")
        _go(package.folder, "vet", ".")

    def command(self, package: Package) -> list[Path | str]:
        return [package.work / "scenario"]

    def names(self, package: Package) -> set[str]:
        names = declared(package.folder, "*.go", r"^type (\w+) |^\t(\w+) +\w+ += \"")
        # the headers of one status have a type of their own, named by the operation
        return {name for name in names if not _HEADERS.search(name)}


def _module(package: Package) -> str:
    return f"tidings{package.version}"


def _go(folder: Path, *arguments: Path | str) -> None:
    tool(need("go"), *arguments, cwd=folder, env=go_environment())
