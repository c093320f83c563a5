"""Sunset notices as v2 knows them."""

from typing import Any

from core.kit import ids
from core.sunset_notices.types import SunsetNotice
from handlers.v2.shapes.lists import time_out


def sunset_notice_out(notice: SunsetNotice) -> dict[str, Any]:
    """What an organisation was told once."""
    return {
        "id": ids.encode("sun", notice.id),
        "version": notice.version,
        "sunset_at": time_out(notice.sunset_at),
        "notice_days": notice.days,
        "days_left": notice.days_left,
        "key_ids": [ids.encode("key", id_) for id_ in notice.api_key_ids],
        "calls": notice.calls,
        "created_at": time_out(notice.created_at),
    }
