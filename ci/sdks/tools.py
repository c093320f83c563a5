"""The pinned generators and compilers, installed into .tools/sdk/ by the ordinary clients of their languages.

Every version stands in ci/sdks/pins/: with hashes for pip, npm and Go; what Java compiles against is named by the build
file that the pinned generator writes.
"""

import hashlib
import shutil
import subprocess
import sys
import threading
import venv
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

from ci.sdks.machine import ENVIRONMENT, program
from ci.support import ROOT, TOOLS, fail

CACHE = TOOLS / "sdk"
PINS = Path(__file__).parent / "pins"
PYTHON = CACHE / "python"
NPM = CACHE / "npm"
GO = CACHE / "go"
MAVEN = CACHE / "maven"
_SECONDS = 900  # for a tool that hangs; none takes a tenth of it on two cores
_LINES, _WIDTH = 40, 300  # how much of what a failing tool said is shown
_PIP = ("-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check")
# for a run of seconds: the quick compiler and the simplest collector
SHORT_LIVED = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dfile.encoding=UTF-8")
_COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_OAPI_CODEGEN = "github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen"


class ToolFailed(Exception):
    """A tool ended with an error: what it said."""


def tool(
    command: Path | str, *arguments: Path | str, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a tool. Gives what it printed; raises `ToolFailed` with the same when it fails, or does not end."""
    whole = [str(command), *map(str, arguments)]
    environment = {**ENVIRONMENT, **(env or {})}
    try:
        done = subprocess.run(
            whole, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise ToolFailed(f"{Path(command).name} did not end within {_SECONDS} s") from None
    if done.returncode != 0:
        said = [line[:_WIDTH] for line in (done.stdout + done.stderr).splitlines()[-_LINES:]]
        raise ToolFailed("\n".join([f"{Path(command).name} ended with {done.returncode}", *said]))
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
    jar = next(python_tools().parent.glob("lib/python*/site-packages/openapi_generator_cli/openapi-generator.jar"))
    return program("java"), *SHORT_LIVED, "-jar", jar


def npm_tools() -> Path:
    """The folder of the TypeScript compiler, its generator and the library that the client needs."""
    pins = [PINS / "package.json", PINS / "package-lock.json"]

    def install() -> None:
        NPM.mkdir(parents=True, exist_ok=True)
        for pin in pins:
            shutil.copy(pin, NPM)
        tool(program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=NPM)

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
    folder = PINS / "go-tool"
    binary = GO / "bin" / "oapi-codegen"

    def install() -> None:
        tool(program("go"), "-C", folder, "build", "-mod=readonly", "-o", binary, _OAPI_CODEGEN, env=go_environment())

    _once(GO / "bin", [folder / "go.mod", folder / "go.sum"], install)
    return binary


def java_libraries(build_file: Path) -> Path:
    """The folder of the libraries that a generated Java client names in its build file."""
    folder = MAVEN / "libraries"

    def install() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        quiet = ("--quiet", "--batch-mode", f"-Dmaven.repo.local={MAVEN / 'repository'}")
        chosen = (f"-DoutputDirectory={folder}", "-DincludeScope=compile")
        tool(program("mvn"), *quiet, "--file", build_file, _COPY, *chosen)

    _once(folder, [PINS / "python.txt"], install)
    return folder


_installing: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)


def _once(folder: Path, pins: list[Path], install: Callable[[], None]) -> None:
    """Install what is not there yet, or was installed from other pins or by another Python."""
    stamp = folder / ".pins"
    wanted = hashlib.sha256(b"".join(pin.read_bytes() for pin in pins) + sys.version.encode()).hexdigest()
    with _installing[folder]:
        if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
            return
        print(f"ci/sdk: installing into {folder.relative_to(ROOT)}", flush=True)
        try:
            install()
        except ToolFailed as failed:
            fail(f"{folder.relative_to(ROOT)} could not be installed, so nothing was generated: {failed}")
        folder.mkdir(parents=True, exist_ok=True)
        stamp.write_text(wanted, encoding="utf-8")
