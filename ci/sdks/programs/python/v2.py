"""The scenario with the generated Python client of v2."""

import os
import uuid
from contextlib import ExitStack
from datetime import datetime

from say import say
from tidings_v2 import AuthenticatedClient
from tidings_v2.api.api_keys import create_api_key, list_api_keys, revoke_api_key
from tidings_v2.api.articles import get_article, list_articles
from tidings_v2.api.auth import log_in, log_out, refresh_tokens, register_account
from tidings_v2.api.collection_items import (
    create_collection_item,
    delete_collection_item,
    list_collection_items,
    update_collection_item,
)
from tidings_v2.api.collections import (
    create_collection,
    delete_collection,
    get_collection,
    list_collections,
    update_collection,
)
from tidings_v2.api.me import get_me
from tidings_v2.models import (
    Account,
    ApiKeyPage,
    ArticleDetail,
    ArticleField,
    ArticlePage,
    Category,
    Collection,
    CollectionItem,
    CollectionItemPage,
    CollectionPage,
    CountMode,
    CreateApiKey,
    CreateCollection,
    CreateCollectionItem,
    CreateCollectionItemStatus,
    CreatedApiKey,
    Credentials,
    ItemStatus,
    Me,
    Problem,
    RefreshTokens,
    Registration,
    Scope,
    Tokens,
    UpdateCollection,
    UpdateCollectionItem,
)
from tidings_v2.types import UNSET

ADDRESS = os.environ["TIDINGS_SDK_ADDRESS"] + "/v2"
SINCE = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
LATER = datetime.fromisoformat("2027-01-01T00:00:00+00:00")
PASSWORD = "a long walk by the sea"  # noqa: S105  # of an account that exists for a second
CLIENTS = ExitStack()
"""Closes the connections of every client."""


def client_with(key: str) -> AuthenticatedClient:
    client = AuthenticatedClient(base_url=ADDRESS, token=key, raise_on_unexpected_status=True)
    return CLIENTS.enter_context(client)


def account(client: AuthenticatedClient) -> None:
    email = f"ada.{uuid.uuid4()}@example.org"
    wanted = Registration(email=email, password=PASSWORD, name="Ada Reader")
    made = register_account.sync_detailed(client=client, body=wanted)
    assert isinstance(made.parsed, Account)
    say("account made", made, made.parsed)
    twice = register_account.sync_detailed(client=client, body=Registration(email=email, password=PASSWORD))
    assert isinstance(twice.parsed, Problem)
    say("account made twice", twice, twice.parsed)
    wrong = log_in.sync_detailed(client=client, body=Credentials(email=email, password=PASSWORD[1:]))
    assert isinstance(wrong.parsed, Problem)
    say("password wrong", wrong, wrong.parsed)
    tokens = log_in.sync_detailed(client=client, body=Credentials(email=email, password=PASSWORD))
    assert isinstance(tokens.parsed, Tokens)
    say("logged in", tokens, tokens.parsed)
    person = client_with(tokens.parsed.access_token)
    lists = list_collections.sync_detailed(client=person)
    assert isinstance(lists.parsed, CollectionPage)
    say("own lists", lists, lists.parsed)
    me = get_me.sync_detailed(client=person)
    assert isinstance(me.parsed, Me)
    say("me", me, me.parsed)
    again = RefreshTokens(refresh_token=tokens.parsed.refresh_token)
    refreshed = refresh_tokens.sync_detailed(client=client, body=again)
    assert isinstance(refreshed.parsed, Tokens)
    say("refreshed", refreshed, refreshed.parsed)
    person = client_with(refreshed.parsed.access_token)
    say("logged out", log_out.sync_detailed(client=person))
    over = get_me.sync_detailed(client=person)
    assert isinstance(over.parsed, Problem)
    say("log-in over", over, over.parsed)


def keys(client: AuthenticatedClient) -> None:
    wanted = CreateApiKey(name="SDK scenario", scopes=[Scope.ARTICLES_READ], expires_at=LATER)
    made = create_api_key.sync_detailed(client=client, body=wanted)
    assert isinstance(made.parsed, CreatedApiKey)
    say("key made", made, made.parsed)
    listed = list_api_keys.sync_detailed(client=client, limit=100)
    assert isinstance(listed.parsed, ApiKeyPage)
    identity = made.parsed.id
    say("key listed", listed, next(key for key in listed.parsed.data if key.id == identity))
    with_it = client_with(made.parsed.key)
    used = list_articles.sync_detailed(client=with_it, limit=1)
    assert isinstance(used.parsed, ArticlePage)
    say("key used", used, used.parsed)
    say("key revoked", revoke_api_key.sync_detailed(identity, client=client))
    refused = list_articles.sync_detailed(client=with_it, limit=1)
    assert isinstance(refused.parsed, Problem)
    say("key refused", refused, refused.parsed)


