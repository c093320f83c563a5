"""`tidings orgs`: the organisations of an instance, their plans, and their suspension."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer

from core.cli.instance import as_operator
from core.cli.options import AsJson
from core.cli.output import show_one, show_rows
from core.cli.rows import ORGANIZATION, shown
from core.infra.context import Infrastructure
from core.kit import ids
from core.organizations.service import organizations
from core.organizations.types import OrganizationRow
from core.plans.service import plans
from core.settings import FREE

Slug = Annotated[str, typer.Argument(metavar="SLUG", help="Short name of the organisation.")]
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")


def list_(as_json: AsJson = False) -> None:
    """List every organisation of the instance."""

    async def work(_: Infrastructure) -> list[dict[str, Any]]:
        return [shown(row, "org", ORGANIZATION) for row in await organizations.everything()]

    show_rows(as_operator(work), ("id", *ORGANIZATION), as_json=as_json, empty="There is no organisation.")


def show(slug: Slug, as_json: AsJson = False) -> None:
    """Show one organisation: what its plan allows, and what of it is used."""

    async def work(_: Infrastructure) -> dict[str, Any]:
        principal = await organizations.act_as_operator(slug)
        row, use = await organizations.present(principal), await plans.use(principal)
        return {
            **_shown(row),
            "policies": dict(row.policies),
            "organization_requests_per_hour": use.limits.organization_requests_per_hour or None,
            **{name: {"limit": most, "used": use.used[name]} for name, most in use.limits.most.items()},
        }

    show_one(as_operator(work), as_json=as_json)


def create(
    slug: Slug,
    name: Annotated[str, typer.Option(help="Its name.")],
    plan: Annotated[str, typer.Option(help="Its plan.")] = FREE,
    as_json: AsJson = False,
) -> None:
    """Make an organisation without members; `tidings keys create --organization SLUG` makes it a key."""
    if not _SLUG.fullmatch(slug):
        raise typer.BadParameter("a short name has 2 to 63 small letters, digits and hyphens")

    async def work(_: Infrastructure) -> dict[str, Any]:
        _check_plan(plan)
        return _shown(await organizations.establish(name=name, slug=slug, plan=plan))

    show_one(as_operator(work), as_json=as_json)


def suspend(slug: Slug) -> None:
    """Refuse everything to the keys and members of an organisation, within a second; nothing is deleted."""
    _administer(slug, suspended_at=datetime.now(UTC))


def resume(slug: Slug) -> None:
    """End a suspension."""
    _administer(slug, suspended_at=None)


def plan(
    slug: Slug, name: Annotated[str, typer.Argument(metavar="PLAN", help="Name of the plan, as TIDINGS_PLANS has it.")]
) -> None:
    """Put an organisation on another plan; its budgets change within a second."""
    _administer(slug, plan=name)


def _administer(slug: str, **changes: Any) -> None:
    async def work(_: Infrastructure) -> None:
        if "plan" in changes:
            _check_plan(changes["plan"])
        await organizations.administer(slug, changes)

    as_operator(work)


def _check_plan(name: str) -> None:
    if name not in plans.names():
        raise typer.BadParameter(f"there is no plan {name!r}; known are {', '.join(plans.names())}")


def _shown(row: OrganizationRow) -> dict[str, Any]:
    members = ("slug", "name", "kind", "plan", "created_at", "updated_at", "suspended_at")
    return {"id": ids.encode("org", row.id), **{name: getattr(row, name) for name in members}}
