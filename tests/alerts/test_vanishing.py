"""Covers alertd/alerts/vanishing.py; positions as a life cycle sees them are in test_lifecycle.py."""

from __future__ import annotations

import pytest

from alertd.domain.alert import AlertState, Resolution
from alertd.domain.events import PositionScope
from tests.alerts.nouns import CRITICAL, WARNING, Run, at, liquidation, margin, says, snapshot


def run_of(*rules: str) -> Run:
    """One position, critical by each of these rules."""
    run, event = Run(), margin()
    run.apply(event, *(says(event, CRITICAL, rule=rule) for rule in rules))
    return run


def ends(run: Run) -> list[tuple[str, str, list[str]]]:
    """Each end that was told: the reason, whose, and whom it names beside it."""
    return [
        (str(told.reason), told.alert.fingerprint.rule, [one.fingerprint.rule for one in told.also])
        for told in run.told
        if not told.alert.is_open
    ]


def test_one_position_is_one_word() -> None:
    run = run_of("one", "two")
    run.apply(margin(at(1), open=False))
    run.tick(10)
    assert ends(run) == [("closed", "one", ["two"])]


def test_another_severity_has_a_word_of_its_own() -> None:
    run = run_of("one")
    event = margin(at(1))
    run.apply(event, says(event, WARNING, rule="two"))
    run.apply(margin(at(2), open=False))
    run.tick(10)
    assert sorted(ends(run)) == [("closed", "one", []), ("closed", "two", [])]


@pytest.mark.parametrize(
    ("silent", "expected"),
    [
        (("one",), [("closed", "three", ["two"])]),
        (("one", "two"), [("closed", "three", [])]),
        (("one", "two", "three"), []),
    ],
)
def test_who_asked_for_silence_is_neither_told_nor_named(
    silent: tuple[str, ...], expected: list[tuple[str, str, list[str]]]
) -> None:
    run = run_of("one", "two", "three")
    run.silence(forced=True, rule=silent)
    run.apply(margin(at(1), open=False))
    run.tick(10)
    assert ends(run) == expected
    assert {alert.resolution for alert in run.rows.values()} == {Resolution.CLOSED}


def test_a_liquidation_is_told_whoever_asked_for_silence() -> None:
    run = run_of("one", "two")
    run.silence(forced=True, rule=("one",))
    run.apply(liquidation(at(1)))
    run.apply(margin(at(2), open=False))
    run.tick(10)
    assert ends(run) == [("liquidated", "one", ["two"])]


@pytest.mark.parametrize(
    ("scope", "ended"), [(PositionScope.OWN, True), (PositionScope.COPIED, False), (None, True)]
)
def test_a_list_of_other_positions_ends_none_of_these(scope: PositionScope | None, ended: bool) -> None:
    run = run_of("one")
    run.apply(snapshot(at(1), scope=scope))
    run.tick(10)
    assert bool(ends(run)) is ended


def test_what_comes_back_in_time_has_not_ended() -> None:
    run = run_of("one")
    run.apply(snapshot(at(1)))
    run.apply(margin(at(2)))
    run.tick(10)
    assert (ends(run), run.only_alert().vanished_at) == ([], None)


def test_what_waits_to_fire_ends_without_a_word() -> None:
    run = Run()
    run.say(margin(), WARNING, for_s=60)
    assert run.only_alert().state is AlertState.PENDING
    run.apply(margin(at(1), open=False))
    assert (run.told, run.row().resolution) == ([], Resolution.EXPIRED)
