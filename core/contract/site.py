"""What stands beside the operations for programs: the documents themselves, and the well-known addresses.

/v1/openapi.json · .yaml        the bundle, exactly as it is compiled
/.well-known/api-catalog        RFC 9727     /.well-known/security.txt   RFC 9116
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Final

from core.contract import bundle
from core.contract.exchange import Exchange
from core.contract.lifecycle import Version
from core.contract.pages import Fixed, Page, fixed, made_once, origin_of
from core.contract.responses import Response
from core.contract.routes import RouteTable
from core.kit import json
from core.kit.clock import Clock, rfc3339

_OPENAPI_JSON: Final = "application/json"
_OPENAPI_YAML: Final = "application/yaml"  # RFC 9512
_SECURITY_TXT_LIFE: Final = timedelta(days=180)  # RFC 9116 §2.5.5 recommends less than a year


class Site:
    """Routes what the engine serves of its own."""

    def __init__(self, versions: Mapping[str, Version], *, contact: str, public_url: str | None, clock: Clock) -> None:
        self._versions = versions
        self._contact = contact
        self._public_url = public_url
        self._clock = clock

    def add_to(self, routes: RouteTable) -> None:
        """Put every page into the table."""
        for path, page in self._pages().items():
            routes.add("GET", path, page)

    def _pages(self) -> dict[str, Page]:
        pages = {
            "/.well-known/api-catalog": Page("site.apiCatalog", self._api_catalog),
            "/.well-known/security.txt": Page("site.securityTxt", self._security_txt),
        }
        for name, version in self._versions.items():
            pages[f"/{name}/openapi.json"] = fixed(
                f"{name}.openapiJson", Fixed(bundle.to_json(dict(version.document)), _OPENAPI_JSON)
            )
            pages[f"/{name}/openapi.yaml"] = made_once(f"{name}.openapiYaml", partial(_as_yaml, version))
        return pages

    async def _api_catalog(self, exchange: Exchange) -> Response:
        origin = origin_of(exchange, self._public_url)
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
            f"Canonical: {origin_of(exchange, self._public_url)}/.well-known/security.txt",
        )
        return Response(200, ("\n".join(lines) + "\n").encode(), "text/plain; charset=utf-8")


def _as_yaml(version: Version) -> Fixed:
    """Takes 0.2 s for a large document."""
    return Fixed(bundle.to_yaml(dict(version.document)), _OPENAPI_YAML)
