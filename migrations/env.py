"""Alembic's environment: migrations run on a connection that `core.infra.migrate` opens and hands over."""

from alembic import context

from core.models import Base

connection = context.config.attributes["connection"]


def _ours(name: str | None, kind: str, _parents: object) -> bool:
    """Procrastinate's tables live in the same schema and migrate by its own rules."""
    return not (kind == "table" and name is not None and name.startswith("procrastinate_"))


context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    transaction_per_migration=True,
    include_name=_ours,
)
with context.begin_transaction():
    context.run_migrations()
