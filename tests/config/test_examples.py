"""The configuration files that come with alertd: each one works with secrets from the environment."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from alertd.config import load
from alertd.config.coming import COMING_SECTIONS
from alertd.config.settings import Settings
from tests.config.folder import dummy_secrets

CONFIG = Path(__file__).parents[2] / "config"
FILES = sorted(file for file in CONFIG.rglob("*.toml") if not file.name.endswith(".test.toml"))


def test_there_are_the_promised_files() -> None:
    names = {str(file.relative_to(CONFIG)) for file in FILES}
    assert names == {"alertd.toml", "examples/copier.toml", "examples/lead_trader.toml", "examples/desk.toml"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_loads_with_secrets_from_the_environment(file: Path) -> None:
    settings = load(file, env=dummy_secrets(file))
    assert settings.accounts
    assert settings.warnings == ()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_holds_no_secret(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    active = "\n".join(line.partition("#")[0] for line in text.splitlines()).replace('url = "sqlite:', "")
    assert not re.search(r"\b(url|api_key|api_secret|passphrase|token)\s*=", active)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_editor_finds_the_schema(file: Path) -> None:
    named = re.match(r"#:schema (\S+)", file.read_text(encoding="utf-8"))
    assert named is not None
    assert (file.parent / named[1]).resolve() == CONFIG / "alertd.schema.json"


def test_every_commented_key_of_the_first_file_is_a_key(tmp_path: Path) -> None:
    """What a newcomer may uncomment must work, too."""
    uncommented = re.sub(r"(?m)^# (?=\[|\w+ = )", "", (CONFIG / "alertd.toml").read_text(encoding="utf-8"))
    file = tmp_path / "alertd.toml"
    file.write_text(uncommented, encoding="utf-8")
    file.chmod(0o600)
    raw = tomllib.loads(uncommented)
    assert {"timezone", "store", "web", "log", "rules"} <= set(raw)
    settings = load(file, env=dummy_secrets(file))
    assert settings.timezone.key == "Europe/Berlin"
    assert settings.rules["margin_ratio"].enabled


def test_the_first_file_shows_every_section() -> None:
    text = (CONFIG / "alertd.toml").read_text(encoding="utf-8")
    shown = set(Settings.model_fields) - {"account_defaults", "routes"}
    assert all(re.search(rf"(?m)^(# )?(\[\[?{name}|{name} =)", text) for name in shown)
    assert not any(f"[{name}" in text for name in COMING_SECTIONS)
