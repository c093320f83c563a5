"""The commands against one running instance: keys, feeds, polls, sources, doctor."""

import http.server
import os
import pty
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import pytest

from core.cli import run
from tests.support.instance import COMMAND, Instance, environment
from tests.support.waiting import DEADLINE_S

FEED: Final = b"""<?xml version="1.0"?>
<rss version="2.0"><channel><title>Harbour Notes</title><link>http://harbour.example/</link>
<item><guid>1</guid><title>The ferry runs again</title><link>http://harbour.example/ferry</link>
<pubDate>Fri, 20 Nov 2026 09:00:00 GMT</pubDate><description>After the storm.</description></item>
<item><guid>2</guid><title>A crane for the north quay</title><link>http://harbour.example/crane</link>
<pubDate>Fri, 20 Nov 2026 10:00:00 GMT</pubDate><description>It lifts forty tonnes.</description></item>
</channel></rss>"""


class FeedHandler(http.server.BaseHTTPRequestHandler):
    """`/harbour.xml` is a feed of two articles; everything else is not there."""

    def do_GET(self) -> None:
        found = self.path.startswith("/harbour")
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", "application/rss+xml")
        self.send_header("Content-Length", str(len(FEED) if found else 0))
        self.end_headers()
        if found:
            self.wfile.write(FEED)

    def log_message(self, *_: Any) -> None:
        """Nothing: the tests' output is for the tests."""


@pytest.fixture(scope="module")
def feed_server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), FeedHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    with Instance(tmp_path_factory.mktemp("home"), TIDINGS_EGRESS_ALLOW="127.0.0.0/8") as running:
        yield running


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    code: int
    out: str
    err: str


class CommandLine:
    """Runs commands in this process, where nothing has to be loaded anew, against one home."""

    def __init__(self, home: Path, environment: pytest.MonkeyPatch, output: pytest.CaptureFixture[str]) -> None:
        self._environment = environment
        self._output = output
        self.set(TIDINGS_HOME=str(home))

    def set(self, **settings: str) -> None:
        """Sets variables for the commands to come."""
        for name, value in settings.items():
            self._environment.setenv(name, value)

    def __call__(self, *arguments: str) -> Answer:
        """Runs one command to its end."""
        self._output.readouterr()
        code = run(list(arguments))
        return Answer(code, *self._output.readouterr())

    def json(self, *arguments: str) -> Any:
        """What a command prints as JSON; it has to succeed."""
        answer = self(*arguments, "--json")
        assert answer.code == 0, answer.err
        return orjson.loads(answer.out)


