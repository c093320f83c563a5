"""What the heads of the migration files say, held against Alembic, which runs them."""

from alembic.script import ScriptDirectory

from core.infra import migrate, revisions


def test_the_newest_revision_is_the_one_that_alembic_would_stop_at() -> None:
    assert revisions.head() == ScriptDirectory.from_config(migrate._config()).get_current_head()


def test_every_older_schema_is_behind_and_a_newer_one_is_not() -> None:
    known = {step.revision for step in ScriptDirectory.from_config(migrate._config()).walk_revisions()}
    assert {revision for revision in known if not revisions.is_behind(revision)} == {revisions.head()}
    assert revisions.is_behind(None)
    assert not revisions.is_behind("29991231_01")
