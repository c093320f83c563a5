"""Build the Dockerfile, start the image, and check what it promises: small, not root, no compiler, healthy.

Needs root on Debian: there is no container engine and no image registry here, so buildah builds on a base image that
debootstrap makes. PostgreSQL and Redis for the started image come out of the wheels.
"""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ci.relay import relay
from ci.servers import free_port, wait_until_healthy
from ci.support import ROOT, fail, run
from core.infra.embedded import EmbeddedPostgres, EmbeddedRedis

LARGEST_BYTES = 300_000_000
STOP_SECONDS = 30
USER_ID = "10001"
BASE, IMAGE = "localhost/tidings-base:ci", "localhost/tidings:ci"
PACKAGES = ("buildah", "debootstrap")
# as small as the public slim image: without package lists, documents and translations
NOT_IN_SLIM = ("var/cache/apt", "var/lib/apt/lists", "var/log", "usr/share/doc", "usr/share/locale", "usr/share/man")
NOT_IN_IMAGE = ("gcc", "cc", "make", "strip", "git")


def buildah(*arguments: str | Path, check: bool = True) -> str:
    """Run buildah where no kernel feature but chroot is needed, and give what it printed."""
    env = {**os.environ, "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}
    return run("buildah", *arguments, env=env, check=check, capture=True).stdout.strip()


def install_tools() -> None:
    """Install buildah and debootstrap where they are missing."""
    if os.geteuid() != 0:
        fail("needs root: sudo ci/image")
    if all(map(shutil.which, PACKAGES)):
        return
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "update", "-qq", env=env, capture=True)
    run("apt-get", "install", "--yes", "-qq", "--no-install-recommends", *PACKAGES, env=env, capture=True)


def make_base() -> None:
    """A Debian with Python as a local image, unless an earlier run made it."""
    if buildah("images", "--quiet", "--filter", f"reference={BASE}"):
        return
    with tempfile.TemporaryDirectory() as folder:
        packages = "--include=python3,python3-venv,ca-certificates"
        run("debootstrap", "--variant=minbase", packages, "bookworm", folder, capture=True)
        for unneeded in NOT_IN_SLIM:
            shutil.rmtree(Path(folder) / unneeded)
            (Path(folder) / unneeded).mkdir()
        scratch = buildah("from", "scratch")
        buildah("add", "--quiet", scratch, folder, "/")
        buildah("commit", "--quiet", "--rm", scratch, BASE)


def build() -> None:
    """Build the image as its users do, only on our base."""
    # pip in there trusts whom this machine trusts
    certificates = "/etc/ssl/certs:/etc/ssl/certs:ro"
    options = ("--layers", "--quiet", "--network", "host", "--volume", certificates, "--format", "docker")
    buildah("build", *options, "--build-arg", f"PYTHON_IMAGE={BASE}", "--tag", IMAGE, ROOT)


def check_configuration() -> None:
    """The image names an ordinary user, a health check and the command."""
    configuration = json.loads(buildah("inspect", "--type", "image", IMAGE))["Docker"]["config"]
    if configuration["User"] != f"{USER_ID}:{USER_ID}":
        fail(f"the image runs as {configuration['User']!r}")
    if "/health" not in " ".join(configuration["Healthcheck"]["Test"]):
        fail("the image has no health check")
    if configuration["Entrypoint"] != ["tidings"]:
        fail(f"the image starts {configuration['Entrypoint']}")


def check_content(container: str) -> int:
    """The image is small and holds nothing that builds. Gives its size in bytes."""
    root = buildah("mount", container)
    size = int(run("du", "--summarize", "--bytes", root, capture=True).stdout.split()[0])
    if size >= LARGEST_BYTES:
        fail(f"the image has {size / 1e6:.0f} MB, more than {LARGEST_BYTES / 1e6:.0f}")
    for tool in NOT_IN_IMAGE:
        if buildah("run", container, "--", "sh", "-c", f"command -v {tool} || true"):
            fail(f"{tool} is in the image")
    if buildah("run", container, "--", "id", "-u") != USER_ID:
        fail("its processes run as root")
    return size


@contextlib.contextmanager
def engines() -> Iterator[dict[str, str]]:
    """PostgreSQL and Redis on the loopback. Gives the variables by which the image finds them."""
    with (
        tempfile.TemporaryDirectory() as folder,
        EmbeddedPostgres(Path(folder), durable=False) as postgres,
        EmbeddedRedis(Path(folder)) as redis,
        relay(next(Path(folder).rglob(".s.PGSQL.*[0-9]"))) as postgres_port,
        relay(Path(redis.url.removeprefix("unix://"))) as redis_port,
    ):
        user_and_database = postgres.url.partition("?")[0].replace("@/", f"@127.0.0.1:{postgres_port}/")
        yield {
            "TIDINGS_DATABASE_URL": user_and_database,
            "TIDINGS_REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
            "TIDINGS_SECRET": "s" * 32,
            "TIDINGS_HOST": "127.0.0.1",
        }


def start(container: str) -> None:
    """Migrate, serve, and ask how it is; then end it as an orchestrator does."""
    port = str(free_port())
    with engines() as variables:
        # the chroot shares this machine's network, so the address given here is the one to ask
        options = [f"--env={name}={value}" for name, value in {**variables, "TIDINGS_PORT": port}.items()]
        buildah("run", *options, container, "--", "tidings", "migrate")
        env = {**os.environ, "STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"}
        server = subprocess.Popen(["buildah", "run", *options, container, "--", "tidings", "serve"], env=env)
        try:
            wait_until_healthy(server, f"http://127.0.0.1:{port}/health")
            run(*health_check(container, options), capture=True, env=env)
        finally:
            server.terminate()
            server.wait(timeout=STOP_SECONDS)


def health_check(container: str, options: list[str]) -> list[str]:
    """The command that an engine would run as the image's HEALTHCHECK."""
    configuration = json.loads(buildah("inspect", "--type", "image", IMAGE))["Docker"]["config"]
    return ["buildah", "run", *options, container, "--", *configuration["Healthcheck"]["Test"][1:]]


def main() -> None:
    """The command `ci/image`."""
    install_tools()
    make_base()
    build()
    check_configuration()
    container = buildah("from", IMAGE)
    try:
        size = check_content(container)
        start(container)
    finally:
        buildah("rm", container)
    print(f"image: {size / 1e6:.0f} MB, runs as {USER_ID}, healthy")


if __name__ == "__main__":
    main()
