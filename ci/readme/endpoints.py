"""Every operation of both documents with an example request and answer, in a section for each tag."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ci.readme.commands import command, only_people, variables
from ci.readme.document import Node, base, documents, example, operations, resolve, scopes

SECTIONS: Final = Path(__file__).parent / "sections"
OPERATIONS: Final = Path(__file__).parent / "operations"
ITEMS_SHOWN: Final = 1  # of a list in an example answer
TEXT_SHOWN: Final = 400

Entry = tuple[str, str, Node]
"""Path, method, operation."""


def endpoints() -> str:
    """The parts of all versions, newest first."""
    return "\n".join(_version(document) for document in documents())


def _version(document: Node) -> str:
    by_tag: dict[str, list[Entry]] = {tag["name"]: [] for tag in document["tags"]}
    for path, method, operation in operations(document):
        by_tag[operation["tags"][0]].append((path, method, operation))
    version = base(document).removeprefix("/")
    lines = [
        f"### {document['info']['title']} ({document['info']['version']})",
        "",
        "| section | about | operations |",
        "|---|---|---|",
    ]
    for tag in document["tags"]:
        name = title(tag["name"])
        anchor = f"{name}, {version}".lower().replace(",", "").replace(" ", "-")
        lines.append(f"| [{name}](#{anchor}) | {tag['description']} | {len(by_tag[tag['name']])} |")
    sections = [_section(document, version, tag["name"], by_tag[tag["name"]]) for tag in document["tags"]]
    return "\n".join([*lines, "", *sections])


def title(tag: str) -> str:
    """The words of a tag, for people: collectionItems → Collection items, apiKeys → API keys."""
    words = re.sub(r"([A-Z])", r" \1", tag).lower().replace("api ", "API ").replace("oauth", "OAuth")
    return words[0].upper() + words[1:]


def _section(document: Node, version: str, tag: str, entries: Sequence[Entry]) -> str:
    parts = [f"#### {title(tag)}, {version}\n"]
    setup = SECTIONS / f"{tag}.sh"
    if setup.exists():
        parts.append(f"```sh\n{setup.read_text('utf-8')}```\n")
    return "\n".join([*parts, *(_operation(document, *entry) for entry in sorted(entries, key=_when))])


def _when(entry: Entry) -> tuple[bool, int]:
    """Removals last, one thing before all of them: who pastes a section from its top still has what the rest names."""
    path, method, _ = entry
    return (True, -path.count("/")) if method == "delete" else (False, 0)


def _operation(document: Node, path: str, method: str, operation: Node) -> str:
    status, media_type, answer = _answer(document, operation)
    before = OPERATIONS / f"{operation['operationId']}.sh"
    lines = [
        "<details>",
        f"<summary><code>{method.upper()} {base(document)}{path}</code> — {operation['summary']}</summary>\n",
        f"{' '.join(operation['description'].split())} *({_terms(document, operation)})*\n",
        "```sh",
        *(before.read_text("utf-8").splitlines() if before.exists() else ()),
        command(document, path, method, operation),
        "```",
        "",
        f"Answer `{status}`:\n" if answer else f"Answer `{status}`, without a body.\n",
    ]
    if answer:
        lines += [f"```{_language(media_type)}", answer, "```", ""]
    return "\n".join([*lines, "</details>\n"])


def _terms(document: Node, operation: Node) -> str:
    """What it takes to call an operation."""
    needed, cost = scopes(operation), operation.get("x-rate-cost", 1)
    if needed is None:
        return "needs no credential"
    listed = f"`{'`, `'.join(needed)}`"
    if only_people(document, needed):
        needs = f"needs a person's token with {listed}"
    else:
        needs = f"needs {listed}" if needed else "needs any key or token"
    return f"{needs}; costs {cost}"


def _answer(document: Node, operation: Node) -> tuple[str, str, str]:
    """(status, media type, text) of the answer when all goes well; without a body both texts are empty."""
    status = next(code for code in operation["responses"] if code.startswith("2"))
    response = resolve(document, operation["responses"][status])
    if "content" not in response:
        return status, "", ""
    media_type, content = next(iter(response["content"].items()))
    value = example(document, content)
    if isinstance(value, str):
        return status, media_type, value.strip()
    value = as_asked(value, _asked(document, operation))
    return status, media_type, json.dumps(shortened(value), indent=2, ensure_ascii=False)


def _asked(document: Node, operation: Node) -> Any:
    """What the example of the request sets, without the members that are the reader's own."""
    if "requestBody" not in operation:
        return None
    asked = example(document, next(iter(resolve(document, operation["requestBody"])["content"].values())))
    own = variables(operation["operationId"])
    return {name: item for name, item in asked.items() if name not in own} if isinstance(asked, dict) else None


def as_asked(answer: Any, asked: Any) -> Any:
    """The example of an answer with what its request sets: each of the two was written for itself."""
    if isinstance(answer, dict) and isinstance(asked, dict):
        return {name: as_asked(item, asked.get(name)) for name, item in answer.items()}
    is_set = asked is not None and not isinstance(answer, dict | list) and not isinstance(asked, dict)
    return asked if is_set else answer


def _language(media_type: str) -> str:
    """What highlights the answer."""
    return "json" if "json" in media_type else "xml"


def shortened(value: Any) -> Any:
    """An example with its lists of objects cut to one item and its texts to 400 characters."""
    if isinstance(value, dict):
        return {name: shortened(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shortened(item) for item in value[: ITEMS_SHOWN if any(isinstance(i, dict) for i in value) else None]]
    return value[:TEXT_SHOWN] if isinstance(value, str) else value
