"""The job queue: Procrastinate's own schema, of the pinned release.

A later release of Procrastinate brings its own SQL migrations; each gets a file here that runs them.
"""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "20261121_03"
down_revision = "20261121_02"
branch_labels = None
depends_on = None

_GRANTS = """
DO $$ DECLARE item record; BEGIN
  FOR item IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'procrastinate\\_%' LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO tidings_app', item.tablename);
  END LOOP;
  FOR item IN SELECT sequencename FROM pg_sequences
    WHERE schemaname = 'public' AND sequencename LIKE 'procrastinate\\_%' LOOP
    EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %I TO tidings_app', item.sequencename);
  END LOOP;
END $$;
"""


def upgrade() -> None:
    # One round trip through the driver: the schema holds percent signs and many statements.
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
    op.execute(_GRANTS)


def downgrade() -> None:
    op.execute(
        """
        DO $$ DECLARE item record; BEGIN
          FOR item IN SELECT tablename FROM pg_tables
            WHERE schemaname = 'public' AND tablename LIKE 'procrastinate\\_%' LOOP
            EXECUTE format('DROP TABLE %I CASCADE', item.tablename);
          END LOOP;
          FOR item IN SELECT p.oid::regprocedure AS name FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname = 'public' AND p.proname LIKE 'procrastinate\\_%' LOOP
            EXECUTE format('DROP FUNCTION %s CASCADE', item.name);
          END LOOP;
          FOR item IN SELECT t.typname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
            WHERE n.nspname = 'public' AND t.typname LIKE 'procrastinate\\_%' AND t.typtype IN ('e', 'c') LOOP
            EXECUTE format('DROP TYPE %I CASCADE', item.typname);
          END LOOP;
        END $$
        """
    )
