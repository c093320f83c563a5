"""The upstream clients of a worker process, one a kind: they hold quotas and tokens between polls."""

from core.infra.http import Egress
from core.settings import Settings
from core.upstreams.registry import build
from core.upstreams.types import Upstream


class Clients:
    """Built when first asked for; all share one `egress`."""

    def __init__(self, settings: Settings, egress: Egress) -> None:
        self._settings = settings
        self._egress = egress
        self._built: dict[str, Upstream] = {}

    def of(self, kind: str) -> Upstream:
        """The client for sources of that kind; raises UpstreamError where its provider is not configured."""
        if kind not in self._built:
            self._built[kind] = build(kind, self._settings, self._egress)
        return self._built[kind]
