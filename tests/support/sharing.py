"""Reading lists that are shared: by an invitation that a guest accepts."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

import httpx

from core.infra.context import Infrastructure, use
from core.invitations.service import invitations
from core.kit.principal import job
from tests.handlers.conftest import Seeded
from tests.support.people import Person

LISTS = "/v2/collections"
ACCEPT = f"{LISTS}/accept-invitation"


class Shared(NamedTuple):
    """A private list of somebody's, and a guest from another organisation."""

    address: str
    owner: Person
    guest: Person
    id: str


async def invite(
    api: httpx.AsyncClient, infra: Infrastructure, address: str, owner: Person, email: str, role: str
) -> str:
    """Invite somebody; the token that the mail carries."""
    response = await api.post(f"{address}/invitations", json={"email": email, "role": role}, headers=owner.header)
    assert response.status_code == 201, response.text
    return await token_of(infra, owner.organization, response.json()["id"])


async def token_of(infra: Infrastructure, organization_id: UUID, invitation_id: str) -> str:
    """What stands in the mail of an invitation."""
    with use(infra):
        async with infra.unit_of_work(job(organization_id)):
            return invitations.token_of(await invitations.get(job(organization_id), invitation_id))


async def share(api: httpx.AsyncClient, seeded: Seeded, own: tuple[str, Person], guest: Person, role: str) -> Shared:
    """Invite the guest, who accepts."""
    address, owner = own
    token = await invite(api, seeded.infra, address, owner, guest.email, role)
    response = await api.post(ACCEPT, json={"token": token}, headers=guest.header)
    assert response.status_code == 200, response.text
    return Shared(address, owner, guest, response.json()["id"])


async def shared_ids(api: httpx.AsyncClient, person: Person) -> list[str]:
    rows = (await api.get(LISTS, params={"shared": "true"}, headers=person.header)).json()["data"]
    return [row["id"] for row in rows]
