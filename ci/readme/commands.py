"""The request of an operation as a command that can be pasted: what is the reader's own is a variable of the shell."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from ci.readme.document import Node, base, example, parameters, resolve, scopes

ADDRESS: Final = "http://127.0.0.1:8080"
KEY: Final = "$(cat .tidings/demo-key)"
TOKEN: Final = "$TOKEN"  # noqa: S105 - the name of a variable
TEST_KEY: Final = "$TEST_KEY"
PASSING_TOKEN: Final = "$PASSING_TOKEN"  # noqa: S105 - as above

OWN: Final[Mapping[str, str]] = {
    "article_id": "ARTICLE_ID",
    "before": "OTHER_ITEM_ID",
    "code": "CODE",
    "item_ids": "ITEM_ID",
    "key_id": "KEY_ID",
    "organization_id": "ORGANIZATION_ID",
    "redirect_uri": "REDIRECT_URI",
    "refresh_token": "REFRESH_TOKEN",
    "state": "STATE",
}
"""Members of bodies whose examples work for nobody: the variable that takes their place."""

OWN_HERE: Final[Mapping[str, Mapping[str, str]]] = {
    "registerAccount": {"email": "NEW_EMAIL"},
    "logIn": {"email": "EMAIL"},
    "acceptInvitation": {"token": "INVITATION_TOKEN"},
    "acceptCollectionInvitation": {"token": "INVITATION_TOKEN"},
    "getPublicFeedAsAtom": {"token": "FEED_TOKEN"},
    "getPublicFeedAsJson": {"token": "FEED_TOKEN"},
}
"""The same for single operations, in paths too."""

FOR_TEST_KEYS: Final = frozenset({"resetSandbox"})
"""They take a test key, and nothing else."""

PARTINGS: Final = frozenset({"logOut", "changePassword", "deleteMe", "restoreMe", "endSessions", "endSession"})
"""They end a session, a password or an account, and a reader goes on with theirs: shown on somebody made up for it."""

_PLACEHOLDER: Final = re.compile(r"\\u0000(\w+)\\u0000")


def variables(operation: str) -> Mapping[str, str]:
    """The members of an operation's body that are the reader's own, and their variables."""
    return {**OWN, **OWN_HERE.get(operation, {})}


def command(document: Node, path: str, method: str, operation: Node) -> str:
    """One call of curl, a line an option."""
    options = [] if method == "get" else [f"-X {method.upper()}"]
    credential = credential_of(document, path, operation)
    if credential is not None:
        options.append(f'-H "Authorization: Bearer {credential}"')
    if "requestBody" in operation:
        media_type, content = next(iter(resolve(document, operation["requestBody"])["content"].items()))
        body = _body(operation["operationId"], media_type, example(document, content))
        options += [f"-H 'Content-Type: {media_type}'", f"-d '{body}'"]
    address = _address(document, path, operation)
    return " \\\n  ".join(["curl", *options, address]) if options else f"curl {address}"


def credential_of(document: Node, path: str, operation: Node) -> str | None:
    """What stands behind `Bearer` in the example, or None.

    The demo key wherever it may: it belongs to the newsroom, so what is done to an organisation or by somebody needs a
    person's token.
    """
    needed = scopes(operation)
    if needed is None:
        return None
    if operation["operationId"] in PARTINGS:
        return PASSING_TOKEN
    if operation["operationId"] in FOR_TEST_KEYS:
        return TEST_KEY
    return TOKEN if only_people(document, needed) or "{organization_id}" in path else KEY


def only_people(document: Node, needed: list[str]) -> bool:
    """Whether no key can have all these scopes."""
    return not set(document["components"]["securitySchemes"]["bearer"]["x-person-scopes"]).isdisjoint(needed)


def _address(document: Node, path: str, operation: Node) -> str:
    """Ids are variables; where the document lists the values, its example is one of them."""
    names = OWN_HERE.get(operation["operationId"], {})
    for parameter in parameters(document, operation, "path"):
        name = parameter["name"]
        is_listed = "enum" in resolve(document, parameter["schema"])
        value = parameter["example"] if is_listed else "$" + names.get(name, name.upper())
        path = path.replace("{" + name + "}", value)
    quote = '"' if "$" in path else "'"
    return f"{quote}{ADDRESS}{base(document)}{path}{quote}"


def _body(operation: str, media_type: str, value: Any) -> str:
    """An example in single quotes of the shell, which end where a variable stands."""
    if "json" not in media_type:
        return _quoted(str(value).strip())
    text = _quoted(json.dumps(_with_placeholders(value, variables(operation)), ensure_ascii=False))
    return _PLACEHOLDER.sub(r"'$\1'", text)


def _with_placeholders(value: Any, names: Mapping[str, str]) -> Any:
    """The example with a NUL on both sides of each variable's name: no example can hold one."""
    if isinstance(value, list):
        return [_with_placeholders(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        name: _put(member, names[name]) if name in names else _with_placeholders(member, names)
        for name, member in value.items()
    }


def _put(member: Any, variable: str) -> Any:
    placeholder = f"\0{variable}\0"
    return [placeholder] if isinstance(member, list) else placeholder


def _quoted(text: str) -> str:
    return text.replace("'", "'\\''")
