"""The dialect of Hacker News."""

from typing import Any

import pytest

from tests.support.newsroom import NewsroomControl


def ids(newsroom: NewsroomControl, name: str = "newstories") -> list[int]:
    found: list[int] = newsroom.get(f"/hackernews/v0/{name}.json").json()
    return found


def items(newsroom: NewsroomControl) -> list[dict[str, Any] | None]:
    return [newsroom.get(f"/hackernews/v0/item/{item}.json").json() for item in ids(newsroom)]


@pytest.mark.parametrize("path", ["v0/nothing.json", "v0/item/abc.json", "v0/newstories", "v1/newstories.json"])
def test_an_unknown_path_is_not_found(newsroom: NewsroomControl, path: str) -> None:
    assert newsroom.get(f"/hackernews/{path}").status_code == 404


def test_an_unknown_item_is_null(newsroom: NewsroomControl) -> None:
    response = newsroom.get("/hackernews/v0/item/1.json")
    assert (response.status_code, response.json()) == (200, None)


def test_new_stories_are_newest_first_and_some_have_no_item(newsroom: NewsroomControl) -> None:
    found = ids(newsroom)
    assert found == sorted(found, reverse=True)
    assert None in items(newsroom)
    assert newsroom.get("/hackernews/v0/maxitem.json").json() == found[0]


def test_items_come_in_every_type(newsroom: NewsroomControl) -> None:
    found = [item for item in items(newsroom) if item]
    alive = [item for item in found if not item.get("deleted")]
    assert {item["type"] for item in found} == {"story", "job"}
    assert any(item.get("dead") for item in found)
    assert any(item["title"].startswith("Ask HN:") and "url" not in item and item["text"] for item in alive)
    assert any(item["title"].startswith("Show HN:") and item["url"] for item in alive)
    assert all(item["score"] >= 1 and item["by"] for item in alive)


def test_a_deleted_item_keeps_only_its_id_time_and_type(newsroom: NewsroomControl) -> None:
    newsroom.advance(seconds=24 * 3600)
    deleted = [item for item in items(newsroom) if item and item.get("deleted")]
    assert deleted
    assert all(item.keys() == {"id", "time", "type", "deleted"} for item in deleted)


def test_top_stories_are_ordered_by_score(newsroom: NewsroomControl) -> None:
    top = [newsroom.get(f"/hackernews/v0/item/{item}.json").json() for item in ids(newsroom, "topstories")[:10]]
    scores = [item["score"] for item in top if "score" in item and item["type"] == "story"]
    assert scores == sorted(scores, reverse=True)
    assert set(ids(newsroom, "topstories")) <= set(ids(newsroom))


@pytest.mark.parametrize(("name", "kind"), [("jobstories", "job"), ("askstories", "story"), ("showstories", "story")])
def test_lists_of_one_kind_hold_only_that_kind(newsroom: NewsroomControl, name: str, kind: str) -> None:
    found = [newsroom.get(f"/hackernews/v0/item/{item}.json").json() for item in ids(newsroom, name)]
    assert found
    assert {item["type"] for item in found} == {kind}


def test_updates_list_what_was_edited_or_taken_down_lately(newsroom: NewsroomControl) -> None:
    manifest = newsroom.manifest
    removal = next(one for one in manifest.removals if one.channel == "hackernews" and one.at > manifest.epoch)
    newsroom.command(clock={"now": removal.at})
    changed = newsroom.get("/hackernews/v0/updates.json").json()["items"]
    states = [newsroom.get(f"/hackernews/v0/item/{item}.json").json() for item in changed]
    assert any(item and (item.get("dead") or item.get("deleted")) for item in states)
    assert None in states, "most of what changes are comments, which are no items here"
