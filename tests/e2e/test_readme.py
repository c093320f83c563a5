"""What README.md tells a newcomer to type really works, word for word."""

import asyncio
import os
import re
from typing import Final

import httpx
import pytest

from ci.support import ROOT
from tests.e2e.conftest import Running

README: Final = (ROOT / "README.md").read_text("utf-8")
ENDPOINT: Final = re.compile(
    r"<summary><code>(?P<name>[^<]+)</code>.*?```sh\n(?P<command>.*?)```\s*Answer `(?P<status>\d+)`", re.DOTALL
)
ENDPOINTS: Final = {found["name"]: (found["command"], found["status"]) for found in ENDPOINT.finditer(README)}
IDS: Final = ("ARTICLE_ID", "SOURCE_ID", "FEED_ID", "KEY_ID")


def here(running: Running, text: str) -> str:
    """The text for this instance, which has another port and another home."""
    text = text.replace("http://127.0.0.1:8080", running.instance.address)
    return text.replace(".tidings/demo-key", str(running.instance.home / "demo-key"))


async def shell(script: str, **variables: str) -> str:
    """What a shell prints."""
    process = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", script,
        env={**os.environ, **variables}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0, script
    return output.decode()


def script_with(words: str) -> str:
    """The shell block of README.md that holds these words."""
    (found,) = [block for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) if words in block]
    return str(found)


@pytest.fixture
async def ids(api: httpx.AsyncClient, demo: dict[str, str]) -> dict[str, str]:
    """An id of each kind; feed and key are new, because some requests end them."""
    article = (await api.get("/v2/articles", params={"limit": 1}, headers=demo)).json()["data"][0]
    wanted = {"name": "To be used up", "scopes": ["articles:read"]}
    key = (await api.post("/v2/api-keys", json=wanted, headers=demo)).json()
    address = f"https://feeds.example.org/{key['id']}.xml"
    feed = (await api.post("/v2/feeds", json={"url": address}, headers=demo)).json()
    values = (article["id"], article["source"]["id"], feed["id"], key["id"])
    return dict(zip(IDS, values, strict=True))


async def test_the_first_two_requests_bring_articles(running: Running) -> None:
    for command in script_with("limit=5").split("\n\n"):
        assert '"data":[{"id":"art_' in await shell(here(running, command))


async def test_the_ids_of_the_examples_are_found(running: Running) -> None:
    printed = await shell(here(running, script_with("newest() {")) + 'echo "$ARTICLE_ID $SOURCE_ID $FEED_ID $KEY_ID"')
    assert re.fullmatch(r"art_\w{22} src_\w{22} feed_\w{22} key_\w{22}\n", printed)


@pytest.mark.parametrize("name", ENDPOINTS)
async def test_the_request_of_an_endpoint_is_answered_as_promised(
    running: Running, ids: dict[str, str], name: str
) -> None:
    command, status = ENDPOINTS[name]
    asked = here(running, command).replace("curl ", "curl -s -o /dev/null -w '%{http_code}' ", 1)
    assert await shell(asked, **ids) == status


async def test_the_request_that_is_wrong_twice_is_told_so(running: Running) -> None:
    printed = await shell(here(running, script_with("languge")))
    assert '"parameter":"limit"' in printed
    assert '"parameter":"languge"' in printed