def articles(client: AuthenticatedClient) -> str:
    first = ""
    cursor: str | None = None
    while True:
        page = list_articles.sync_detailed(client=client, limit=100, cursor=cursor or UNSET)
        assert isinstance(page.parsed, ArticlePage)
        say("page of articles", page, page.parsed)
        first = first or page.parsed.data[0].id
        cursor = page.parsed.page.next_cursor
        if cursor is None:
            break
    got = get_article.sync_detailed(first, client=client)
    assert isinstance(got.parsed, ArticleDetail)
    say("article", got, got.parsed)
    same = get_article.sync_detailed(first, client=client, if_none_match=got.headers["ETag"])
    assert same.parsed is None
    say("article not modified", same)
    narrowed = list_articles.sync_detailed(
        client=client,
        category=Category.TECHNOLOGY,
        language="en",
        from_=SINCE,
        limit=2,
        fields=[ArticleField.SUMMARY],
        count=CountMode.EXACT,
    )
    assert isinstance(narrowed.parsed, ArticlePage)
    say("articles narrowed", narrowed, narrowed.parsed)
    return first


def collection(client: AuthenticatedClient, article: str) -> None:
    once = str(uuid.uuid4())
    wanted = CreateCollection(name="To read", description="Before the review.")
    made = create_collection.sync_detailed(client=client, body=wanted, idempotency_key=once)
    assert isinstance(made.parsed, Collection)
    say("list made", made, made.parsed)
    again = create_collection.sync_detailed(client=client, body=wanted, idempotency_key=once)
    assert isinstance(again.parsed, Collection)
    say("list made again", again, again.parsed)
    other = create_collection.sync_detailed(client=client, body=CreateCollection(name="Other"), idempotency_key=once)
    assert isinstance(other.parsed, Problem)
    say("key reused", other, other.parsed)
    identity = made.parsed.id
    items(client, identity, article)
    got = get_collection.sync_detailed(identity, client=client)
    assert isinstance(got.parsed, Collection)
    say("list", got, got.parsed)
    match = got.headers["ETag"]
    changed = update_collection.sync_detailed(
        identity, client=client, body=UpdateCollection(name="Read"), if_match=match
    )
    assert isinstance(changed.parsed, Collection)
    say("list changed", changed, changed.parsed)
    lost = update_collection.sync_detailed(identity, client=client, body=UpdateCollection(name="Lost"), if_match=match)
    assert isinstance(lost.parsed, Problem)
    say("list changed too late", lost, lost.parsed)
    say("list removed", delete_collection.sync_detailed(identity, client=client))
    missing = get_collection.sync_detailed(identity, client=client)
    assert isinstance(missing.parsed, Problem)
    say("list not found", missing, missing.parsed)


def items(client: AuthenticatedClient, identity: str, article: str) -> None:
    inside = CreateCollectionItem(article_id=article, tags=["one"])
    added = create_collection_item.sync_detailed(identity, client=client, body=inside)
    assert isinstance(added.parsed, CollectionItem)
    say("article added", added, added.parsed)
    outside = CreateCollectionItem(
        url="https://www.example.org/cells", title="How cells are made", status=CreateCollectionItemStatus.READING
    )
    added = create_collection_item.sync_detailed(identity, client=client, body=outside)
    assert isinstance(added.parsed, CollectionItem)
    say("address added", added, added.parsed)
    twice = create_collection_item.sync_detailed(identity, client=client, body=outside)
    assert isinstance(twice.parsed, Problem)
    say("address added twice", twice, twice.parsed)
    cursor: str | None = None
    while True:
        page = list_collection_items.sync_detailed(identity, client=client, limit=1, cursor=cursor or UNSET)
        assert isinstance(page.parsed, CollectionItemPage)
        say("page of items", page, page.parsed)
        cursor = page.parsed.page.next_cursor
        if cursor is None:
            break
    item = added.parsed.id
    done = UpdateCollectionItem(status=ItemStatus.DONE, tags=["one", "two"])
    changed = update_collection_item.sync_detailed(identity, item, client=client, body=done)
    assert isinstance(changed.parsed, CollectionItem)
    say("item changed", changed, changed.parsed)
    say("item removed", delete_collection_item.sync_detailed(identity, item, client=client))


def refusals(client: AuthenticatedClient, reader: AuthenticatedClient) -> None:
    invalid = create_collection.sync_detailed(client=client, body=CreateCollection(name="", description="x" * 2001))
    assert isinstance(invalid.parsed, Problem)
    say("invalid", invalid, invalid.parsed)
    forbidden = create_collection.sync_detailed(client=reader, body=CreateCollection(name="No"))
    assert isinstance(forbidden.parsed, Problem)
    say("forbidden", forbidden, forbidden.parsed)


def budget(limited: AuthenticatedClient) -> None:
    for limit in (1, 2, 3):
        answer = list_articles.sync_detailed(client=limited, limit=limit)
        assert isinstance(answer.parsed, ArticlePage | Problem)
        say("limited", answer, answer.parsed)


def main() -> None:
    client = client_with(os.environ["TIDINGS_SDK_KEY"])
    account(client)
    keys(client)
    first = articles(client)
    collection(client, first)
    refusals(client, client_with(os.environ["TIDINGS_SDK_READER_KEY"]))
    budget(client_with(os.environ["TIDINGS_SDK_LIMITED_KEY"]))


with CLIENTS:
    main()
