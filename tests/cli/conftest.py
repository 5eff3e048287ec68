"""The command line, for each test in a folder of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.cli.console import CommandLine


@pytest.fixture
def alertd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    for name in os.environ:
        if name.startswith("ALERTD_") or name in ("STATE_DIRECTORY", "CREDENTIALS_DIRECTORY"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return CommandLine(tmp_path, monkeypatch)
