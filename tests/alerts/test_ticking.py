"""Covers alertd/alerts/ticking.py; what each timer does is in test_lifecycle.py."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

from alertd.alerts.lifecycle import Changes
from alertd.alerts.pausing import AT_ONCE
from alertd.domain.alert import Alert
from alertd.domain.notification import Reason
from tests.alerts.chained import router
from tests.alerts.nouns import CRITICAL, STEPS, WARNING, Run, at, isolated, margin, says, warning

MANY = 3 * AT_ONCE + 1
LATE_S = 5000


def critical_only(alert: Alert) -> tuple[float, ...]:
    return STEPS if alert.severity is CRITICAL else ()


def crowded(*accounts: str, **more: Any) -> Run:
    """So many alerts of each account, all with a reminder and a step of a chain to come."""
    run = Run(steps=critical_only, chains=router())
    for account in accounts:
        for number in range(MANY):
            run.say(margin(account=account, position=isolated(f"C{number}")), CRITICAL, **more)
    run.told.clear()
    return run


def pieces(run: Run, seconds: float) -> list[Changes]:
    """What is to be stored, without the pauses."""
    return [changes for changes in run.lifecycle.tick(at(seconds)) if changes.alerts]


def told_of(changes: Changes) -> list[tuple[str, Reason]]:
    return [(told.alert.fingerprint.account, told.reason) for told in changes.notifications]


def test_an_account_is_told_in_one_piece_however_many_alerts_it_has() -> None:
    run = crowded("main", "two")
    found = pieces(run, LATE_S)
    assert [told_of(changes) for changes in found] == [
        [("main", Reason.ESCALATED)],
        [("two", Reason.ESCALATED)],
        [("main", Reason.REMINDER)],
        [("two", Reason.REMINDER)],
    ]
    assert [len(changes.alerts) for changes in found] == [MANY] * 4
    assert all(len(changes.notifications[0].also) == 50 for changes in found)


def test_there_are_pauses_in_it() -> None:
    run = crowded("main")
    nothing = [changes for changes in run.lifecycle.tick(at(LATE_S)) if not changes.alerts]
    assert len(nothing) > MANY / AT_ONCE


def test_what_ends_is_stored_some_at_a_time_and_before_anything_is_told() -> None:
    run = crowded("main")
    for number in range(MANY):
        event = warning(at(1), account="two", position=isolated(f"C{number}"))
        run.apply(event, says(event, WARNING, ends_s=60))
    found = pieces(run, LATE_S)
    ended = [changes for changes in found if not changes.alerts[0].is_open]
    assert found[: len(ended)] == ended
    assert sum(len(changes.alerts) for changes in ended) == MANY
    assert all(len(changes.alerts) <= AT_ONCE for changes in ended)
    assert len(ended) > MANY / AT_ONCE


@pytest.mark.parametrize("stored", range(12))
def test_a_process_that_dies_between_two_pieces_repeats_and_loses_nothing(stored: int) -> None:
    """Each account is told once of each, with the same names and to the same sinks."""
    steady = crowded("main", "two")
    shaken = Run(steady.rows.values(), critical_only, router())
    steady.tick(LATE_S)
    for changes in islice(shaken.lifecycle.tick(at(LATE_S)), stored * 3):
        shaken._store(changes)
    shaken.restart()
    shaken.tick(LATE_S)
    assert steady.told == shaken.told
    assert steady.rows == shaken.rows


def test_an_event_finds_the_timers_done() -> None:
    run = crowded("main")
    event = margin(at(LATE_S), position=isolated("C0"), open=False)
    found = [changes for changes in run.lifecycle.apply(event, [], at(LATE_S)) if changes.alerts]
    assert [told_of(changes) for changes in found[:-1]] == [
        [("main", Reason.ESCALATED)],
        [("main", Reason.REMINDER)],
    ]
    (gone,) = found[-1].alerts
    assert gone.vanished_at == at(LATE_S)


def test_nothing_is_due_again_when_it_is_done() -> None:
    run = crowded("main")
    run.tick(LATE_S)
    due = run.lifecycle.next_due()
    assert due is not None
    assert due > at(LATE_S)
    assert not [changes for changes in run.lifecycle.tick(at(LATE_S)) if changes.alerts]
