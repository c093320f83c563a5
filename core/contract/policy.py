"""The page that says how versions end here, where `Link: <…>; rel="sunset"` of their answers points (RFC 8594 §6)."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from html import escape
from pathlib import Path
from string import Template
from typing import Final

from core.contract.exchange import Exchange
from core.contract.lifecycle import Version
from core.contract.pages import BROWSER_CONTENT_POLICY, HTML, Page
from core.contract.responses import Response
from core.kit.clock import Clock

MOST_SHOWN: Final = 20
"""Brown-outs of a version that the page lists, the next ones first."""

_TEMPLATE: Final = Path(__file__).parent / "templates" / "sunset-policy.html"


def policy_page(versions: Mapping[str, Version], clock: Clock) -> Page:
    """The page as of now: dates, days left, and the brown-outs that are still to come."""

    async def answer(_: Exchange) -> Response:
        now = clock.now()
        sections = "".join(_section(version, now) for version in versions.values() if version.sunset is not None)
        page = Template(_TEMPLATE.read_text("utf-8")).substitute(versions=sections or "<p>No version ends.</p>")
        return Response(200, page.encode(), HTML)

    return Page("site.sunsetPolicy", answer, content_policy=BROWSER_CONTENT_POLICY)


def _section(version: Version, now: datetime) -> str:
    if version.sunset is None:
        return ""
    title = escape(version.document["info"]["title"])
    lines = [f'<h2 id="{escape(version.name)}">{title}</h2>', "<dl>"]
    if version.deprecated_since is not None:
        lines.append(f"<dt>Deprecated from<dd>{_time(version.deprecated_since)}")
    lines.append(f"<dt>Stops answering after<dd>{_time(version.sunset)}{_left(version.sunset - now)}")
    if version.successor is not None:
        successor = escape(version.successor.document["info"]["title"])
        lines.append(f'<dt>Replaced by<dd><a href="/docs/{escape(version.successor.name)}">{successor}</a>')
    lines += ["</dl>", "<h3>Brown-outs</h3>", *_brownouts(version, version.sunset, now)]
    return "\n".join(lines)


def _brownouts(version: Version, sunset: datetime, now: datetime) -> Iterator[str]:
    coming = sorted(each for window in version.brownouts for each in _first(window.coming(now, sunset)))
    if not coming:
        yield "<p>None is planned.</p>"
        return
    yield f"<p>For everybody {escape(version.name)} answers 410 in these times, as it will after its Sunset.</p>"
    yield "<ul>"
    for start, end in coming[:MOST_SHOWN]:
        yield f"<li>{_time(start)} to {_time(end)}{' (now)' if start <= now else ''}"
    yield "</ul>"
    if len(coming) > MOST_SHOWN:
        yield "<p>And more after these.</p>"


def _first(times: Iterator[tuple[datetime, datetime]]) -> Iterator[tuple[datetime, datetime]]:
    """One more than the page shows, however often a window comes again."""
    for each, _ in zip(times, range(MOST_SHOWN + 1), strict=False):
        yield each


def _time(moment: datetime) -> str:
    return f'<time datetime="{moment:%Y-%m-%dT%H:%M:%SZ}">{moment.day} {moment:%B %Y, %H:%M} UTC</time>'


def _left(left: timedelta) -> str:
    if left <= timedelta(0):
        return ": it has ended"
    days = left.days
    return f", in {days} days" if days > 1 else f", in {left.total_seconds() / 3600:.0f} hours"
