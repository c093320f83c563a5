"""Plans as the rest of the product sees them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Counted = Literal["keys", "feeds", "members"]
"""What an organisation can have only so many of."""

Resource = Literal[Counted, "storage_bytes"]
"""What a plan limits: storage is measured now and then, all else is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a plan allows. None means no limit, except `requests_per_hour` of a key, where 0 does."""

    plan: str
    requests_per_hour: int
    organization_requests_per_hour: int
    most: Mapping[Resource, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanUse:
    """What the plan of an organisation allows, and what of it is used now."""

    limits: Limits
    used: Mapping[Resource, int]
