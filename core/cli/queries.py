"""What `tidings doctor` asks the database about itself."""

from dataclasses import dataclass
from typing import Any, Final

import psycopg

from core.infra.pools import ROLE

_SERVER: Final = "SELECT current_setting('server_version_num')::int / 10000, current_setting('server_version')"
_ROLE: Final = """
SELECT r.rolsuper OR r.rolbypassrls, pg_has_role(current_user, r.oid, 'MEMBER'),
  (SELECT count(*) FROM pg_class c WHERE c.relowner = r.oid AND c.relpersistence <> 't')
FROM pg_roles r WHERE r.rolname = %s
"""


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """The application's role: whether it could see past row-level security, whether we may become it, what it owns."""

    bypasses: bool
    usable: bool
    owned: int


def server_version(connection: psycopg.Connection[Any]) -> tuple[int, str]:
    """The major version, and the version in full."""
    row = connection.execute(_SERVER).fetchone()
    return (0, "unknown") if row is None else (row[0], row[1])


def application_role(connection: psycopg.Connection[Any]) -> RoleFacts | None:
    """The facts about the application's role; None where it does not exist."""
    row = connection.execute(_ROLE, [ROLE]).fetchone()
    return None if row is None else RoleFacts(*row)
