"""The record of changes: appended, whole lines, no secrets."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alertd.cli.toobit.record import FILE, ChangeRecord
from alertd.telemetry import register_secret

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)


def test_lines_are_only_ever_appended(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    for number in range(3):
        ChangeRecord(folder, "main", "leader config", {"n": number}).write("intent", AT)
    ChangeRecord(folder, "main", "leader config", {"n": 3}).write("refused", AT, "鲸鱼")
    lines = [json.loads(line) for line in (folder / FILE).read_text(encoding="utf-8").splitlines()]
    assert [line["n"] for line in lines] == [0, 1, 2, 3]
    assert lines[-1] == {
        "at": "2026-11-21T08:00:00+00:00", "step": "refused", "account": "main", "what": "leader config",
        "n": 3, "note": "鲸鱼",
    }  # fmt: skip
    assert (folder / FILE).stat().st_mode & 0o777 == 0o600


def test_no_secret_is_written(tmp_path: Path) -> None:
    register_secret("very-secret-9f2")
    ChangeRecord(tmp_path, "main", "x", {"note": "very-secret-9f2"}).write("intent", AT)
    assert "very-secret" not in (tmp_path / FILE).read_text(encoding="utf-8")


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError, match="file"):
        ChangeRecord(tmp_path / "file", "main", "x", {}).write("intent", AT)
