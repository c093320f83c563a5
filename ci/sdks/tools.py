"""The pinned generators and compilers, installed into .sdk-cache/ by the ordinary clients of their languages.

Every version stands in ci/sdks/pins/: with hashes for pip, npm and Go; what Java compiles against is named by the build
file that the pinned generator writes. A tool that is missing ends the script with the line that installs it.
"""

import hashlib
import os
import shutil
import subprocess
import venv
from collections.abc import Callable, Mapping
from pathlib import Path

from ci.support import ROOT, fail

CACHE = ROOT / ".sdk-cache"
PINS = Path(__file__).parent / "pins"
PYTHON = CACHE / "python"
NPM = CACHE / "npm"
GO = CACHE / "go"
MAVEN = CACHE / "maven"
# what to say when a program is not there: what it is and how Debian installs it
_HINTS = {
    "go": "Go 1.25 or newer builds the Go client: https://go.dev/doc/install",
    "node": "Node.js 20 or newer runs the TypeScript clients: apt-get install nodejs",
    "npm": "npm brings the TypeScript compiler: apt-get install npm",
    "java": "Java 17 runs openapi-generator: apt-get install openjdk-17-jdk-headless",
    "javac": "a JDK of Java 17 compiles the Java client: apt-get install openjdk-17-jdk-headless",
    "mvn": "Maven brings what the Java client depends on: apt-get install maven",
}
_LINES, _WIDTH = 40, 300  # how much of what a failing tool said is shown
_PIP = ("-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check")
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_OAPI_CODEGEN = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen"


class ToolFailed(Exception):
    """A tool ended with an error: what it said."""


def need(program: str) -> Path:
    """The program on PATH; ends the script with the line that installs it where there is none."""
    found = shutil.which(program)
    return Path(found) if found else fail(f"{program} is missing. {_HINTS[program]}")


def tool(
    program: Path | str, *arguments: Path | str, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a tool. Gives what it printed; raises `ToolFailed` with the same when it fails."""
    command = [str(program), *map(str, arguments)]
    environment = {**os.environ, **(env or {})}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = [line[:_WIDTH] for line in (done.stdout + done.stderr).splitlines()[-_LINES:]]
        raise ToolFailed("\n".join([f"{Path(program).name} ended with {done.returncode}", *said]))
    return done


def python_tools() -> Path:
    """The folder of the generators that pip brings, and of the Python that runs the Python client."""
    pins = PINS / "python.txt"

    def install() -> None:
        venv.create(PYTHON, with_pip=True, clear=True)
        tool(PYTHON / "bin" / "python", *_PIP, "--require-hashes", "--no-deps", "--requirement", pins)

    _once(PYTHON, [pins], install)
    return PYTHON / "bin"


def openapi_generator() -> tuple[Path | str, ...]:
    """The command of openapi-generator; its jar comes with pip."""
    java = need("java")
    jar = next(python_tools().parent.glob("lib/python*/site-packages/openapi_generator_cli/openapi-generator.jar"))
    return java, "-jar", jar


def npm_tools() -> Path:
    """The folder of the TypeScript compiler, its generator and the library that the client needs."""
    npm = need("npm")
    need("node")
    pins = [PINS / "package.json", PINS / "package-lock.json"]

    def install() -> None:
        NPM.mkdir(parents=True, exist_ok=True)
        for pin in pins:
            shutil.copy(pin, NPM)
        tool(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=NPM)

    _once(NPM, pins, install)
    return NPM / "node_modules"


def go_environment() -> dict[str, str]:
    """Where Go keeps what it downloads and builds; `local`: a Go that is too old says so, and fetches no other."""
    return {
        "GOMODCACHE": str(GO / "modules"),
        "GOCACHE": str(GO / "build"),
        "GOFLAGS": "-modcacherw -buildvcs=false",
        "GOTOOLCHAIN": "local",
        "CGO_ENABLED": "0",
    }


def oapi_codegen() -> Path:
    """The generator of the Go client, built from the sources whose sums are pinned."""
    go = need("go")
    folder = PINS / "go-tool"
    binary = GO / "bin" / "oapi-codegen"

    def install() -> None:
        tool(go, "-C", folder, "build", "-mod=readonly", "-o", binary, _OAPI_CODEGEN, env=go_environment())

    _once(GO / "bin", [folder / "go.mod", folder / "go.sum"], install)
    return binary


def java_libraries(build_file: Path) -> Path:
    """The folder of the libraries that a generated Java client names in its build file."""
    maven = need("mvn")
    folder = MAVEN / "libraries"

    def install() -> None:
        quiet = ("--quiet", "--batch-mode", f"-Dmaven.repo.local={MAVEN / 'repository'}")
        chosen = (f"-DoutputDirectory={folder}", "-DincludeScope=compile")
        tool(maven, *quiet, "--file", build_file, _COPY, *chosen)

    _once(folder, [PINS / "python.txt"], install)
    return folder


def _once(folder: Path, pins: list[Path], install: Callable[[], None]) -> None:
    """Install what is not there yet, or was installed from other pins."""
    stamp = folder / ".pins"
    wanted = hashlib.sha256(b"".join(pin.read_bytes() for pin in pins)).hexdigest()
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    print(f"ci/sdk: installing into {folder.relative_to(ROOT)}", flush=True)
    try:
        install()
    except ToolFailed as failed:
        fail(f"{folder.relative_to(ROOT)} could not be installed, so nothing was generated: {failed}")
    folder.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted, encoding="utf-8")
