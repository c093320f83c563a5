"""What README.md tells a newcomer to type really works, word for word."""

import asyncio
import os
import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import pytest
from argon2 import PasswordHasher

from ci.support import ROOT
from tests.e2e.conftest import Running
from tests.support.people import PASSWORD, People, Person

README: Final = (ROOT / "README.md").read_text("utf-8")
SECTION: Final = re.compile(r"^#### (?P<name>.+)\n(?P<text>(?:(?!^##).*\n)*)", re.MULTILINE)
SETUP: Final = re.compile(r"\s*```sh\n(?P<script>.*?)```", re.DOTALL)
ENDPOINT: Final = re.compile(
    r"<summary><code>(?P<name>[^<]+)</code>.*?```sh\n(?P<script>.*?)```\s*Answer `(?P<status>\d+)`", re.DOTALL
)
CURL: Final = re.compile(r"^curl (?!.*^curl )", re.MULTILINE | re.DOTALL)


class Endpoint(NamedTuple):
    """The request of one operation: what its section and it itself do first, and how it is answered."""

    setup: str
    script: str
    status: str


def _endpoints() -> Iterator[tuple[str, Endpoint]]:
    for section in SECTION.finditer(README):
        setup = SETUP.match(section["text"])
        for found in ENDPOINT.finditer(section["text"]):
            yield found["name"], Endpoint(setup["script"] if setup else "", found["script"], found["status"])


ENDPOINTS: Final = dict(_endpoints())


def here(running: Running, text: str) -> str:
    """The text for this instance, which has another port and another home."""
    text = text.replace("http://127.0.0.1:8080", running.instance.address)
    return text.replace(".tidings/", f"{running.instance.home}/")


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


@pytest.fixture(scope="module")
def people(running: Running) -> Iterator[People]:
    """People of the instance, made in milliseconds: some requests end what their person has."""
    secret = (running.instance.home / "secret").read_bytes().strip()
    made = People(str(running.instance.run_file()["database_url"]), secret)
    yield made
    made.close()


@pytest.fixture(scope="module")
def password_hash() -> str:
    """The password of all people, as it is stored."""
    return PasswordHasher().hash(PASSWORD)


@pytest.fixture
def you_and_a_colleague(people: People, password_hash: str) -> dict[str, str]:
    """The variables that README.md sets under "A person's token", of two who are new."""

    def somebody() -> Person:
        person = people.person()
        statement = "INSERT INTO account_passwords (account_id, hash) VALUES (%s, %s)"
        people.execute(statement, person.account_id, password_hash)
        return person

    you, colleague = somebody(), somebody()
    return {
        "EMAIL": you.email,
        "TOKEN": you.token,
        "COLLEAGUE_EMAIL": colleague.email,
        "COLLEAGUE_TOKEN": colleague.token,
    }


async def test_the_first_two_requests_bring_articles(running: Running) -> None:
    for command in script_with("limit=5").split("\n\n"):
        assert '"data":[{"id":"art_' in await shell(here(running, command))


async def test_two_people_register_and_log_in(running: Running) -> None:
    script = "\n".join([script_with("first() {"), script_with("EMAIL=you@"), 'echo; call "$TOKEN" "$API/v2/me"'])
    printed = await shell(here(running, script + ' | first email; call "$COLLEAGUE_TOKEN" "$API/v2/me" | first email'))
    assert printed.splitlines()[-2:] == ["you@example.org", "colleague@example.org"]


@pytest.mark.parametrize("name", ENDPOINTS)
async def test_the_request_of_an_endpoint_is_answered_as_promised(
    running: Running, you_and_a_colleague: dict[str, str], name: str
) -> None:
    endpoint = ENDPOINTS[name]
    asked = CURL.sub("curl -s -w '\\\\n%{http_code}' ", endpoint.script)
    script = "\n".join([script_with("first() {"), endpoint.setup, asked])
    *answer, status = (await shell(here(running, script), **you_and_a_colleague)).splitlines()
    assert status == endpoint.status, answer


async def test_the_request_that_is_wrong_twice_is_told_so(running: Running) -> None:
    printed = await shell(here(running, script_with("languge")))
    assert '"parameter":"limit"' in printed
    assert '"parameter":"languge"' in printed
