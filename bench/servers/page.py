"""The payload of the in-memory servers: one page of 20 articles, about 9.8 kB of JSON."""

from typing import Any


def article(number: int) -> dict[str, Any]:
    return {
        "id": f"art_{number:022d}",
        "title": f"Harbour city tests its {number}th tidal turbine after a quiet winter",
        "summary": "Engineers lowered the machine at slack water and expect first power within days. " * 2,
        "url": f"https://news.example/energy/{number}",
        "source": "guardian",
        "category": "technology",
        "author": "Ines Marlowe",
        "language": "en",
        "image_url": None,
        "published_at": "2026-11-09T10:30:00Z",
        "sentiment": {"label": "positive", "score": 0.73},
    }


PAGE: list[dict[str, Any]] = [article(number) for number in range(20)]


def envelope(limit: int) -> dict[str, Any]:
    return {"data": PAGE[:limit], "meta": {"next_cursor": None, "has_more": False}}
