"""Organisations: list, make, get, change and delete, and what their plans allow."""

from typing import Any

from core.contract.responses import Response, created, no_content, ok, require_match
from core.kit.principal import Principal
from core.organizations.service import organizations
from core.plans.service import plans
from handlers.v2.shapes.lists import page
from handlers.v2.shapes.organizations import organization_out, plan_out


async def list_organizations(principal: Principal, *, limit: int, cursor: str | None = None) -> Response:
    """A page of the caller's organisations."""
    found = await organizations.list(principal, limit=limit, cursor=cursor)
    return page("/v2/organizations", found, organization_out, {"limit": limit})


async def create_organization(principal: Principal, *, body: dict[str, Any]) -> Response:
    """A new organisation of the person."""
    shown = organization_out(await organizations.create(principal, **body))
    return created(shown, f"/v2/organizations/{shown['id']}")


async def get_organization(principal: Principal, organization_id: str) -> Response:
    """One organisation."""
    return ok(organization_out(await organizations.get(principal, organization_id)))


async def update_organization(
    principal: Principal, organization_id: str, *, body: dict[str, Any], if_match: str | None = None
) -> Response:
    """An organisation with another name or other policies."""
    require_match(if_match, organization_out(await organizations.get(principal, organization_id, lock=True)))
    return ok(organization_out(await organizations.update(principal, organization_id, body)))


async def delete_organization(principal: Principal, organization_id: str, *, if_match: str | None = None) -> Response:
    """The end of an organisation."""
    require_match(if_match, organization_out(await organizations.get(principal, organization_id, lock=True)))
    await organizations.delete(principal, organization_id)
    return no_content()


async def get_organization_plan(principal: Principal, organization_id: str) -> Response:
    """What the plan allows and what of it is used."""
    return ok(plan_out(await plans.use(await organizations.act_in(principal, organization_id))))
