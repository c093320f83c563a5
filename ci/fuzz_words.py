"""Words that only a running instance knows, for half of the fuzzer's requests: made-up ids reach nothing but a 404."""

import json
from pathlib import Path

import httpx

from ci.servers import Instance
from ci.support import artifacts

MADE_UP_FEEDS = 100
TEMPORARY_KEYS = 30
READING_LISTS = 5
ITEMS_OF_A_LIST = 10


def write(instance: Instance, version: str, key: str) -> None:
    """Write .artifacts/fuzz/<name>.dict for every dictionary that ci/schemathesis.toml names."""
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=f"{instance.address}/{version}", headers=headers) as client:
        # few lists: an item is reached only where the fuzzer names its own list with it
        lists = [_new_list(client) for _ in range(READING_LISTS)]
        words = {
            "collections": lists,
            "items": [_new_item(client, name, n) for n in range(ITEMS_OF_A_LIST) for name in lists],
            "articles": _ids(client, "/articles"),
            "sources": _ids(client, "/sources"),
            "feeds": _ids(client, "/feeds") if version != "v1" else ["feed"],
            # enough of them that some are left when the fuzzer has revoked its share
            "keys": [_new_key(client) for _ in range(TEMPORARY_KEYS)],
            # addresses that feeds may have; the worker rests, so that nobody looks what is there
            "feed-urls": [f"{instance.sandbox}/fuzz/{number}.xml" for number in range(MADE_UP_FEEDS)],
        }
    for name, values in words.items():
        _write(artifacts("fuzz") / f"{name}.dict", values)


def _ids(client: httpx.Client, path: str) -> list[str]:
    answer = client.get(path, params={"limit": 100}).raise_for_status()
    return [str(row["id"]) for row in answer.json()["data"]]


def _new_key(client: httpx.Client) -> str:
    made = client.post("/api-keys", json={"name": "To be revoked", "scopes": ["articles:read"], "expires_at": None})
    return str(made.raise_for_status().json()["id"])


def _new_list(client: httpx.Client) -> str:
    made = client.post("/collections", json={"name": "To be changed"})
    return str(made.raise_for_status().json()["id"])


def _new_item(client: httpx.Client, collection_id: str, number: int) -> str:
    made = client.post(f"/collections/{collection_id}/items", json={"url": f"https://pages.example.org/{number}"})
    return str(made.raise_for_status().json()["id"])


def _write(file: Path, values: list[str]) -> None:
    """One quoted word a line, as libFuzzer's dictionaries are written."""
    file.write_text("".join(f"{json.dumps(value)}\n" for value in values), encoding="utf-8")
