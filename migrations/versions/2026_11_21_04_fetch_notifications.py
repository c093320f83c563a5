"""Announce the end of each fetch to `feeds add --wait`, `poll --wait` and the first poll of `tidings up`.

The notice is sent when the transaction that writes the fetch log commits, so what it announces can be read.
"""

from alembic import op

revision = "20261121_04"
down_revision = "20261121_03"
branch_labels = None
depends_on = None

_NOTICE = """
CREATE FUNCTION announce_fetch() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  PERFORM pg_notify('tidings_fetched', NEW.source_id::text);
  RETURN NULL;
END $$;
CREATE TRIGGER announce_fetch AFTER INSERT ON fetch_log FOR EACH ROW EXECUTE FUNCTION announce_fetch();
"""


def upgrade() -> None:
    op.execute(_NOTICE)


def downgrade() -> None:
    op.execute("DROP TRIGGER announce_fetch ON fetch_log; DROP FUNCTION announce_fetch()")
