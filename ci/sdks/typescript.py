"""TypeScript twice: types for openapi-fetch, and the classes of openapi-generator's typescript-fetch."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ci.sdks.package import Language, Package, declared
from ci.sdks.tools import CACHE, PINS, need, npm_tools, openapi_generator, tool

_STRICT: Mapping[str, Any] = {
    "strict": True,
    "noImplicitReturns": True,
    "noFallthroughCasesInSwitch": True,
    "target": "es2022",
    "module": "nodenext",
    "lib": ["es2022", "dom", "dom.iterable"],
    "types": ["node"],
}


class OpenapiFetch(Language):
    """Types of the whole document, and a client of 12 lines that carries them."""

    name = "typescript"

    def install(self) -> None:
        npm_tools()

    def generate(self, package: Package) -> str:
        generator = npm_tools() / ".bin" / "openapi-typescript"
        done = tool(
            generator,
            package.bundle,
            "--output",
            package.folder / "schema.d.ts",
            "--root-types",
            "--root-types-no-schema-prefix",
        )
        client = (package.programs / "index.ts").read_text(encoding="utf-8")
        (package.folder / "index.ts").write_text(client.replace("VERSION", package.version), encoding="utf-8")
        dependencies = json.loads((PINS / "package.json").read_text(encoding="utf-8"))["dependencies"]
        _describe(package, dependencies)
        return done.stdout + done.stderr

    def compile(self, package: Package) -> None:
        _compile(package)

    def command(self, package: Package) -> list[Path | str]:
        return _command(package)

    def names(self, package: Package) -> set[str]:
        return declared(package.folder, "*.ts", r"^export (?:type|interface) (\w+)|^        (\w+): \{$")


class TypescriptFetch(Language):
    """A class for each tag, with an interface for each schema."""

    name = "typescript-fetch"

    def install(self) -> None:
        npm_tools()
        openapi_generator()

    def generate(self, package: Package) -> str:
        where = ("--input-spec", package.bundle, "--output", package.folder)
        chosen = ("--additional-properties", "importFileExtension=.js,supportsES6=true")
        less = ("--global-property", "apiDocs=false,modelDocs=false")
        done = tool(*openapi_generator(), "generate", "--generator-name", "typescript-fetch", *where, *chosen, *less)
        _describe(package, {})
        return done.stdout + done.stderr

    def compile(self, package: Package) -> None:
        _compile(package)

    def command(self, package: Package) -> list[Path | str]:
        return _command(package)

    def names(self, package: Package) -> set[str]:
        return declared(package.folder, "*.ts", r"^export (?:class|const|type|interface) (\w+)|^    (\w+): '[^']*',?$")


def _describe(package: Package, dependencies: Mapping[str, str]) -> None:
    """Write the package.json."""
    described = {
        "name": f"tidings-{package.version}",
        "version": json.loads(package.bundle.read_bytes())["info"]["version"],
        "license": "Apache-2.0",
        "type": "module",
        "main": "index.ts",
        "dependencies": dict(dependencies),
    }
    (package.folder / "package.json").write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")


def _compile(package: Package) -> None:
    """Compile a copy of the package beside the program, where Node.js finds the modules of both."""
    shutil.rmtree(package.work, ignore_errors=True)
    shutil.copytree(package.folder, package.work / "client")
    for source in (package.programs / "say.ts", package.programs / f"{package.version}.ts"):
        shutil.copy(source, package.work)
    modules = CACHE / "work" / "node_modules"
    if not modules.is_symlink():
        modules.symlink_to(npm_tools())
    options = {**_STRICT, "outDir": "out", "rootDir": "."}
    configuration = {"compilerOptions": options, "files": [f"{package.version}.ts"]}
    (package.work / "tsconfig.json").write_text(json.dumps(configuration), encoding="utf-8")
    (package.work / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    tool(npm_tools() / ".bin" / "tsc", "--project", package.work)


def _command(package: Package) -> list[Path | str]:
    return [need("node"), package.work / "out" / f"{package.version}.js"]
