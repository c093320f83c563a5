"""The portal of a served instance, over a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx
import psycopg
import pytest

from core.app import create_app
from tests.support.infrastructure import SECRET, opened
from tests.support.seed import Seed
from tests.support.served import served

BLOCKS = frozenset("caption dd dt figcaption h1 h2 h3 li p pre td th".split())
VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())


@dataclass
class Outline(HTMLParser):
    """What a page loads, links to, runs and is made of. `faults` are tags that do not close each other in order."""

    page: str
    loads: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    landmarks: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    text: str = ""

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self.feed(self.page)
        self.faults += [f"<{tag}> is never closed" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag not in VOID:
            self._open.append(tag)
        if tag in BLOCKS:
            self.text += " "
        if tag == "a":
            self.links.append(given["href"])
        else:
            self.loads += [given[name] for name in ("src", "href", "data-document") if name in given]
        if (tag == "script" and "src" not in given) or tag == "style":
            self.inline.append(tag)
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        self.ids += [given["id"]] if "id" in given else []
        self.headings += [int(tag[1])] if tag in ("h1", "h2", "h3", "h4", "h5", "h6") else []
        self.landmarks += [tag] if tag in ("header", "nav", "main", "footer") else []

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self._open or self._open[-1] != tag:
            self.faults.append(f"</{tag}> closes {self._open[-3:]}")
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
async def portal(postgres_url: str, redis_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an instance with a worker that has just said that it is alive."""
    async with opened(postgres_url, redis_url) as infra:
        with psycopg.connect(infra.db.url) as owner:
            owner.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
        with closing(Seed(infra.db.url, SECRET.encode())) as seed:
            seed.source("private-name", kind="feed", name="Private name", state="failing", article_count=7)
            seed.source("guardian", kind="guardian", name="The Guardian", state="healthy", article_count=3)
        async with served(create_app(infra.settings)) as address, httpx.AsyncClient(base_url=address) as client:
            yield client
