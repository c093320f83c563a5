"""The peer for writes: a list is made once for each Idempotency-Key, with its entry in the audit log.

The same guarantee, the same tables and the same sealing of kept answers, as a good FastAPI developer writes them.
"""

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from fastapi import Header, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from bench.servers.fastapi_newsroom import Base, Limited, Session, app, secret

KEPT = timedelta(hours=72)
MOST = 10_000
_APPEND = text("SELECT append_audit(:organization, CAST(:events AS jsonb))")


class Collection(Base):
    __tablename__ = "collections"
    organization_id: Mapped[UUID]
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str]
    sort_key: Mapped[str]
    description: Mapped[str | None]
    visibility: Mapped[str]
    item_count: Mapped[int] = mapped_column(default=0)
    created_by: Mapped[UUID]
    created_by_kind: Mapped[str] = mapped_column(default="api_key")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class KeptAnswer(Base):
    __tablename__ = "kept_answers"
    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    principal_id: Mapped[UUID] = mapped_column(primary_key=True)
    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    status: Mapped[int]
    answer: Mapped[bytes]
    created_at: Mapped[datetime]


class CollectionIn(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=200)
    description: str | None = Field(None, max_length=2000)
    visibility: Literal["organization", "private"] = "organization"


class CollectionOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: UUID
    organization_id: UUID
    name: str
    description: str | None
    visibility: str
    item_count: int
    created_by: UUID
    created_at: datetime
    updated_at: datetime


Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=1, max_length=255)]


async def recall(db: Session, scope: dict[str, Any], digest: bytes, fingerprint: bytes) -> KeptAnswer | None:
    """The answer that was kept; 409 while another with the key runs, 422 where the key belongs to another request."""
    known = (
        select(KeptAnswer).filter_by(**scope, key_hash=digest).where(KeptAnswer.created_at > datetime.now(UTC) - KEPT)
    )
    kept = await db.scalar(known)
    if kept is None:
        number = int.from_bytes(hashlib.sha256(repr(scope).encode() + digest).digest()[:8], "big", signed=True)
        if not await db.scalar(select(func.pg_try_advisory_xact_lock(number))):
            raise HTTPException(409, headers={"retry-after": "1"})
        kept = await db.scalar(known)
    if kept is not None and kept.fingerprint != fingerprint:
        raise HTTPException(422, "idempotency_key_reused")
    return kept


async def make(db: Session, body: CollectionIn, scope: dict[str, Any], request: Request) -> Collection:
    """One row and its entry in the audit log."""
    now, organization, principal = datetime.now(UTC), scope["organization_id"], scope["principal_id"]
    owned = select(func.count()).select_from(Collection).where(Collection.organization_id == organization)
    if (await db.scalar(owned) or 0) >= MOST:
        raise HTTPException(409, "limit_reached")
    row = Collection(
        **body.model_dump(), organization_id=organization, id=uuid4(), name_key=body.name.casefold(),
        sort_key=body.name[:100].casefold(), created_by=principal, created_at=now, updated_at=now,
    )  # fmt: skip
    db.add(row)
    await db.flush()
    event = {
        "id": str(uuid4()), "principal_id": str(principal), "actor_kind": "api_key", "actor_id": str(principal),
        "action": "collection.created", "target_kind": "collection", "target_id": str(row.id), "before": None,
        "after": body.model_dump(), "address": request.client.host if request.client else None,
        "request_id": str(uuid4()), "operation": "createCollection",
    }  # fmt: skip
    await db.execute(_APPEND, {"organization": organization, "events": json.dumps([event])})
    return row


@app.post("/v2/collections", status_code=201, response_model=CollectionOut)
async def create_collection(
    principal: Limited, db: Session, request: Request, response: Response, body: CollectionIn, key: Key = None
) -> Any:
    scope = {"organization_id": UUID(principal["organization"]), "principal_id": UUID(principal["key"])}
    if key is None:
        row = await make(db, body, scope, request)
        await db.commit()
        response.headers["location"] = f"/v2/collections/{row.id}"
        return row
    digest = hashlib.sha256(key.encode()).digest()
    said = f"{request.method} {request.url.path}?{request.url.query}".encode() + await request.body()
    fingerprint = hashlib.sha256(said).digest()
    cipher = AESGCM(hashlib.sha256(secret + key.encode()).digest())
    kept = await recall(db, scope, digest, fingerprint)
    if kept is None:
        row = await make(db, body, scope, request)
        content = CollectionOut.model_validate(row).model_dump_json().encode()
        nonce = os.urandom(12)
        db.add(
            KeptAnswer(
                **scope,
                key_hash=digest,
                fingerprint=fingerprint,
                status=201,
                created_at=datetime.now(UTC),
                answer=nonce + cipher.encrypt(nonce, content, None),
            )
        )
        await db.commit()
        headers = {"location": f"/v2/collections/{row.id}"}
    else:
        content = cipher.decrypt(kept.answer[:12], kept.answer[12:], None)
        headers = {"location": f"/v2/collections/{json.loads(content)['id']}", "idempotency-replayed": "true"}
    return Response(content, 201, {**dict(response.headers), **headers}, "application/json")
