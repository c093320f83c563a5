"""Bring the browser parts of the portal into the repository: Redoc to read, Swagger UI to try, and three typefaces.

Takes pinned npm packages, checks them against the digests below, and writes what a browser needs, compressed, with the
licences, into core/portal/assets/. With --check nothing is written: a file that differs fails.
"""

import argparse
import base64
import gzip
import hashlib
import io
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ci.support import ROOT, fail, find, run

ASSETS = ROOT / "core" / "portal" / "assets"


# Redoc's footer shows a logo from its maker's CDN: an empty picture in its place, nothing foreign is asked for.
FOREIGN = {b"https://cdn.redoc.ly/redoc/logo-mini.svg": b"data:,"}


@dataclass(frozen=True)
class Package:
    """An npm package: its sha512 as npm prints it (`npm view NAME dist.integrity`), and member → file in assets/."""

    name: str
    version: str
    sha512: str
    compressed: dict[str, str]
    plain: dict[str, str]


PACKAGES = (
    Package(
        "redoc",
        "2.5.4",
        "M6jWhG1qoBnH6TFmzJnstyCZ87HmOY/UzDm78mHiYihEdlV/YcS9ogOo1NlElnJMeLsyxHFe2yFc4sNjHTrABQ==",
        {"bundles/redoc.standalone.js": "redoc.js.gz"},
        {"LICENSE": "redoc.LICENSE", "bundles/redoc.standalone.js.LICENSE.txt": "redoc.js.LICENSE"},
    ),
    Package(
        "swagger-ui-dist",
        "5.35.0",
        "U06rpMtW9V3XPGOBeamTUSr0Z09jMX4IJuANpE/EZbAhw0G8CgwrzU4YmXkn/h0wCDNsXdGarTNNHC3sU8yVUQ==",
        {"swagger-ui-bundle.js": "swagger-ui.js.gz", "swagger-ui.css": "swagger-ui.css.gz"},
        {
            "LICENSE": "swagger-ui.LICENSE",
            "NOTICE": "swagger-ui.NOTICE",
            "swagger-ui-bundle.js.LICENSE.txt": "swagger-ui.js.LICENSE",
        },
    ),
    Package(
        "@fontsource-variable/newsreader",
        "5.3.0",
        "rrzYi43qMpbzwuFtf9OkWH8sxAPVPcQQQEwXpPtwaKYeJ8yVg5aLs5kawmo1f2Q1t1M38TLmEKCkGVDsYwgdFw==",
        {},
        {"LICENSE": "newsreader.LICENSE", "files/newsreader-latin-wght-normal.woff2": "newsreader.woff2"},
    ),
    Package(
        "@fontsource-variable/ibm-plex-sans",
        "5.3.0",
        "agG8tXFEo0hD9+J7npa4vbbWult52eMLVaQ6WQRlhs/iCAojrMAoejru85W9HTVXHfyUj96KM7gp/KGAS87XaQ==",
        {},
        {"LICENSE": "plex-sans.LICENSE", "files/ibm-plex-sans-latin-wght-normal.woff2": "plex-sans.woff2"},
    ),
    Package(
        "@fontsource/ibm-plex-mono",
        "5.3.0",
        "eTgnZjZEGk1QtD3ZstF+Vclo2HLAni8YMy34/DxllwZvyz1lR/1RF/xTiAquOBO7MvqBx8D2Ig2WCPMVfdZu7Q==",
        {},
        {"LICENSE": "plex-mono.LICENSE", "files/ibm-plex-mono-latin-400-normal.woff2": "plex-mono.woff2"},
    ),
)


def fetch(package: Package, folder: Path) -> bytes:
    """The package's tarball, checked."""
    npm = find("npm") or fail("npm is needed to fetch the assets; it comes with Node.js")
    run(npm, "pack", "--ignore-scripts", "--silent", f"{package.name}@{package.version}", cwd=folder, capture=True)
    # npm calls the tarball of @scope/name scope-name
    tarball = (folder / f"{package.name.removeprefix('@').replace('/', '-')}-{package.version}.tgz").read_bytes()
    digest = base64.b64encode(hashlib.sha512(tarball).digest()).decode()
    if digest != package.sha512:
        fail(f"{package.name} {package.version} is not what was pinned: sha512-{digest}")
    return tarball


def unpack(package: Package, tarball: bytes) -> dict[str, bytes]:
    """File name in assets/ → content. Compression has no time stamp, so that equal input gives equal bytes."""
    files: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(tarball)) as archive:
        for member, target in {**package.compressed, **package.plain}.items():
            stream = archive.extractfile(f"package/{member}")
            content = stream.read() if stream else fail(f"{package.name} has no {member}")
            for address, replacement in FOREIGN.items():
                content = content.replace(address, replacement)
            files[target] = gzip.compress(content, 9, mtime=0) if member in package.compressed else content
    return files


def same(path: Path, content: bytes) -> bool:
    """Whether the file holds the content; compressed files are compared by what they hold, zlib versions differ."""
    if not path.is_file():
        return False
    present = path.read_bytes()
    if path.suffix == ".gz":
        return gzip.decompress(present) == gzip.decompress(content)
    return present == content


def main() -> None:
    """Write the assets, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, fail where a file differs")
    check = parser.parse_args().check
    ASSETS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for package in PACKAGES:
            for name, content in unpack(package, fetch(package, Path(folder))).items():
                if same(ASSETS / name, content):
                    continue
                if check:
                    fail(f"assets/{name} is not that of {package.name} {package.version}; run ci/docs_assets")
                (ASSETS / name).write_bytes(content)
                print(f"{name}: {package.name} {package.version}, {len(content):,} bytes")


if __name__ == "__main__":
    main()