@pytest.fixture
def tidings(instance: Instance, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> CommandLine:
    return CommandLine(instance.home, monkeypatch, capfd)


def status_with(instance: Instance, key: str, path: str = "/v2/articles") -> int:
    return httpx.get(instance.address + path, headers={"Authorization": f"Bearer {key}"}).status_code


def eventually(condition: Callable[[], bool]) -> bool:
    """Whether it comes true once the change has arrived at every process."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > deadline:
            return False
    return True


def test_a_command_without_an_instance_says_how_to_start_one(tidings: CommandLine, tmp_path: Path) -> None:
    tidings.set(TIDINGS_HOME=str(tmp_path))
    answer = tidings("sources")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith(f"tidings: nothing runs in {tmp_path}: start it with `tidings up`")


def test_another_secret_is_refused_before_it_makes_keys_that_nobody_accepts(tidings: CommandLine) -> None:
    tidings.set(TIDINGS_SECRET="0" * 64)
    answer = tidings("keys", "create", "--name", "x")
    assert answer.code == 1
    assert "runs with another TIDINGS_SECRET" in answer.err


def test_an_unknown_scope_is_a_wrong_argument(tidings: CommandLine) -> None:
    answer = tidings("keys", "create", "--name", "x", "--scope", "articles:eat")
    assert answer.code == 2
    assert "there is no scope articles:eat; known are articles:read" in answer.err


@pytest.mark.parametrize("expires", ["yesterday", "2020-01-01T00:00:00Z", "10x"])
def test_an_end_that_makes_no_sense_is_a_wrong_argument(tidings: CommandLine, expires: str) -> None:
    answer = tidings("keys", "create", "--name", "x", "--expires", expires)
    assert answer.code == 2
    assert answer.err.count("\n") == 1


def test_a_key_that_does_not_exist_cannot_be_revoked(tidings: CommandLine) -> None:
    answer = tidings("keys", "revoke", "key_0000000000000000000000")
    assert answer.code == 1
    assert answer.err.startswith("tidings: ")


def test_a_new_key_is_printed_with_everything_that_scripts_need(instance: Instance, tidings: CommandLine) -> None:
    before = datetime.now(UTC)
    made = tidings.json("keys", "create", "--name", "nightly", "--scope", "articles:read", "--scope", "sources:read",
        "--requests-per-hour", "0", "--expires", "30d",
    )  # fmt: skip
    assert list(made) == ["id", "key", "name", "mode", "scopes", "requests_per_hour", "created_at", "expires_at"]
    assert made["id"].startswith("key_")
    assert (made["name"], made["requests_per_hour"]) == ("nightly", 0)
    assert sorted(made["scopes"]) == ["articles:read", "sources:read"]
    assert datetime.fromisoformat(made["expires_at"]) - before > timedelta(days=29)
    assert status_with(instance, made["key"]) == 200
    assert status_with(instance, made["key"], "/v2/feeds") == 403


def test_a_revoked_key_stops_working_and_is_listed_as_revoked(instance: Instance, tidings: CommandLine) -> None:
    made = tidings.json("keys", "create", "--name", "short-lived")
    assert tidings("keys", "revoke", made["id"]).code == 0
    assert status_with(instance, made["key"]) == 401
    listed = {key["id"]: key for key in tidings.json("keys", "list")}
    assert listed[made["id"]]["revoked_at"] is not None
    assert "key" not in listed[made["id"]]


def test_an_organisation_that_does_not_exist_is_named(tidings: CommandLine) -> None:
    for command in (("orgs", "suspend", "nowhere"), ("keys", "create", "--name", "x", "--organization", "nowhere")):
        answer = tidings(*command)
        assert (answer.code, answer.err.count("\n")) == (1, 1)
        assert "nowhere" in answer.err


def test_a_plan_that_does_not_exist_is_a_wrong_argument(tidings: CommandLine) -> None:
    answer = tidings("orgs", "plan", "newsroom", "gold")
    assert answer.code == 2
    assert "known are free, team, operator" in answer.err


def test_an_organisation_is_made_limited_suspended_and_resumed(instance: Instance, tidings: CommandLine) -> None:
    made = tidings.json("orgs", "create", "pier-nine", "--name", "Pier Nine", "--plan", "team")
    assert made["id"].startswith("org_")
    key = tidings.json("keys", "create", "--name", "x", "--organization", "pier-nine")["key"]
    assert status_with(instance, key) == 200
    shown = tidings.json("orgs", "show", "pier-nine")
    assert (shown["plan"], shown["keys"]) == ("team", {"limit": 100, "used": 1})
    assert tidings("orgs", "suspend", "pier-nine").code == 0
    assert eventually(lambda: status_with(instance, key) == 403)
    listed = {row["slug"]: row for row in tidings.json("orgs", "list")}
    assert listed["pier-nine"]["suspended_at"] is not None
    assert tidings("orgs", "resume", "pier-nine").code == 0
    assert eventually(lambda: status_with(instance, key) == 200)


def test_a_feed_on_a_forbidden_address_is_refused_with_the_rule(tidings: CommandLine) -> None:
    answer = tidings("feeds", "add", "http://169.254.169.254/latest")
    assert answer.code == 1
    assert answer.err.count("\n") == 1


def test_a_feed_that_is_not_there_is_added_and_says_why_it_fails(tidings: CommandLine, feed_server: str) -> None:
    feed = tidings.json("feeds", "add", f"{feed_server}/missing.xml", "--wait")
    assert feed["state"] == "failing"
    assert "404" in feed["state_reason"]
    assert feed["article_count"] == 0


def test_a_feed_is_read_before_the_command_returns(instance: Instance, tidings: CommandLine, feed_server: str) -> None:
    feed = tidings.json("feeds", "add", f"{feed_server}/harbour.xml", "--wait")
    assert feed["id"].startswith("feed_")
    assert (feed["state"], feed["state_reason"], feed["article_count"]) == ("healthy", None, 2)
    page = httpx.get(
        f"{instance.address}/v2/articles?feed={feed['id']}", headers={"Authorization": f"Bearer {instance.key}"}
    ).json()
    assert {article["title"] for article in page["data"]} == {"The ferry runs again", "A crane for the north quay"}


def test_a_feed_that_is_here_already_is_refused(tidings: CommandLine, feed_server: str) -> None:
    assert tidings("feeds", "add", f"{feed_server}/harbour.xml?twice").code == 0
    answer = tidings("feeds", "add", f"{feed_server}/harbour.xml?twice")
    assert answer.code == 1
    assert answer.err.count("\n") == 1


def test_an_opml_document_is_imported_and_one_bad_feed_stops_no_other(
    tidings: CommandLine, feed_server: str, tmp_path: Path
) -> None:
    opml = tmp_path / "feeds.opml"
    opml.write_text(
        f'<opml version="2.0"><body><outline type="rss" text="Good" xmlUrl="{feed_server}/harbour-opml.xml"/>'
        '<outline type="rss" text="Bad" xmlUrl="ftp://harbour.example/feed"/></body></opml>'
    )
    answer = tidings("feeds", "import", str(opml), "--json")
    assert answer.code == 1
    results = {result["title"]: result for result in orjson.loads(answer.out)}
    assert results["Good"]["status"] == "created"
    assert results["Bad"]["status"] == "rejected"
    assert results["Good"]["id"] in {feed["id"] for feed in tidings.json("feeds", "list")}


def test_a_feed_that_nobody_fetches_is_printed_with_a_question(
    instance: Instance, tidings: CommandLine, feed_server: str
) -> None:
    worker = instance.run_file()["processes"]["worker"]
    os.kill(worker, signal.SIGSTOP)
    try:
        answer = tidings("feeds", "add", f"{feed_server}/harbour.xml?unread", "--wait", "--timeout", "1", "--json")
    finally:
        os.kill(worker, signal.SIGCONT)
    assert answer.code == 1
    assert orjson.loads(answer.out)["state"] == "pending"
    assert answer.err == "tidings: the feed was added, but nobody fetched it within 1 s: is a worker running?\n"


def test_polling_an_unknown_source_fails(tidings: CommandLine) -> None:
    answer = tidings("poll", "nobody")
    assert answer.code == 1
    assert answer.err.count("\n") == 1


def test_a_poll_that_is_waited_for_shows_how_it_went(tidings: CommandLine) -> None:
    before = {row["slug"]: row["last_fetch_at"] for row in tidings.json("sources")}
    (polled,) = tidings.json("poll", "guardian", "--wait")
    assert polled["slug"] == "guardian"
    assert polled["last_fetch_at"] > before["guardian"]


def test_sources_are_plain_lines_where_there_is_no_terminal(tidings: CommandLine) -> None:
    answer = tidings("sources")
    assert answer.code == 0
    slugs = [line.split("\t")[0] for line in answer.out.splitlines()]
    assert {"guardian", "newsapi", "reddit", "hackernews"} <= set(slugs)


def test_sources_are_a_table_on_a_terminal(instance: Instance) -> None:
    leader, follower = pty.openpty()
    with closing(os.fdopen(leader, "rb", buffering=0)) as screen:
        subprocess.run(
            [*COMMAND, "sources"],
            stdout=follower,
            env={**environment(instance.home), "TERM": "xterm", "COLUMNS": "200"},
            check=True,
        )
        os.close(follower)
        shown = screen.read(65536).decode()
    assert "article count" in shown.splitlines()[0]
    assert "guardian" in shown


def test_the_doctor_finds_nothing_wrong_with_a_running_instance(instance: Instance, tidings: CommandLine) -> None:
    report = tidings.json("doctor")
    assert report["ok"]
    checks = {check["check"]: check["status"] for check in report["checks"]}
    expected = {"python", "packages", "settings", "home", "port", "postgresql", "role", "schema", "redis", "worker"}
    assert expected <= checks.keys()
    assert set(checks.values()) == {"ok"}


def test_migrating_a_running_instance_finds_nothing_to_do(tidings: CommandLine) -> None:
    assert tidings("migrate").out == "The schema is up to date.\n"


def test_a_test_key_reads_the_frozen_newsroom_at_once_and_is_listed_as_one(
    instance: Instance, tidings: CommandLine
) -> None:
    made = tidings.json("keys", "create", "--name", "tried", "--test")
    assert (made["mode"], made["key"][:9]) == ("test", "tdk_test_")
    listed = {key["id"]: key["mode"] for key in tidings.json("keys", "list")}
    assert listed[made["id"]] == "test"
    answer = httpx.get(
        f"{instance.address}/v2/articles?count=exact", headers={"Authorization": f"Bearer {made['key']}"}
    )
    assert answer.json()["total"]["value"] > 500


def test_a_sandbox_is_reset_where_there_is_one(tidings: CommandLine) -> None:
    tidings("orgs", "create", "pier-ten", "--name", "Pier Ten")
    answer = tidings("keys", "reset-sandbox", "--organization", "pier-ten")
    assert answer.code == 1
    assert "no sandbox" in answer.err
    tidings.json("keys", "create", "--name", "tried", "--test", "--organization", "pier-ten")
    assert tidings("keys", "reset-sandbox", "--organization", "pier-ten").code == 0
