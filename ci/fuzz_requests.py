"""Which person or key asks for an operation, and how its request is made to name what is there."""

from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, Final

from schemathesis import Case, Response

from ci.fuzz_world import (
    MAKERS,
    REDIRECT,
    Actor,
    World,
    another_key,
    feed_url,
    item_in,
    link_elsewhere,
    log_in_elsewhere,
)
from tests.support.people import PASSWORD

MADE_UP: Final = 4
"""Every so many requests keep what the fuzzer made up."""

ONCE: Final[Mapping[str, str]] = {
    "logOut": "ends the session",
    "endSessions": "ends the session",
    "deleteMe": "an account waits for its erasure once",
    "restoreMe": "and is kept once",
    "changePassword": "the first password needs no other, the next one needs the first",
    "acceptInvitation": "one becomes a member once",
    "acceptCollectionInvitation": "one takes part once",
}
"""What a person can do once. A guest asks for it, and somebody else as soon as it was done."""

OWNERS: Final[Mapping[str, str]] = {
    "removeMember": "a key ends no membership of somebody above an admin",
}
"""What keys may do in part only, beside what needs one of `OWNERS_SCOPES`: they count as admins."""

OWNERS_SCOPES: Final = frozenset({"organization:write"})

TEST_KEYS: Final[Mapping[str, str]] = {
    "resetSandbox": "only a test key has a sandbox",
}
"""What only test keys may do."""

SPARED: Final[Mapping[str, str]] = {
    "updateApiKey": "key_id",
    "revokeApiKey": "key_id",
    "rotateApiKey": "key_id",
    "endSession": "session_id",
    "updateMember": "account_id",
    "removeMember": "account_id",
    "updateOrganization": "organization_id",
    "deleteOrganization": "organization_id",
}
"""Operations that could end the fuzzer's own credential, and the parameter that names it: they get another thing."""

OTHER_KINDS: Final[Mapping[str, Mapping[str, str]]] = {
    "updateOrganization": {"organization_id": "other_organization"},
    "deleteOrganization": {"organization_id": "other_organization"},
    "getPublicFeed": {"collection_id": "public_collection"},
    "deletePublicFeed": {"collection_id": "public_collection"},
}
"""Operation → parameter → what it gets in place of what the parameter is called."""

USES_UP: Final = frozenset({"rotateApiKey", "revokeInvitation", "revokeCollectionInvitation"})
"""What spoils a thing although it is no removal, or leaves it there."""


def asker(world: World, definition: Mapping[str, Any], *, person: bool) -> Actor:
    """Who asks: a guest, a test key, the owner, or the key in turn with the owner where its scopes are enough."""
    operation = definition["operationId"]
    if operation in TEST_KEYS:
        return world.test_key
    if operation in ONCE:
        return world.guest(operation)
    needed = {scope for requirement in definition["security"] for scope in requirement["bearer"]}
    may_be_a_key = needed <= world.key_scopes - OWNERS_SCOPES and operation not in OWNERS
    return world.key if may_be_a_key and not person and world.number() % 2 else world.owner


def kind_of(operation: str, path: str, parameter: str) -> str | None:
    """What a parameter of a path names, as `MAKERS` calls it; None where it names nothing that could be made."""
    kind = OTHER_KINDS.get(operation, {}).get(parameter, parameter)
    if kind == "account_id":
        return "collaborator" if "/collaborators/" in path else "member"
    return kind if kind in MAKERS else None


def path_of(actor: Actor, operation: str, path: str, given: Mapping[str, Any]) -> dict[str, str]:
    """Ids of things that are there, for those parameters of a path that name things."""
    kinds = {name: kind_of(operation, path, name) for name in given}
    return {name: actor.thing(kind) for name, kind in kinds.items() if kind is not None}


def spare(actor: Actor, operation: str, path_parameters: MutableMapping[str, Any]) -> None:
    """Put something else in the place of what the fuzzer cannot do without."""
    name = SPARED.get(operation)
    world = actor.world
    if name is None or path_parameters.get(name) not in (world.owner.own.get(name), world.key.own.get(name)):
        return
    kind = {"account_id": "member", "organization_id": "other_organization"}.get(name, name)
    path_parameters[name] = world.owner.thing(kind)


