"""Which triggers become an intent, and what lets it go."""

from __future__ import annotations

import pytest

from alertd.actions.plans import Trigger
from alertd.domain.action import ALL_TRADERS, IntentState, Mode
from alertd.domain.alert import Severity
from alertd.domain.command import Approve
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


@pytest.fixture
def world() -> World:
    return World()


def test_a_rule_without_actions_triggers_nothing(world: World) -> None:
    assert not desk(world).triggered(alert(rule="another"), at(0))


@pytest.mark.parametrize(
    ("severity", "least", "is_triggered"),
    [
        (Severity.WARNING, Severity.CRITICAL, False),
        (Severity.WARNING, Severity.WARNING, True),
        (Severity.CRITICAL, Severity.INFO, True),
    ],
)
def test_it_acts_from_a_severity_on(
    world: World, severity: Severity, least: Severity, is_triggered: bool
) -> None:
    made = desk(world, trigger=Trigger(("stop",), least))
    assert bool(made.triggered(alert(severity=severity), at(0))) is is_triggered


def test_what_is_planned_stands_in_the_journal_and_is_told(world: World) -> None:
    changes = desk(world).triggered(alert(), at(1))
    (intent,), (step,), (event,) = changes.intents, changes.steps, changes.events
    assert (intent.state, intent.expires_at, intent.approvers) == (IntentState.AWAITING, at(901), 1)
    assert (intent.config_hash, intent.rule, intent.event) == ("c0ffee", "margin", margin())
    assert (step.intent_id, step.version, step.at, step.state) == (intent.intent_id, 0, at(1), "awaiting")
    assert (event.subject, event.state, event.intent_id) == (
        f"action/stop/{ANN}", "awaiting", intent.intent_id,
    )  # fmt: skip


def test_an_action_that_is_off_does_nothing(world: World) -> None:
    assert not desk(world, plan(mode=Mode.OFF)).triggered(alert(), at(0))


def test_each_trader_of_a_list_is_a_case_of_its_own(world: World) -> None:
    made = desk(world, plan(traders=(ANN, BOB)))
    changes = made.triggered(alert(), at(0))
    assert states(changes) == [(ANN, "awaiting", ""), (BOB, "awaiting", "")]
    assert len({intent.intent_id for intent in changes.intents}) == 2


def test_each_account_of_a_glob_is_a_case_of_its_own(world: World) -> None:
    made = desk(world, plan(accounts={"main": "okx", "other": "okx"}))
    assert [one.account for one in made.triggered(alert(), at(0)).intents] == ["main", "other"]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (leader(ANN, trader_name="Ann"), (ANN, "awaiting", "")),
        (margin(), ("", "blocked", "no_trader")),
        (leader(CEM), (CEM, "blocked", "not_allowed")),
        (leader(ANN, is_own=True), ("", "blocked", "no_trader")),
    ],
)
def test_the_event_may_name_the_trader(world: World, event: object, expected: tuple[str, str, str]) -> None:
    made = desk(world, plan(traders=None, allowed=frozenset((ANN, BOB))))
    assert states(made.triggered(alert(event), at(0))) == [expected]  # type: ignore[arg-type]


def test_a_trader_of_another_exchange_is_nobody_here(world: World) -> None:
    made = desk(world, plan(traders=None))
    assert not made.triggered(alert(leader(ANN, exchange="toobit", account="copy")), at(0))
    assert made.triggered(alert(leader(ANN, account="other")), at(0))


def test_the_event_may_name_the_account(world: World) -> None:
    made = desk(world, plan(of_event=True, accounts={"main": "okx"}))
    assert states(made.triggered(alert(), at(0))) == [(ANN, "awaiting", "")]
    assert states(made.triggered(alert(margin(account="other")), at(0))) == [(ANN, "blocked", "no_account")]


def test_a_hundred_triggers_are_one_intent(world: World) -> None:
    made = desk(world)
    changes = [
        made.triggered(alert(margin(number, instrument=f"I{number}")), at(number)) for number in range(100)
    ]
    assert sum(len(one.intents) for one in changes) == 1
    (intent,) = made.intents()
    (planned,) = made.obey(Approve(person="anna", at=at(100), intent_id=intent.intent_id), at(100)).intents
    assert made.ready(at(100)) == [planned]
    carried_out(made, planned, at(110))
    # What was seen before it was done is answered by it.
    assert not made.triggered(alert(margin(105, instrument="late")), at(111))


def test_all_traders_become_an_intent_each(world: World) -> None:
    made = desk(world, plan(traders=(ALL_TRADERS,), mode=Mode.DRY_RUN))
    (parent,) = made.triggered(alert(), at(0)).intents
    changes = made.split(parent, {BOB: "Bob", ANN: "Ann"}, at(1))
    assert states(changes) == [(ALL_TRADERS, "split", ""), (ANN, "planned", ""), (BOB, "planned", "")]
    assert {one.parent for one in changes.intents[1:]} == {parent.intent_id}
    assert not made.split(parent, {BOB: "Bob", ANN: "Ann"}, at(1))


def test_a_version_that_is_out_of_date_changes_nothing(world: World) -> None:
    made = desk(world, plan(mode=Mode.DRY_RUN))
    (intent,) = made.triggered(alert(), at(0)).intents
    proposed = moved(intent, IntentState.REHEARSED, at(1))
    assert states(made.progressed(*proposed, at(1))) == [(ANN, "rehearsed", "")]
    assert not made.progressed(*proposed, at(2))


def test_all_traders_are_split_as_well_where_they_could_not_be_read_at_first(world: World) -> None:
    made = desk(world, plan(traders=(ALL_TRADERS,), mode=Mode.DRY_RUN))
    (parent,) = made.triggered(alert(), at(0)).intents
    (held,) = made.progressed(*moved(parent, IntentState.HELD, at(1)), at(1)).intents
    assert states(made.split(held, {ANN: "Ann"}, at(2)))[0] == (ALL_TRADERS, "split", "")


def test_what_could_not_be_proved_may_be_proved_late_and_that_is_told(world: World) -> None:
    made = desk(world, plan(mode=Mode.DRY_RUN))
    (intent,) = made.triggered(alert(), at(0)).intents
    unproved = carried_out(made, intent, at(1), IntentState.UNCONFIRMED)
    assert not made.progressed(*moved(unproved, IntentState.SENDING, at(60)), at(60))
    changes = made.progressed(*moved(unproved, IntentState.CONFIRMED, at(60)), at(60))
    assert (states(changes), len(changes.events)) == ([(ANN, "confirmed", "")], 1)
