"""Full-text search, and two small doors for v1.

The operator `@@` is not leakproof, so under row-level security PostgreSQL would look at every visible row before it
asks the GIN index. `matching_articles` therefore works as the owner of the table and filters by organisation itself. It
gives out ids and times only; what is shown of them is read by the caller, behind the wall.
"""

from alembic import op

revision = "20261121_05"
down_revision = "20261121_04"
branch_labels = None
depends_on = None

_NEWSROOM = "00000000-0000-7000-8000-000000000001"

_QUERIES = """
CREATE FUNCTION search_languages() RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN ARRAY['ar','da','de','el','en','es','fi','fr','hi','hu','id','it','nl','no','pt','ro','ru','sv','tr'];
COMMENT ON FUNCTION search_languages IS 'Those for which search_configuration knows the forms of words.';

CREATE FUNCTION readable_organizations() RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE
RETURN CASE WHEN coalesce(current_organization(), '@newsroom@') = '@newsroom@' THEN ARRAY['@newsroom@'::uuid]
  ELSE ARRAY['@newsroom@'::uuid, current_organization()] END;

CREATE FUNCTION article_query(words text, language text) RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, public SET client_min_messages = error AS $$
DECLARE
  form tsquery;
  forms tsquery := '';
BEGIN
  IF language IS NOT NULL THEN
    RETURN websearch_to_tsquery(search_configuration(language), words);
  END IF;
  FOR form IN SELECT DISTINCT websearch_to_tsquery(search_configuration(code), words)
    FROM unnest(search_languages() || 'und'::text) AS code
  LOOP
    forms := forms || form;
  END LOOP;
  RETURN forms;
END $$;
COMMENT ON FUNCTION article_query IS
  'The words in one language, or in every language at once. Most stemmers agree, so few different forms are left.';
""".replace("@newsroom@", _NEWSROOM)

# $1 query, $2 words, $3 organisations, $4 language, $5 category, $6 source, $7 since, $8 until. The statements are
# planned anew at each call with the values in place, so a filter that is null costs nothing.
_FILTERS = """a.removed_at IS NULL AND a.search @@ $1
      AND ($4 IS NULL OR a.language = $4) AND ($5 IS NULL OR a.category = $5)
      AND ($7 IS NULL OR a.published_at >= $7) AND ($8 IS NULL OR a.published_at < $8)
      AND ($6 IS NULL OR EXISTS (SELECT FROM article_origins o WHERE o.organization_id = a.organization_id
        AND o.article_id = a.id AND o.source_id = $6 AND o.removed_at IS NULL))"""

