"""Write what can be derived: the endpoints and the settings in README.md, from the documents and from the code.

Between `<!-- generated: NAME -->` and `<!-- end: NAME -->` the text is this script's. `ci/docs --check` changes nothing
and fails where the text has fallen behind.
"""

import argparse
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from ci.support import ROOT, fail
from core.contract.bundle import bundle
from core.settings import PREFIX, Settings

README = ROOT / "README.md"
METHODS = ("get", "post", "put", "patch", "delete")
_ITEMS_SHOWN = 1  # of a list in an example answer
_TEXT_SHOWN = 400


def main() -> None:
    """The command `ci/docs`."""
    parser = argparse.ArgumentParser(prog="ci/docs", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail where a text has fallen behind")
    options = parser.parse_args()
    text = README.read_text(encoding="utf-8")
    fresh = text
    for name, part in {"endpoints": endpoints(), "configuration": configuration()}.items():
        fresh = replace(fresh, name, part)
    if options.check and fresh != text:
        fail("README.md has fallen behind the documents or the settings: run ci/docs")
    if fresh != text:
        README.write_text(fresh, encoding="utf-8")
        print(f"{README.relative_to(ROOT)} brought up to date")


def replace(text: str, name: str, part: str) -> str:
    """The text with another generated part; a missing marker ends the script."""
    pattern = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end: {name} -->)", re.DOTALL)
    if not pattern.search(text):
        fail(f"README.md has no `<!-- generated: {name} -->` … `<!-- end: {name} -->`")
    return pattern.sub(lambda match: f"{match[1]}\n{part}\n{match[2]}", text)


def endpoints() -> str:
    """Every operation of both documents, newest version first, with an example request and answer."""
    parts = []
    for path in sorted((ROOT / "openapi").glob("v*/openapi.yaml"), reverse=True):
        document = bundle(path)
        base = document["servers"][0]["url"]
        parts.append(f"### {document['info']['title']} ({document['info']['version']})\n")
        parts += [_operation(document, base, *item) for item in operations(document)]
    return "\n".join(parts)


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(path, method, operation) in the order of the document."""
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _operation(document: Mapping[str, Any], base: str, path: str, method: str, operation: dict[str, Any]) -> str:
    status, answer = _answer(document, operation)
    scopes = [scope for needed in operation.get("security", []) for scope in needed.get("bearer", [])]
    needs = f"needs `{'`, `'.join(scopes)}`" if scopes else "needs any key"
    cost = operation.get("x-rate-cost", 1)
    lines = [
        "<details>",
        f"<summary><code>{method.upper()} {base}{path}</code> — {operation['summary']}</summary>\n",
        f"{_one_line(operation['description'])} *({needs}; costs {cost})*\n",
        "```sh",
        _curl(document, base, path, method, operation),
        "```",
        "",
        f"Answer `{status}`:\n" if answer else f"Answer `{status}`, without a body.\n",
    ]
    if answer:
        lines += ["```json" if answer.startswith(("{", "[")) else "```xml", answer, "```", ""]
    return "\n".join([*lines, "</details>\n"])


def _curl(document: Mapping[str, Any], base: str, path: str, method: str, operation: dict[str, Any]) -> str:
    parameters = [_resolve(document, item) for item in operation.get("parameters", [])]
    for parameter in parameters:
        if parameter["in"] == "path":  # the reader's own: README.md says where it comes from
            path = path.replace("{" + parameter["name"] + "}", f"${parameter['name'].upper()}")
    command = ["curl"]
    if method != "get":
        command.append(f"-X {method.upper()}")
    command.append('-H "Authorization: Bearer $(cat .tidings/demo-key)"')
    body = _resolve(document, operation["requestBody"]) if "requestBody" in operation else None
    if body:
        media_type, content = next(iter(body["content"].items()))
        example = _first_example(document, content)
        text = json.dumps(example, ensure_ascii=False) if "json" in media_type else str(example).strip()
        command += [f"-H 'Content-Type: {media_type}'", f"-d '{text}'"]
    quote = '"' if "$" in path else "'"
    command.append(f"{quote}http://127.0.0.1:8080{base}{path}{quote}")
    return " \\\n  ".join(command)


def _answer(document: Mapping[str, Any], operation: dict[str, Any]) -> tuple[str, str]:
    status = next(code for code in operation["responses"] if code.startswith("2"))
    response = _resolve(document, operation["responses"][status])
    if "content" not in response:
        return status, ""
    media_type, content = next(iter(response["content"].items()))
    example = _first_example(document, content)
    if "json" not in media_type:
        return status, str(example).strip()
    return status, json.dumps(_shortened(example), indent=2, ensure_ascii=False)


def _first_example(document: Mapping[str, Any], content: Mapping[str, Any]) -> Any:
    if "example" in content:
        return content["example"]
    if "examples" in content:
        return _resolve(document, next(iter(content["examples"].values())))["value"]
    return _example(document, content)


def _example(document: Mapping[str, Any], holder: Mapping[str, Any]) -> Any:
    if "example" in holder:
        return holder["example"]
    schema = _resolve(document, holder["schema"])
    return schema.get("example", schema.get("default"))


def _shortened(value: Any) -> Any:
    """An example with its lists cut to one item and its texts to 400 characters."""
    if isinstance(value, dict):
        return {name: _shortened(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_shortened(item) for item in value[: _ITEMS_SHOWN if any(isinstance(i, dict) for i in value) else None]]
    return value[:_TEXT_SHOWN] if isinstance(value, str) else value


def _resolve(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def configuration() -> str:
    """Every setting with its default and its meaning."""
    lines = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `{PREFIX}{name.upper()}` | {_default(field.default)} | {field.description} |")
    return "\n".join(lines) + "\n"


def _default(value: Any) -> str:
    if value is None or value is PydanticUndefined or isinstance(value, SecretStr) or value == ():
        return ""
    if isinstance(value, tuple):
        value = ",".join(map(str, value))
    return f"`{Path(value) if isinstance(value, Path) else value}`"


def _one_line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    main()
