"""The articles as web pages, at `/read/<host>/<path>`, and their images."""

import struct
import zlib
from html import escape
from typing import Final

from core.sandbox.articles import Article, html_of
from core.sandbox.chance import number
from core.sandbox.http import Reply, Request, text_reply
from core.sandbox.newsroom import Newsroom

WIDTH: Final = 640
HEIGHT: Final = 360
_PNG_SCALE: Final = 4  # a PNG of 160 x 90 is enough to be a picture


def article_page(newsroom: Newsroom, request: Request) -> Reply | None:
    """The page of an article: 410 when it was taken down, None when there is none."""
    wanted = "https://" + request.path.removeprefix("/read/")
    listings = (listing for channel in newsroom.archive.channels for listing in newsroom.on(channel))
    article = next((listing.article for listing in listings if listing.article.url == wanted), None)
    if article is None:
        return None
    if article.removed_by(newsroom.now):
        return text_reply("<!doctype html><title>Gone</title><p>This article has been taken down.</p>", 410)
    return text_reply(_page(article, newsroom, request.origin))


def _page(article: Article, newsroom: Newsroom, origin: str) -> str:
    story = article.story_at(newsroom.now)
    image_url = f"{origin}{article.image}" if article.image else None
    picture = f'<meta property="og:image" content="{escape(image_url)}">' if image_url else ""
    author = f'<p class="byline">{escape(article.author)}</p>' if article.author else ""
    return (
        f'<!doctype html><html lang="{story.language}"><head><meta charset="utf-8"><title>{escape(story.title)}</title>'
        f'<link rel="canonical" href="{escape(article.url)}"><meta property="og:title" content="{escape(story.title)}">'
        f'<meta name="description" content="{escape(story.standfirst)}">{picture}'
        f'<meta property="article:published_time" content="{article.published_at:%Y-%m-%dT%H:%M:%SZ}"></head><body>'
        f"<header><a href='/'>{escape(article.outlet.name)}</a></header><article><h1>{escape(story.title)}</h1>{author}"
        f"{html_of(story, image_url=image_url)}</article>"
        f"<aside>More from {escape(article.outlet.name)}</aside></body></html>"
    )


def image(request: Request) -> Reply | None:
    """The picture called `/images/<key>.svg` or `.png`: a landscape whose colours and hills follow from its name."""
    key, _, kind = request.path.removeprefix("/images/").rpartition(".")
    if not key or kind not in ("svg", "png"):
        return None
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    if kind == "svg":
        return Reply(200, _svg(key).encode(), "image/svg+xml", headers)
    return Reply(200, _png(key), "image/png", headers)


def _horizon(key: str, layer: int) -> int:
    return HEIGHT // 3 + layer * 60 + number(key, "horizon", layer, below=50)


def _hill(y: int) -> str:
    return f"M0 {y}C{WIDTH // 3} {y - 90} {2 * WIDTH // 3} {y + 70} {WIDTH} {y}V{HEIGHT}H0Z"


def _svg(key: str) -> str:
    hue = number(key, "hue", below=360)
    hills = "".join(
        f'<path fill="hsl({(hue + 20 * layer) % 360} 35% {60 - 14 * layer}%)" d="{_hill(_horizon(key, layer))}"/>'
        for layer in range(3)
    )
    sun_x, sun_y = 80 + number(key, "sun", below=480), 50 + number(key, "sun-height", below=60)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="hsl({hue} 50% 82%)"/>'
        f'<circle cx="{sun_x}" cy="{sun_y}" r="28" fill="#fff" opacity=".8"/>{hills}</svg>'
    )


def _png(key: str) -> bytes:
    width, height = WIDTH // _PNG_SCALE, HEIGHT // _PNG_SCALE
    colours = [bytes(90 + number(key, "colour", layer, part, below=160) for part in range(3)) for layer in range(4)]
    horizons = [_horizon(key, layer) // _PNG_SCALE for layer in range(3)]
    rows = b"".join(b"\0" + colours[sum(y >= horizon for horizon in horizons)] * width for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits, RGB
    return (
        b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
