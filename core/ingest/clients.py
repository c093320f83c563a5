"""The upstream clients of a worker process, one a kind: they hold quotas and tokens between polls."""

from uuid import UUID

from core.identities.service import identities
from core.infra.http import Egress
from core.kit.principal import Principal
from core.sandbox.egress import SandboxEgress
from core.settings import Settings
from core.upstreams.feeds import FeedClient
from core.upstreams.registry import build, reddit
from core.upstreams.types import Upstream


class Clients:
    """Built when first asked for; all share one `egress`."""

    def __init__(self, settings: Settings, egress: Egress) -> None:
        self._settings = settings
        self._egress = egress
        self._built: dict[str, Upstream] = {}
        self._sandboxed: Upstream | None = None

    def of(self, kind: str) -> Upstream:
        """The client for sources of that kind; raises UpstreamError where its provider is not configured."""
        if kind not in self._built:
            self._built[kind] = build(kind, self._settings, self._egress)
        return self._built[kind]

    def sandboxed(self) -> Upstream:
        """The client for the feeds of sandboxes: it reads those of the frozen newsroom, and sends nothing anywhere."""
        if self._sandboxed is None:
            self._sandboxed = FeedClient(egress=SandboxEgress.of_feeds())
        return self._sandboxed

    def granted(self, principal: Principal, identity_id: UUID) -> Upstream:
        """The client for the source of somebody who has linked an identity and reads with the tokens of that."""
        tokens = identities.tokens(self._settings, self._egress, principal, identity_id)
        return reddit(self._settings, self._egress, tokens)
