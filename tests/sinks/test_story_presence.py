"""Covers alertd/sinks/story_presence.py."""

from __future__ import annotations

from typing import Any

import pytest

from alertd.domain.alert import Severity
from alertd.domain.events import Findings, Stopping
from alertd.domain.finding import Finding, Grade
from alertd.domain.presence import (
    After,
    Comeback,
    Manner,
    Missed,
)
from alertd.sinks.message import Message
from tests.sinks.samples import ANY, alert, told

ONES: dict[str, Any] = {**ANY, "account": "", "exchange": ""}
OFF = Finding(code="warnings_off", severity=Grade.WARNING, account="main")
GONE = Missed(account="main", what="liquidation", instrument="BTC-USDT-SWAP", direction="long")


def back(*found: Finding, language: Any = "en", severity: Severity = Severity.INFO, **how: Any) -> Message:
    comeback = Comeback(**{"after": After.STOP, "blind_s": 190, **how})
    event = Findings(**ONES, accounts=("main", "desk"), findings=found, comeback=comeback)
    return told(alert(event, "started", severity=severity), language=language)


def going(language: Any = "en", **changes: Any) -> Message:
    fields = {"accounts": ("main", "desk"), "positions": 0, "exposed": False, **changes}
    return told(alert(Stopping(**ONES, **fields), "stopping", severity=Severity.INFO), language=language)


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


def test_in_chinese() -> None:
    assert back(missed=(GONE,), language="zh").title == "提示 alertd 已恢复 失明 3 分钟，遗漏 1 项"
    assert "有 3 分 10 秒无人看守" in back(language="zh").body
    assert "从现在起无人看守：main, desk。" in going("zh").body
