"""Covers alertd/alerts/damping.py."""

from __future__ import annotations

import pytest

from alertd.alerts.damping import Recovered, hold_s
from alertd.domain.alert import Alert, AlertState, Resolution
from alertd.domain.evaluation import DAMPING_S, LONGEST_DAMPING_S
from tests.alerts.nouns import BTC, CRITICAL, ETH, WARNING, Run, alert_of, at, coverage, isolated, margin


def ended(seconds: float, resolution: Resolution = Resolution.RECOVERED, instrument: str = BTC) -> Alert:
    return alert_of(
        margin(position=isolated(instrument)),
        state=AlertState.RESOLVED,
        resolution=resolution,
        resolved_at=at(seconds),
        updated_at=at(seconds),
    )


@pytest.mark.parametrize(
    ("alert", "goes_on"),
    [
        (ended(0), True),
        (ended(0, Resolution.CLOSED), False),
        (ended(0, Resolution.LIQUIDATED), False),
        (ended(0, Resolution.EXPIRED), False),
        (ended(0, Resolution.UNKNOWN), False),
        (alert_of(coverage(), resolution=Resolution.RECOVERED, resolved_at=at(0)), False),
    ],
)
def test_what_recovered_goes_on_and_nothing_else(alert: Alert, goes_on: bool) -> None:
    recovered = Recovered()
    recovered.see(alert)
    assert (recovered.take(alert.fingerprint, at(10), DAMPING_S) is not None) is goes_on


@pytest.mark.parametrize(("seconds", "goes_on"), [(0, True), (DAMPING_S - 1, True), (DAMPING_S, False)])
def test_within_the_damping_time_only(seconds: float, goes_on: bool) -> None:
    recovered = Recovered()
    recovered.see(ended(0))
    assert (recovered.take(ended(0).fingerprint, at(seconds), DAMPING_S) is not None) is goes_on


def test_only_the_last_hour_is_kept() -> None:
    recovered = Recovered()
    late = LONGEST_DAMPING_S + 100
    recovered.restore([ended(late, instrument=ETH), ended(0), ended(late - 10, Resolution.CLOSED, "X")])
    longer_s = 2 * LONGEST_DAMPING_S
    assert recovered.take(ended(0).fingerprint, at(late - 1), longer_s) is None
    assert recovered.take(ended(0, instrument=ETH).fingerprint, at(late + 1), longer_s) is not None
    assert recovered.take(ended(0, instrument=ETH).fingerprint, at(late + 1), longer_s) is None  # asked once


@pytest.mark.parametrize("restarted", [False, True])
@pytest.mark.parametrize(
    ("damping_s", "after_s", "episode"),
    [(300, 299, 1), (300, 300, 2), (0, 0, 2), (20, 19, 1), (20, 20, 2), (3600, 3599, 1), (3600, 3600, 2)],
)
def test_a_rule_says_how_long(damping_s: float, after_s: float, episode: int, restarted: bool) -> None:
    run = Run(steps=lambda _: ())
    run.say(margin(at(0)), WARNING, damping_s=damping_s)
    run.say(margin(at(1)), None, damping_s=damping_s)
    if restarted:
        run.restart()
    run.say(margin(at(1 + after_s)), WARNING, damping_s=damping_s)
    alert = run.only_alert()
    assert (alert.episode, alert.damped_s) == (episode, damping_s if episode == 1 else None)
    run.say(margin(at(1 + after_s)), None, damping_s=damping_s)
    if episode == 1:  # over only once it was better for as long
        run.say(margin(at(after_s + damping_s)), None, damping_s=damping_s)
        assert run.only_alert().is_open
        run.say(margin(at(1 + after_s + damping_s)), None, damping_s=damping_s)
    assert run.lifecycle.open_alerts() == []


@pytest.mark.parametrize(("occurrences", "usual_s", "expected_s"), [(1, 7, 7), (2, 7, 300), (2, 900, 900)])
def test_what_came_back_is_over_more_slowly(occurrences: int, usual_s: float, expected_s: float) -> None:
    assert hold_s(alert_of(margin(), occurrences=occurrences), usual_s, DAMPING_S) == expected_s
    assert hold_s(alert_of(coverage(), occurrences=occurrences), usual_s, DAMPING_S) == usual_s


@pytest.mark.parametrize("restarted", [False, True])
def test_a_fluttering_alert_is_told_three_times_and_not_for_ever(restarted: bool) -> None:
    run = Run(steps=lambda _: ())
    for turn in range(60):
        run.say(margin(at(20 * turn)), WARNING if turn % 2 == 0 else None)
        if restarted:
            run.restart()
    assert run.reasons() == ["new", "recovered", "new"]
    assert {told.alert.episode for told in run.told} == {1}
    assert run.only_alert().occurrences == 2
    for seconds in (1200, 1400, 1480):
        run.say(margin(at(seconds)), None)
    assert run.reasons()[3:] == ["recovered"]
    run.say(margin(at(1480 + DAMPING_S)), WARNING)
    assert (run.told[-1].reason, run.told[-1].alert.episode, run.told[-1].alert.occurrences) == ("new", 2, 1)


def test_worse_is_told_at_once_all_the_same() -> None:
    run = Run()
    for seconds, level in enumerate((WARNING, None, WARNING, CRITICAL)):
        run.say(margin(at(seconds)), level)
    assert run.reasons() == ["new", "recovered", "new", "worsened"]


def test_what_must_last_before_it_fires_must_last_again() -> None:
    run = Run()
    run.say(margin(), WARNING, for_s=30)
    run.tick(30)
    run.say(margin(at(40)), None, for_s=30)
    run.say(margin(at(50)), WARNING, for_s=30)
    assert (run.only_alert().state, run.only_alert().episode, run.only_alert().is_told) == (
        "pending",
        1,
        False,
    )
    run.tick(79)
    assert run.reasons() == ["new", "recovered"]
    run.tick(80)
    assert run.reasons() == ["new", "recovered", "new"]


def test_what_comes_back_under_a_silence_is_told_at_its_end() -> None:
    run = Run(steps=lambda _: ())
    run.say(margin(), WARNING)
    run.say(margin(at(1)), None)
    run.silence(now=at(1), account=("main",))
    run.say(margin(at(1)), WARNING)
    assert run.reasons() == ["new", "recovered"]
    run.tick(3601)
    assert run.reasons() == ["new", "recovered", "digest"]
