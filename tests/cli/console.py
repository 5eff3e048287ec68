"""The command line in process, with an environment of the test's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alertd.cli.main import app
from tests.config.folder import SECRETS, SMALLEST


@dataclass(frozen=True)
class Said:
    """What a command left behind."""

    code: int
    out: str
    err: str


@dataclass
class CommandLine:
    """Calls alertd in an empty folder; nothing of the machine's own configuration is seen."""

    folder: Path
    monkeypatch: pytest.MonkeyPatch

    def write(self, text: str = SMALLEST) -> Path:
        file = self.folder / "config" / "alertd.toml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def env(self, **variables: str) -> None:
        for name, value in (SECRETS | variables).items():
            self.monkeypatch.setenv(name, value)

    def __call__(self, *args: str, says: str | None = None) -> Said:
        """`says`: what the user types."""
        result = CliRunner().invoke(app, list(args), prog_name="alertd", input=says)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)
