"""Which triggers become an intent, and what lets it go."""

from __future__ import annotations

import pytest

from alertd.actions.plans import Plan, Trigger
from alertd.domain.action import (
    ALL_TRADERS,
    ActionType,
    Exposure,
    IntentState,
    LeftPosition,
    Mode,
    OpenPositions,
    Switch,
)
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

ARMED = Switch(armed=frozenset(("main",)))


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
    made = desk(world, plan(mode=Mode.AUTO), switch=ARMED, finished_runs={"stop": 1})
    (intent,) = made.triggered(alert(), at(0)).intents
    unproved = carried_out(made, intent, at(1), IntentState.UNCONFIRMED)
    assert not made.progressed(*moved(unproved, IntentState.SENDING, at(60)), at(60))
    changes = made.progressed(*moved(unproved, IntentState.CONFIRMED, at(60)), at(60))
    assert (states(changes), len(changes.events)) == ([(ANN, "confirmed", "")], 1)


def test_nothing_is_ever_sent_in_a_dry_run(world: World) -> None:
    made = desk(world, plan(mode=Mode.DRY_RUN))
    (intent,) = made.triggered(alert(), at(0)).intents
    assert not made.progressed(*moved(intent, IntentState.SENDING, at(1), requests=1), at(1))
    assert made.intents() == [intent]


def test_a_rehearsal_is_called_off_where_the_real_one_would_be(world: World) -> None:
    made = desk(world, plan(mode=Mode.DRY_RUN))
    (intent,) = made.triggered(alert(), at(0)).intents
    world.over.add((intent.fingerprint, intent.episode))
    changes = made.progressed(*moved(intent, IntentState.REHEARSED, at(1)), at(1))
    assert states(changes) == [(ANN, "called_off", "not_in_force")]


@pytest.mark.parametrize(
    "after",
    [
        {},
        {"stop": plan(mode=Mode.OFF)},
        {"stop": plan(mode=Mode.DRY_RUN)},
        {"stop": plan(accounts={})},
        {"stop": plan(type=ActionType.PAUSE_LEADING)},
        {"stop": plan(traders=(BOB,))},
        {"stop": plan(traders=None, allowed=frozenset((BOB,)))},
        {"stop": plan(open_positions=OpenPositions.LEAVE_TO_ME)},
    ],
)
def test_another_configuration_calls_off_what_it_does_not_allow(world: World, after: dict[str, Plan]) -> None:
    made = desk(world)
    made.triggered(alert(), at(0))
    changes = made.reconfigure(after, {}, at(1))
    assert states(changes) == [(ANN, "called_off", "configuration")]


@pytest.mark.parametrize("traders", [(ANN,), (BOB, ANN), (ALL_TRADERS,), None])
def test_a_question_stands_under_another_configuration_that_allows_it(
    world: World, traders: tuple[str, ...] | None
) -> None:
    made = desk(world)
    (intent,) = made.triggered(alert(), at(0)).intents
    assert not made.reconfigure({"stop": plan(mode=Mode.AUTO, cooldown_s=1.0, traders=traders)}, {}, at(1))
    (planned,) = made.obey(Approve(person="anna", at=at(2), intent_id=intent.intent_id), at(2)).intents
    assert made.ready(at(2)) == [planned]


def test_after_a_restart_nothing_goes_by_itself_before_the_account_was_compared(world: World) -> None:
    made = desk(world, plan(mode=Mode.AUTO), switch=ARMED, finished_runs={"stop": 1})
    (intent,) = made.triggered(alert(), at(0)).intents
    world.unreconciled.add("main")
    made = desk(world, plan(mode=Mode.AUTO), switch=ARMED, intents=[intent])
    assert made.ready(at(30)) == []
    assert not made.progressed(*moved(intent, IntentState.SENDING, at(31), requests=1), at(31))
    world.unreconciled.clear()
    assert made.ready(at(32)) == [intent]


@pytest.mark.parametrize("doubt", ["quiet_start", "not_watched", "configuration"])
def test_what_cannot_go_by_itself_any_more_is_asked(world: World, doubt: str) -> None:
    made = desk(world, plan(mode=Mode.AUTO), switch=ARMED, finished_runs={"stop": 1})
    made.triggered(alert(), at(0))
    if doubt == "configuration":
        made.reconfigure({"stop": plan(approvers=2)}, {}, at(1))
    else:
        (world.unreconciled if doubt == "quiet_start" else world.unwatched).add("main")
    assert made.ready(at(2)) == []
    assert not made.tick(at(59))
    changes = made.tick(at(60))
    assert states(changes) == [(ANN, "awaiting", doubt)]
    assert [(event.state, event.urgency, event.fallback) for event in changes.events] == [
        ("awaiting", 3, doubt)
    ]
    (intent,) = changes.intents
    assert (intent.expires_at, intent.approvers) == (at(960), 2 if doubt == "configuration" else 1)
    if doubt != "configuration":
        (planned,) = made.obey(Approve(person="anna", at=at(61), intent_id=intent.intent_id), at(61)).intents
        assert made.ready(at(62)) == [planned]


