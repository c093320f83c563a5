"""What stands beside the operations: the documents themselves, their pages for people, and the well-known addresses.

/v1/openapi.json · .yaml        the bundle, exactly as it is compiled
/docs · /docs/v1 · /docs/v1/try  to choose, to read (Redoc), to try (Swagger UI); nothing foreign is loaded
/problems · /problems/{code}    every error, where the `type` of a problem points
/sunset-policy                  how versions end, and when the next brown-outs are
/.well-known/api-catalog        RFC 9727     /.well-known/security.txt   RFC 9116
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from html import escape
from pathlib import Path
from string import Template
from typing import Any, Final

from core.contract import bundle
from core.contract.exchange import Exchange
from core.contract.lifecycle import POLICY, Version, operations
from core.contract.pages import BROWSER_CONTENT_POLICY, HTML, Fixed, Page, compressed, fixed
from core.contract.policy import policy_page
from core.contract.responses import Response
from core.contract.routes import RouteTable
from core.errors import NotFound
from core.kit import json
from core.kit.clock import Clock, rfc3339

_HERE: Final = Path(__file__).parent
_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".LICENSE": "text/plain; charset=utf-8",
    ".NOTICE": "text/plain; charset=utf-8",
}
_CODE: Final = re.compile(r"`([^`]+)`")
_OPENAPI_JSON: Final = "application/json"
_OPENAPI_YAML: Final = "application/yaml"  # RFC 9512
_SECURITY_TXT_LIFE: Final = timedelta(days=180)  # RFC 9116 §2.5.5 recommends less than a year


class Site:
    """Routes every page of the engine."""

    def __init__(
        self,
        versions: Mapping[str, Version],
        catalogue: Mapping[str, Mapping[str, Any]],
        *,
        contact: str,
        public_url: str | None,
        clock: Clock,
    ) -> None:
        self._versions = versions
        self._catalogue = catalogue
        self._contact = contact
        self._public_url = public_url
        self._clock = clock

    def add_to(self, routes: RouteTable) -> None:
        """Put every page into the table."""
        for path, page in self._pages().items():
            routes.add("GET", path, page)

    def _pages(self) -> dict[str, Page]:
        pages = {
            "/": Page("site.index", self._index, content_policy=BROWSER_CONTENT_POLICY),
            "/docs": _html("site.docs", "docs.html", versions=self._version_entries()),
            "/problems": _html("site.problems", "problems.html", problems=self._problem_entries()),
            POLICY: policy_page(self._versions, self._clock),
            "/problems/{code}": Page("site.problem", self._problem, content_policy=BROWSER_CONTENT_POLICY),
            "/.well-known/api-catalog": Page("site.apiCatalog", self._api_catalog),
            "/.well-known/security.txt": Page("site.securityTxt", self._security_txt),
        }
        for name, version in self._versions.items():
            title = escape(version.document["info"]["title"])
            pages[f"/{name}/openapi.json"] = fixed(
                f"{name}.openapiJson", Fixed(bundle.to_json(dict(version.document)), _OPENAPI_JSON)
            )
            pages[f"/{name}/openapi.yaml"] = fixed(
                f"{name}.openapiYaml", Fixed(bundle.to_yaml(dict(version.document)), _OPENAPI_YAML)
            )
            pages[f"/docs/{name}"] = _html("site.read", "read.html", title=title, version=name)
            pages[f"/docs/{name}/try"] = _html("site.try", "try.html", title=title, version=name)
        return pages | _assets()

    async def _index(self, exchange: Exchange) -> Response:
        newest = list(self._versions)[-1]
        example = next(path for path, method, _ in operations(self._versions[newest].document) if method == "GET")
        links = "".join(
            f'<li><a href="/docs/{name}">{escape(version.document["info"]["title"])}</a>'
            for name, version in reversed(list(self._versions.items()))
        )
        page = _template("index.html", origin=escape(self._origin(exchange)), example=escape(example), versions=links)
        return Response(200, page, HTML)

    async def _problem(self, exchange: Exchange) -> Response:
        code = exchange.path_parameters["code"]
        entry = self._catalogue.get(code)
        if entry is None:
            raise NotFound("No error has this code.")
        texts = {name: escape(str(entry[name])) for name in ("title", "status")}
        description = _inline(str(entry["description"]))
        return Fixed(_template("problem.html", code=escape(code), description=description, **texts), HTML)

    async def _api_catalog(self, exchange: Exchange) -> Response:
        origin = self._origin(exchange)
        linkset = [
            {
                "anchor": f"{origin}/{name}",
                "service-desc": [
                    {"href": f"{origin}/{name}/openapi.json", "type": _OPENAPI_JSON},
                    {"href": f"{origin}/{name}/openapi.yaml", "type": _OPENAPI_YAML},
                ],
                "service-doc": [{"href": f"{origin}/docs/{name}", "type": "text/html"}],
                "status": [{"href": f"{origin}/health", "type": "application/json"}],
            }
            for name in self._versions
        ]
        media_type = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'
        link = {"Link": f'<{origin}/.well-known/api-catalog>; rel="api-catalog"'}
        return Response(200, json.dumps({"linkset": linkset}), media_type, link)

    async def _security_txt(self, exchange: Exchange) -> Response:
        today = self._clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        lines = (
            f"Contact: {self._contact}",
            f"Expires: {rfc3339(today + _SECURITY_TXT_LIFE, milliseconds=False)}",
            "Preferred-Languages: en",
            f"Canonical: {self._origin(exchange)}/.well-known/security.txt",
        )
        return Response(200, ("\n".join(lines) + "\n").encode(), "text/plain; charset=utf-8")

    def _origin(self, exchange: Exchange) -> str:
        """Where clients reach this instance: the configured address, or the one that this client used."""
        return self._public_url or f"{exchange.scope['scheme']}://{exchange.headers[b'host'].decode('latin-1')}"

    def _version_entries(self) -> str:
        return "".join(
            f"<dt>{escape(version.document['info']['title'])}<dd>"
            f'<a href="/docs/{name}">Read</a> · <a href="/docs/{name}/try">Try</a> · '
            f'<a href="/{name}/openapi.json">JSON</a> · <a href="/{name}/openapi.yaml">YAML</a>{_ending(version)}'
            for name, version in reversed(list(self._versions.items()))
        )

    def _problem_entries(self) -> str:
        return "".join(
            f'<dt id="{escape(code)}"><a href="/problems/{escape(code)}">{escape(code)}</a> ({entry["status"]})'
            f"<dd>{escape(entry['title'])}"
            for code, entry in self._catalogue.items()
        )


def _ending(version: Version) -> str:
    if version.sunset is None:
        return ""
    begins = f"Deprecated from {version.deprecated_since:%Y-%m-%d}; it" if version.deprecated_since else "It"
    return f'<p class="note">{begins} stops answering on {version.sunset:%Y-%m-%d}.'


def _inline(text: str) -> str:
    """A sentence of a document, whose backticks mark code as in CommonMark."""
    return _CODE.sub(r"<code>\1</code>", escape(text))


def _template(file: str, **values: str) -> bytes:
    return Template((_HERE / "templates" / file).read_text("utf-8")).substitute(values).encode()


def _html(name: str, file: str, **values: str) -> Page:
    return fixed(name, Fixed(_template(file, **values), HTML), content_policy=BROWSER_CONTENT_POLICY)


def _assets() -> dict[str, Page]:
    """Scripts and styles of the pages: ours as they are, the vendored ones compressed, their licences beside them."""
    pages: dict[str, Page] = {}
    for file in sorted([*(_HERE / "assets").iterdir(), *(_HERE / "templates").iterdir()]):
        name = file.name.removesuffix(".gz")
        content_type = _TYPES.get(Path(name).suffix)
        if content_type is None:
            continue
        content = file.read_bytes()
        pages[f"/docs/assets/{name}"] = (
            compressed("site.asset", content, content_type)
            if file.suffix == ".gz"
            else fixed("site.asset", Fixed(content, content_type), content_policy=BROWSER_CONTENT_POLICY)
        )
    return pages
