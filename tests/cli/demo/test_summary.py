"""The last words."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from alertd.cli.demo.summary import name_of, summary
from alertd.cli.demo.verdict import Verdict, judge
from alertd.domain.alert import Severity
from alertd.domain.notification import Reason
from alertd.simulators.okx.scenario import FALL
from alertd.simulators.script import Expected
from alertd.sinks.texts import Language
from tests.cli.demo.samples import BTC, after, arrived, begun, step
from tests.sinks.samples import margin, warning

RATIO = Expected("margin_state", "critical", "margin_ratio", BTC)
WARNED = Expected("liquidation_warning", "critical", subject=BTC)
BLIND = Expected("coverage", "warning", is_certain=False)


def text(verdict: Verdict, language: Language = "en", width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    for part in summary(verdict, 2.0, language):
        console.print(part)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


def verdict(*told: Any, expected: tuple[Expected, ...] = (RATIO, WARNED, BLIND), **rest: Any) -> Verdict:
    one = step(*expected)
    return judge([one], [begun(one)], told, **rest)


OURS = arrived(margin(received_at=after(1)), at_s=1)
THEIRS = arrived(warning(received_at=after(5)), at_s=5, title="OKX warns")


def test_all_was_well() -> None:
    lines = text(verdict(OURS, THEIRS))
    assert [line.split() for line in lines[3:6]] == [
        ["margin", "ratio,", BTC, "critical", "yes", "1.10", "s", "100", "ms"],
        ["OKX's", "own", "warning,", BTC, "critical", "yes", "5.10", "s", "100", "ms"],
        ["stream", "not", "watched", "warning", "(no)"],
    ]
    assert lines[6:] == [
        "(no): depends on the pace; it does not count.",
        "From push to delivery: median 100 ms, longest 100 ms.",
        "alertd's first warning arrived 3.9 s before OKX's own (8 s of market time).",
        "All 2 expected notifications were delivered.",
    ]


def test_one_is_missing() -> None:
    lines = text(verdict(OURS))
    assert lines[4].split() == ["OKX's", "own", "warning,", BTC, "critical", "NO"]
    assert lines[-1] == "1 of 2 expected notifications were NOT delivered."
    assert not any("before OKX's own" in line for line in lines)


def test_what_was_not_expected_is_listed() -> None:
    ended = arrived(margin(), at_s=9, reason=Reason.LIQUIDATED)
    queued = arrived(margin(), Severity.WARNING, "buffer_used").notification
    seen = verdict(OURS, THEIRS, ended, expected=(RATIO,), unsent=[queued], nameless=["a stray"])
    joined = "\n".join(text(seen))
    assert "Delivered, but not expected:\n  critical  OKX warns\n" in joined
    assert "Arrived, but not found in the store:\n  a stray\n" in joined
    assert "Queued, but never arrived:\n  warning  buffer_used BTC-USDT-SWAP/long/isolated\n" in joined
    assert "Told how they went on (ended, reminder): 1." in joined
    assert "does not count" not in joined


@pytest.mark.parametrize(
    ("told", "last"),
    [
        ((), "Nothing was expected, and nothing was told."),
        ((OURS,), "Nothing was expected, but something was told."),
    ],
)
def test_a_quiet_scenario(told: tuple[Any, ...], last: str) -> None:
    assert text(verdict(*told, expected=()))[-1] == last


def test_the_exchange_was_first() -> None:
    late = arrived(margin(received_at=after(7)), at_s=7)
    assert "alertd's first warning came 2.1 s after OKX's own." in text(verdict(late, THEIRS))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_falls_table_fits_a_terminal_of_80_columns_one_line_each(language: Language) -> None:
    lines = text(judge(FALL.steps, [], []), language)
    count = sum(len(step.expected) for step in FALL.steps)
    assert len(lines) == 1 + 1 + 1 + count + 1 + 1
    assert all(BTC not in line or line.count(BTC) == 1 for line in lines)


def test_chinese() -> None:
    assert text(verdict(OURS, THEIRS), "zh")[-1] == "预期的 2 条通知全部送达。"


def test_names() -> None:
    assert (
        name_of(Expected("lead_trade_failed", "warning", subject="3"), "en")
        == "lead trade failed, infoType 3"
    )
    assert name_of(Expected("margin_state", "warning", "own_rule", "USDT"), "zh") == "own_rule, USDT"
    assert name_of(Expected("coverage", "warning"), "zh") == "连接未受监控"
