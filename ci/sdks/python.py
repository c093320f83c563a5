"""Python: openapi-python-client, checked by mypy --strict."""

import json
from pathlib import Path

from ci.sdks.package import Language, Package, declared
from ci.sdks.tools import python_tools, tool

# what is text or JSON under another name; the generator knows only the plain ones
_READ_AS = {"application/atom+xml": "text/xml", "application/x-ndjson": "text/plain"}


class Python(Language):
    """A package `tidings_v1` or `tidings_v2` with a pyproject.toml."""

    name = "python"

    def install(self) -> None:
        python_tools()

    def generate(self, package: Package) -> str:
        package.work.mkdir(parents=True, exist_ok=True)
        settings = package.work / "settings.json"
        name = f"tidings_{package.version}"
        chosen = {
            "project_name_override": name.replace("_", "-"),
            "package_name_override": name,
            "content_type_overrides": _READ_AS,
            "post_hooks": [],
        }
        settings.write_text(json.dumps(chosen), encoding="utf-8")
        where = ("--path", package.bundle, "--output-path", package.folder, "--config", settings)
        done = tool(python_tools() / "openapi-python-client", "generate", "--overwrite", *where)
        return done.stdout + done.stderr

    def compile(self, package: Package) -> None:
        strict = ("--strict", "--no-error-summary", "--cache-dir", package.work / "mypy")
        program = _program(package)
        tool(
            python_tools() / "mypy",
            *strict,
            f"tidings_{package.version}",
            program,
            cwd=package.folder,
            env=_path(package),
        )

    def command(self, package: Package) -> list[Path | str]:
        return ["env", f"PYTHONPATH={package.folder}", python_tools() / "python", _program(package)]

    def names(self, package: Package) -> set[str]:
        return declared(package.folder / f"tidings_{package.version}", "*.py", r"^class (\w+)|^    ([A-Z0-9_]+) = ")


def _program(package: Package) -> Path:
    return package.programs / f"{package.version}.py"


def _path(package: Package) -> dict[str, str]:
    return {"MYPYPATH": f"{package.folder}:{package.programs}"}
