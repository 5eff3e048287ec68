"""The whole demo in this process, on short scenarios of our own: real sockets, store, daemon and sink."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from alertd.cli.demo.command import show_demo
from alertd.cli.demo.pacing import Pacing
from alertd.simulators.okx.scenario import (
    Action,
    LeadNotification,
    OpenPosition,
    Scenario,
)
from alertd.simulators.script import Expected, Step, Words
from tests.cli.demo.samples import BTC, POSITION

FAST = Pacing(speed=4)
LED = Expected("lead_trade_failed", "warning", subject="1")
NEVER = Expected("liquidation", "critical", subject=BTC)


@pytest.fixture(autouse=True)
def _nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is written but below the temporary folder, and that is empty afterwards."""
    temporary, working = tmp_path / "temporary", tmp_path / "working"
    for folder in (temporary, working):
        folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.chdir(working)
    yield
    assert [*temporary.iterdir(), *working.iterdir()] == []


def scenario(*expected: Expected, first: Action = POSITION) -> Scenario:
    opened = Step(0, Words("a position is open", "已开仓"), (first,))
    failed = Step(1, Words("a lead trade fails", "带单失败"), (LeadNotification("1"),), expected)
    return Scenario("own", (opened, failed), duration_s=3)


def test_0_where_every_certain_expectation_was_delivered(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_demo(scenario(LED, Expected("coverage", "warning", is_certain=False)), FAST, "en") == 0
    said = capsys.readouterr()
    assert "All 1 expected notifications were delivered." in said.out
    assert "daemon's log" not in said.out
    assert said.err == ""


def test_1_where_one_expectation_never_comes(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_demo(scenario(LED, NEVER), FAST, "en") == 1
    out = capsys.readouterr().out
    assert "1 of 2 expected notifications were NOT delivered." in out
    row = next(line for line in out.splitlines() if line.startswith("liquidation"))
    assert row.split() == ["liquidation,", BTC, "critical", "NO"]
    # Where something is missing, the daemon's own words may say why.
    assert "The last lines of the daemon's log:" in out
    assert "notification queued" in out


def test_1_where_nothing_was_expected_and_something_was_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_demo(scenario(), FAST, "zh") == 1
    assert "预期没有通知，却发出了通知。" in capsys.readouterr().out


def test_1_and_the_reason_where_it_cannot_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    broken = scenario(LED, first=OpenPosition("NO-SUCH-SWAP", "long", "1", "1", "isolated"))
    assert show_demo(broken, FAST, "en") == 1
    out = capsys.readouterr().out
    assert "The demo failed: ValueError: unknown instrument 'NO-SUCH-SWAP'" in out
    assert "expected notifications" not in out
