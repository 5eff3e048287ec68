"""A folder with a configuration that tests write and load."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from alertd.config import Settings, load
from alertd.domain.errors import ConfigError

SECRETS = {
    "ALERTD_ACCOUNTS__MAIN__API_KEY": "key-3f9c1a",
    "ALERTD_ACCOUNTS__MAIN__API_SECRET": "secret-77d0be",
    "ALERTD_ACCOUNTS__MAIN__PASSPHRASE": "phrase-c4e5f2",
    "ALERTD_SINKS__PHONE__URL": "json://127.0.0.1:9/hook-token-9b8a",
}
SMALLEST = '[accounts.main]\nexchange = "okx"\n\n[sinks.phone]\n'


@dataclass
class Folder:
    """What a test writes and how it is loaded. `env` replaces the process's environment."""

    path: Path
    env: dict[str, str] = field(default_factory=lambda: dict(SECRETS))

    @property
    def toml(self) -> Path:
        return self.path / "alertd.toml"

    @property
    def secrets(self) -> Path:
        return self.path / "secrets"

    def write(self, text: str) -> None:
        self.toml.write_text(text, encoding="utf-8")

    def secret(self, name: str, text: str) -> None:
        self.secrets.mkdir(exist_ok=True)
        file = self.secrets / name
        file.write_text(text, encoding="utf-8")
        file.chmod(0o600)

    def load(self, *assignments: str, env: Mapping[str, str] | None = None) -> Settings:
        secrets = self.secrets if self.secrets.is_dir() else None
        return load(self.toml, secrets, {**self.env, **(env or {})}, assignments)

    def problems(self, *assignments: str, env: Mapping[str, str] | None = None) -> Sequence[str]:
        """The lines of the refusal, with the folder's path taken out."""
        with pytest.raises(ConfigError) as caught:
            self.load(*assignments, env=env)
        return [line.replace(f"{self.path}/", "") for line in caught.value.problems]


def dummy_secrets(file: Path) -> dict[str, str]:
    """An environment with a different dummy for every secret that `file` leaves out."""
    tables = tomllib.loads(file.read_text(encoding="utf-8"))
    env: dict[str, str] = {}
    for name in tables["accounts"]:
        for key in ("API_KEY", "API_SECRET", "PASSPHRASE"):
            env[f"ALERTD_ACCOUNTS__{name.upper()}__{key}"] = f"dummy-{name}-{key}"
    for name in tables["sinks"]:
        env[f"ALERTD_SINKS__{name.upper()}__URL"] = f"json://127.0.0.1:9/{name}"
    for name in tables.get("people", ()):
        env[f"ALERTD_PEOPLE__{name.upper()}__TOKEN"] = f"dummy-token-of-{name}"
    return env
