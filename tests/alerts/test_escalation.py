"""Covers alertd/alerts/escalation.py, through the life cycle it works in."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from alertd.alerts.escalation import is_near
from alertd.alerts.orphans import Configured
from alertd.domain.alert import AlertState
from alertd.domain.events import EventKind
from alertd.domain.notification import Reason
from tests.alerts.chained import (
    CRITICAL_ROUTE,
    STEPS,
    chained,
    escalated,
    near,
    pass_time,
    router,
    silent,
)
from tests.alerts.nouns import (
    BTC,
    CRITICAL,
    ETH,
    INFO,
    WARNING,
    Run,
    at,
    isolated,
    margin,
    sink_health,
    warning,
)

CONFIGURED = Configured(rules={"r": EventKind.MARGIN_STATE}, accounts={"main"}, sinks=())


def firing(*routes: dict[str, Any]) -> Run:
    run = chained(*routes)
    run.say(margin(), CRITICAL)
    return run


def test_steps_are_told_in_turn_and_again_until_somebody_acknowledges() -> None:
    run = firing()
    pass_time(run, 1, 700)
    first, last = ("call",), ("boss", "call")
    assert escalated(run) == [(60, first), (300, last), (360, first), (600, last), (660, first)]
    run.acknowledge(now=at(701))
    pass_time(run, 702, 3000, 7)
    assert len(escalated(run)) == 5


def test_a_step_is_a_notification_of_its_own_and_takes_no_reminders_place() -> None:
    run = Run(chains=router())
    run.say(margin(), CRITICAL)
    due = run.only_alert().remind_at
    run.tick(60)
    assert run.reasons() == ["new", "escalated"]
    assert [told.alert.sequence for told in run.told] == [1, 2]
    assert run.only_alert().remind_at == due == at(120)


@pytest.mark.parametrize("ends", ["resolved", "position gone", "better", "no step for it"])
def test_what_ends_a_chain(ends: str) -> None:
    run = firing(
        {**CRITICAL_ROUTE, "match": {"severity": "warning"}} if ends == "no step for it" else CRITICAL_ROUTE
    )
    if ends == "resolved":
        run.say(margin(at(10)), None)
    elif ends == "position gone":
        run.say(margin(at(10), open=False), None)
    elif ends == "better":
        run.say(margin(at(10)), WARNING)
        assert run.only_alert().chain_since is None
    pass_time(run, 11, 400)
    assert escalated(run) == []


def test_a_position_that_comes_back_goes_on_where_it_was() -> None:
    run = firing()
    run.tick(60)
    run.apply(margin(at(100), open=False))
    run.apply(margin(at(101)))
    pass_time(run, 102, 400)
    assert escalated(run) == [(60, ("call",)), (300, ("boss", "call")), (360, ("call",))]


def test_nobody_is_told_before_the_alert_itself_is_told() -> None:
    run = chained()
    run.say(margin(), CRITICAL, for_s=90)
    pass_time(run, 1, 151)
    assert run.reasons() == ["new", "escalated"]
    assert escalated(run) == [(150, ("call",))]


def test_worse_breaks_an_acknowledgement_and_the_chain_begins_anew() -> None:
    warned = {"match": {}, "sinks": ["phone"], "escalate": STEPS}
    run = chained(warned)
    run.say(margin(), WARNING)
    run.tick(60)
    run.acknowledge(now=at(70))
    assert run.only_alert().chain_since is None
    run.say(margin(at(100)), CRITICAL)
    pass_time(run, 101, 400)
    assert escalated(run) == [(60, ("call",)), (160, ("call",)), (400, ("boss", "call"))]


def test_how_long_nobody_has_acknowledged_it_counts_from_where_that_is_true() -> None:
    """Not from the first warning, nor from the newest round, nor from before somebody had it."""
    run = chained({"match": {}, "sinks": ["phone"], "escalate": STEPS})
    run.say(margin(), WARNING)
    assert run.only_alert().chain_began_at == at(0)
    run.say(margin(at(50)), CRITICAL)
    assert run.only_alert().chain_began_at == at(50)
    pass_time(run, 51, 500, 10)
    assert (run.only_alert().chain_round, run.only_alert().chain_began_at) == (1, at(50))
    run.acknowledge(now=at(501))
    assert run.only_alert().chain_began_at is None
    run.say(margin(at(600)), CRITICAL, fact="new")
    run.restart()
    pass_time(run, 601, 1000, 10)
    assert (run.only_alert().chain_round, run.only_alert().chain_began_at) == (1, at(600))


def test_what_only_gets_worse_begins_anew_too_but_a_new_fact_does_not_hold_it_up() -> None:
    run = chained({"match": {}, "sinks": ["phone"], "escalate": STEPS})
    run.say(margin(), WARNING)
    run.say(margin(at(50)), CRITICAL)
    for second in range(60, 200, 10):
        run.say(margin(at(second)), CRITICAL, fact=f"{second}")
    run.tick(200)
    assert escalated(run) == [(110, ("call",))]


def test_alerts_of_an_account_due_together_are_one_message() -> None:
    run = chained()
    run.say(margin(margin_ratio=Decimal(2)), CRITICAL)
    run.say(margin(at(4), position=isolated(ETH), margin_ratio=Decimal("1.5")), CRITICAL)
    run.say(margin(at(4), position=isolated("SOL"), account="two"), CRITICAL)
    run.say(margin(at(20), position=isolated("XRP")), CRITICAL)
    pass_time(run, 21, 70)
    told = [one for one in run.told if one.reason is Reason.ESCALATED]
    assert [(one.alert.event.instrument, one.only_to) for one in told] == [
        (ETH, ("call",)),  # the more urgent of the two carries it
        ("SOL", ("call",)),
    ]
    assert [one.event.instrument for one in told[0].also] == [BTC, "XRP"]
    run.tick(80)
    assert escalated(run)[-1] == (80, ("call",))


def test_steps_close_to_each_other_stay_apart() -> None:
    close = [{"after_s": 10, "sinks": ["call"]}, {"after_s": 15, "sinks": ["boss"]}]
    run = firing({**CRITICAL_ROUTE, "escalate": close})
    pass_time(run, 1, 31)
    assert escalated(run) == [(10, ("call",)), (15, ("boss",)), (25, ("call",)), (30, ("boss",))]


def test_one_message_goes_to_the_sinks_of_all_its_steps() -> None:
    other = {
        "match": {"instrument": ETH},
        "sinks": ["phone"],
        "escalate": [{"after_s": 55, "sinks": ["boss"]}],
    }
    run = chained(CRITICAL_ROUTE, other)
    run.say(margin(), CRITICAL)
    run.say(margin(at(2), position=isolated(ETH)), CRITICAL)
    pass_time(run, 3, 62)
    assert escalated(run) == [(57, ("call", "boss")), (62, ("call",))]


def test_missed_steps_are_told_at_once_and_once() -> None:
    run = firing()
    run.restart()
    run.tick(350)
    pass_time(run, 351, 361)
    assert escalated(run) == [(350, ("call", "boss")), (360, ("call",))]


def test_a_route_that_comes_with_a_reload_escalates_what_fires_and_one_that_goes_stops() -> None:
    run = Run(steps=silent)
    run.say(margin(), CRITICAL)
    run.lifecycle.reconfigure(CONFIGURED, silent, {}, at(100), router())
    pass_time(run, 100, 160)
    assert escalated(run) == [(160, ("call",))]
    run.lifecycle.reconfigure(CONFIGURED, silent, {}, at(170), router({"sinks": ["phone"]}))
    pass_time(run, 171, 500)
    assert len(escalated(run)) == 1
    assert run.only_alert().chain_since is None


def test_a_changed_route_neither_repeats_nor_resets_a_step() -> None:
    run = firing()
    run.tick(60)
    changed = {**CRITICAL_ROUTE, "escalate": [*STEPS, {"after_s": 500, "sinks": ["phone"]}]}
    run.lifecycle.reconfigure(CONFIGURED, silent, {}, at(100), router(changed))
    pass_time(run, 100, 560)
    assert escalated(run) == [(60, ("call",)), (300, ("boss", "call")), (500, ("phone",)), (560, ("call",))]


def test_what_fires_when_the_first_version_with_escalation_starts_is_escalated() -> None:
    older = Run(steps=silent)
    older.say(margin(), CRITICAL)
    run = Run(older.rows.values(), steps=silent, chains=router())
    pass_time(run, 1000, 1060)
    assert escalated(run) == [(1060, ("call",))]


# --- when it is a matter of minutes -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("event", "wanted"),
    [
        (near(minutes="9.9"), True),
        (near(minutes="10"), False),
        (near(minutes="NaN"), False),
        (near(stale=("minutes_to_liquidation",)), False),
        (margin(), False),
        (warning(), False),
    ],
)
def test_when_a_liquidation_is_near(event: Any, wanted: bool) -> None:
    assert is_near(event) is wanted


def test_the_waking_sinks_of_the_chain_hear_of_it_at_once_and_the_chain_goes_on() -> None:
    run = firing()
    for second in range(5, 60, 5):
        run.say(near(second), CRITICAL)
    run.tick(60)
    assert escalated(run) == [(5, ("call",)), (60, ("call",))]


def test_what_opens_so_near_is_told_and_wakes_in_one() -> None:
    run = chained()
    run.say(near(), CRITICAL)
    assert [(told.reason, told.only_to) for told in run.told] == [("new", ()), ("escalated", ("call",))]


def test_whom_the_news_itself_wakes_is_not_called_twice() -> None:
    run = chained({**CRITICAL_ROUTE, "sinks": ["phone", "call"]})
    run.say(near(), CRITICAL)
    assert run.reasons() == ["new"]
    run.say(near(5), CRITICAL)
    assert run.reasons() == ["new"]


def test_one_call_for_all_alerts_of_a_position_and_each_position_has_its_own() -> None:
    run = chained()
    run.say(margin(), CRITICAL)
    run.say(margin(), CRITICAL, rule="other")
    run.say(near(3), CRITICAL)
    run.say(near(4), CRITICAL, rule="third")
    run.say(near(5, position=isolated(ETH)), CRITICAL)
    assert escalated(run) == [(3, ("call",)), (5, ("call",))]


def test_an_alert_that_no_rule_judges_by_figures_is_woken_by_them_too() -> None:
    run = chained()
    run.say(warning(), CRITICAL, ends_s=7200)
    event = near(5)
    assert not run.lifecycle.is_untouched_by(event)
    run.apply(event)
    assert escalated(run) == [(5, ("call",))]
    assert run.lifecycle.is_untouched_by(near(6))


@pytest.mark.parametrize("why", ["acknowledged", "lower", "nobody to wake"])
def test_who_is_not_woken(why: str) -> None:
    run = chained(
        {**CRITICAL_ROUTE, "escalate": [STEPS[1] | {"sinks": ["boss"]}]}
        if why == "nobody to wake"
        else CRITICAL_ROUTE
    )
    run.say(margin(), INFO if why == "lower" else CRITICAL)
    if why == "acknowledged":
        run.acknowledge(now=at(1))
    run.say(near(5), INFO if why == "lower" else CRITICAL)
    assert escalated(run) == []


def test_worse_after_an_acknowledgement_wakes_again() -> None:
    run = chained({"match": {}, "sinks": ["phone"], "escalate": STEPS})
    run.say(near(), WARNING)
    run.acknowledge(now=at(1))
    run.say(near(5), CRITICAL)
    assert [seconds for seconds, _ in escalated(run)] == [0, 5]


def test_a_restart_wakes_nobody_again() -> None:
    run = firing()
    run.say(near(5), CRITICAL)
    run.restart()
    run.say(near(6), CRITICAL)
    assert escalated(run) == [(5, ("call",))]


def test_what_alertd_says_of_itself_escalates_but_reports_do_not() -> None:
    run = chained()
    run.say(sink_health(), CRITICAL)
    run.tick(60)
    assert escalated(run) == [(60, ("call",))]
    assert run.only_alert().state is AlertState.FIRING


def test_when_the_next_step_is_due_is_known_until_somebody_takes_care() -> None:
    run = chained()
    run.say(margin(), CRITICAL)
    due = [run.lifecycle.next_step(run.only_alert())]
    run.tick(60)
    due.append(run.lifecycle.next_step(run.only_alert()))
    run.tick(300)
    run.restart()
    due.append(run.lifecycle.next_step(run.only_alert()))
    assert due == [at(60), at(300), at(360)]
    run.acknowledge(now=at(310))
    assert run.lifecycle.next_step(run.only_alert()) is None
    assert Run().lifecycle.next_step(run.only_alert()) is None