_MATCHING = """
CREATE FUNCTION matching_articles(words text, in_language text, in_category text, from_source uuid,
  since timestamptz, until timestamptz, by_ingestion boolean, ascending boolean,
  after_at timestamptz, after_id uuid, skip integer, most integer)
RETURNS TABLE (organization_id uuid, id uuid, at timestamptz)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 25 SET search_path = pg_catalog, public AS $$
DECLARE
  few CONSTANT integer := 5000;
  query tsquery := article_query(words, in_language);
  -- A word left out in one language may stand in another's form, so such matches are looked at again, in their own
  -- language, once the order is known: only as many as a page needs.
  excludes boolean := in_language IS NULL AND strpos(query::text, '!') > 0;
  found bigint;
BEGIN
  IF numnode(query) = 0 THEN
    RETURN;
  END IF;
  IF querytree(query) NOT IN ('', 'T') THEN
    FOR found, organization_id, id, at IN EXECUTE format('
      WITH m AS MATERIALIZED (
        SELECT a.organization_id, a.id, %1$s AS at FROM articles a
        WHERE a.organization_id = ANY ($3) AND @filters@ LIMIT $14),
      n AS (SELECT count(*) AS n FROM m)
      SELECT n.n, s.* FROM n, LATERAL (
        SELECT m.* FROM m WHERE n.n = $14 OR $10 IS NULL OR (m.at, m.id) %3$s ($10, $11)
        ORDER BY m.at %2$s, m.id %2$s OFFSET 0) s
      WHERE n.n = $14 OR NOT $9 OR EXISTS (SELECT FROM articles a WHERE a.organization_id = s.organization_id
        AND a.id = s.id AND a.search @@ article_query($2, a.language))
      ORDER BY s.at %2$s, s.id %2$s OFFSET $12 LIMIT $13', @order@)
      USING query, words, readable_organizations(), in_language, in_category, from_source, since, until,
        excludes, after_at, after_id, skip, most, few + 1
    LOOP
      EXIT WHEN found > few;
      RETURN NEXT;
    END LOOP;
    IF coalesce(found, 0) <= few THEN
      RETURN;
    END IF;
  END IF;
  RETURN QUERY SELECT * FROM frequent_matching_articles(query, excludes, words, in_language, in_category, from_source,
    since, until, by_ingestion, ascending, after_at, after_id, skip, most);
END $$;

CREATE FUNCTION frequent_matching_articles(query tsquery, excludes boolean, words text, in_language text,
  in_category text, from_source uuid, since timestamptz, until timestamptz, by_ingestion boolean, ascending boolean,
  after_at timestamptz, after_id uuid, skip integer, most integer)
RETURNS TABLE (organization_id uuid, id uuid, at timestamptz)
LANGUAGE plpgsql STABLE ROWS 25 SET search_path = pg_catalog, public SET enable_bitmapscan = off AS $$
BEGIN
  RETURN QUERY EXECUTE format('
    SELECT w.organization_id, w.id, w.at FROM unnest($3) AS org (id), LATERAL (
      SELECT a.organization_id, a.id, %1$s AS at FROM articles a
      WHERE a.organization_id = org.id AND @filters@ AND ($10 IS NULL OR (%1$s, a.id) %3$s ($10, $11))
        AND (NOT $9 OR a.search @@ article_query($2, a.language))
      ORDER BY %1$s %2$s, a.id %2$s LIMIT $12 + $13) w
    ORDER BY w.at %2$s, w.id %2$s OFFSET $12 LIMIT $13', @order@)
    USING query, words, readable_organizations(), in_language, in_category, from_source, since, until,
      excludes, after_at, after_id, skip, most;
END $$;
COMMENT ON FUNCTION frequent_matching_articles IS
  'Too many matches to sort: they are so frequent that walking along the times, past the GIN index, soon fills a page.';
""".replace("@filters@", _FILTERS).replace(
    "@order@",
    "CASE WHEN by_ingestion THEN 'a.ingested_at' ELSE 'a.published_at' END,"
    " CASE WHEN ascending THEN 'ASC' ELSE 'DESC' END, CASE WHEN ascending THEN '>' ELSE '<' END",
)

_COUNT = """
CREATE FUNCTION count_matching_articles(words text, in_language text, in_category text, from_source uuid,
  since timestamptz, until timestamptz, most bigint)
RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  query tsquery := article_query(words, in_language);
  excludes boolean := in_language IS NULL AND strpos(query::text, '!') > 0;
  found bigint := 0;
BEGIN
  IF numnode(query) > 0 THEN
    EXECUTE 'SELECT count(*) FROM (SELECT FROM articles a WHERE a.organization_id = ANY ($3) AND @filters@
        AND (NOT $9 OR a.search @@ article_query($2, a.language)) LIMIT $10) m' INTO found
      USING query, words, readable_organizations(), in_language, in_category, from_source, since, until, excludes, most;
  END IF;
  RETURN found;
END $$;
COMMENT ON FUNCTION count_matching_articles IS 'Stops at `most`; null counts all.';
""".replace("@filters@", _FILTERS)

# v1 answers 403 where v2 answers 404: whether an id exists in another organisation is all that these tell.
_EXISTENCE = """
CREATE FUNCTION article_exists(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT EXISTS (SELECT FROM organizations o JOIN articles a ON a.organization_id = o.id AND a.id = wanted);
END;
CREATE FUNCTION api_key_exists(wanted uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public
BEGIN ATOMIC
  SELECT EXISTS (SELECT FROM organizations o JOIN api_keys k ON k.organization_id = o.id AND k.id = wanted);
END;
"""

_DOORS = (
    "matching_articles(text, text, text, uuid, timestamptz, timestamptz, boolean, boolean, timestamptz, uuid, integer,"
    " integer)",
    "count_matching_articles(text, text, text, uuid, timestamptz, timestamptz, bigint)",
    "article_exists(uuid)",
    "api_key_exists(uuid)",
)


def upgrade() -> None:
    connection = op.get_bind()
    for statement in (_QUERIES, _MATCHING, _COUNT, _EXISTENCE):
        connection.exec_driver_sql(statement.replace("%", "%%"))
    for door in _DOORS:
        op.execute(f"REVOKE ALL ON FUNCTION {door} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {door} TO tidings_app")
    op.execute("REVOKE ALL ON FUNCTION frequent_matching_articles FROM PUBLIC")


def downgrade() -> None:
    for door in _DOORS:
        op.execute(f"DROP FUNCTION {door}")
    op.execute("DROP FUNCTION frequent_matching_articles, article_query, readable_organizations, search_languages")
