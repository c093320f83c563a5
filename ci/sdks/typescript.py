"""TypeScript twice: types for openapi-fetch, and the classes of openapi-generator's typescript-fetch."""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ci.sdks.machine import program
from ci.sdks.package import Language, Package, TypedError, declared, errors_of_classes, remove
from ci.sdks.tools import CACHE, PINS, npm_tools, openapi_generator, tool

_STRICT: Mapping[str, Any] = {
    "strict": True,
    "exactOptionalPropertyTypes": True,
    "noFallthroughCasesInSwitch": True,
    "noImplicitOverride": True,
    "noImplicitReturns": True,
    "noUncheckedIndexedAccess": True,
    "forceConsistentCasingInFileNames": True,
    "verbatimModuleSyntax": True,
    "target": "es2022",
    "module": "nodenext",
    "lib": ["es2022", "dom", "dom.iterable"],
}
_OPERATION = re.compile(r"^    (\w+): \{$(.+?)^    \};$", re.MULTILINE | re.DOTALL)
_ERROR = re.compile(r"^            ([45]\d\d): components\[\"responses\"\]\[\"(\w+)\"\];$", re.MULTILINE)
_RESPONSE = re.compile(r"^        (\w+): \{$(.+?)^        \};$", re.MULTILINE | re.DOTALL)
_SCHEMA = re.compile(r"components\[\"schemas\"\]\[\"(\w+)\"\]")
_CLASS = re.compile(r"^export function (\w+)FromJSONTyped.+?^\}$", re.MULTILINE | re.DOTALL)


class _TypeScript(Language):
    """What is the same for both: the package is compiled, and the programs import it by its name."""

    needs: tuple[str, ...] = ("node", "npm")
    client_options: Mapping[str, Any] = {}

    def install(self) -> None:
        npm_tools()

    def compile(self, package: Package) -> None:
        """Compile the package, give it what came out, and compile the programs against that (checked already)."""
        shutil.rmtree(package.work, ignore_errors=True)
        client = package.work / "client"
        shutil.copytree(package.folder, client)
        modules = CACHE / "work" / "node_modules"
        modules.unlink(missing_ok=True)
        modules.symlink_to(npm_tools())
        sources = [str(file.relative_to(client)) for file in client.rglob("*.ts")]
        options = {"declaration": True, "outDir": "dist", "rootDir": ".", "types": [], **self.client_options}
        _tsc(client, options, sources)
        shutil.copytree(client / "dist", package.folder / "dist")
        (package.work / "node_modules").mkdir()
        (package.work / "node_modules" / f"tidings-{package.version}").symlink_to(client)
        for source in (package.programs / "say.ts", package.programs / f"{package.version}.ts"):
            shutil.copy(source, package.work)
        (package.work / "quickstart.ts").write_text(package.quick_start_program(), encoding="utf-8")
        (package.work / "package.json").write_text('{"type": "module"}', encoding="utf-8")
        programs = [f"{package.version}.ts", "quickstart.ts"]
        _tsc(package.work, {"outDir": "out", "rootDir": ".", "types": ["node"], "skipLibCheck": True}, programs)

    def command(self, package: Package) -> list[Path | str]:
        return _command(package, package.version)

    def quick_start(self, package: Package) -> list[Path | str]:
        return _command(package, "quickstart")


class OpenapiFetch(_TypeScript):
    """Types of the whole document, and a client of 12 lines that carries them."""

    name = "typescript"

    def generate(self, package: Package) -> str:
        options = ("--root-types", "--root-types-no-schema-prefix")
        generator = npm_tools() / ".bin" / "openapi-typescript"
        done = tool(generator, package.bundle, "--output", package.folder / "schema.ts", *options)
        client = (package.programs / "index.ts").read_text(encoding="utf-8")
        (package.folder / "index.ts").write_text(client.replace("VERSION", package.version), encoding="utf-8")
        _describe(package, json.loads((PINS / "package.json").read_text(encoding="utf-8"))["dependencies"])
        return done.stdout + done.stderr

    def names(self, package: Package) -> set[str]:
        return declared(package.folder, "*.ts", r"^export (?:type|interface) (\w+)|^        (\w+): \{$")

    def errors(self, package: Package) -> set[TypedError]:
        """The bodies of the responses that the type of each operation names."""
        types = (package.folder / "schema.ts").read_text(encoding="utf-8")
        components, _, operations = types.partition("export interface operations {")
        schemas = {name: found[1] for name, body in _RESPONSE.findall(components) if (found := _SCHEMA.search(body))}
        return {
            TypedError(operation, int(status), schemas.get(response, ""))
            for operation, body in _OPERATION.findall(operations)
            for status, response in _ERROR.findall(body)
        }


class TypescriptFetch(_TypeScript):
    """A class for each tag, with an interface for each schema."""

    name = "typescript-fetch"
    needs = ("node", "npm", "java")
    # its own runtime needs this much leave (ci/sdks/limitations.py); the programs have none
    client_options = dict.fromkeys(
        ("exactOptionalPropertyTypes", "noImplicitOverride", "noUncheckedIndexedAccess"), False
    )

    def install(self) -> None:
        super().install()
        openapi_generator()

    def generate(self, package: Package) -> str:
        where = ("--input-spec", package.bundle, "--output", package.folder)
        chosen = ("--additional-properties", "importFileExtension=.js,supportsES6=true")
        less = ("--global-property", "apiDocs=false,modelDocs=false")
        done = tool(*openapi_generator(), "generate", "--generator-name", "typescript-fetch", *where, *chosen, *less)
        remove(package.folder, (".openapi-generator*",))
        _describe(package, {})
        return done.stdout + done.stderr

    def names(self, package: Package) -> set[str]:
        return declared(package.folder, "*.ts", r"^export (?:class|const|type|interface) (\w+)|^    (\w+): '[^']*',?$")

    def errors(self, package: Package) -> set[TypedError]:
        """Bodies are read by a function of the class, which every operation shares."""
        models = (file.read_text(encoding="utf-8") for file in (package.folder / "models").glob("*.ts"))
        readers = (reader for text in models for reader in _CLASS.finditer(text))
        classes = {reader[1]: set(re.findall(r"json\['(\w+)'\]", reader[0])) for reader in readers}
        return errors_of_classes(package.document(), classes)


def _describe(package: Package, dependencies: Mapping[str, str]) -> None:
    """Write the package.json."""
    described = {
        "name": f"tidings-{package.version}",
        "version": package.release,
        "license": "Apache-2.0",
        "type": "module",
        "exports": {".": {"types": "./dist/index.d.ts", "default": "./dist/index.js"}},
        "engines": {"node": ">=20"},
        "dependencies": dict(dependencies),
    }
    (package.folder / "package.json").write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")


def _tsc(folder: Path, options: Mapping[str, Any], files: list[str]) -> None:
    configuration = {"compilerOptions": {**_STRICT, **options}, "files": sorted(files)}
    (folder / "tsconfig.json").write_text(json.dumps(configuration), encoding="utf-8")
    tool(npm_tools() / ".bin" / "tsc", "--project", folder)


def _command(package: Package, name: str) -> list[Path | str]:
    return [program("node"), "--throw-deprecation", package.work / "out" / f"{name}.js"]
