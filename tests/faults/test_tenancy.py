"""No row of another organisation comes out, however many read at once; the script `tenancy` does it for a minute."""

import psycopg
import pytest

from core.kit.principal import NEWSROOM_ID
from tests.faults.tenancy import Seen, run
from tests.support.engines import drop_database, fresh_database
from tests.support.infrastructure import SECRET
from tests.support.seed import Seed
from tests.support.unfiltered import unfiltered

ORGANIZATIONS = 20
CLIENTS = 5
REQUESTS = 12


def check(seen: Seen) -> None:
    assert seen.foreign == 0
    assert seen.own > 10_000
    assert seen.given_up > 0
    assert set(seen.statuses) == {200}


async def test_many_organisations_that_give_requests_up_never_see_each_other(postgres_url: str, redis_url: str) -> None:
    check(await run(postgres_url, redis_url, organizations=ORGANIZATIONS, clients=CLIENTS, requests=REQUESTS))


async def test_without_the_filters_of_our_queries_row_level_security_still_holds(
    postgres_url: str, redis_url: str
) -> None:
    check(
        await run(
            postgres_url, redis_url, organizations=ORGANIZATIONS, clients=CLIENTS, requests=REQUESTS, filters=False
        )
    )


@pytest.mark.parametrize(
    "condition",
    [
        "a.organization_id = %(newsroom)s",
        "organization_id = ANY (%(organizations)s)",
        "k.organization_id = %(o_1)s::UUID",
    ],
)
def test_the_filters_are_really_gone(condition: str) -> None:
    assert unfiltered(f"SELECT 1 FROM articles a WHERE {condition} AND id = 2") == (
        f"SELECT 1 FROM articles a WHERE ({condition} OR true) AND id = 2"
    )


def test_a_role_that_bypasses_row_level_security_gets_everything_without_the_filters(postgres_url: str) -> None:
    """So the experiment can fail: it is the policies that hold the rows back."""
    url = fresh_database(postgres_url)
    query = "SELECT count(*) FROM sources s WHERE s.organization_id = %(own)s"
    try:
        seed = Seed(url, SECRET.encode())
        seed.source("own")
        seed.source("foreign", organization_id=seed.organization("other"))
        seed.close()
        with psycopg.connect(url) as owner:
            filtered = owner.execute(query, {"own": NEWSROOM_ID}).fetchone()
            everything = owner.execute(unfiltered(query), {"own": NEWSROOM_ID}).fetchone()
    finally:
        drop_database(url)
    assert (filtered, everything) == ((1,), (2,))
