"""Covers alertd/cli/actions.py: what is printed of actions."""

from __future__ import annotations

from typing import Any

import pytest

from alertd.cli.actions import action_line, list_lines, show_lines, switch_lines
from alertd.domain.action import Exposure, Intent, IntentState, LeftPosition, OpenPositions
from alertd.domain.events import Direction
from alertd.web.actions import step, summary, whole
from tests.store.samples import NOW, make_intent, step_of

DONE = (IntentState.CONFIRMED, IntentState.NOTHING_TO_DO)
SWITCH: dict[str, Any] = {"on": True, "armed": [], "by": None, "at": None}


def line(**changes: Any) -> str:
    return action_line(summary(make_intent(**changes)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "i1 PLANNED: stop_copying TRADER1 of main (stop_all, auto)"),
        ({"trader_name": "BigWhale"}, "i1 PLANNED: stop_copying BigWhale of main (stop_all, auto)"),
        ({"trader": "*"}, "i1 PLANNED: stop_copying all traders of main (stop_all, auto)"),
        (
            {"state": IntentState.AWAITING, "approvers": 2, "approved_by": ("anna",), "expires_at": NOW},
            ", 1 of 2 approved, until 2026-",
        ),
        (
            {"state": IntentState.BLOCKED, "reason": "cooldown", "ended_at": NOW},
            "(stop_all, auto), cooldown, 2026-",
        ),
    ],
)
def test_a_line_says_whom_how_far_and_why(changes: dict[str, Any], words: str) -> None:
    assert words in line(**changes)


def test_what_is_left_open_is_counted() -> None:
    position = LeftPosition(instrument="BTC-USDT-SWAP", direction=Direction.LONG)
    left = line(state=IntentState.CONFIRMED, ended_at=NOW, left=Exposure(at=NOW, positions=(position,)))
    assert left.endswith("1 position left open, unmanaged")


@pytest.mark.parametrize(
    ("state", "changes", "ends"),
    [
        *((state, {}, "1 position of that trader open") for state in IntentState if state not in DONE),
        (IntentState.UNCONFIRMED, {"reason": "positions_open"}, "left open, unmanaged"),
        (IntentState.CONFIRMED, {"open_positions": OpenPositions.LEAVE_TO_ME}, "left open, unmanaged"),
        (IntentState.NOTHING_TO_DO, {"open_positions": OpenPositions.LEADER_CLOSES}, "left open, unmanaged"),
        (
            IntentState.CONFIRMED,
            {"open_positions": OpenPositions.LEADER_CLOSES},
            "left open until the lead trader closes them",
        ),
    ],
)
def test_only_what_a_stop_has_left_is_called_left(
    state: IntentState, changes: dict[str, Any], ends: str
) -> None:
    position = LeftPosition(instrument="BTC-USDT-SWAP", direction=Direction.LONG)
    given = {"state": state, "left": Exposure(at=NOW, positions=(position,)), "expires_at": NOW, **changes}
    assert line(**given).endswith(ends)
    named = "left open: BTC-USDT-SWAP" if ends.startswith("left") else "open: BTC-USDT-SWAP"
    assert any(text.startswith(named) for text in shown(make_intent(**given)))


def shown(intent: Intent, **more: Any) -> list[str]:
    return list(show_lines({"action": whole(intent), "steps": [step(step_of(intent, **more))], "parts": []}))


def test_one_for_all_traders_and_its_parts_name_each_other() -> None:
    part = make_intent(intent_id="part1", parent="i1", approved_by=("anna",))
    assert "part of i1, for all traders: alertd actions show i1" in shown(part)
    assert "approved by anna" in shown(part)
    parent = make_intent(trader="*", state=IntentState.SPLIT)
    lines = show_lines({"action": whole(parent), "steps": [], "parts": [summary(part)]})
    assert list(lines)[-1].startswith("its part, see alertd actions show part1: part1 PLANNED: stop_copying")


def test_the_journal_shows_actor_request_and_answer() -> None:
    lines = shown(make_intent(reason="59267"), actor="anna", request="POST /stop", answer="59267 not copying")
    assert lines[1].startswith("because of alert ")
    assert lines[-3].endswith("planned by anna: 59267")
    assert [text.strip() for text in lines[-2:]] == ["request: POST /stop", "answer:  59267 not copying"]


@pytest.mark.parametrize(
    ("switch", "first", "second"),
    [
        ({}, "actions are on", "no account is armed: every action asks"),
        ({"armed": ["main", "two"]}, "actions are on", "armed, may act without asking: main, two"),
        (
            {"on": False, "by": "anna", "at": NOW.isoformat()},
            "actions are OFF: nothing is sent (by anna, ",
            "no account is armed",
        ),
    ],
)
def test_the_switch_is_told_first(switch: dict[str, Any], first: str, second: str) -> None:
    lines = list(switch_lines(SWITCH | switch))
    assert lines[0].startswith(first)
    assert lines[1].startswith(second)
    assert list(list_lines({"switch": SWITCH | switch, "actions": []}))[-1] == "no action is on its way"
