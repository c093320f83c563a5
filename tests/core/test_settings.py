"""The configuration."""

import pytest

from core.settings import InvalidSettings, as_environment, load


def test_an_unknown_variable_is_refused_by_name() -> None:
    with pytest.raises(InvalidSettings, match="TIDINGS_DATABSE_URL"):
        load({"TIDINGS_DATABSE_URL": "postgresql://localhost"})


def test_a_lower_case_variable_is_refused() -> None:
    with pytest.raises(InvalidSettings, match="TIDINGS_port"):
        load({"TIDINGS_port": "1"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TIDINGS_PORT", "eighty"),
        ("TIDINGS_PORT", "65536"),
        ("TIDINGS_NOW", "2027-07-01T00:00:00"),
        ("TIDINGS_EGRESS_ALLOW", "10.0.0.1/8"),
        ("TIDINGS_EGRESS_ALLOW", "10.0.0.0/8,nowhere"),
        ("TIDINGS_GUARDIAN_URL", "ftp://guardian"),
        ("TIDINGS_SECRET", "short"),
        ("TIDINGS_LOG_LEVEL", "loud"),
        ("TIDINGS_FREE_REQUESTS_PER_HOUR", "-1"),
        ("TIDINGS_BROWNOUTS", "every Tuesday"),
        ("TIDINGS_BROWNOUTS", "2027-05-04T09:00:00Z/PT15M,2027-05-04T09:00:00Z/P30D"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=name):
        load({name: value})


def test_a_bad_secret_is_not_repeated_in_the_error() -> None:
    with pytest.raises(InvalidSettings) as refused:
        load({"TIDINGS_SECRET": "hunter2"})
    assert "hunter2" not in str(refused.value)


def test_other_variables_and_empty_values_do_not_count() -> None:
    assert load({"PATH": "/bin", "TIDINGS_PORT": ""}) == load({})


def test_settings_survive_the_way_to_a_child_process() -> None:
    settings = load(
        {
            "TIDINGS_PORT": "9000",
            "TIDINGS_SECRET": "0123456789abcdef0123456789abcdef",
            "TIDINGS_EGRESS_ALLOW": "10.0.0.0/8, fd00::/8",
            "TIDINGS_NOW": "2027-07-01T00:00:00Z",
            "TIDINGS_REDDIT_SUBREDDITS": "python, worldnews",
            "TIDINGS_BROWNOUTS": "2027-05-04T09:00:00Z/PT15M/P7D, 2027-06-01T00:00:00Z/P1D",
        }
    )
    assert load(as_environment(settings)) == settings


def test_secrets_do_not_show_in_the_representation() -> None:
    assert "s3cr3t" not in repr(load({"TIDINGS_DATABASE_URL": "postgresql://u:s3cr3t@db/x"}))
