"""Covers alertd/alerts/away.py."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alertd.alerts.away import with_deputy
from alertd.alerts.orphans import Configured
from alertd.domain.alert import Severity
from alertd.domain.command import ComeBack, CommandRefused, GoAway, StartDrill
from tests.alerts.chained import chained, escalated, near, pass_time, sinks_of
from tests.alerts.nouns import CRITICAL, START, Run, at, margin

HOUR_S = 3600


def going(until_s: float = HOUR_S, deputy: str = "deputy", at_s: float = 2) -> GoAway:
    return GoAway(person="anna", at=at(at_s), until=at(until_s), deputy=deputy)


def confirmed(deputy: str = "deputy") -> Run:
    """A deputy has answered a test."""
    run = chained()
    run.obey(StartDrill(person="anna", at=START, sink=deputy))
    run.acknowledge(now=at(1))
    run.told.clear()
    return run


def away() -> Run:
    run = confirmed()
    run.obey(going())
    run.told.clear()
    return run


def test_the_deputy_hears_first_and_then_everybody_with_him() -> None:
    run = away()
    run.say(margin(at(10)), CRITICAL)
    pass_time(run, 11, 400)
    deputy = ("deputy",)
    assert escalated(run) == [(70, deputy), (310, deputy), (370, ("deputy", "call"))]


def test_before_a_near_liquidation_nobody_is_left_out() -> None:
    run = away()
    run.say(near(10), CRITICAL)
    pass_time(run, 11, 70)
    assert escalated(run) == [(10, ("deputy", "call")), (70, ("deputy", "call"))]


def test_it_is_told_to_both_at_the_beginning_and_at_the_end_and_ends_by_time() -> None:
    run = confirmed()
    run.obey(going())
    run.restart()
    run.tick(HOUR_S - 1)
    run.tick(HOUR_S)
    assert run.reasons() == ["new", "recovered"]
    assert [sinks_of(run, told) for told in run.told] == [("phone", "deputy")] * 2
    assert run.told[0].alert.severity is Severity.INFO
    assert not list(run.lifecycle.open_alerts())


def test_it_may_end_earlier() -> None:
    run = away()
    run.obey(ComeBack(person="anna", at=at(20)))
    run.say(margin(at(30)), CRITICAL)
    pass_time(run, 31, 90)
    assert run.reasons() == ["recovered", "new", "escalated"]
    assert escalated(run) == [(90, ("call",))]


def with_boss_tested() -> Run:
    """Away, and another deputy has answered a test as well."""
    run = away()
    run.obey(StartDrill(person="anna", at=at(3), sink="boss"))
    run.acknowledge(_drill_id(run), now=at(4))
    run.told.clear()
    return run


@pytest.mark.parametrize("restarted", [False, True])
def test_another_deputy_is_one_message_to_him_the_former_one_and_all_others(restarted: bool) -> None:
    run = with_boss_tested()
    if restarted:
        run.restart()
    run.obey(going(deputy="boss", at_s=5))
    [told] = run.told
    event = told.alert.event
    assert (told.reason, sinks_of(run, told)) == ("new", ("phone", "boss", "deputy"))
    assert (event.deputy, event.former_deputy, event.former_person) == ("boss", "deputy", "anna")
    assert (told.alert.sequence, told.alert.episode) == (2, 1)
    run.say(margin(at(10)), CRITICAL)
    run.tick(70)
    assert escalated(run) == [(70, ("boss",))]
    run.obey(ComeBack(person="anna", at=at(80)))
    assert run.reasons()[-1] == "recovered"
    assert sinks_of(run, run.told[-1]) == ("phone", "boss")  # for the former one it was over before


@pytest.mark.parametrize(("until_s", "ends_s"), [(2 * HOUR_S, 2 * HOUR_S), (600, 600)])
def test_another_end_is_told_once_and_nobody_is_back_before(until_s: float, ends_s: float) -> None:
    run = away()
    run.obey(going(until_s=until_s, at_s=5))
    [told] = run.told
    assert (told.reason, sinks_of(run, told)) == ("new", ("phone", "deputy"))
    assert (told.alert.event.until, told.alert.event.former_until) == (at(until_s), at(HOUR_S))
    run.restart()
    run.tick(ends_s - 1)
    assert run.reasons() == ["new"]
    run.tick(ends_s)
    assert run.reasons() == ["new", "recovered"]


@pytest.mark.parametrize("more_s", [0, 1.6, -59])
def test_what_is_said_twice_is_told_once(more_s: float) -> None:
    """The end that was said last holds, to the second."""
    run = away()
    assert run.obey(going(until_s=HOUR_S + more_s, at_s=5)).alerts[-1].is_open
    assert run.told == []
    run.restart()
    run.tick(HOUR_S + more_s - 0.1)
    assert run.told == []
    run.tick(HOUR_S + more_s)
    assert run.reasons() == ["recovered"]


def test_a_minute_is_another_end() -> None:
    run = away()
    run.obey(going(until_s=HOUR_S + 60, at_s=5))
    assert run.reasons() == ["new"]


def _drill_id(run: Run) -> str:
    (found,) = (alert.short_id for alert in run.lifecycle.open_alerts() if alert.fingerprint.kind == "drill")
    return found


REFUSED = [
    (going(until_s=1), "has passed"),
    (GoAway(person="anna", at=at(2), until=at(2) + timedelta(days=61), deputy="deputy"), "60 days"),
    (going(deputy="nobody"), "no sink 'nobody'"),
    (going(deputy="boss"), "alertd drill --sink boss"),
    (
        GoAway(person="a", at=at(2) + timedelta(days=30), until=at(2) + timedelta(days=31), deputy="deputy"),
        "30 days",
    ),
    (ComeBack(person="anna", at=at(2)), "nobody is away"),
]


@pytest.mark.parametrize(("command", "says"), REFUSED)
def test_what_is_refused_changes_nothing(command: GoAway | ComeBack, says: str) -> None:
    run = confirmed()
    with pytest.raises(CommandRefused, match=says):
        run.obey(command)
    assert run.told == []
    assert not list(run.lifecycle.open_alerts())


def test_a_restart_keeps_the_deputys_answer_and_the_absence() -> None:
    run = confirmed()
    run.restart()
    run.obey(going())
    run.restart()
    run.say(margin(at(10)), CRITICAL)
    run.tick(70)
    assert escalated(run) == [(70, ("deputy",))]


def test_it_ends_where_the_deputys_sink_is_gone() -> None:
    alert = confirmed().obey(going()).alerts[0]
    assert Configured(rules={}, accounts=(), sinks={"deputy"}).judges(alert)
    assert not Configured(rules={}, accounts=(), sinks={"phone"}).judges(alert)


def test_the_deputy_comes_first_and_once() -> None:
    assert with_deputy(("call", "deputy"), "deputy", alone=False) == ("deputy", "call")
    assert with_deputy(("call",), "deputy", alone=True) == ("deputy",)
    assert with_deputy(("call",), None, alone=True) == ("call",)
