"""Everything outward goes through here: one client, one guard, one set of limits.

    egress = Egress.from_settings(settings)
    response = await egress.get("https://example.org/feed.xml", headers={"If-None-Match": etag})

`UrlRefused.rule` names the rule that refused an address: `syntax`, `scheme`, `userinfo`, `host`, `port` or
`private_address`.
"""

from core.infra.http.client import Egress, EgressResponse, Hop
from core.infra.http.errors import BodyTooLarge, EgressError, EgressFailed, EgressTimeout, UrlRefused
from core.infra.http.guard import Guard, Target
from core.infra.http.politeness import HostGate

__all__ = [
    "BodyTooLarge",
    "Egress",
    "EgressError",
    "EgressFailed",
    "EgressResponse",
    "EgressTimeout",
    "Guard",
    "Hop",
    "HostGate",
    "Target",
    "UrlRefused",
]
