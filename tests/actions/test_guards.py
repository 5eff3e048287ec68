"""Covers alertd/actions/guards.py, as the desk uses it: what forbids an action, what asks for persons."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from alertd.actions.desk import ActionDesk
from alertd.actions.plans import Trigger
from alertd.domain.action import ALL_TRADERS, IntentState, Mode, Switch
from alertd.domain.alert import Alert, Severity
from alertd.domain.command import Deny
from alertd.domain.events import SelfCheck, Source
from tests.actions.nouns import (
    ANN,
    BOB,
    CEM,
    World,
    alert,
    at,
    carried_out,
    desk,
    leader,
    margin,
    moved,
    plan,
    states,
)

HOUR, DAY = 3600.0, 86400.0
TRIGGERS = {"margin": Trigger(("stop",))}
FROM_INFO = Trigger(("stop",), Severity.INFO)
ARMED = Switch(armed=frozenset(("main",)))


@pytest.fixture
def world() -> World:
    return World()


def auto(world: World, **more: Any) -> ActionDesk:
    """A desk that may go without asking."""
    given = {"switch": ARMED, "finished_runs": {"stop": 1}} | more.pop("desk", {})
    return desk(world, plan(mode=Mode.AUTO, **more), **given)


def trigger(made: ActionDesk, seconds: float, **more: Any) -> list[tuple[str, str, str]]:
    """By an alert of its own, with fresh figures."""
    return states(made.triggered(alert(margin(seconds, instrument=f"I{seconds}"), **more), at(seconds)))


def done(made: ActionDesk, seconds: float, end: IntentState = IntentState.CONFIRMED) -> None:
    """Whatever is planned comes to its end."""
    for intent in made.ready(at(seconds)):
        carried_out(made, intent, at(seconds), end)


# --- without asking ---------------------------------------------------------------------------------------


def test_it_goes_without_asking_where_nothing_stands_against_it(world: World) -> None:
    assert trigger(auto(world), 1) == [(ANN, "planned", "")]


ASKED: dict[str, tuple[Callable[[World], Any], dict[str, Any], Alert, str]] = {
    "not armed": (lambda _: None, {"switch": Switch(armed=frozenset(("other",)))}, alert(), "not_armed"),
    "no run": (lambda _: None, {"finished_runs": {"another": 1}}, alert(), "too_few_runs"),
    "not compared": (lambda world: world.unreconciled.add("main"), {}, alert(), "quiet_start"),
    "not watched": (lambda world: world.unwatched.add("main"), {}, alert(), "not_watched"),
    "the event's account is not watched": (
        lambda world: world.unwatched.add("other"), {}, alert(margin(account="other")), "not_watched",
    ),
    "of no account": (
        lambda _: None,
        {},
        alert(SelfCheck(event_id="s", exchange="", account="", received_at=at(0))),
        "not_watched",
    ),
    "found in records": (lambda _: None, {}, alert(margin(source=Source.RECONCILE)), "not_live"),
    "replayed": (lambda _: None, {}, alert(margin(source=Source.REPLAY)), "not_live"),
    "old": (lambda _: None, {}, alert(margin(-15)), "stale"),
}  # fmt: skip


@pytest.mark.parametrize("case", ASKED)
def test_persons_are_asked_where_it_may_not_go_without(case: str, world: World) -> None:
    change, given, triggering, why = ASKED[case]
    change(world)
    (intent,) = auto(world, desk=given).triggered(triggering, at(0.5)).intents
    assert (intent.state, intent.reason, intent.fallback) == (IntentState.AWAITING, why, why)
    assert (intent.approvers, intent.expires_at) == (1, at(900.5))


@pytest.mark.parametrize(("age", "state"), [(15.0, "planned"), (15.001, "awaiting")])
def test_figures_are_fresh_for_fifteen_seconds(world: World, age: float, state: str) -> None:
    ((_, seen, _),) = states(auto(world).triggered(alert(margin(0, source=Source.POLL)), at(age)))
    assert seen == state


@pytest.mark.parametrize("case", [case for case in ASKED if case not in ("not armed", "no run")])
def test_a_dry_run_tells_that_persons_would_be_asked(case: str, world: World) -> None:
    change, _, triggering, why = ASKED[case]
    change(world)
    (intent,) = desk(world, plan(mode=Mode.DRY_RUN)).triggered(triggering, at(0.5)).intents
    assert (intent.state, intent.reason, intent.fallback) == (IntentState.PLANNED, "", why)


@pytest.mark.parametrize("runs", [0, 2])
def test_runs_are_counted_as_they_end(world: World, runs: int) -> None:
    made = desk(
        world,
        plan(mode=Mode.DRY_RUN, auto_after_runs=2, cooldown_s=0),
        finished_runs={"stop": 0},
        switch=ARMED,
    )
    for number in range(runs):
        trigger(made, number)
        (intent,) = made.ready(at(number))
        made.progressed(*moved(intent, IntentState.REHEARSED, at(number)), at(number))
    last = made.intents()[-1] if runs else None
    if last is not None:  # what is looked at after the end is no run of its own
        made.progressed(*moved(last, IntentState.REHEARSED, at(9)), at(9))
    made.reconfigure({"stop": plan(mode=Mode.AUTO, auto_after_runs=2)}, TRIGGERS, at(9))
    assert trigger(made, 10) == [(ANN, "planned", "") if runs == 2 else (ANN, "awaiting", "too_few_runs")]


# --- what forbids it --------------------------------------------------------------------------------------


def test_nothing_goes_while_actions_are_off_and_it_is_told_once(world: World) -> None:
    for mode in (Mode.DRY_RUN, Mode.APPROVE, Mode.AUTO):
        made = desk(world, plan(mode=mode), switch=Switch(on=False, armed=frozenset(("main",))))
        assert trigger(made, 1) == [(ANN, "blocked", "switched_off")]
        assert trigger(made, 2) == []
        assert trigger(made, HOUR + 1) == [(ANN, "blocked", "switched_off")]


def test_what_is_forbidden_for_something_worse_is_told_anew(world: World) -> None:
    made = desk(
        world,
        switch=Switch(on=False),
        trigger=FROM_INFO,
    )
    assert trigger(made, 1, severity=Severity.WARNING) == [(ANN, "blocked", "switched_off")]
    assert trigger(made, 2, severity=Severity.WARNING) == []
    assert trigger(made, 3) == [(ANN, "blocked", "switched_off")]


@pytest.mark.parametrize("end", [IntentState.CONFIRMED, IntentState.UNCONFIRMED, IntentState.FAILED], ids=str)
def test_after_one_the_next_waits(world: World, end: IntentState) -> None:
    made = auto(world)
    trigger(made, 0)
    done(made, 10, end)
    assert trigger(made, 20) == [(ANN, "blocked", "cooldown")]
    blocked = made.intents()[-1]
    assert (blocked.next_at, blocked.detail, blocked.ended_at) == (at(10 + HOUR), str(end), at(20))
    assert trigger(made, 9 + HOUR) == []
    assert trigger(made, 10 + HOUR) == [(ANN, "planned", "")]


def test_where_there_was_nothing_to_do_the_next_need_not_wait(world: World) -> None:
    made = auto(world)
    trigger(made, 0)
    (intent,) = made.ready(at(1))
    made.progressed(*moved(intent, IntentState.NOTHING_TO_DO, at(1)), at(1))
    assert trigger(made, 2) == [(ANN, "planned", "")]


def test_a_rehearsal_keeps_no_real_one_from_going(world: World) -> None:
    made = desk(world, plan(mode=Mode.DRY_RUN), switch=ARMED)
    trigger(made, 0)
    (intent,) = made.ready(at(0))
    made.progressed(*moved(intent, IntentState.REHEARSED, at(1)), at(1))
    assert trigger(made, 2) == [(ANN, "blocked", "cooldown")]
    made.reconfigure({"stop": plan(mode=Mode.AUTO)}, TRIGGERS, at(3))
    same = alert(margin(0, instrument="I0"))
    assert states(made.triggered(same, at(4))) == [(ANN, "planned", "")]
    done(made, 5)
    made.reconfigure({"stop": plan(mode=Mode.DRY_RUN)}, TRIGGERS, at(6))
    assert trigger(made, 7) == [(ANN, "blocked", "cooldown")]


def test_the_first_trader_does_not_block_the_second(world: World) -> None:
    made = desk(world, plan(traders=None))
    assert states(made.triggered(alert(leader(ANN)), at(0))) == [(ANN, "awaiting", "")]
    assert states(made.triggered(alert(leader(BOB)), at(0))) == [(BOB, "awaiting", "")]


def test_so_many_a_day_for_one_trader(world: World) -> None:
    made = auto(world, max_per_day=2, cooldown_s=0)
    for seconds in (0, 100):
        assert trigger(made, seconds) == [(ANN, "planned", "")]
        done(made, seconds + 1)
    assert trigger(made, 200) == [(ANN, "blocked", "max_per_day")]
    assert made.intents()[-1].next_at == at(DAY)
    assert trigger(made, DAY - 1) == [(ANN, "blocked", "max_per_day")]
    assert trigger(made, DAY) == [(ANN, "planned", "")]


def test_so_many_a_day_in_all(world: World) -> None:
    made = desk(world, plan(traders=None, max_per_day_total=2))
    for trader in (ANN, BOB):
        made.triggered(alert(leader(trader)), at(0))
    assert states(made.triggered(alert(leader(CEM)), at(0))) == [(CEM, "blocked", "max_per_day_total")]


def test_so_many_traders_at_once(world: World) -> None:
    made = desk(world, plan(traders=None, max_traders=2))
    for trader in (ANN, BOB):
        made.triggered(alert(leader(trader)), at(0))
    assert states(made.triggered(alert(leader(CEM)), at(1))) == [(CEM, "blocked", "max_traders")]
    made.obey(Deny(person="anna", at=at(2), intent_id=made.intents()[0].intent_id), at(2))
    later = alert(leader(CEM, 3), episode=2)
    assert states(made.triggered(later, at(3 + HOUR))) == [(CEM, "awaiting", "")]


def test_a_no_of_a_person_holds_unless_it_gets_worse(world: World) -> None:
    made = desk(world, trigger=FROM_INFO)
    trigger(made, 0, severity=Severity.WARNING)
    made.obey(Deny(person="anna", at=at(1), intent_id=made.intents()[0].intent_id), at(1))
    assert trigger(made, 2, severity=Severity.WARNING) == [(ANN, "blocked", "denied")]
    assert (made.intents()[-1].detail, made.intents()[-1].next_at) == ("anna", at(1 + HOUR))
    assert trigger(made, 3) == [(ANN, "awaiting", "")]


def test_an_episode_triggers_once_unless_it_gets_worse(world: World) -> None:
    made = desk(world, trigger=FROM_INFO)
    milder = alert(severity=Severity.WARNING)
    made.triggered(milder, at(0))
    made.tick(at(901))
    assert made.intents()[-1].state is IntentState.EXPIRED
    assert not made.triggered(milder, at(902))
    assert states(made.triggered(alert(), at(903))) == [(ANN, "awaiting", "")]


# --- all traders ------------------------------------------------------------------------------------------


def test_more_traders_than_at_once_are_left_alone_all_of_them(world: World) -> None:
    made = auto(world, traders=(ALL_TRADERS,), max_traders=1)
    trigger(made, 0)
    (parent,) = made.ready(at(0))
    changes = made.split(parent, {ANN: "", BOB: ""}, at(1))
    assert states(changes) == [(ALL_TRADERS, "blocked", "max_traders")]
    assert changes.intents[0].detail == "1 < 2"


def test_all_traders_wait_together_for_the_last_of_them(world: World) -> None:
    made = auto(world, traders=(ALL_TRADERS,))
    trigger(made, 0)
    made.split(made.ready(at(0))[0], {ANN: "", BOB: ""}, at(1))
    done(made, 60)
    assert trigger(made, 59 + HOUR) == [(ALL_TRADERS, "blocked", "cooldown")]
    assert trigger(made, 60 + HOUR) == [(ALL_TRADERS, "planned", "")]
    parts = made.split(made.ready(at(60 + HOUR))[0], {ANN: "", BOB: ""}, at(61 + HOUR))
    assert states(parts)[1:] == [(ANN, "planned", ""), (BOB, "planned", "")]


def test_a_limit_is_kept_by_each_of_all(world: World) -> None:
    made = auto(world, traders=(ALL_TRADERS,), max_per_day_total=1)
    trigger(made, 0)
    changes = made.split(made.ready(at(0))[0], {ANN: "", BOB: ""}, at(1))
    assert states(changes)[1:] == [(ANN, "planned", ""), (BOB, "blocked", "max_per_day_total")]


def test_nobody_is_left_to_be_stopped(world: World) -> None:
    made = auto(world, traders=(ALL_TRADERS,))
    trigger(made, 0)
    assert states(made.split(made.ready(at(0))[0], {}, at(1))) == [(ALL_TRADERS, "nothing_to_do", "nobody")]


def test_a_storm_of_a_thousand_alerts_is_one_action_and_one_word_that_the_rest_must_wait(
    world: World,
) -> None:
    made = desk(world, plan(mode=Mode.AUTO), switch=ARMED, finished_runs={"stop": 1})
    changes = [made.triggered(alert(margin(0, instrument=f"A{n}-USDT-SWAP")), at(0)) for n in range(1000)]
    (intent,) = made.intents()
    assert sum(len(one.events) for one in changes) == 1
    carried_out(made, intent, at(1))
    changes = [made.triggered(alert(margin(2, instrument=f"B{n}-USDT-SWAP")), at(2)) for n in range(1000)]
    assert [str(one.state) for one in made.intents()] == ["confirmed", "blocked"]
    assert sum(len(one.events) for one in changes) == 1
