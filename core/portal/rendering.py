"""Templates, and the files that the pages load."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from core.contract.exchange import Exchange
from core.contract.pages import HTML, PAGE_CONTENT_POLICY, Answer, Fixed, Once, Page, compressed, fixed, origin_of
from core.contract.responses import Response
from core.portal import text

_HERE: Final = Path(__file__).parent
_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".LICENSE": "text/plain; charset=utf-8",
    ".NOTICE": "text/plain; charset=utf-8",
}
_A_DAY: Final = {"Cache-Control": "public, max-age=86400"}


class Templates:
    """The templates of the portal; `shared` is what every page knows."""

    def __init__(self, public_url: str | None, **shared: Any) -> None:
        self._public_url = public_url
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters |= {"inline": text.inline, "prose": text.prose, "code": text.code}
        self._environment.globals |= {**shared, "ORIGIN": text.ORIGIN, "KEY": text.KEY}

    def render(self, file: str, **values: Any) -> bytes:
        """A page, in which `text.ORIGIN` stands for the address of the instance."""
        return self._environment.get_template(file).render(**values).encode()

    def answer(self, page: bytes, exchange: Exchange) -> Fixed:
        """The page as whoever asks for it reaches the instance."""
        origin = escape(origin_of(exchange, self._public_url))
        return Fixed(page.replace(text.ORIGIN.encode(), origin.encode()), HTML)

    def page(
        self,
        name: str,
        file: str,
        values: Callable[[], Mapping[str, Any]] = dict,
        *,
        content_policy: bytes = PAGE_CONTENT_POLICY,
    ) -> Page:
        """A page that stays the same, made with `values` when somebody asks first."""
        once = Once(lambda: self._made(file, values()))

        async def give(exchange: Exchange) -> Response:
            made = await once.get()
            return made if isinstance(made, Fixed) else self.answer(made, exchange)

        return Page(name, give, content_policy=content_policy)

    def _made(self, file: str, values: Mapping[str, Any]) -> Fixed | bytes:
        """The answer for all, or the page that has still to learn the address of the instance."""
        body = self.render(file, **values)
        return body if text.ORIGIN.encode() in body else Fixed(body, HTML)


def live_page(name: str, answer: Answer) -> Page:
    """A page that is made when somebody asks for it."""
    return Page(name, answer, content_policy=PAGE_CONTENT_POLICY)


def files() -> dict[str, Page]:
    """Address → file: our own styles, scripts and icon; what is vendored for /docs, and its licences."""
    pages: dict[str, Page] = {}
    for file in sorted([*(_HERE / "static").iterdir(), *(_HERE / "assets").iterdir()]):
        name = file.name.removesuffix(".gz")
        content_type, content = _TYPES[Path(name).suffix], file.read_bytes()
        if file.suffix == ".gz":
            pages[f"/docs/assets/{name}"] = compressed("site.asset", content, content_type)
        else:
            headers = _A_DAY if file.suffix == ".woff2" else None
            pages[f"/docs/assets/{name}"] = fixed("site.asset", Fixed(content, content_type, headers))
    return pages
