"""Every house rule, on a text that breaks it and on one that keeps it."""

from pathlib import PurePosixPath
from typing import NamedTuple

import pytest

from ci.lints import house
from ci.lints.rules import Source


class Case(NamedTuple):
    """One rule at work: a file that breaks it, and one that is like it and keeps it."""

    rule: str
    path: str
    breaks: str
    keeps: str
    keeps_at: str | None = None  # where the second text stands, when that is what makes it right


def lines(count: int, first: str = "", indent: str = "") -> str:
    return first + "".join(f"{indent}x = {number}\n" for number in range(count))


CASES = (
    Case(
        "handlers-call-services",
        "handlers/v2/feeds.py",
        "from core.feeds.repository import FeedRepository\n",
        "from core.contract.responses import ok\nfrom core.feeds.service import feeds\n",
    ),
    Case(
        "handlers-call-services",
        "handlers/v2/feeds.py",
        "from core.infra.db import Database\n",
        "from core.errors import NotFound\nfrom core.kit.principal import Principal\n",
    ),
    Case(
        "versions-apart",
        "handlers/v2/feeds.py",
        "from handlers.v1.sources import list_sources\n",
        "from handlers.v2.sources import list_sources\n",
    ),
    Case(
        "versions-apart",
        "handlers/v1/feeds.py",
        "from ..v2 import sources\n",
        "from . import sources\n",
    ),
    Case(
        "core-below-handlers",
        "core/feeds/service.py",
        "def late():\n    import handlers.v2.feeds\n",
        "import core.feeds.types\n",
    ),
    Case(
        "contract-knows-no-feature",
        "core/contract/route.py",
        "from core.limits.service import limits\n",
        "from core.contract.ports import Limiter\nfrom core.errors import RateLimited\n",
    ),
    Case(
        "kit-imports-nothing",
        "core/kit/ids.py",
        "from core.errors import NotFound\n",
        "from core.kit.clock import Clock\n",
    ),
    Case(
        "ground-knows-no-feature",
        "core/infra/jobs.py",
        "from core.ingest.tasks import poll\n",
        "from core.settings import Settings\nfrom core.errors import Unavailable\n",
    ),
    Case(
        "features-meet-at-services",
        "core/feeds/service.py",
        "from core.sources.repository import SourceRepository\n",
        "from core.feeds.repository import FeedRepository\nfrom core.sources.service import sources\n",
    ),
    Case(
        "sql-in-repositories",
        "core/feeds/service.py",
        "from sqlalchemy import select\n",
        "from sqlalchemy import select\n",
        "core/feeds/repository.py",
    ),
    Case(
        "sql-in-repositories",
        "core/feeds/service.py",
        'QUERY = """\n  SELECT id\n  FROM feeds"""\n',
        '"""Select a feed from the list."""\nPROMPT = "delete the feed"\n',
    ),
    Case(
        "framework-in-the-contract",
        "core/sandbox/server.py",
        "from starlette.responses import Response\n",
        "from starlette.responses import Response\n",
        "core/contract/edge.py",
    ),
    Case(
        "environment-in-settings",
        "core/cli.py",
        "import os\nhome = os.environ['HOME']\n",
        "import os\nhome = os.environ['HOME']\n",
        "core/settings.py",
    ),
    Case("environment-in-settings", "core/cli.py", "from os import getenv\n", "from os import cpu_count\n"),
    Case("nothing-at-import", "core/infra/db.py", "pool = connect()\n", "def pool():\n    return connect()\n"),
    Case("nothing-at-import", "core/infra/db.py", "cache = Redis()\n", "LIMIT = frozenset({1})\n"),
    Case("nothing-at-import", "core/infra/db.py", "register(1)\n", "if __name__ == '__main__':\n    register(1)\n"),
    Case(
        "nothing-at-import",
        "core/kit/clock.py",
        "class Clock:\n    started = datetime.now()\n",
        "@register('clock')\nclass Clock:\n    created = mapped_column(default=func.now())\n",
    ),
    Case("short-files", "core/feeds/service.py", lines(401), lines(400)),
    Case(
        "short-handlers",
        "handlers/v2/feeds.py",
        lines(12, "async def get_feed(\n    principal,\n    *,\n    feed_id,\n):\n", "    "),
        lines(11, "async def get_feed(\n    principal,\n    *,\n    feed_id,\n):\n", "    "),
    ),
    Case(
        "short-handlers",
        "handlers/v2/feeds.py",
        lines(12, "def feed_out(feed):\n", "    "),
        lines(12, "def feed_out(feed):\n", "    "),
        "handlers/v2/shapes/feeds.py",
    ),
    Case("silence-with-reason", "core/cli.py", "x = 1  # noqa\n", "x = 1  # noqa: S105  # no secret, a label\n"),
    Case("silence-with-reason", "core/cli.py", "x = 1  # noqa: S105\n", "x = '# noqa'\n"),
    Case(
        "silence-with-reason",
        "tests/test_x.py",
        "x = 1  # type: ignore[arg-type]\n",
        "x = 1  # type: ignore[arg-type]  # the stub is wrong\n",
    ),
    Case(
        "silence-with-reason", "core/cli.py", "x = 1  # pragma: no cover\n", "x = 1  # pragma: no cover: Windows only\n"
    ),
    Case(
        "no-blocking-sleep", "core/ingest/tasks.py", "import time\ntime.sleep(1)\n", "import time\ntime.monotonic()\n"
    ),
    Case("no-blocking-sleep", "core/ingest/tasks.py", "from time import sleep\n", "from asyncio import sleep\n"),
    Case("nothing-undone", "core/cli.py", "x = 1  # TO" + "DO later\n", "x = 1  # every to-do of the list\n"),
    Case("nothing-undone", "core/cli.py", "raise NotImplemented" + "Error\n", "raise NotFound\n"),
    Case(
        "nothing-undone",
        "tests/test_x.py",
        "@pytest.mark.skip\ndef test(): ...\n",
        "@pytest.mark.slow\ndef test(): ...\n",
    ),
    Case(
        "dated-migrations",
        "migrations/versions/tables.py",
        "",
        "",
        "migrations/versions/2026_11_21_01_tables.py",
    ),
    Case(
        "no-registry-address",
        "Dockerfile",
        "RUN pip install --index-" + "url x\n",
        "RUN pip install --require-hashes\n",
    ),
    Case(
        "no-machine-path",
        "docs/start.md",
        "cd /ho" + "me/anna/tidings\n",
        "see https://example.org/home/anna and $PWD/work/x\n",
    ),
)


