"""The peer for log-ins: the same accounts, sessions, audit log and tokens, as a good FastAPI developer writes them.

argon2-cffi with the product's parameters in asyncio's threads, PyJWT with Ed25519, SQLAlchemy's asyncio ORM. No
connection is held while a password is compared.
"""

import asyncio
import hashlib
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID, uuid4

import jwt
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import Header, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from bench.servers.fastapi_newsroom import Base, app, sessions
from core.accounts.argon import LANES, MEMORY_KIB, PASSES

ACCESS_LIFE = timedelta(minutes=10)
SESSION_LIFE = timedelta(days=30)
V1_LIFE = timedelta(hours=1)
_APPEND = text("SELECT append_audit(:organization, CAST(:events AS jsonb))")
_EMAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"

hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
nobody = hasher.hash(secrets.token_urlsafe())
signing_key = Ed25519PrivateKey.generate()


class Account(Base):
    __tablename__ = "accounts"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str]
    personal_organization_id: Mapped[UUID]
    last_login_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    erase_after: Mapped[datetime | None]


class AccountPassword(Base):
    __tablename__ = "account_passwords"
    account_id: Mapped[UUID] = mapped_column(primary_key=True)
    hash: Mapped[str]


class LogIn(Base):
    __tablename__ = "sessions"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    acting_for: Mapped[UUID | None]
    refresh_hash: Mapped[bytes | None]
    client: Mapped[str | None]
    address: Mapped[str | None]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Credentials(BaseModel):
    model_config = ConfigDict(extra="forbid")
    email: str = Field(max_length=254, pattern=_EMAIL)
    password: str = Field(min_length=1, max_length=128)


class Tokens(BaseModel):
    access_token: str
    refresh_token: str
    token_type: str = "Bearer"
    expires_in: int = int(ACCESS_LIFE.total_seconds())


class Token(BaseModel):
    token: str


Client = Annotated[str | None, Header(alias="User-Agent", max_length=4096)]


@app.post("/v2/auth/login", response_model=Tokens)
async def log_in(request: Request, body: Credentials, client: Client = None) -> Tokens:
    account = await known(body)
    refresh_token = secrets.token_urlsafe(32)
    session_id = await begin(account, request, client, life=SESSION_LIFE, refresh_token=refresh_token)
    return Tokens(access_token=sign(account, session_id, ACCESS_LIFE), refresh_token=refresh_token)


@app.post("/v1/auth/login", response_model=Token)
async def log_in_v1(request: Request, body: Credentials, client: Client = None) -> Token:
    account = await known(body)
    session_id = await begin(account, request, client, life=V1_LIFE)
    return Token(token=sign(account, session_id, V1_LIFE))


async def known(body: Credentials) -> Account:
    """The account, if the password is its own; 401 after the same time where it is not."""
    query = (
        select(Account, AccountPassword.hash)
        .outerjoin(AccountPassword, AccountPassword.account_id == Account.id)
        .where(func.lower(Account.email) == body.email.strip().lower())
    )
    async with sessions() as db:
        row = (await db.execute(query)).first()
    account, stored = (None, None) if row is None else row
    try:
        await asyncio.to_thread(hasher.verify, stored or nobody, body.password)
    except VerificationError:
        raise HTTPException(401, "invalid_credentials") from None
    if account is None or stored is None or (account.erase_after and account.erase_after <= datetime.now(UTC)):
        raise HTTPException(401, "invalid_credentials")
    if account.suspended_at is not None:
        raise HTTPException(401, "account_suspended")
    return account


async def begin(
    account: Account, request: Request, client: str | None, *, life: timedelta, refresh_token: str | None = None
) -> UUID:
    """A session with its entry in the audit log."""
    now, address = datetime.now(UTC), request.client.host if request.client else None
    row = LogIn(
        id=uuid4(), account_id=account.id, acting_for=account.personal_organization_id, created_at=now,
        refresh_hash=None if refresh_token is None else hashlib.sha256(refresh_token.encode()).digest(),
        client=client[:200] if client else None, address=address, last_used_at=now, expires_at=now + life,
    )  # fmt: skip
    event = {
        "id": str(uuid4()), "principal_id": str(account.id), "actor_kind": "user", "actor_id": str(account.id),
        "action": "session.started", "target_kind": "session", "target_id": str(row.id), "before": None,
        "after": {"client": row.client}, "address": address, "request_id": str(uuid4()), "operation": "logIn",
    }  # fmt: skip
    async with sessions.begin() as db:
        await db.execute(update(Account).where(Account.id == account.id).values(last_login_at=now))
        db.add(row)
        await db.flush()
        append = {"organization": account.personal_organization_id, "events": json.dumps([event])}
        await db.execute(_APPEND, append)
    return row.id


def sign(account: Account, session_id: UUID, life: timedelta) -> str:
    now = datetime.now(UTC)
    claims: dict[str, Any] = {
        "iss": "peer", "aud": "peer", "sub": str(account.id), "org": str(account.personal_organization_id),
        "sid": str(session_id), "iat": now, "exp": now + life, "jti": uuid4().hex,
    }  # fmt: skip
    return jwt.encode(claims, signing_key, "EdDSA", {"typ": "at+jwt", "kid": "peer"})
