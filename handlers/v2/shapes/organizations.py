"""Organisations and their plans as v2 knows them."""

from typing import Any

from core.kit import ids
from core.organizations.types import OrganizationRow
from core.plans.types import PlanUse
from handlers.v2.shapes.lists import time_out


def organization_out(row: OrganizationRow) -> dict[str, Any]:
    """One organisation."""
    return {
        "id": ids.encode("org", row.id),
        "slug": row.slug,
        "name": row.name,
        "kind": row.kind,
        "plan": row.plan,
        "policies": dict(row.policies),
        "role": row.role,
        "created_at": time_out(row.created_at),
        "updated_at": time_out(row.updated_at),
        "suspended_at": time_out(row.suspended_at),
    }


def plan_out(use: PlanUse) -> dict[str, Any]:
    """What a plan allows, and what of it is used."""
    limits = use.limits
    return {
        "plan": limits.plan,
        "requests_per_hour": limits.requests_per_hour,
        "organization_requests_per_hour": limits.organization_requests_per_hour,
        **{name: {"limit": most, "used": use.used[name]} for name, most in limits.most.items()},
    }