def rules_broken_by(path: str, text: str) -> set[str]:
    source = Source(PurePosixPath(path), text)
    return {rule.name for rule in house.RULES if any(rule.breaches(source))}


@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule}-{number}" for number, case in enumerate(CASES)])
def test_a_breach_is_found(case: Case) -> None:
    assert case.rule in rules_broken_by(case.path, case.breaks)


@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule}-{number}" for number, case in enumerate(CASES)])
def test_what_keeps_the_rule_passes(case: Case) -> None:
    assert case.rule not in rules_broken_by(case.keeps_at or case.path, case.keeps)


def test_every_rule_is_shown_at_work() -> None:
    assert {case.rule for case in CASES} == {rule.name for rule in house.RULES}


def test_a_finding_says_where_what_why_and_how_to_mend_it() -> None:
    source = Source(PurePosixPath("core/kit/ids.py"), "import re\nfrom core.errors import NotFound\n")
    [text] = house.check([source], exceptions={})
    rule = next(rule for rule in house.RULES if rule.name == "kit-imports-nothing")
    where = "core/kit/ids.py:2: imports core.errors.NotFound [kit-imports-nothing]"
    assert text == f"{where}\n    why: {rule.reason}\n    fix: {rule.fix}"


def test_an_exception_lets_one_rule_go_in_one_file() -> None:
    broken = "from core.errors import NotFound\n"
    sources = [Source(PurePosixPath(f"core/kit/{name}.py"), broken) for name in ("ids", "text")]
    [text] = house.check(sources, exceptions={("kit-imports-nothing", "core/kit/ids.py"): "because"})
    assert text.startswith("core/kit/text.py:1:")


def test_an_exception_that_nothing_needs_is_reported() -> None:
    [text] = house.check([], exceptions={("kit-imports-nothing", "core/kit/ids.py"): "because"})
    assert text.startswith("core/kit/ids.py: needs no exception from kit-imports-nothing")


def test_the_repository_keeps_every_rule() -> None:
    assert house.check(house.tracked()) == []
