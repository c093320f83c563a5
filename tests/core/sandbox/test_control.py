"""The control endpoint."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from core.sandbox import credentials
from core.sandbox.clock import EPOCH, MovingClock
from core.sandbox.feeds.catalogue import FEEDS
from core.sandbox.http import Request
from core.sandbox.newsroom import Newsroom
from core.sandbox.routes import answer
from tests.support.newsroom import CONTROL_TOKEN, NewsroomControl

SECTIONS = f"/guardian/sections?api-key={credentials.GUARDIAN_KEY}"
FEED = FEEDS["harbour-ledger"].path


def test_a_newsroom_with_a_control_token_refuses_commands_without_it(newsroom: NewsroomControl) -> None:
    assert newsroom.get("/control").status_code == 401
    wrong = {"Authorization": "Bearer wrong"}
    assert newsroom.http.post("/control", json={"heal": "*"}, headers=wrong).status_code == 401


def test_a_newsroom_without_a_control_token_takes_commands_from_anybody() -> None:
    assert answer(Newsroom(), Request("GET", "/control")).status == 200


def test_a_moving_newsroom_has_no_control_endpoint() -> None:
    newsroom = Newsroom(MovingClock(), control_token=CONTROL_TOKEN)
    headers = {"authorization": f"Bearer {CONTROL_TOKEN}"}
    assert answer(newsroom, Request("GET", "/control", headers=headers)).status == 404
    assert answer(newsroom, Request("POST", "/control", headers=headers, body=b'{"heal": "*"}')).status == 404


def test_an_unknown_control_path_is_not_found(newsroom: NewsroomControl) -> None:
    headers = {"Authorization": f"Bearer {CONTROL_TOKEN}"}
    assert newsroom.get("/control/secrets", headers=headers).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        b"not json",
        b"[]",
        b'{"explode": true}',
        b'{"clock": {}}',
        b'{"clock": {"now": "soon"}}',
        b'{"fail": {"status": 500}}',
        b'{"fail": {"target": "guardian", "colour": "red"}}',
        b'{"publish": {"channel": "nowhere", "title": "x"}}',
        b'{"publish": {"channel": "guardian"}}',
        b'{"reset": ["everything"]}',
    ],
)
def test_a_command_that_makes_no_sense_is_refused_with_a_reason(newsroom: NewsroomControl, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {CONTROL_TOKEN}"}
    response = newsroom.http.post("/control", content=body, headers=headers)
    assert response.status_code == 400
    assert response.json()["error"]


def test_an_oversized_body_is_refused(newsroom: NewsroomControl) -> None:
    assert newsroom.http.post("/control", content=b"x" * (1 << 20 | 1)).status_code == 413


def test_the_clock_can_be_set_and_advanced(newsroom: NewsroomControl) -> None:
    newsroom.set_now(EPOCH + timedelta(days=1))
    newsroom.advance(seconds=90)
    assert newsroom.state()["now"] == (EPOCH + timedelta(days=1, seconds=90)).isoformat()


def test_a_failing_upstream_answers_the_wanted_status(newsroom: NewsroomControl) -> None:
    newsroom.fail("guardian", status=503, headers={"Retry-After": "7"})
    refused = newsroom.get(SECTIONS)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "7")
    assert newsroom.get(FEED).status_code == 200
    newsroom.heal("guardian")
    assert newsroom.get(SECTIONS).status_code == 200


def test_a_failure_can_last_for_a_number_of_requests(newsroom: NewsroomControl) -> None:
    newsroom.fail("feed:harbour-ledger", status=500, times=2)
    assert [newsroom.get(FEED).status_code for _ in range(3)] == [500, 500, 200]


def test_a_star_makes_everything_fail(newsroom: NewsroomControl) -> None:
    newsroom.fail("*", status=502)
    assert {newsroom.get(path).status_code for path in (SECTIONS, FEED, "/hackernews/v0/topstories.json")} == {502}


def test_a_failed_request_costs_no_quota(newsroom: NewsroomControl) -> None:
    newsroom.fail("guardian", status=500)
    newsroom.get(SECTIONS)
    assert newsroom.state()["quotas"] == {}


def test_a_reply_can_be_late_truncated_or_cut_off(newsroom: NewsroomControl) -> None:
    whole = newsroom.get(FEED, headers={"Accept-Encoding": "identity"}).content
    newsroom.fail("feed:harbour-ledger", truncate=1000)
    assert newsroom.get(FEED, headers={"Accept-Encoding": "identity"}).content == whole[:1000]

    newsroom.fail("feed:harbour-ledger", drop_after=1000)
    with pytest.raises(httpx.RemoteProtocolError):
        newsroom.get(FEED)

    newsroom.fail("feed:harbour-ledger", latency_s=5)
    with pytest.raises(httpx.ReadTimeout):
        newsroom.get(FEED, timeout=0.1)


def test_an_extra_article_appears_in_its_channel(newsroom: NewsroomControl) -> None:
    address = newsroom.publish("guardian", "A test publishes", text="First.\n\nSecond.", desk="science")
    newest = newsroom.get(f"/guardian/search?api-key={credentials.GUARDIAN_KEY}&page-size=1").json()["response"][
        "results"
    ][0]
    assert (newest["webTitle"], newest["webUrl"], newest["sectionId"]) == ("A test publishes", address, "science")


@pytest.mark.parametrize("channel", ["newsapi", "reddit", "hackernews", "feed:elbe-kurier", "feed:rewrites"])
def test_every_channel_can_be_published_to(newsroom: NewsroomControl, channel: str) -> None:
    address = newsroom.publish(channel, "A test publishes", url="https://elsewhere.example/story?utm_source=test")
    assert address == "https://elsewhere.example/story?utm_source=test"
    assert newsroom.newsroom.on(channel)[0].url == address


def test_the_request_log_tells_who_asked_for_what_without_credentials(newsroom: NewsroomControl) -> None:
    newsroom.get(SECTIONS + "&q=tech", headers={"User-Agent": "log-test"})
    newsroom.get(FEED, headers={"If-None-Match": '"x"'})
    entries = newsroom.requests()
    assert [(entry["target"], entry["status"]) for entry in entries] == [
        ("guardian", 200),
        ("feed:harbour-ledger", 200),
    ]
    assert (entries[0]["query"], entries[0]["authenticated"]) == ({"q": "tech"}, True)
    assert (entries[1]["headers"]["if-none-match"], entries[1]["authenticated"]) == ('"x"', False)
    assert credentials.GUARDIAN_KEY not in str(newsroom.state()["requests"])


def test_reset_undoes_everything(newsroom: NewsroomControl) -> None:
    newsroom.publish("guardian", "A test publishes")
    newsroom.fail("*", status=500)
    newsroom.heal("feed:gone")
    newsroom.get(SECTIONS)
    newsroom.advance(seconds=3600)
    newsroom.reset()
    state: dict[str, Any] = newsroom.state()
    assert (state["now"], state["failures"], state["quotas"], state["requests"]) == (EPOCH.isoformat(), {}, {}, [])
    assert newsroom.get(FEEDS["gone"].path).status_code == 410
    assert "A test publishes" not in newsroom.get(SECTIONS.replace("sections", "search")).text
