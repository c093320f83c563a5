"""The scenario with the generated Python client of v1."""

import os
import uuid
from contextlib import ExitStack
from datetime import datetime

from say import say
from tidings_v1 import AuthenticatedClient
from tidings_v1.api.api_keys import create_api_key, list_api_keys, revoke_api_key
from tidings_v1.api.articles import get_article, list_articles
from tidings_v1.api.auth import log_in, register_account
from tidings_v1.api.collection_items import (
    create_collection_item,
    delete_collection_item,
    list_collection_items,
    update_collection_item,
)
from tidings_v1.api.collections import (
    create_collection,
    delete_collection,
    get_collection,
    list_collections,
    update_collection,
)
from tidings_v1.models import (
    Account,
    ApiError,
    ApiKeyList,
    Article,
    ArticleList,
    Category,
    Collection,
    CollectionItem,
    CollectionItemList,
    CollectionList,
    CreateApiKey,
    CreateCollection,
    CreateCollectionItem,
    CreateCollectionItemStatus,
    CreatedApiKey,
    Credentials,
    ItemStatus,
    Registration,
    Scope,
    Token,
    UpdateCollection,
    UpdateCollectionItem,
)

ADDRESS = os.environ["TIDINGS_SDK_ADDRESS"] + "/v1"
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
    assert isinstance(twice.parsed, ApiError)
    say("account made twice", twice, twice.parsed)
    wrong = log_in.sync_detailed(client=client, body=Credentials(email=email, password=PASSWORD[1:]))
    assert isinstance(wrong.parsed, ApiError)
    say("password wrong", wrong, wrong.parsed)
    tokens = log_in.sync_detailed(client=client, body=Credentials(email=email, password=PASSWORD))
    assert isinstance(tokens.parsed, Token)
    say("logged in", tokens, tokens.parsed)
    person = client_with(tokens.parsed.token)
    lists = list_collections.sync_detailed(client=person)
    assert isinstance(lists.parsed, CollectionList)
    say("own lists", lists, lists.parsed)


def keys(client: AuthenticatedClient) -> None:
    wanted = CreateApiKey(name="SDK scenario", scopes=[Scope.ARTICLESREAD], expires_at=LATER)
    made = create_api_key.sync_detailed(client=client, body=wanted)
    assert isinstance(made.parsed, CreatedApiKey)
    say("key made", made, made.parsed)
    listed = list_api_keys.sync_detailed(client=client, limit=100)
    assert isinstance(listed.parsed, ApiKeyList)
    identity = made.parsed.id
    say("key listed", listed, next(key for key in listed.parsed.data if key.id == identity))
    with_it = client_with(made.parsed.key)
    used = list_articles.sync_detailed(client=with_it, limit=1)
    assert isinstance(used.parsed, ArticleList)
    say("key used", used, used.parsed)
    say("key revoked", revoke_api_key.sync_detailed(identity, client=client))
    refused = list_articles.sync_detailed(client=with_it, limit=1)
    assert isinstance(refused.parsed, ApiError)
    say("key refused", refused, refused.parsed)


def articles(client: AuthenticatedClient) -> str:
    first = ""
    number = 1
    while True:
        page = list_articles.sync_detailed(client=client, limit=100, page=number)
        assert isinstance(page.parsed, ArticleList)
        say("page of articles", page, page.parsed)
        first = first or page.parsed.data[0].id
        number += 1
        if not page.parsed.meta.has_more:
            break
    got = get_article.sync_detailed(first, client=client)
    assert isinstance(got.parsed, Article)
    say("article", got, got.parsed)
    same = get_article.sync_detailed(first, client=client, if_none_match=got.headers["ETag"])
    assert same.parsed is None
    say("article not modified", same)
    narrowed = list_articles.sync_detailed(
        client=client, category=Category.TECHNOLOGY, language="en", from_=SINCE, limit=2
    )
    assert isinstance(narrowed.parsed, ArticleList)
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
    assert isinstance(other.parsed, ApiError)
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
    assert isinstance(lost.parsed, ApiError)
    say("list changed too late", lost, lost.parsed)
    say("list removed", delete_collection.sync_detailed(identity, client=client))
    missing = get_collection.sync_detailed(identity, client=client)
    assert isinstance(missing.parsed, ApiError)
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
    assert isinstance(twice.parsed, ApiError)
    say("address added twice", twice, twice.parsed)
    number = 1
    while True:
        page = list_collection_items.sync_detailed(identity, client=client, limit=1, page=number)
        assert isinstance(page.parsed, CollectionItemList)
        say("page of items", page, page.parsed)
        number += 1
        if not page.parsed.meta.has_more:
            break
    item = added.parsed.id
    done = UpdateCollectionItem(status=ItemStatus.DONE, tags=["one", "two"])
    changed = update_collection_item.sync_detailed(item, client=client, body=done)
    assert isinstance(changed.parsed, CollectionItem)
    say("item changed", changed, changed.parsed)
    say("item removed", delete_collection_item.sync_detailed(item, client=client))


def refusals(client: AuthenticatedClient, reader: AuthenticatedClient) -> None:
    invalid = create_collection.sync_detailed(client=client, body=CreateCollection(name=""))
    assert isinstance(invalid.parsed, ApiError)
    say("invalid", invalid, invalid.parsed)
    forbidden = create_collection.sync_detailed(client=reader, body=CreateCollection(name="No"))
    assert isinstance(forbidden.parsed, ApiError)
    say("forbidden", forbidden, forbidden.parsed)


def budget(limited: AuthenticatedClient) -> None:
    for limit in (1, 2, 3):
        answer = list_articles.sync_detailed(client=limited, limit=limit)
        assert isinstance(answer.parsed, ArticleList | ApiError)
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
