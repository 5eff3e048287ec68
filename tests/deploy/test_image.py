"""The Dockerfile, without building it: `make try-image` does that."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alertd.config import load
from tests.config.folder import dummy_secrets

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SMALLEST = ROOT / "config/alertd.toml"


def environment() -> dict[str, str]:
    """What the image sets with ENV."""
    (block,) = re.findall(r"(?m)^ENV ((?:.*\\\n)*.*)", DOCKERFILE)
    return dict(pair.split("=", 1) for pair in block.replace("\\\n", " ").split())


def copied() -> list[str]:
    """What comes from the checkout."""
    lines = re.findall(r"(?m)^COPY (?!--from)(.*) \S+$", DOCKERFILE)
    return [name for line in lines for name in line.split()]


@pytest.mark.parametrize("name", copied())
def test_what_is_copied_exists_and_is_not_ignored(name: str) -> None:
    path = ROOT / name
    assert path.exists()
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    assert allowed[0] == "*"
    assert f"!{path.name}" in allowed


def test_the_health_check_asks_where_the_daemon_listens(tmp_path: Path) -> None:
    config = tmp_path / "alertd.toml"
    config.write_text(SMALLEST.read_text() + "\n[web]\nport = 9000\n")
    image = environment()
    settings = load(config, env={**dummy_secrets(config), "ALERTD_WEB__PORT": image["ALERTD_WEB__PORT"]})
    assert str(settings.web.port) == image["ALERTD_WEB__PORT"]
    (check,) = re.findall(r"(?ms)^HEALTHCHECK .*?(?=^ENTRYPOINT)", DOCKERFILE)
    assert 'os.environ[\\"ALERTD_WEB__PORT\\"]' in check
    assert "/healthz" in check


def test_the_state_lies_on_the_volume_and_belongs_to_the_user() -> None:
    state = environment()["STATE_DIRECTORY"]
    assert f"\nVOLUME {state}\n" in DOCKERFILE
    (user,) = re.findall(r"(?m)^USER (\d+)$", DOCKERFILE)
    assert f"--uid {user} --home-dir {state} --create-home" in DOCKERFILE
    assert int(user) != 0
