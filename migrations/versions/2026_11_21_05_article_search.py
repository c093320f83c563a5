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

# What the statements below are given: $1 query, $2 words, $3 organisation, $4 language, $5 category, $6 source,
# $7 since, $8 until, $9 whether the query excludes words, $10 and $11 the position to go on from, $12 rows wanted,
# $13 how many candidates may be looked at. They are planned anew at each call with the values in place: a filter that
# is null is free.
_FILTERS = """a.organization_id = $3 AND a.removed_at IS NULL
      AND ($4 IS NULL OR a.language = $4) AND ($5 IS NULL OR a.category = $5)
      AND ($7 IS NULL OR a.published_at >= $7) AND ($8 IS NULL OR a.published_at < $8)"""
_OF_SOURCE = """($6 IS NULL OR EXISTS (SELECT FROM article_origins o WHERE o.organization_id = a.organization_id
        AND o.article_id = a.id AND o.source_id = $6 AND o.removed_at IS NULL))"""
# A word left out in one language may stand in the form of another, so such matches are looked at again in their own.
_AGAIN = "(NOT $9 OR @row@.search @@ article_query($2, @row@.language))"

_CANDIDATES = f"""
    SELECT a.organization_id, a.id, %1$s AS at, a.search, a.language FROM articles a
    WHERE {_FILTERS} AND {_OF_SOURCE} AND ($10 IS NULL OR (%1$s, a.id) %3$s ($10, $11))
    ORDER BY %1$s %2$s, a.id %2$s"""
_CANDIDATES_OF_SOURCE = """
    SELECT a.organization_id, a.id, o.published_at AS at, a.search, a.language
    FROM (SELECT DISTINCT o.published_at, o.article_id FROM article_origins o
      WHERE o.organization_id = $3 AND o.source_id = $6 AND o.removed_at IS NULL AND ($5 IS NULL OR o.category = $5)
        AND ($7 IS NULL OR o.published_at >= $7) AND ($8 IS NULL OR o.published_at < $8)
        AND ($10 IS NULL OR (o.published_at, o.article_id) %3$s ($10, $11))
      ORDER BY o.published_at %2$s, o.article_id %2$s) o
    JOIN articles a ON a.organization_id = $3 AND a.id = o.article_id
    WHERE a.removed_at IS NULL AND ($4 IS NULL OR a.language = $4)
    ORDER BY o.published_at %2$s, o.article_id %2$s"""
_WALK = f"""
  SELECT array_agg(ROW (m.organization_id, m.id, m.at)::article_position) FROM (
    SELECT w.* FROM (%s LIMIT $13) w
    WHERE w.search @@ $1 AND {_AGAIN.replace("@row@", "w")} LIMIT $12) m"""
_SORT = f"""
  WITH m AS MATERIALIZED (
    SELECT a.organization_id, a.id, %1$s AS at FROM articles a
    WHERE {_FILTERS} AND {_OF_SOURCE} AND a.search @@ $1 LIMIT $13)
  SELECT (SELECT count(*) FROM m) = $13, array_agg(ROW (p.organization_id, p.id, p.at)::article_position) FROM (
    SELECT s.* FROM (
      SELECT m.* FROM m WHERE (SELECT count(*) FROM m) < $13 AND ($10 IS NULL OR (m.at, m.id) %3$s ($10, $11))
      ORDER BY m.at %2$s, m.id %2$s OFFSET 0) s
    WHERE NOT $9 OR EXISTS (SELECT FROM articles a WHERE a.organization_id = s.organization_id AND a.id = s.id
      AND {_AGAIN.replace("@row@", "a")}) LIMIT $12) p"""

