"""What the page about webhooks shows: a delivery with a good signature, and receivers that check it."""

from __future__ import annotations

import base64
import hmac
from pathlib import Path
from typing import Any, Final

from core.portal.quickstart import Piece

SECRET: Final = "the secret that the operator configured"  # noqa: S105 - of the example
BODY: Final = (
    b'{"type":"billing.period.closed","timestamp":"2026-12-01T01:00:04.000Z","data":{"id":"bil_0350oCqTdZRkfakP5xfzv3",'
    b'"organization_id":"org_0350n7cLFXf17iDglpSO45","period":"2026-11","plan":"team","calls":48210,"errors":112,'
    b'"cost":51304,"members":7}}'
)
_ID: Final = "bil_0350oCqTdZRkfakP5xfzv3"
_TIMESTAMP: Final = 1796086804
_SAMPLES: Final = Path(__file__).parent / "samples"


def delivery() -> dict[str, str]:
    """The headers of the example, signed as a real delivery is."""
    signed = f"{_ID}.{_TIMESTAMP}.".encode() + BODY
    digest = hmac.digest(SECRET.encode(), signed, "sha256")
    return {
        "webhook-id": _ID,
        "webhook-timestamp": str(_TIMESTAMP),
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


def shown() -> dict[str, Any]:
    """The values of the template."""
    headers = "".join(f"{name}: {value}\n" for name, value in delivery().items())
    return {
        "delivery": f"POST /billing HTTP/1.1\nContent-Type: application/json\n{headers}\n{BODY.decode()}",
        "samples": [
            Piece("python", "Python", _source("verify.py")),
            Piece("javascript", "JavaScript and TypeScript", _source("verify.js")),
        ],
    }


def _source(file: str) -> str:
    return (_SAMPLES / file).read_text(encoding="utf-8")
