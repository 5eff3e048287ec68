"""Covers alertd/sinks/story_presence.py."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from alertd.domain.alert import Severity
from alertd.domain.events import CoverageLine, Findings, Stopping, Summary
from alertd.domain.finding import Finding, Grade
from alertd.domain.notification import Reason
from alertd.domain.presence import (
    After,
    Comeback,
    Manner,
    Missed,
    OpenAlert,
    OpenPosition,
    SinkQueue,
)
from alertd.sinks.render import Message
from tests.sinks.samples import ANY, T, alert, told

ONES: dict[str, Any] = {**ANY, "account": "", "exchange": ""}
OFF = Finding(code="warnings_off", severity=Grade.WARNING, account="main")
GONE = Missed(account="main", what="liquidation", instrument="BTC-USDT-SWAP", direction="long")
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


def back(*found: Finding, language: Any = "en", severity: Severity = Severity.INFO, **how: Any) -> Message:
    comeback = Comeback(**{"after": After.STOP, "blind_s": 190, **how})
    event = Findings(**ONES, accounts=("main", "desk"), findings=found, comeback=comeback)
    return told(alert(event, "started", severity=severity), language=language)


def going(language: Any = "en", **changes: Any) -> Message:
    fields = {"accounts": ("main", "desk"), "positions": 0, "exposed": False, **changes}
    return told(alert(Stopping(**ONES, **fields), "stopping", severity=Severity.INFO), language=language)


def summary(language: Any = "en", late_s: float = 0.1, **changes: Any) -> Message:
    fields = {"due_at": T, "since": T, "until": T, "accounts": ("main", "desk"), "positions": 0, **changes}
    report = alert(Summary(**ONES, **fields), "summary", severity=Severity.INFO, occurrences=3)
    return told(report, Reason.WORSENED, language=language, late_s=late_s)


def test_back_after_a_planned_stop() -> None:
    message = back(OFF)
    assert message.title == "INFO alertd back: blind 3 min, none missed"
    lines = message.body.splitlines()
    assert lines[0] == "alertd is back after a planned stop. Nobody watched for 3 min 10 s."
    assert lines[1] == "Compared with the exchange's records: nothing was missed."
    assert lines[2] == "It watches: main, desk."
    assert lines[3].startswith("- WARNING main: OKX sends no liquidation warnings")
    assert "1. main: In the OKX app switch" in message.body


def test_what_was_missed_comes_first_and_is_named() -> None:
    message = back(missed=(GONE, Missed(account="desk", what="ended")), severity=Severity.WARNING)
    assert message.title == "WARNING alertd back: blind 3 min, 2 MISSED"
    lines = message.body.splitlines()
    assert lines[:4] == [
        "MISSED while nobody watched, learned from the exchange's records: 2",
        "- main: BTC-USDT-SWAP long was liquidated",
        "- desk: a position ended",
        "alertd is back after a planned stop. Nobody watched for 3 min 10 s.",
    ]
    assert "nothing was missed" not in message.body


def test_many_missed_ones_are_cut() -> None:
    assert "- and 5 more" in back(missed=(GONE,) * 15).body


def test_what_was_not_compared_is_not_called_fine() -> None:
    message = back(uncompared=("desk",))
    assert message.title == "INFO alertd back: blind 3 min, not compared"
    assert "not compared with the exchange's records yet: desk." in message.body
    assert "nothing was missed" not in message.body
    both = back(uncompared=("desk",), missed=(GONE,))
    assert both.title.endswith("1 MISSED")
    assert "records yet: desk." in both.body


@pytest.mark.parametrize(
    ("how", "title", "first"),
    [
        (
            {"after": After.CRASH},
            "INFO alertd back (crash): blind 3 min, none missed",
            "a crash, a kill, a power loss. Nobody watched for up to 3 min 10 s.",
        ),
        (
            {"after": After.UNKNOWN, "blind_s": None},
            "INFO alertd back: none missed",
            "Nobody watched for up to an unknown time.",
        ),
        (
            {"after": After.CRASH, "manner": Manner.LOOP, "starts": 7, "within_s": 600},
            "INFO alertd keeps restarting: 7 starts in 10 min",
            "single starts and stops are not told. You will hear once it has run for 10 min;",
        ),
        (
            {"manner": Manner.STEADY, "starts": 12, "within_s": 1860},
            "INFO alertd is steady again: 12 starts in 31 min",
            "alertd has run for 10 min without a restart.",
        ),
    ],
)
def test_how_it_came_back(how: dict[str, Any], title: str, first: str) -> None:
    message = back(**how)
    assert message.title == title
    assert first in message.body.splitlines()[0]


def test_a_loop_says_to_look_oneself_and_nothing_it_does_not_know() -> None:
    body = back(after=After.CRASH, manner=Manner.LOOP, starts=7, within_s=600).body
    assert "1. Until then look at these accounts yourself in the exchange's app: main, desk." in body
    assert "missed" not in body
    assert "It watches on" not in body


def test_the_end_of_a_loop_says_nothing_of_what_other_starts_learned() -> None:
    body = back(manner=Manner.STEADY, starts=12, within_s=1860).body
    assert "nothing was missed" not in body
    assert "It watches: main, desk." in body


def test_a_start_within_the_occurrence_of_another_is_not_dated_by_that() -> None:
    assert "Alert since" not in back().body
    assert "Written at 2026-03-01 14:03:05 (CET, Europe/Berlin)." in back().body


def test_a_first_start_is_told_as_ever() -> None:
    assert back(after=After.FIRST).title == "INFO alertd started: 2 accounts, nothing to mend"


@pytest.mark.parametrize(
    ("changes", "title", "lines"),
    [
        ({}, "INFO alertd going down: nothing open", ["Open positions when last seen: 0"]),
        (
            {"positions": 3, "exposed": True},
            "INFO alertd going down: 3 positions unwatched",
            ["Open positions when last seen: 3", "1. Until alertd says that it is back"],
        ),
        (
            {"positions": None, "exposed": True},
            "INFO alertd going down: positions not known",
            ["Which positions are open is not known."],
        ),
        (
            {"positions": 3, "alerts": 1, "exposed": True},
            "INFO alertd going down: 1 alert firing, unwatched",
            ["Alerts firing: 1. Nobody will tell you when they get worse."],
        ),
    ],
)
def test_going_down(changes: dict[str, Any], title: str, lines: list[str]) -> None:
    message = going(**changes)
    assert message.title == title
    assert "From now on nobody watches: main, desk." in message.body.splitlines()[0]
    assert "It watches on" not in message.body
    assert ("What to do:" in message.body) is changes.get("exposed", False)
    for line in lines:
        assert line in message.body


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
    assert back(missed=(GONE,), language="zh").title == "提示 alertd 已恢复 失明 3 分钟，遗漏 1 项"
    assert "有 3 分 10 秒无人看守" in back(language="zh").body
    assert "从现在起无人看守：main, desk。" in going("zh").body
    assert "离强平最近：main BTC-USDT-SWAP 多：距强平 4.2%" in summary("zh", nearest=(NEAR,)).body