_MATCHING = f"""
CREATE TYPE article_position AS (organization_id uuid, id uuid, at timestamptz);

CREATE FUNCTION matching_articles_of(organization uuid, query tsquery, words text, in_language text, in_category text,
  from_source uuid, since timestamptz, until timestamptz, by_ingestion boolean, ascending boolean,
  after_at timestamptz, after_id uuid, wanted integer)
RETURNS article_position[]
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public AS $of$
DECLARE
  at_column text := CASE WHEN by_ingestion THEN 'a.ingested_at' ELSE 'a.published_at' END;
  direction text := CASE WHEN ascending THEN 'ASC' ELSE 'DESC' END;
  beyond text := CASE WHEN ascending THEN '>' ELSE '<' END;
  candidates text := CASE WHEN from_source IS NULL OR by_ingestion THEN $sql${_CANDIDATES}$sql$
    ELSE $sql${_CANDIDATES_OF_SOURCE}$sql$ END;
  walk text := format($sql${_WALK}$sql$, format(candidates, at_column, direction, beyond));
  excludes boolean := in_language IS NULL AND strpos(query::text, '!') > 0;
  is_too_many boolean := true;
  page article_position[];
BEGIN
  -- The newest are in memory and one step apart. What 1 % of the articles hold fills a page within the first 2,000, in
  -- 1 ms; the hits there tell whether ten times as many are likely to. Fetching and sorting all matches takes 10-50 ms.
  EXECUTE walk INTO page USING query, words, organization, in_language, in_category, from_source, since, until,
    excludes, after_at, after_id, wanted, 2000;
  IF cardinality(page) > wanted / 10 AND cardinality(page) < wanted THEN
    EXECUTE walk INTO page USING query, words, organization, in_language, in_category, from_source, since, until,
      excludes, after_at, after_id, wanted, 20000;
  END IF;
  IF cardinality(page) = wanted THEN
    RETURN page;
  END IF;
  IF querytree(query) NOT IN ('', 'T') THEN  -- a query that only excludes words has nothing to look up
    EXECUTE format($sql${_SORT}$sql$, at_column, direction, beyond) INTO is_too_many, page
      USING query, words, organization, in_language, in_category, from_source, since, until,
        excludes, after_at, after_id, wanted, 3001;
  END IF;
  IF is_too_many THEN  -- frequent, but not among the newest
    EXECUTE walk INTO page USING query, words, organization, in_language, in_category, from_source, since, until,
      excludes, after_at, after_id, wanted, NULL::integer;
  END IF;
  RETURN coalesce(page, ARRAY[]::article_position[]);
END $of$;

CREATE FUNCTION matching_articles(words text, in_language text, in_category text, from_source uuid,
  since timestamptz, until timestamptz, by_ingestion boolean, ascending boolean,
  after_at timestamptz, after_id uuid, skip integer, most integer)
RETURNS SETOF article_position
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 25 SET search_path = pg_catalog, public AS $$
DECLARE
  query tsquery := article_query(words, in_language);
BEGIN
  IF numnode(query) = 0 THEN  -- only words that say nothing
    RETURN;
  END IF;
  RETURN QUERY SELECT m.* FROM unnest(readable_organizations()) AS organization, unnest(matching_articles_of(
      organization, query, words, in_language, in_category, from_source, since, until, by_ingestion, ascending,
      after_at, after_id, skip + most)) AS m
    ORDER BY CASE WHEN ascending THEN m.at END, CASE WHEN ascending THEN m.id END, m.at DESC, m.id DESC
    OFFSET skip LIMIT most;
END $$;
COMMENT ON FUNCTION matching_articles IS 'A page of positions, in order, in the organisations that the caller reads.';
"""

_COUNT = f"""
CREATE FUNCTION count_matching_articles(words text, in_language text, in_category text, from_source uuid,
  since timestamptz, until timestamptz, most bigint)
RETURNS bigint LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  query tsquery := article_query(words, in_language);
  excludes boolean := in_language IS NULL AND strpos(query::text, '!') > 0;
  found bigint := 0;
BEGIN
  IF numnode(query) > 0 THEN
    EXECUTE $sql$SELECT count(*) FROM (SELECT FROM articles a
      WHERE {_FILTERS.replace("= $3", "= ANY ($3)")} AND {_OF_SOURCE}
        AND a.search @@ $1 AND {_AGAIN.replace("@row@", "a")} LIMIT $10) m$sql$ INTO found
      USING query, words, readable_organizations(), in_language, in_category, from_source, since, until, excludes, most;
  END IF;
  RETURN found;
END $$;
COMMENT ON FUNCTION count_matching_articles IS 'Stops at `most`; null counts all.';
"""

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
    op.execute("REVOKE ALL ON FUNCTION matching_articles_of FROM PUBLIC")


def downgrade() -> None:
    for door in _DOORS:
        op.execute(f"DROP FUNCTION {door}")
    op.execute("DROP FUNCTION matching_articles_of, article_query, readable_organizations, search_languages")
    op.execute("DROP TYPE article_position")
