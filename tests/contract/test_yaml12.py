"""YAML by the rules of 1.2."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from core.contract import yaml12


def read(tmp_path: Path, text: str) -> Any:
    file = tmp_path / "file.yaml"
    file.write_text(text, "utf-8")
    return yaml12.load(file)


@pytest.mark.parametrize(
    "text", ["NO", "yes", "On", "off", "2026-12-01", "2026-12-01T00:00:00Z", "1:30", "1_000", "0b1"]
)
def test_what_yaml_1_1_would_guess_at_stays_a_string(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, f"value: {text}") == {"value": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [("010", 10), ("0o10", 8), ("0x1F", 31), ("-3", -3), ("1e3", 1000.0), ("true", True), ("~", None), ("", None)],
)
def test_numbers_booleans_and_null_follow_the_core_schema(tmp_path: Path, text: str, value: object) -> None:
    assert read(tmp_path, f"value: {text}") == {"value": value}


def test_a_status_code_as_a_key_is_a_string_as_in_json(tmp_path: Path) -> None:
    assert read(tmp_path, "200: ok") == {"200": "ok"}


def test_a_repeated_key_is_an_error_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(yaml.YAMLError, match=r"(?s)'a' is repeated.*line 2"):
        read(tmp_path, "a: 1\na: 2")


def test_a_key_that_is_no_string_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(yaml.YAMLError, match="quote True"):
        read(tmp_path, "true: 1")