def test_of_two_actions_for_one_trader_one_waits_until_the_other_is_read_back(world: World) -> None:
    plans = [plan(action=name, mode=Mode.AUTO) for name in ("stop", "halt")]
    made = desk(world, *plans, switch=ARMED, finished_runs={"stop": 1, "halt": 1})
    first, second = made.triggered(alert(), at(0)).intents
    (sent,) = made.progressed(*moved(first, IntentState.SENDING, at(1), requests=1), at(1)).intents
    (verifying,) = made.progressed(*moved(sent, IntentState.VERIFYING, at(2), next_at=at(9)), at(2)).intents
    assert made.ready(at(3)) == []
    assert not made.progressed(*moved(second, IntentState.SENDING, at(3), requests=1), at(3))
    again = desk(world, *plans, switch=ARMED, intents=made.intents())
    assert again.ready(at(9)) == [verifying]
    again.progressed(*moved(verifying, IntentState.CONFIRMED, at(9)), at(9))
    assert again.ready(at(9)) == [second]


def test_what_is_better_than_what_triggers_it_is_not_in_force(world: World) -> None:
    made = desk(world, trigger=Trigger(("stop",), Severity.WARNING))
    (intent,) = made.triggered(alert(), at(0)).intents
    world.severities[intent.fingerprint, 1] = Severity.WARNING
    assert not made.tick(at(1))
    world.severities[intent.fingerprint, 1] = Severity.INFO
    assert states(made.tick(at(2))) == [(ANN, "called_off", "not_in_force")]


def test_what_was_begun_goes_on_although_its_reason_is_gone(world: World) -> None:
    """What is held was refused because of the very danger: the position may be liquidated by now."""
    made = desk(world, plan(mode=Mode.AUTO), switch=ARMED, finished_runs={"stop": 1})
    (intent,) = made.triggered(alert(), at(0)).intents
    for state in (IntentState.SENDING, IntentState.HELD):
        (intent,) = made.progressed(*moved(intent, state, at(1), requests=1, next_at=at(61)), at(1)).intents
    world.over.add((intent.fingerprint, intent.episode))
    assert not made.tick(at(2))
    assert (made.ready(at(60)), made.next_due()) == ([], at(61))
    assert made.ready(at(61)) == [intent]
    (again,) = made.progressed(*moved(intent, IntentState.SENDING, at(61), requests=2), at(61)).intents
    assert again.state is IntentState.SENDING


def test_the_worst_is_carried_out_first(world: World) -> None:
    made = desk(
        world,
        plan(mode=Mode.DRY_RUN, traders=None),
        trigger=Trigger(("stop",), Severity.INFO),
    )
    made.triggered(alert(leader(ANN), severity=Severity.WARNING), at(0))
    made.triggered(alert(leader(BOB)), at(1))
    assert [intent.trader for intent in made.ready(at(2))] == [BOB, ANN]


def test_what_ended_long_ago_is_forgotten_unless_something_is_left(world: World) -> None:
    made = desk(world, plan(mode=Mode.AUTO), switch=ARMED, finished_runs={"stop": 1})
    (intent,) = made.triggered(alert(), at(0)).intents
    ended = carried_out(made, intent, at(1))
    left = Exposure(at=at(2), positions=(LeftPosition(instrument="BTC-USDT-SWAP"),))
    changes = made.progressed(*moved(ended, IntentState.CONFIRMED, at(2), left=left), at(2))
    assert [(event.left, event.left_instruments) for event in changes.events] == [(1, ("BTC-USDT-SWAP",))]
    (with_rest,) = changes.intents
    world.over.add((intent.fingerprint, intent.episode))
    made.tick(at(30 * 86400))
    assert made.intents() == [with_rest]
    world.over.clear()
    none = Exposure(at=at(3), positions=())
    made.progressed(*moved(with_rest, IntentState.CONFIRMED, at(3), left=none), at(3))
    made.tick(at(30 * 86400))
    assert len(made.intents()) == 1  # its alert still fires: the same episode must not trigger again
    world.over.add((intent.fingerprint, intent.episode))
    made.tick(at(30 * 86400))
    assert made.intents() == []


def test_what_persons_have_not_answered_is_not_carried_on(world: World) -> None:
    made = desk(world)
    (intent,) = made.triggered(alert(), at(0)).intents
    assert not made.progressed(*moved(intent, IntentState.SENDING, at(1), requests=1), at(1))
    assert made.intents() == [intent]


def test_a_trader_who_is_on_his_way_is_left_out_of_all(world: World) -> None:
    made = desk(
        world,
        plan(mode=Mode.AUTO, traders=(ALL_TRADERS,), cooldown_s=60.0),
        switch=ARMED,
        finished_runs={"stop": 1},
    )
    (parent,) = made.triggered(alert(), at(0)).intents
    made.split(parent, {ANN: ""}, at(1))
    (part,) = made.ready(at(1))
    made.progressed(*moved(part, IntentState.SENDING, at(2), requests=1), at(2))
    (parent,) = made.triggered(alert(margin(99), episode=2), at(100)).intents
    changes = made.split(parent, {ANN: "", BOB: ""}, at(101))
    assert states(changes) == [(ALL_TRADERS, "split", ""), (BOB, "planned", "")]
