"""compose.yaml holds together: every name that it uses is defined, by itself, by deploy/make-env or by the product."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from ci.support import ROOT, VENV_BIN
from core.settings import PREFIX, Settings

TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
CONDITIONS = {"service_healthy", "service_completed_successfully"}


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    return yaml.safe_load(TEXT)["services"]


@pytest.fixture(scope="module")
def ours(services: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The services that run the product's own image."""
    return {name: service for name, service in services.items() if service["image"].startswith("tidings")}


def test_api_worker_and_both_engines_are_there(services: dict[str, dict[str, Any]]) -> None:
    assert {"api", "worker", "migrate", "postgres", "redis"} <= services.keys()


def test_a_service_waits_only_for_what_can_become_ready(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        for needed, how in service.get("depends_on", {}).items():
            assert how["condition"] in CONDITIONS, name
            if how["condition"] == "service_healthy":
                assert "test" in services[needed]["healthcheck"], needed
            else:
                assert services[needed]["restart"] == "no", needed


def test_every_named_volume_is_declared(services: dict[str, dict[str, Any]]) -> None:
    mounted = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", ())}
    assert mounted == set(yaml.safe_load(TEXT)["volumes"])


def test_every_image_has_a_version(services: dict[str, dict[str, Any]]) -> None:
    for service in services.values():
        assert re.fullmatch(r"[a-z]+:(local|\d[\w.-]*)", service["image"])


def test_the_product_runs_without_rights_that_it_does_not_need(ours: dict[str, dict[str, Any]]) -> None:
    for name, service in ours.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name


def test_the_api_is_published_on_the_loopback_only_by_default(services: dict[str, dict[str, Any]]) -> None:
    [port] = services["api"]["ports"]
    assert port == "${PUBLISH:-127.0.0.1:8080}:8080"
    published = [name for name, service in services.items() if "ports" in service]
    assert published == ["api"]


def test_every_variable_of_the_product_is_a_setting() -> None:
    named = set(re.findall(rf"\b{PREFIX}[A-Z_]+", TEXT + (ROOT / "Dockerfile").read_text(encoding="utf-8")))
    assert named
    assert {name.removeprefix(PREFIX).lower() for name in named} <= Settings.model_fields.keys()


def test_every_command_is_one_of_tidings(ours: dict[str, dict[str, Any]]) -> None:
    for service in ours.values():
        asked = [VENV_BIN / "tidings", service["command"][0], "--help"]
        shown = subprocess.run(asked, check=True, capture_output=True, text=True)
        assert f"tidings {service['command'][0]}" in shown.stdout


def test_every_option_of_the_newsroom_exists(ours: dict[str, dict[str, Any]]) -> None:
    shown = subprocess.run([VENV_BIN / "tidings", "sandbox", "--help"], check=True, capture_output=True, text=True)
    options = [part for part in ours["newsroom"]["command"] if part.startswith("--")]
    assert all(option in shown.stdout for option in options)


def test_the_made_environment_gives_every_secret_that_compose_asks_for(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    script = tmp_path / "deploy" / "make-env"
    script.write_bytes((ROOT / "deploy" / "make-env").read_bytes())
    subprocess.run(["bash", script], check=True, capture_output=True)
    made = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines() if line[:1].isupper())
    assert set(re.findall(r"\$\{([A-Z_]+)", TEXT)) <= made.keys()
    assert len(made["TIDINGS_SECRET"]) == len(made["POSTGRES_PASSWORD"]) == 64
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0


def test_an_environment_that_exists_keeps_its_secrets(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    script = tmp_path / "deploy" / "make-env"
    script.write_bytes((ROOT / "deploy" / "make-env").read_bytes())
    (tmp_path / ".env").write_text("TIDINGS_SECRET=mine\n")
    subprocess.run(["bash", script], check=True, capture_output=True)
    assert (tmp_path / ".env").read_text() == "TIDINGS_SECRET=mine\n"
