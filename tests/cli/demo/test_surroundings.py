"""What a demo leaves as it was."""

from __future__ import annotations

import logging
import os
from pathlib import Path

import pytest
import structlog

from alertd.cli.demo.surroundings import last_lines, logs_in, no_proxy


def test_the_log_goes_to_the_file_and_nowhere_else(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    file = tmp_path / "demo.log"
    with logs_in(file):
        structlog.get_logger("x").info("of the daemon")
        logging.getLogger("library").warning("of a library")
        assert [line.split("  ")[-1] != "" for line in last_lines(file, 9)] == [True, True]
    assert capfd.readouterr() == ("", "")
    assert (root.handlers[:], root.level) == before
    text = file.read_text()
    assert "of the daemon" in text
    assert "of a library" in text


def test_the_last_lines(tmp_path: Path) -> None:
    file = tmp_path / "demo.log"
    assert last_lines(file, 3) == []
    file.write_bytes(b"one\ntwo\n\xff three\nfour\n")
    assert last_lines(file, 3) == ["two", "\ufffd three", "four"]


def test_no_proxy_is_used_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "intranet")
    monkeypatch.delenv("no_proxy", raising=False)
    with no_proxy():
        assert (os.environ["NO_PROXY"], os.environ["no_proxy"]) == ("*", "*")
    assert os.environ["NO_PROXY"] == "intranet"
    assert "no_proxy" not in os.environ
