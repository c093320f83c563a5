"""The documents, and the scopes that the second version's lists."""

from functools import cache
from pathlib import Path
from typing import Final

import core
from core.contract.bundle import bundle

DOCUMENTS: Final = Path(core.__file__).resolve().parent.parent / "openapi"


@cache
def known_scopes() -> tuple[str, ...]:
    """Every scope that a key can have, in the document's order."""
    scheme = bundle(DOCUMENTS / "v2" / "openapi.yaml")["components"]["securitySchemes"]["bearer"]
    return tuple(scope for scope in scheme["x-scopes"] if scope not in scheme["x-person-scopes"])


def reading_scopes() -> list[str]:
    """What a key gets that asks for nothing: to read news and where they come from, not who else has a key."""
    return [scope for scope in known_scopes() if scope.endswith(":read") and scope not in _ABOUT_OTHERS]


_ABOUT_OTHERS: Final = frozenset({"keys:read", "organization:read", "audit:read", "contract:read"})
