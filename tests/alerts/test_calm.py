"""Covers alertd/alerts/calm.py, through the life cycle that asks it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.alerts.calm import POLLED_LASTS_S, PUSHED_LASTS_S
from alertd.alerts.orphans import Configured
from alertd.domain.alert import Severity
from alertd.domain.events import EventKind, Source
from alertd.domain.notification import Notification, Reason
from tests.alerts.chained import CRITICAL_ROUTE, chained, escalated, near, pass_time, router
from tests.alerts.nouns import (
    CRITICAL,
    INFO,
    START,
    WARNING,
    Run,
    at,
    isolated,
    margin,
    plans_of,
    says,
    sink_health,
)

HOLD: dict[str, Any] = {"hold_s": 300}
CONFIGURED = Configured(rules={"r": EventKind.MARGIN_STATE}, accounts={"main"}, sinks=())


def rung(run: Run) -> list[tuple[float, str]]:
    """All that rings people again, with its time."""
    return [(_seconds(told), str(told.reason)) for told in run.told if told.reason is not Reason.NEW]


def _seconds(told: Notification) -> float:
    return (told.created_at - START).total_seconds()


def firing(steps: Any = lambda alert: (20.0, 40.0)) -> Run:
    """Reminded of after 20 s and then every 40, `call` after 60 s, `boss` and `call` after 300."""
    run = Run(steps=steps, chains=router())
    run.say(margin(), CRITICAL, **HOLD)
    return run


def be_better(run: Run, first_s: int, last_s: int, **more: Any) -> None:
    """Safe figures every 5 s, and a tick each second."""
    for second in range(first_s, last_s + 1):
        if (second - first_s) % 5 == 0:
            run.say(margin(at(second), **more), None, **HOLD)
        run.tick(second)


@pytest.mark.parametrize("restarted_at_s", [None, 16, 43, 200])
def test_nothing_rings_over_safe_figures_and_then_it_is_over(restarted_at_s: int | None) -> None:
    run = firing()
    for first_s in range(15, 300, 20):
        be_better(run, first_s, first_s + 19)
        if restarted_at_s is not None and first_s <= restarted_at_s < first_s + 20:
            run.restart()
    assert rung(run) == []
    be_better(run, 315, 330)
    assert rung(run) == [(315, "recovered")]


def test_what_was_due_meanwhile_is_told_in_the_moment_it_is_worse_again() -> None:
    run = firing()
    be_better(run, 15, 100)
    changes = run.say(margin(at(101)), CRITICAL, **HOLD)
    assert [(told.reason, told.only_to) for told in changes.notifications] == [
        (Reason.ESCALATED, ("call",)),
        (Reason.REMINDER, ()),
    ]
    # one reminder for the three that were due, and the chain goes on as timed
    pass_time(run, 102, 300)
    assert [one for one in rung(run)[2:] if one[1] == "escalated"] == [(300, "escalated")]
    assert [one[0] for one in rung(run) if one[1] == "reminder"] == [101, 141, 181, 221, 261]


def test_what_is_not_due_yet_by_then_is_told_when_it_is() -> None:
    run = firing()
    be_better(run, 2, 10)
    run.say(margin(at(11)), CRITICAL, **HOLD)
    assert rung(run) == []
    pass_time(run, 12, 20)
    assert rung(run) == [(20, "reminder")]


@pytest.mark.parametrize(
    ("source", "lasts_s"), [(Source.PUSH, PUSHED_LASTS_S), (Source.POLL, POLLED_LASTS_S)]
)
def test_silence_is_no_news_of_safety(source: Source, lasts_s: float) -> None:
    run = firing()
    be_better(run, 10, 10, source=source)
    pass_time(run, 11, 200)
    assert _seconds(run.told[1]) == 10 + lasts_s
    assert {reason for _, reason in rung(run)} == {"reminder", "escalated"}
    assert run.only_alert().better_since == at(10)


@pytest.mark.parametrize("every_s", [1, 5, 29])
def test_pushes_as_they_come_keep_it_quiet_and_write_few_rows(every_s: int) -> None:
    run = firing()
    rows = 0
    for second in range(10, 300):
        if (second - 10) % every_s == 0:
            rows += len(run.say(margin(at(second)), None, **HOLD).alerts)
        rows += len(run.tick(second).alerts)
    assert rung(run) == []
    assert rows <= 290 / (PUSHED_LASTS_S / 2) + 1


@pytest.mark.parametrize("every_s", [5, 31, 46, 60])
def test_polls_as_rare_as_they_may_be_keep_it_quiet(every_s: int) -> None:
    run = firing()
    for second in range(10, 300):
        if (second - 10) % every_s == 0:
            run.say(margin(at(second), source=Source.POLL), None, **HOLD)
        run.tick(second)
    assert rung(run) == []


def test_figures_that_came_late_keep_it_quiet_no_longer_than_they_are_young() -> None:
    run = firing()
    late = margin(at(5))
    run.apply(late, says(late, None, **HOLD), now=at(19))
    assert run.only_alert().calm_until == at(5 + PUSHED_LASTS_S)


def test_while_a_milder_level_counts_it_is_still_told() -> None:
    """Nobody is safe at the level of a warning, and nobody has answered yet."""
    run = firing()
    for second in range(5, 62):
        run.say(margin(at(second)), WARNING, **HOLD)
        run.tick(second)
    assert rung(run) == [(20, "reminder"), (60, "escalated"), (60, "reminder")]
    assert run.told[-1].alert.better_since == at(5)


def test_what_waits_is_told_once_a_milder_level_counts_again() -> None:
    run = firing()
    be_better(run, 5, 30)
    assert rung(run) == []
    run.say(margin(at(31)), WARNING, **HOLD)
    assert rung(run) == [(31, "reminder")]
    assert run.only_alert().better_since == at(5)


def test_a_call_at_once_waits_too() -> None:
    """Of figures that show none of what the rule looks for; and it comes where they do again."""
    run = chained()
    run.say(margin(), CRITICAL, **HOLD)
    run.say(near(10), None, **HOLD)
    assert rung(run) == []
    run.say(near(11), CRITICAL, **HOLD)
    assert escalated(run) == [(11, ("call",))]
    assert run.only_alert().woken_at == at(11)


def test_a_call_at_once_does_not_wait_for_another_danger_of_the_position() -> None:
    run = chained()
    run.say(margin(), CRITICAL, **HOLD)
    event = near(10)
    run.apply(event, says(event, None, **HOLD), says(event, WARNING, rule="other"))
    assert escalated(run) == []  # nobody is called for a warning
    worse = near(11)
    run.apply(worse, says(worse, None, **HOLD), says(worse, CRITICAL, rule="other"))
    assert [told.alert.fingerprint.rule for told in run.told if told.reason is Reason.ESCALATED] == ["other"]


def test_what_rings_for_another_alert_of_the_account_waits_for_none() -> None:
    run = firing()
    other = margin(at(1), position=isolated("B"))
    run.say(other, CRITICAL)
    be_better(run, 5, 60)
    assert {told.alert.event.instrument for told in run.told if told.reason is Reason.REMINDER} == {"B"}
    assert {told.alert.event.instrument for told in run.told if told.reason is Reason.ESCALATED} == set()
    run.tick(61)
    assert escalated(run) == [(61, ("call",))]


def test_a_reload_resets_nothing() -> None:
    run = firing()
    be_better(run, 10, 14)
    before = run.only_alert()
    run.lifecycle.reconfigure(CONFIGURED, plans_of(run.steps), {}, at(15), router({**CRITICAL_ROUTE}))
    assert run.only_alert() == before
    be_better(run, 16, 100)
    assert rung(run) == []
    run.say(margin(at(101)), CRITICAL, **HOLD)
    assert rung(run) == [(101, "escalated"), (101, "reminder")]


def test_what_is_told_when_it_changes_waits_for_the_whole_hold() -> None:
    """It is not said again that a sink works."""
    run = Run(steps=lambda alert: (20.0,))
    run.say(sink_health(), CRITICAL, hold_s=100)
    run.say(sink_health(at(10), healthy=True), None, hold_s=100)
    pass_time(run, 11, 110)
    assert rung(run) == [(110, "recovered")]


def test_but_after_a_restart_only_until_then() -> None:
    run = Run(steps=lambda alert: (20.0,))
    run.say(sink_health(), CRITICAL, hold_s=100)
    run.say(sink_health(at(10), healthy=True), None, hold_s=100)
    run.restart()
    pass_time(run, 11, 120)
    assert rung(run) == [(110, "reminder")]


@pytest.mark.parametrize("worse", ["a new fact", "a higher level"])
def test_news_is_told_at_once_and_not_twice(worse: str) -> None:
    run = Run(steps=lambda alert: (20.0,))
    run.say(margin(), WARNING, **HOLD)
    be_better(run, 5, 30)
    fact = {"fact": "new"} if worse == "a new fact" else {}
    run.say(margin(at(31)), WARNING if fact else CRITICAL, **HOLD, **fact)
    assert rung(run) == [(31, "worsened")]
    assert (run.only_alert().remind_at, run.only_alert().calm_until) == (at(51), None)


def test_a_position_that_comes_back_is_not_calm() -> None:
    run = firing()
    be_better(run, 5, 10)
    run.apply(margin(at(11), open=False))
    run.apply(margin(at(12)))
    pass_time(run, 13, 21)
    assert rung(run) == [(20, "reminder")]


def test_a_milder_alert_that_held_is_not_calm_any_more() -> None:
    run = Run(steps=lambda alert: (20.0,))
    run.say(margin(), CRITICAL, hold_s=10)
    run.say(margin(at(5)), None, hold_s=10)
    run.say(margin(at(15)), None, INFO, hold_s=10)
    assert (run.only_alert().severity, run.only_alert().calm_until) == (INFO, None)


PACE: dict[str, Any] = {**HOLD, "figure": "minutes_to_liquidation"}


def test_a_pace_that_is_not_known_yet_after_a_start_is_no_news_of_safety() -> None:
    """A price that does not approach has none either; but five samples tell only after some 20 s."""
    run = Run(steps=lambda alert: (20.0, 40.0))
    run.say(margin(), CRITICAL, **PACE, value=Decimal(4))
    run.restart()
    for second in range(11, 60):
        if second % 5 == 0:
            known = {"value": Decimal(4)} if 40 <= second < 50 else {}
            run.say(margin(at(second)), CRITICAL if known else None, **PACE, **known)
        run.tick(second)
    assert rung(run) == [(20, "reminder")]
    pass_time(run, 60, 75)  # it was known since, and is better now
    assert rung(run) == [(20, "reminder")]
    assert run.only_alert().calm_until == at(50 + PUSHED_LASTS_S)


@pytest.mark.parametrize(("gap_s", "is_calm"), [(200, True), (250, False)])
def test_nor_is_one_that_is_not_known_yet_after_a_gap(gap_s: int, is_calm: bool) -> None:
    run = Run(steps=lambda alert: (20.0, 1000.0))
    run.say(margin(), CRITICAL, **PACE, value=Decimal(4))
    run.tick(20)
    run.say(margin(at(gap_s)), None, **PACE)
    assert (run.only_alert().calm_until is not None) is is_calm


def test_what_was_quiet_before_a_start_stays_so() -> None:
    run = Run(steps=lambda alert: (20.0,))
    run.say(margin(), CRITICAL, **PACE, value=Decimal(4))
    run.say(margin(at(10)), None, **PACE)
    run.restart()
    run.say(margin(at(12)), None, **PACE)
    pass_time(run, 13, 39)
    assert rung(run) == []


_waits = st.sampled_from([1, 4, 7, 13, 31, 64])
_levels = st.sampled_from([None, None, WARNING, CRITICAL])


@given(st.lists(st.tuples(_waits, _levels, st.booleans()), min_size=1, max_size=40))
def test_whatever_comes_it_rings_over_no_safe_figures_and_nothing_is_lost(
    script: list[tuple[int, Severity | None, bool]],
) -> None:
    """Reminders of a minute at most, over pushes, silence and restarts."""
    run, now_s, newest = Run(steps=lambda alert: (20.0, 60.0)), 0, 0
    run.say(margin(), CRITICAL, **HOLD)
    is_safe, rang_s = False, 0
    for wait_s, level, restarts in script:
        for second in range(now_s + 1, now_s + wait_s + 1):
            told = run.tick(second).notifications
            if told:
                assert not is_safe or second >= newest + PUSHED_LASTS_S / 2
            rang_s = second if told else rang_s
        now_s += wait_s
        if restarts:
            run.restart()
        told = run.say(margin(at(now_s)), level, **HOLD).notifications
        rang_s = now_s if told else rang_s
        is_safe, newest = level is None, now_s
        assert not is_safe or all(one.reason in (Reason.RECOVERED, Reason.REMINDER) for one in told)
        if not run.lifecycle.open_alerts():
            return
        if not is_safe:
            assert now_s - rang_s < 60
