"""The few pages of the newsroom that people look at while they try the product: consent, and the mail that came."""

from html import escape
from typing import Final

from core.sandbox.http import Reply, Request, text_reply

_STYLE: Final = (
    ":root{color-scheme:light dark;font:1rem/1.5 system-ui,sans-serif}"
    "body{max-width:44rem;margin:2rem auto;padding:0 1rem}"
    "li{margin:.4rem 0}code{overflow-wrap:anywhere}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere;border:1px solid gray;border-radius:.3rem;padding:1rem}"
)


def screen(title: str, content: str, status: int = 200) -> Reply:
    """A page for people. The title is text, the content HTML whose texts are escaped already."""
    return text_reply(
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{content}</body></html>\n",
        status,
    )


def wants_screen(request: Request) -> bool:
    """Whether a browser asks: programs send `*/*`, or name what they read."""
    return "text/html" in request.headers.get("accept", "")
