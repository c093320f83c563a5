"""The wheel holds what an installed Tidings needs, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ci.support import ROOT


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of the files in a newly built wheel."""
    folder: Path = tmp_path_factory.mktemp("wheel")
    build: list[str | Path] = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = folder.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_the_packages_the_documents_and_the_migrations_are_in_it(content: set[str]) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "core", "handlers", "migrations", "openapi"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert tracked
    assert {name for name in tracked if (ROOT / name).exists()} <= content


def test_nothing_but_the_product_is_in_it(content: set[str]) -> None:
    parts = {name.split("/")[0] for name in content if ".dist-info/" not in name}
    assert parts == {"core", "handlers", "migrations", "openapi"}


def test_the_command_and_the_licence_are_in_it(content: set[str]) -> None:
    names = {name.split(".dist-info/")[1] for name in content if ".dist-info/" in name}
    assert {"entry_points.txt", "licenses/LICENSE"} <= names
