"""Python: openapi-python-client, installed by pip and checked by mypy --strict."""

import json
import re
import shutil
from pathlib import Path

from ci.sdks.package import Language, Package, TypedError, declared
from ci.sdks.tools import python_tools, tool

# what is text or JSON under another name; the generator knows only the plain ones
_READ_AS = {"application/atom+xml": "text/xml", "application/x-ndjson": "text/plain"}
_ERROR = re.compile(r"^    if response\.status_code == ([45]\d\d):\s+response_\1 = (\w+)\.from_dict\(", re.MULTILINE)
_WARNINGS_ARE_ERRORS = ("-W", "error")


class Python(Language):
    """A package `tidings_v1` or `tidings_v2` with a pyproject.toml."""

    name = "python"

    def install(self) -> None:
        python_tools()

    def generate(self, package: Package) -> str:
        package.work.mkdir(parents=True, exist_ok=True)
        settings = package.work / "settings.json"
        chosen = {
            "project_name_override": _module(package).replace("_", "-"),
            "package_name_override": _module(package),
            "content_type_overrides": _READ_AS,
            "post_hooks": [],
        }
        settings.write_text(json.dumps(chosen), encoding="utf-8")
        where = ("--path", package.bundle, "--output-path", package.folder, "--config", settings)
        done = tool(python_tools() / "openapi-python-client", "generate", "--overwrite", *where)
        return done.stdout + done.stderr

    def compile(self, package: Package) -> None:
        """As the quick start says it: installed, and used from where pip has put it."""
        shutil.rmtree(_site(package), ignore_errors=True)
        offline = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--quiet")
        tool(python_tools() / "python", "-m", "pip", "install", *offline, "--target", _site(package), package.folder)
        _start(package).write_text(package.quick_start_program(), encoding="utf-8")
        strict = ("--strict", "--no-error-summary", "--cache-dir", package.work / "mypy")
        sources = (_site(package) / _module(package), _program(package), _start(package))
        path = {"MYPYPATH": f"{_site(package)}:{package.programs}"}
        tool(python_tools() / "mypy", *strict, *sources, cwd=package.work, env=path)

    def command(self, package: Package) -> list[Path | str]:
        return _command(package, _program(package))

    def quick_start(self, package: Package) -> list[Path | str]:
        return _command(package, _start(package))

    def names(self, package: Package) -> set[str]:
        return declared(package.folder / _module(package), "*.py", r"^class (\w+)|^    ([A-Z0-9_]+) = ")

    def errors(self, package: Package) -> set[TypedError]:
        """What the module of an operation makes of each status."""
        module = package.folder / _module(package) / "api"
        return {
            TypedError(_operation(file.stem), int(status), schema)
            for file in module.rglob("*.py")
            for status, schema in _ERROR.findall(file.read_text(encoding="utf-8"))
        }


def _operation(module: str) -> str:
    """list_api_keys → listApiKeys."""
    return re.sub(r"_(\w)", lambda found: found[1].upper(), module)


def _module(package: Package) -> str:
    return f"tidings_{package.version}"


def _program(package: Package) -> Path:
    return package.programs / f"{package.version}.py"


def _start(package: Package) -> Path:
    return package.work / "quick_start.py"


def _site(package: Package) -> Path:
    return package.work / "site"


def _command(package: Package, program: Path) -> list[Path | str]:
    return ["env", f"PYTHONPATH={_site(package)}", python_tools() / "python", *_WARNINGS_ARE_ERRORS, program]
