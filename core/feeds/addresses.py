"""The address of a feed: may it be fetched, and what is it called in short."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from itertools import chain, count
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from core.errors import FieldError, UrlNotAllowed
from core.infra.context import infrastructure
from core.infra.http import Guard, UrlRefused
from core.upstreams.providers import PROVIDERS

LOOK_UP_S: Final = 3.0
"""For the names of all addresses together: an import of a thousand feeds must not wait for a thousand time-outs."""
MAX_SLUG_CHARACTERS: Final = 48
_NOT_IN_SLUG: Final = re.compile(r"[^a-z0-9]+")
_COMMON_FIRST_LABELS: Final = ("www.", "feeds.", "feed.", "rss.")

_COMMON_FILE_NAMES: Final = frozenset({
    "all", "atom", "default", "feed", "feeds", "home", "index", "latest", "main", "news", "posts", "rdf", "rss", "rss2",
})  # fmt: skip

_End = tuple[str, int]


async def allowed(url: str, *, in_sandbox: bool = False) -> str:
    """The canonical spelling of an address that may be fetched; raises `UrlNotAllowed`, which names the rule.

    Nothing is fetched. A name that does not resolve now is taken: it may tomorrow, and the feed's state will say so.
    """
    verdict = (await judged([url], in_sandbox=in_sandbox))[0]
    if isinstance(verdict, UrlNotAllowed):
        raise verdict
    return verdict


async def judged(urls: Sequence[str], *, in_sandbox: bool = False) -> list[str | UrlNotAllowed]:
    """As `allowed`, for many at once: the canonical spelling of each, or why it is refused.

    From a sandbox nothing is ever fetched, so no name is looked up for it.
    """
    settings = infrastructure().settings
    trusted = (settings.sandbox_url,) if settings.sandbox_url else ()
    guard = Guard(allowed_networks=settings.egress_allow, trusted_origins=trusted)
    screened: list[tuple[str, _End] | UrlRefused] = []
    for url in urls:
        try:
            target = guard.screen(url)
        except UrlRefused as refusal:
            screened.append(refusal)
        else:
            screened.append((target.url, (target.host, target.port)))
    ends = set() if in_sandbox else {one[1] for one in screened if isinstance(one, tuple)}
    refused = await _refused_by_address(guard, ends)
    return [_verdict(one, refused) for one in screened]


async def _refused_by_address(guard: Guard, ends: Iterable[_End]) -> dict[_End, UrlRefused]:
    """Hosts that resolve to where nothing may be fetched from."""
    lookups = {asyncio.ensure_future(guard.resolve(*end)): end for end in ends}
    if not lookups:
        return {}
    done, late = await asyncio.wait(lookups, timeout=LOOK_UP_S)
    for lookup in late:
        lookup.cancel()
    return {lookups[lookup]: error for lookup in done if isinstance(error := lookup.exception(), UrlRefused)}


def _verdict(screened: tuple[str, _End] | UrlRefused, refused: dict[_End, UrlRefused]) -> str | UrlNotAllowed:
    if isinstance(screened, UrlRefused):
        return _not_allowed(screened)
    url, end = screened
    return _not_allowed(refused[end]) if end in refused else url


def _not_allowed(refusal: UrlRefused) -> UrlNotAllowed:
    error = FieldError(refusal.rule, refusal.detail, pointer="/url")
    return UrlNotAllowed(f"{refusal.detail} (rule: {refusal.rule})", errors=[error])


def site_name(url: str) -> str:
    """What the source is called until the feed has given its title: the host."""
    host = urlsplit(url).hostname or "feed"
    return host.removeprefix("www.")


def slug_base(url: str, title: str | None) -> str:
    """A short name: from the title where that has Latin letters, else from the file's name, else from the host."""
    parts = urlsplit(url)
    file_name = PurePosixPath(parts.path).stem.casefold()
    host = parts.hostname or ""
    for label in _COMMON_FIRST_LABELS:
        host = host.removeprefix(label)
    own = "" if file_name in _COMMON_FILE_NAMES else file_name
    return _slug(title or "") or _slug(own) or _slug(host) or "feed"


def numbered(base: str, taken: set[str]) -> str:
    """`base`, or the first of `base-2`, `base-3` … that is not taken."""
    numbers = (f"{base}-{number}" for number in count(2))
    return next(slug for slug in chain([base], numbers) if slug not in taken)


def _slug(text: str) -> str:
    slug = _NOT_IN_SLUG.sub("-", text.casefold()).strip("-")[:MAX_SLUG_CHARACTERS].strip("-")
    return f"{slug}-feed" if slug in PROVIDERS else slug
