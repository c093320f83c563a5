"""What this instance offers. Everything that a document says is read from the document."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from core.identities.service import identities
from core.infra.context import infrastructure
from core.kit.clock import Clock, SystemClock, instant, rfc3339
from core.lifecycle.repository import LifecycleRepository
from core.plans.service import plans
from core.settings import FREE

Document = Mapping[str, Any]

_FEATURES: Final = {
    "listArticleRevisions": "article_revisions",
    "createFeed": "feeds",
    "importFeeds": "opml",
    "createApiKey": "api_keys",
    "rotateApiKey": "api_key_rotation",
    "resetSandbox": "sandbox_reset",
    "getRateLimit": "rate_limit",
    "registerAccount": "accounts",
    "beginLogIn": "identities",
    "createOrganization": "organizations",
    "createInvitation": "invitations",
    "listUsage": "usage",
    "listBillingEvents": "billing_events",
    "listAuditEvents": "audit_log",
    "createCollection": "collections",
    "inviteCollaborator": "collaborators",
    "createPublicFeed": "public_feeds",
    "createNote": "notes",
    "getPreferences": "preferences",
    "listSearches": "search_history",
    "listContractChanges": "contract_changes",
    "getDeprecations": "deprecations",
    "listSunsetNotices": "sunset_notices",
    "createRehearsal": "rehearsals",
    "listConformance": "conformance",
    "translateRequests": "migration_translation",
}
"""What an operation brings, in a word; an operation that a document lacks brings nothing."""


class Capabilities:
    """Describes the instance; `configure` is called once by the wiring."""

    def __init__(self) -> None:
        self._documents: Mapping[str, Document] = {}
        self._product_version = ""
        self._clock: Clock = SystemClock()
        self._languages: list[str] | None = None

    def configure(self, documents: Mapping[str, Document], product_version: str, clock: Clock) -> None:
        """Name of the version → document, oldest first; `clock` is the one by which versions end."""
        self._documents, self._product_version, self._clock = documents, product_version, clock

    async def describe(self) -> dict[str, Any]:
        """The schema `Capabilities` of v2."""
        newest = list(self._documents.values())[-1]
        schemas = newest["components"]["schemas"]
        offered = {operation["operationId"] for operation in _operations(newest)}
        return {
            "product": {"name": "Tidings", "version": self._product_version},
            "contracts": self.contracts(),
            "categories": schemas["Category"]["enum"],
            "languages": await self._search_languages(),
            "source_kinds": schemas["SourceKind"]["enum"],
            "scopes": sorted(newest["components"]["securitySchemes"]["bearer"]["x-scopes"]),
            "limits": {
                "page_size": _parameter(newest, "limit")["maximum"],
                "query_length": _parameter(newest, "q")["maxLength"],
                "requests_per_hour": plans.named(FREE).requests_per_hour,
            },
            "identity_providers": [
                {"name": name, "purposes": list(purposes)} for name, purposes in identities.offered().items()
            ],
            "features": sorted(feature for name, feature in _FEATURES.items() if name in offered),
        }

    def contracts(self) -> list[dict[str, Any]]:
        """The schema `Contract` of v2 for every version, oldest first."""
        return [self._contract(name, document) for name, document in self._documents.items()]

    def _contract(self, name: str, document: Document) -> dict[str, Any]:
        deprecated, sunset = (_instant(document.get(member)) for member in ("x-deprecated-since", "x-sunset"))
        now = self._clock.now()
        status = "current"
        if sunset is not None and now > sunset:
            status = "ended"
        elif deprecated is not None and now >= deprecated:
            status = "deprecated"
        return {
            "name": name,
            "version": document["info"]["version"],
            "status": status,
            "document_url": f"/{name}/openapi.json",
            "deprecated_at": deprecated and rfc3339(deprecated),
            "sunset_at": sunset and rfc3339(sunset),
        }

    async def _search_languages(self) -> list[str]:
        if self._languages is None:
            async with infrastructure().db.newsroom_reads() as connection:
                self._languages = await LifecycleRepository(connection).search_languages()
        return self._languages


def _operations(document: Document) -> Iterator[Mapping[str, Any]]:
    for item in document["paths"].values():
        yield from (node for node in item.values() if isinstance(node, Mapping) and "operationId" in node)


def _parameter(document: Document, name: str) -> Mapping[str, Any]:
    """The schema of the component parameter that is called `name` in a query."""
    for parameter in document["components"]["parameters"].values():
        if (parameter["in"], parameter["name"]) == ("query", name):
            schema: Mapping[str, Any] = parameter["schema"]
            return schema
    raise KeyError(f"the document has no query parameter {name}")


def _instant(text: str | None) -> datetime | None:
    return None if text is None else instant(text)


capabilities: Final = Capabilities()
