r"""Each article as both versions of the API list it, written once when it is stored instead of at every read.

A trigger writes the two fragments with every row, whoever writes it, so that they cannot disagree with the columns.
What belongs to the source stays out: it may be renamed, and a list of one source shows the articles as that source's.
`\x01` stands where the source goes and `\x02` where v2's `feed_id` goes. JSON escapes both inside of strings.

Safe under load: the columns come first, empty; then the rows that are there already are rendered in small batches, each
committed. An empty fragment is answered from the columns. It may be run again where it was cut off.
"""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "20261121_06"
down_revision = "20261121_05"
branch_labels = None
depends_on = None

_BATCH: Final = 1000
_LOWEST: Final = "00000000-0000-0000-0000-000000000000"

_PUBLIC_CODE = """
CREATE OR REPLACE FUNCTION public_code(id uuid) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  digits CONSTANT text := '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  hex CONSTANT text := replace(id::text, '-', '');
  number numeric := 0;
  part bigint;
  code text := '';
BEGIN
  FOR word IN 0..3 LOOP
    number := number * 4294967296 + ('x' || substr(hex, 1 + 8 * word, 8))::bit(32)::bigint;
  END LOOP;
  FOR chunk IN 1..2 LOOP  -- ten digits fit a machine word, where division is far cheaper than on numeric
    part := mod(number, 839299365868340224);
    number := div(number, 839299365868340224);
    FOR digit IN 1..10 LOOP
      code := substr(digits, (part % 62)::integer + 1, 1) || code;
      part := part / 62;
    END LOOP;
  END LOOP;
  part := number;
  RETURN substr(digits, (part / 62)::integer + 1, 1) || substr(digits, (part % 62)::integer + 1, 1) || code;
END $$;
COMMENT ON FUNCTION public_code IS 'What stands behind the prefix of a public id: base62, 22 digits (core/kit/ids.py).';
"""

_JSON_TEXT = """
CREATE OR REPLACE FUNCTION json_text(value text) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
RETURN coalesce(to_json(value)::text, 'null');
"""

_RENDER = r"""
CREATE OR REPLACE FUNCTION render_article() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  milliseconds CONSTANT text := 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';
  opening CONSTANT text := concat('{"id":"art_', public_code(NEW.id), '","title":', json_text(NEW.title));
  summary CONSTANT text := json_text(NEW.summary);
  address CONSTANT text := concat(',"url":', json_text(NEW.url), ',"source":', E'\x01');
  by_whom CONSTANT text := concat(',"author":', json_text(NEW.author), ',"image_url":', json_text(NEW.image_url),
    ',"language":', json_text(NEW.language));
  published CONSTANT text := to_char(NEW.published_at AT TIME ZONE 'UTC', milliseconds);
BEGIN
  NEW.fragment_v1 := concat(opening, ',"description":', summary, address, ',"category":', json_text(NEW.category),
    by_whom, ',"published_at":"', left(published, 19), 'Z"}');
  NEW.fragment_v2 := concat(opening, ',"summary":', summary, address, ',"topics":', array_to_json(NEW.topics), by_whom,
    ',"sentiment":', CASE WHEN NEW.sentiment IS NULL THEN 'null' ELSE concat('{"label":', NEW.sentiment -> 'label',
      ',"model":', NEW.sentiment -> 'model', ',"score":', NEW.sentiment -> 'score', '}') END,
    ',"content_status":', json_text(NEW.content_status), ',"published_at":"', published,
    '","ingested_at":"', to_char(NEW.ingested_at AT TIME ZONE 'UTC', milliseconds),
    '","content_updated_at":"', to_char(NEW.content_updated_at AT TIME ZONE 'UTC', milliseconds),
    '","revision":', NEW.revision, ',"provenance":{"provider_id":', json_text(NEW.provider_id),
    ',"publisher":', json_text(NEW.publisher), ',"feed_id":', E'\x02', ',"origin_count":', NEW.origin_count, '}}');
  RETURN NEW;
END $$;
COMMENT ON FUNCTION render_article IS
  'Writes byte for byte what handlers/v1/shapes and handlers/v2/shapes write; a test holds them against each other.';
"""

# The rows that somebody else holds are passed over, so that it waits for nobody and cannot deadlock with a merge: what
# the other one writes is rendered then.
_BACKFILL = sa.text("""
WITH batch AS MATERIALIZED (
  SELECT organization_id, id FROM articles
  WHERE (organization_id, id) > (:organization, :id) AND (fragment_v1 IS NULL OR fragment_v2 IS NULL)
  ORDER BY organization_id, id LIMIT :most FOR NO KEY UPDATE SKIP LOCKED
), rendered AS (
  UPDATE articles a SET fragment_v1 = NULL FROM batch b WHERE a.organization_id = b.organization_id AND a.id = b.id
)
SELECT organization_id, id FROM batch ORDER BY organization_id DESC, id DESC LIMIT 1
""")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")  # those who read would queue behind us while we queue
    for statement in (_PUBLIC_CODE, _JSON_TEXT, _RENDER):
        op.get_bind().exec_driver_sql(statement.replace("%", "%%"))
    op.execute("ALTER TABLE articles ADD COLUMN IF NOT EXISTS fragment_v1 text")
    op.execute("ALTER TABLE articles ADD COLUMN IF NOT EXISTS fragment_v2 text")
    op.execute(
        "CREATE OR REPLACE TRIGGER render_article BEFORE INSERT OR UPDATE ON articles"
        " FOR EACH ROW EXECUTE FUNCTION render_article()"
    )
    with op.get_context().autocommit_block():
        _render_what_is_stored()


def _render_what_is_stored() -> None:
    """One walk along the primary key, 1,000 rows a transaction: a million take some three minutes."""
    at: tuple[object, object] | None = (_LOWEST, _LOWEST)
    while at is not None:
        values = {"organization": at[0], "id": at[1], "most": _BATCH}
        row = op.get_bind().execute(_BACKFILL, values).one_or_none()
        at = None if row is None else (row[0], row[1])


def downgrade() -> None:
    op.execute("DROP TRIGGER render_article ON articles")
    op.execute("ALTER TABLE articles DROP COLUMN fragment_v1, DROP COLUMN fragment_v2")
    op.execute("DROP FUNCTION render_article, json_text, public_code")
