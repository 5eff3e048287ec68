"""Covers alertd/actions/machine.py. What follows from whole sequences is in test_runner.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from alertd.actions.machine import Wish, after_answer, after_reading, wish
from alertd.actions.moves import Patience
from alertd.actions.performing import Answer, Reading, Said, Seen
from alertd.domain.action import ALL_TRADERS, ActionType, Exposure, IntentState, Mode, OpenPositions
from tests.actions.intents import AT, BODY, LEFT, planned

PATIENCE = Patience(60.0, 3600.0)
S = IntentState


def sent(**changes: Any) -> Any:
    return planned(**{"state": S.SENDING, "requests": 1, "rounds": 1, "began_at": AT, **changes})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, Wish.READ),
        ({"state": S.SENDING}, Wish.READ),
        ({"state": S.VERIFYING}, Wish.READ),
        ({"state": S.HELD}, Wish.READ),
        ({"state": S.HELD, "next_at": AT}, Wish.READ),
        ({"state": S.HELD, "next_at": AT + timedelta(seconds=1)}, Wish.WAIT),
        ({"state": S.VERIFYING, "next_at": AT + timedelta(seconds=30)}, Wish.WAIT),
        # set by a clock that was set back since
        ({"state": S.VERIFYING, "next_at": AT + timedelta(seconds=31)}, Wish.READ),
        ({"state": S.HELD, "next_at": AT + timedelta(hours=1)}, Wish.WAIT),
        ({"state": S.AWAITING}, Wish.WAIT),
        ({"trader": ALL_TRADERS}, Wish.RESOLVE),
        ({"trader": ALL_TRADERS, "state": S.HELD}, Wish.RESOLVE),
        *(({"state": state}, Wish.END) for state in S if not state.is_open),
    ],
)
def test_what_an_intent_needs(changes: dict[str, Any], expected: Wish) -> None:
    assert wish(planned(**changes), AT) is expected


@pytest.mark.parametrize(
    ("said", "state", "wait_s", "may_repeat", "rounds"),
    [
        (Said.ACCEPTED, S.VERIFYING, 1.0, False, 1),
        (Said.ALREADY, S.VERIFYING, None, False, 1),
        (Said.IN_PROGRESS, S.VERIFYING, 1.0, False, 1),
        (Said.RACE, S.VERIFYING, 1.0, True, 1),
        (Said.HELD, S.HELD, 60.0, True, 0),
        (Said.NOT_TAKEN, S.VERIFYING, 1.0, True, 0),
        (Said.REFUSED, S.FAILED, None, False, 0),
        (Said.UNKNOWN, S.VERIFYING, 1.0, False, 1),
    ],
)
def test_what_an_answer_makes_of_it(
    said: Said, state: IntentState, wait_s: float | None, may_repeat: bool, rounds: int
) -> None:
    answer = Answer(said=said, code="59267", detail="words", request=BODY, answer="{}")
    moved = after_answer(sent(readings=3), answer, AT, PATIENCE)
    after, step = moved.intent, moved.step
    assert (after.state, after.may_repeat, after.rounds, after.requests) == (state, may_repeat, rounds, 1)
    assert after.next_at == (None if wait_s is None else AT + timedelta(seconds=wait_s))
    assert (after.readings, after.reason, after.detail) == (0, "59267", "words")
    assert (step.state, step.reason, step.request, step.answer) == (state, "59267", BODY, "{}")
    assert (after.ended_at == AT) is (state is S.FAILED)


def test_refused_for_good_after_one_that_may_have_been_taken_nothing_is_proved() -> None:
    moved = after_answer(sent(requests=2, rounds=2), Answer(said=Said.REFUSED, code="50120"), AT, PATIENCE)
    assert (moved.intent.state, moved.intent.reason, moved.intent.rounds) == (S.UNCONFIRMED, "50120", 1)


NONE_OPEN, ONE_OPEN = Exposure(at=AT, positions=()), Exposure(at=AT, positions=(LEFT,))
UNREAD = Exposure(at=AT)
CLOSES = OpenPositions.CLOSE_AT_MARKET
ASKED: dict[str, Any] = {"state": S.VERIFYING, "requests": 1, "rounds": 1, "began_at": AT}
HELD: dict[str, Any] = {"state": S.HELD, "requests": 1, "began_at": AT, "reason": "50009", "may_repeat": True}
LATE = {"began_at": AT - timedelta(hours=1)}


@pytest.mark.parametrize(
    ("changes", "seen", "exposure", "state", "reason"),
    [
        # nothing was sent yet
        ({}, Seen.DONE, None, S.NOTHING_TO_DO, "already_so"),
        ({}, Seen.NOT_DONE, None, S.SENDING, ""),
        ({}, Seen.MIXED, None, S.PLANNED, "readings_disagree"),
        ({"readings": 2}, Seen.MIXED, None, S.SENDING, ""),
        ({}, Seen.UNREADABLE, None, S.PLANNED, "unreadable"),
        ({"readings": 5}, Seen.UNREADABLE, None, S.HELD, "unreadable"),
        ({"state": S.HELD, "readings": 6}, Seen.NOT_DONE, None, S.SENDING, ""),
        ({"state": S.HELD, "readings": 9, **LATE}, Seen.UNREADABLE, None, S.FAILED, "unreadable"),
        ({"mode": Mode.DRY_RUN}, Seen.NOT_DONE, ONE_OPEN, S.REHEARSED, ""),
        ({"mode": Mode.DRY_RUN}, Seen.DONE, None, S.NOTHING_TO_DO, "already_so"),
        # refused for now
        (HELD, Seen.DONE, None, S.CONFIRMED, ""),
        (HELD, Seen.NOT_DONE, None, S.SENDING, ""),
        (HELD, Seen.MIXED, None, S.VERIFYING, "readings_disagree"),
        (HELD, Seen.UNREADABLE, None, S.HELD, "50009"),
        (HELD | LATE, Seen.NOT_DONE, None, S.FAILED, "50009"),
        (HELD | LATE, Seen.UNREADABLE, None, S.FAILED, "50009"),
        (HELD | LATE | {"rounds": 1}, Seen.UNREADABLE, None, S.UNCONFIRMED, "unreadable"),
        # it may have been taken
        (ASKED, Seen.DONE, None, S.CONFIRMED, ""),
        (ASKED, Seen.DONE, ONE_OPEN, S.CONFIRMED, ""),
        (ASKED | {"open_positions": CLOSES}, Seen.DONE, NONE_OPEN, S.CONFIRMED, ""),
        (ASKED | {"open_positions": CLOSES}, Seen.DONE, ONE_OPEN, S.VERIFYING, "closing"),
        (ASKED | {"open_positions": CLOSES}, Seen.DONE, UNREAD, S.VERIFYING, "positions_unread"),
        (ASKED | {"open_positions": CLOSES}, Seen.DONE, None, S.VERIFYING, "positions_unread"),
        (
            ASKED | {"open_positions": CLOSES, "readings": 9},
            Seen.DONE,
            ONE_OPEN,
            S.UNCONFIRMED,
            "positions_open",
        ),
        (
            ASKED | {"open_positions": CLOSES, "readings": 9},
            Seen.DONE,
            None,
            S.UNCONFIRMED,
            "positions_unread",
        ),
        (
            ASKED | {"type": ActionType.PAUSE_LEADING, "open_positions": None},
            Seen.DONE,
            None,
            S.CONFIRMED,
            "",
        ),
        (ASKED, Seen.NOT_DONE, None, S.VERIFYING, "not_done"),
        (ASKED | {"may_repeat": True}, Seen.NOT_DONE, None, S.SENDING, ""),
        (ASKED | {"may_repeat": True, "rounds": 3}, Seen.NOT_DONE, None, S.VERIFYING, "not_done"),
        (ASKED | {"readings": 4}, Seen.NOT_DONE, None, S.SENDING, ""),
        (ASKED | {"readings": 4, "rounds": 3}, Seen.NOT_DONE, None, S.UNCONFIRMED, "not_done"),
        (ASKED | {"readings": 4, "may_repeat": True}, Seen.MIXED, None, S.VERIFYING, "readings_disagree"),
        (ASKED | {"readings": 9}, Seen.MIXED, None, S.UNCONFIRMED, "readings_disagree"),
        (ASKED | {"readings": 4, "may_repeat": True}, Seen.UNREADABLE, None, S.VERIFYING, "unreadable"),
        (ASKED | {"readings": 9}, Seen.UNREADABLE, None, S.UNCONFIRMED, "unreadable"),
        (ASKED | {"state": S.SENDING}, Seen.NOT_DONE, None, S.VERIFYING, "not_done"),
        # after a long halt somebody may copy anew, and on purpose
        (ASKED | LATE | {"readings": 4}, Seen.NOT_DONE, None, S.UNCONFIRMED, "not_done"),
        (ASKED | LATE | {"may_repeat": True}, Seen.NOT_DONE, None, S.VERIFYING, "not_done"),
        (ASKED | LATE | {"may_repeat": True, "readings": 4}, Seen.NOT_DONE, None, S.UNCONFIRMED, "not_done"),
        (ASKED | LATE, Seen.DONE, None, S.CONFIRMED, ""),
        (ASKED | {"state": S.SENDING}, Seen.DONE, None, S.CONFIRMED, ""),
    ],
)
def test_what_a_reading_makes_of_it(
    changes: dict[str, Any], seen: Seen, exposure: Exposure | None, state: IntentState, reason: str
) -> None:
    reading = Reading(seen=seen, exposure=exposure, request=BODY, answer="{}")
    before = planned(**changes)
    after, step = (moved := after_reading(before, reading, AT, PATIENCE)).intent, moved.step
    assert (after.state, after.reason) == (state, reason)
    assert after.version == step.version == before.version + 1
    assert (step.state, step.answer) == (state, "{}")
    assert step.request == (BODY if state in (S.SENDING, S.REHEARSED) else "")
    assert (after.requests, after.rounds) == (
        (before.requests + 1, before.rounds + 1) if state is S.SENDING else (before.requests, before.rounds)
    )
    watched = state in (S.CONFIRMED, S.NOTHING_TO_DO) and after.type is ActionType.STOP_COPYING
    assert after.left == (UNREAD if watched and exposure is None else exposure)
    assert (after.ended_at == AT) is (not state.is_open)


def test_what_never_was_is_told_apart() -> None:
    moved = after_reading(planned(), Reading(seen=Seen.DONE, exists=False), AT, PATIENCE)
    assert (moved.intent.state, moved.intent.reason) == (S.NOTHING_TO_DO, "never_was")


def test_nobody_of_that_name_is_a_failure_that_people_hear_of() -> None:
    unknown = Reading(seen=Seen.DONE, exists=False, code="59269", detail="doesn't exist")
    for mode in (Mode.AUTO, Mode.DRY_RUN):
        moved = after_reading(planned(mode=mode), unknown, AT, PATIENCE)
        assert (moved.intent.state, moved.intent.reason) == (S.FAILED, "59269")
    asked = after_answer(sent(), Answer(said=Said.ACCEPTED), AT, PATIENCE).intent
    assert after_reading(asked, unknown, AT, PATIENCE).intent.state is S.CONFIRMED


def test_what_can_never_be_read_is_given_up_at_once_unless_something_was_sent() -> None:
    never = Reading(seen=Seen.UNREADABLE, is_final=True, code="59292")
    moved = after_reading(planned(), never, AT, PATIENCE)
    assert (moved.intent.state, moved.intent.reason) == (S.FAILED, "59292")
    assert after_reading(planned(**ASKED), never, AT, PATIENCE).intent.state is S.VERIFYING


def test_readings_come_after_1_2_5_10_30_and_then_every_30_seconds() -> None:
    intent = after_answer(sent(), Answer(said=Said.ACCEPTED), AT, PATIENCE).intent
    waits, now = [], AT
    while intent.is_open:
        assert intent.next_at is not None
        waits.append((intent.next_at - now) / timedelta(seconds=1))
        now = intent.next_at
        intent = after_reading(intent, Reading(seen=Seen.MIXED), now, PATIENCE).intent
    assert waits == [1.0, 2.0, 5.0, 10.0, *[30.0] * 6]


def test_a_beginning_is_kept() -> None:
    first = after_reading(planned(), Reading(seen=Seen.MIXED), AT, PATIENCE).intent
    later = after_reading(first, Reading(seen=Seen.MIXED), AT + timedelta(seconds=1), PATIENCE).intent
    assert first.began_at == later.began_at == AT


def test_a_reading_without_positions_forgets_none() -> None:
    before = planned(left=ONE_OPEN)
    assert after_reading(before, Reading(seen=Seen.UNREADABLE), AT, PATIENCE).intent.left == ONE_OPEN


@pytest.mark.parametrize("before", [None, NONE_OPEN, UNREAD])
def test_that_none_was_open_before_the_end_says_nothing_of_after_it(before: Exposure | None) -> None:
    moved = after_reading(planned(**ASKED, left=before), Reading(seen=Seen.DONE), AT, PATIENCE)
    assert (moved.intent.state, moved.intent.left) == (S.CONFIRMED, UNREAD)


@pytest.mark.parametrize(
    ("code", "reason"),
    [("", "unreadable"), ("unavailable", "unreadable"), ("59292", "59292"), ("-1021", "-1021")],
)
def test_what_cannot_be_read_is_told_by_the_exchange_s_own_code(code: str, reason: str) -> None:
    before = planned(readings=5)
    moved = after_reading(before, Reading(seen=Seen.UNREADABLE, code=code), AT, PATIENCE)
    assert (moved.intent.state, moved.intent.reason) == (S.HELD, reason)
