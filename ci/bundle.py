"""Put each document together, as the server serves it: .artifacts/openapi/<version>.yaml and .json."""

import os
from collections.abc import Mapping
from pathlib import Path

from yaml import YAMLError

from ci.support import ROOT, artifacts, fail
from core.contract.bundle import BundleError, bundle, to_json, to_yaml

UNREADABLE = 2  # exit code of a script that was given a document nobody can read
OPENAPI = ROOT / "openapi"


def bundle_all() -> Mapping[str, Path]:
    """Bundle every working document. Gives version → file, in YAML; the same in JSON lies beside it."""
    folder = artifacts("openapi")
    bundled: dict[str, Path] = {}
    for document in sorted(OPENAPI.glob("v*/openapi.yaml")):
        version = document.parent.name
        try:
            whole = bundle(document)
        except (BundleError, YAMLError) as error:
            fail(str(error), UNREADABLE)
        _replace(folder / f"{version}.json", to_json(whole))
        bundled[version] = folder / f"{version}.yaml"
        _replace(bundled[version], to_yaml(whole))
    return bundled


def _replace(file: Path, content: bytes) -> None:
    """Write a whole file at once: gates and tests that run side by side read the bundles of one another."""
    new = file.with_name(f"{file.name}.{os.getpid()}")
    new.write_bytes(content)
    new.replace(file)


def main() -> None:
    """The command `ci/bundle`."""
    for file in bundle_all().values():
        print(file.relative_to(ROOT))


if __name__ == "__main__":
    main()