def used(actor: Actor, operation: str, method: str, path: str) -> None:
    """What a request did, it cannot do again: forget what it was done to, or who did it."""
    if operation in ONCE:
        actor.world.spend(operation)
    elif method.upper() == "DELETE" or operation in USES_UP:
        parameters = [part[1:-1] for part in path.split("/") if part.startswith("{")]
        kind = kind_of(operation, path, parameters[-1]) if parameters else None
        if kind is not None:
            actor.forget(kind)
            actor.world.owner.forget(kind)


def keep(actor: Actor, operation: str, response: Response) -> None:
    """What an answer gives in the place of what was used up."""
    if operation == "refreshTokens":
        actor.replace("refresh_token", str(response.json()["refresh_token"]))


def complete(actor: Actor, operation: str, case: Case[Any], *, keep: str | None) -> None:
    """Give a valid request the members that only a running instance knows, and leave out what would refuse it."""
    if keep != "If-Match" and actor.world.number() % MADE_UP:
        case.headers.pop("If-Match", None)
    if keep != "Idempotency-Key" and "Idempotency-Key" in case.headers and actor.world.number() % MADE_UP:
        case.headers["Idempotency-Key"] = f"fuzz-{actor.world.number()}"  # an example belongs to the first who sent it
    body: Any = case.body
    if operation == "completeLogIn":
        case.path_parameters["provider"], body = log_in_elsewhere(actor.world)
    elif operation == "linkIdentity":
        body = link_elsewhere(actor)
    elif isinstance(body, dict):
        body = {**body, **MEMBERS.get(operation, _nothing)(actor)}
        body = {name: value for name, value in body.items() if name not in LEFT_OUT.get(operation, ())}
        for item in body["items"] if operation == "addCollectionItems" else [body]:
            if operation in WITH_ARTICLES and "article_id" in item:
                item["article_id"] = next(actor.world.articles)
    case.body = body


def _nothing(_: Actor) -> dict[str, str]:
    return {}


def _credentials(actor: Actor) -> dict[str, str]:
    return {"email": actor.thing("account"), "password": PASSWORD}


def _order(actor: Actor) -> dict[str, Any]:
    return {"item_ids": [item_in(actor)], "before": actor.thing("item_id")}


WITH_ARTICLES: Final = frozenset({"createNote", "createCollectionItem", "addCollectionItems"})
"""Operations whose bodies name articles; they get those that are there."""

LEFT_OUT: Final[Mapping[str, tuple[str, ...]]] = {
    "changePassword": ("current_password",),
    "translateRequests": ("har",),
    "reorderCollectionItems": ("after",),
}
"""Operation → members that would contradict what is given."""

MEMBERS: Final[Mapping[str, Callable[[Actor], Mapping[str, Any]]]] = {
    "logIn": _credentials,
    "refreshTokens": lambda actor: {"refresh_token": actor.thing("refresh_token")},
    "beginLogIn": lambda _: {"redirect_uri": REDIRECT},
    "beginLink": lambda _: {"redirect_uri": REDIRECT},
    "switchOrganization": lambda actor: {"organization_id": actor.own["organization_id"]},
    "acceptInvitation": lambda actor: {"token": actor.thing("invitation_token")},
    "acceptCollectionInvitation": lambda actor: {"token": actor.thing("collection_invitation_token")},
    "createFeed": lambda actor: {"url": feed_url(actor)},
    "createRehearsal": lambda actor: {"key_id": another_key(actor)},
    "translateRequests": lambda _: {"request": {"method": "GET", "url": "/v1/articles?limit=2&page=3"}},
    "reorderCollectionItems": _order,
    "updatePreferences": lambda _: {"sources": ["guardian"], "languages": ["en"], "digest_zone": "Europe/Berlin"},
}
"""Operation → members of its body that are there."""
