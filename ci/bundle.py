"""Put each document together, as the server serves it: .artifacts/openapi/<version>.yaml and .json."""

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
        (folder / f"{version}.json").write_bytes(to_json(whole))
        bundled[version] = folder / f"{version}.yaml"
        bundled[version].write_bytes(to_yaml(whole))
    return bundled


def main() -> None:
    """The command `ci/bundle`."""
    for file in bundle_all().values():
        print(file.relative_to(ROOT))


if __name__ == "__main__":
    main()
