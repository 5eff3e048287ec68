"""Covers alertd/sinks/story_summary.py."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from alertd.domain.alert import Severity
from alertd.domain.events import CoverageLine, Summary
from alertd.domain.finding import Finding, Grade
from alertd.domain.notification import Reason
from alertd.domain.presence import OpenAlert, OpenPosition, SinkQueue
from alertd.sinks.message import Message
from tests.sinks.samples import ANY, T, alert, told

ONES: dict[str, Any] = {**ANY, "account": "", "exchange": ""}
OFF = Finding(code="warnings_off", severity=Grade.WARNING, account="main")
LINE = CoverageLine(
    account="main", watched_percent=Decimal("99.98"), gaps=1, longest_s=12, unreconciled=0, missed=0
)
NEAR = OpenPosition(
    account="main",
    instrument="BTC-USDT-SWAP",
    direction="long",
    margin_mode="isolated",
    distance_to_liquidation=Decimal("0.042"),
    margin_ratio=Decimal("3.1"),
    minutes_to_liquidation=Decimal(12),
)
FAR = OpenPosition(account="desk", instrument="ETH-USDT-SWAP", direction="short")


def summary(language: Any = "en", late_s: float = 0.1, **changes: Any) -> Message:
    fields = {"due_at": T, "since": T, "until": T, "accounts": ("main", "desk"), "positions": 0, **changes}
    report = alert(Summary(**ONES, **fields), "summary", severity=Severity.INFO, occurrences=3)
    return told(report, Reason.WORSENED, language=language, late_s=late_s)


def test_a_summary_with_nothing_open() -> None:
    message = summary(lines=(LINE,), queues=(SinkQueue(sink="phone"),))
    assert message.title == "INFO daily summary: nothing open"
    lines = message.body.splitlines()
    assert lines[:3] == ["No positions are open.", "Open alerts: none", "Messages: all delivered."]
    assert "- main: 99.98 %, 1 gaps, longest 12 s, all reconciled" in lines
    assert "If it stays out, alertd or this way to you is broken." in message.body
    assert "Written at 2026-03-01 14:03:05 (CET, Europe/Berlin)." in lines
    assert "It has happened" not in message.body


def test_the_nearest_danger_comes_first() -> None:
    message = summary(positions=3, nearest=(NEAR, FAR))
    assert message.title == "INFO daily summary: nearest 4.2 % to liq."
    lines = message.body.splitlines()
    assert lines[:4] == [
        "Nearest to liquidation: main BTC-USDT-SWAP long: 4.2 % to liquidation, margin ratio 310 %,"
        " 12 min at the pace of the last minutes.",
        "Positions open: 3",
        "- desk ETH-USDT-SWAP short: the exchange gives no figures",
        "- and 1 more",
    ]


def test_who_is_not_watched_comes_before_everything() -> None:
    open_one = OpenAlert(
        severity="critical", account="main", rule="buffer_used", since=T, instrument="BTC", direction="long"
    )
    message = summary(
        blind=("desk",),
        positions=None,
        nearest=(NEAR,),
        alert_count=12,
        alerts=(open_one,),
        findings=(OFF, Finding(code="no_watcher", severity=Grade.INFO)),
        queues=(SinkQueue(sink="phone", queued=2, unknown=1, dead=3), SinkQueue(sink="mail")),
    )
    assert message.title == "INFO daily summary: 1 NOT watched"
    lines = message.body.splitlines()
    assert lines[:2] == [
        "NOT watched now: desk. Dangers there are not noticed.",
        "Which positions are open is not known for every account.",
    ]
    for line in (
        "Open alerts: 12",
        "- CRITICAL main BTC long (buffer_used), since 2026-03-01 14:03:05 (CET, Europe/Berlin)",
        "- and 11 more",
        "- INFO No outside watcher: if this server dies, you hear nothing.",
        "Messages to phone: 2 waiting, 1 perhaps not arrived, 3 never arrived (last 24 h)",
    ):
        assert line in lines
    assert lines[2].startswith("- main BTC-USDT-SWAP long: 4.2 % to liquidation")


@pytest.mark.parametrize(
    ("changes", "figure"),
    [
        ({"alert_count": 1, "nearest": (NEAR,)}, "1 alert open"),
        ({"positions": 2, "nearest": (FAR,)}, "2 positions open"),
        ({"positions": None}, "positions not known"),
    ],
)
def test_the_figure_in_the_title(changes: dict[str, Any], figure: str) -> None:
    assert summary(**changes).title == f"INFO daily summary: {figure}"


def test_a_late_one_says_so() -> None:
    assert summary(late_s=0.1).title == "INFO daily summary: nothing open"
    event = Summary(**ONES, positions=0, late_s=7260)
    late = told(alert(event, "summary", severity=Severity.INFO), late_s=90.0)
    assert late.title == "INFO daily summary, 2 h 1 min late: nothing open"
    assert "sent 1 min late." in late.body


def test_in_chinese() -> None:
    assert "离强平最近：main BTC-USDT-SWAP 多：距强平 4.2%" in summary("zh", nearest=(NEAR,)).body
