"""Covers alertd/actions/approving.py, through the desk that persons speak to."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from alertd.actions.approving import NoSuchIntent
from alertd.actions.desk import ActionDesk
from alertd.domain.action import Intent, IntentState, Mode, Switch
from alertd.domain.command import Acknowledge, Approve, Command, CommandRefused, Deny, SwitchActions
from tests.actions.nouns import ANN, BOB, World, alert, at, carried_out, desk, leader, moved, plan, states

ARMED = Switch(armed=frozenset(("main",)))


@pytest.fixture
def world() -> World:
    return World()


def asked(world: World, **more: Any) -> tuple[ActionDesk, Intent]:
    made = desk(world, plan(**more))
    (intent,) = made.triggered(alert(), at(0)).intents
    return made, intent


def approve(intent: Intent, person: str = "anna", seconds: float = 10, **more: Any) -> Approve:
    return Approve(person=person, at=at(seconds), intent_id=intent.intent_id, **more)


def deny(intent: Intent, person: str = "anna", seconds: float = 10) -> Deny:
    return Deny(person=person, at=at(seconds), intent_id=intent.intent_id, comment="not now")


def switch(on: bool, account: str = "", person: str = "anna", seconds: float = 10) -> SwitchActions:
    return SwitchActions(person=person, at=at(seconds), on=on, account=account)


def refused(made: ActionDesk, command: Command) -> str:
    """What is said; nothing has changed then."""
    before, stood = made.intents(), made.switch
    with pytest.raises(CommandRefused) as caught:
        made.obey(command, command.at)
    assert (made.intents(), made.switch) == (before, stood)
    return str(caught.value)


# --- approve ----------------------------------------------------------------------------------------------


def test_one_person_is_enough_where_one_is_asked_for(world: World) -> None:
    made, intent = asked(world)
    assert made.ready(at(9)) == []
    changes = made.obey(approve(intent, comment="go"), at(10))
    ((planned,), (step,), (event,)) = (changes.intents, changes.steps, changes.events)
    assert (planned.state, planned.approved_by, planned.expires_at) == ("planned", ("anna",), None)
    assert (step.actor, step.detail, step.version) == ("anna", "go", 1)
    assert (event.state, event.approved_by) == ("planned", ("anna",))
    assert made.ready(at(10)) == [planned]


def test_two_persons_must_be_two(world: World) -> None:
    made, intent = asked(world, approvers=2)
    changes = made.obey(approve(intent), at(10))
    assert (states(changes), len(changes.events)) == ([(ANN, "awaiting", "")], 1)
    assert made.ready(at(11)) == []
    assert refused(made, approve(intent)) == (
        f"anna has approved {intent.intent_id} already; 1 more of other persons needed"
    )
    (planned,) = made.obey(approve(intent, "ben"), at(12)).intents
    assert (planned.state, planned.approved_by) == ("planned", ("anna", "ben"))


def test_whoever_has_lost_the_right_meanwhile_counts_no_more(world: World) -> None:
    made, intent = asked(world, approvers=2)
    made.obey(approve(intent), at(10))
    world.people.remove("anna")
    world.people.add("cara")
    (still,) = made.obey(approve(intent, "ben"), at(11)).intents
    assert (still.state, still.approved_by) == ("awaiting", ("ben",))
    (planned,) = made.obey(approve(intent, "cara"), at(12)).intents
    assert (planned.state, planned.approved_by) == ("planned", ("ben", "cara"))


def test_where_several_must_agree_the_web_token_is_nobody(world: World) -> None:
    made, intent = asked(world, approvers=2)
    made.obey(approve(intent), at(10))
    assert refused(made, approve(intent, "admin")).startswith(
        "2 different persons must approve, and the web token is nobody's own; show the token of a person"
    )
    alone, other = asked(world)
    (planned,) = alone.obey(approve(other, "admin"), at(10)).intents
    assert planned.state == "planned"


def test_so_many_must_agree_as_the_configuration_of_now_wants_and_never_fewer(world: World) -> None:
    made, intent = asked(world)
    made.reconfigure({"stop": plan(approvers=2)}, {}, at(1))
    (still,) = made.obey(approve(intent), at(2)).intents
    assert (still.state, still.approvers) == ("awaiting", 2)
    made.reconfigure({"stop": plan(approvers=1)}, {}, at(3))
    assert "1 more of other persons needed" in refused(made, approve(intent))
    assert made.obey(approve(intent, "ben"), at(4)).intents[0].state == "planned"


def test_only_who_has_the_right_decides(world: World) -> None:
    made, intent = asked(world)
    for command in (approve(intent, "cem"), deny(intent, "cem"), switch(False, person="cem")):
        assert refused(made, command).startswith("cem may not decide about actions; give [people.cem]")


def test_a_question_expires_and_that_is_told(world: World) -> None:
    made, intent = asked(world)
    assert made.next_due() == at(900)
    assert not made.tick(at(899))
    assert "expired at 2026-03-01 12:15:00 UTC" in refused(made, approve(intent, seconds=900))
    changes = made.tick(at(900))
    assert states(changes) == [(ANN, "expired", "nobody_answered")]
    assert [event.state for event in changes.events] == ["expired"]
    assert made.next_due() is None
    assert "is over: expired at" in refused(made, approve(intent, seconds=901))


def test_what_was_approved_is_called_off_where_its_reason_is_gone(world: World) -> None:
    made, intent = asked(world)
    (planned,) = made.obey(approve(intent), at(10)).intents
    world.over.add((intent.fingerprint, intent.episode))
    assert made.ready(at(11)) == []
    changes = made.progressed(*moved(planned, IntentState.SENDING, at(11), requests=1), at(11))
    assert states(changes) == [(ANN, "called_off", "not_in_force")]
    assert changes.intents[0].requests == 0


def test_a_question_is_withdrawn_where_its_reason_is_gone(world: World) -> None:
    made, intent = asked(world)
    world.over.add((intent.fingerprint, intent.episode))
    assert states(made.tick(at(20))) == [(ANN, "called_off", "not_in_force")]


# --- deny -------------------------------------------------------------------------------------------------


def test_one_no_is_enough(world: World) -> None:
    made, intent = asked(world, approvers=2)
    made.obey(approve(intent, "ben"), at(5))
    changes = made.obey(deny(intent), at(10))
    assert states(changes) == [(ANN, "denied", "denied")]
    assert (changes.intents[0].detail, changes.steps[0].actor, changes.steps[0].detail) == (
        "anna", "anna", "not now",
    )  # fmt: skip
    assert f"{intent.intent_id} is over: denied by anna at" in refused(made, approve(intent, "ben"))


def test_what_is_approved_may_be_denied_until_it_leaves(world: World) -> None:
    made, intent = asked(world)
    (planned,) = made.obey(approve(intent), at(10)).intents
    made.progressed(*moved(planned, IntentState.SENDING, at(11), requests=1), at(11))
    assert "was sent already, or may have been" in refused(made, deny(intent))
    made, intent = asked(world)
    made.obey(approve(intent), at(10))
    assert states(made.obey(deny(intent), at(11))) == [(ANN, "denied", "denied")]
    assert made.ready(at(12)) == []


def test_what_is_held_after_a_round_that_may_have_been_taken_can_not_be_called_unsent(world: World) -> None:
    for end in ("deny", "off", "configuration"):
        made, intent = asked(world)
        (held,) = made.obey(approve(intent), at(1)).intents
        for state in (IntentState.SENDING, IntentState.VERIFYING, IntentState.HELD):
            (held,) = made.progressed(*moved(held, state, at(2), requests=2, rounds=1), at(2)).intents
        if end == "deny":
            assert "was sent already, or may have been" in refused(made, deny(held))
        elif end == "off":
            assert states(made.obey(switch(False), at(3))) == [(ANN, "unconfirmed", "switched_off")]
        else:
            changes = made.reconfigure({}, {}, at(3))
            assert states(changes) == [(ANN, "unconfirmed", "configuration")]


# --- ids --------------------------------------------------------------------------------------------------


def test_the_first_letters_are_enough(world: World) -> None:
    made, intent = asked(world)
    command = Approve(person="anna", at=at(1), intent_id=f" {intent.intent_id[:4].upper()} ")
    assert made.obey(command, at(1)).intents[0].state is IntentState.PLANNED


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("abc", "too short; give at least 4"),
        ("zzzz", "no action has the id 'zzzz'; 1 are open: alertd actions list"),
        ("x" * 50, f"no action has the id {'x' * 20!r}"),
    ],
)
def test_an_id_that_names_none_is_refused(world: World, name: str, text: str) -> None:
    made, _ = asked(world)
    assert text in refused(made, Approve(person="anna", at=at(1), intent_id=name))


def test_the_nearest_id_is_named(world: World) -> None:
    made, intent = asked(world)
    with pytest.raises(NoSuchIntent, match=f"the nearest: {intent.intent_id}"):
        made.obey(Approve(person="anna", at=at(1), intent_id=f"{intent.intent_id[:-1]}1"), at(1))


def test_two_that_begin_alike_are_not_chosen_between(world: World) -> None:
    made, first = asked(world, traders=None)
    made = desk(
        world, plan(traders=None), intents=[_named("abcdefgh", first), _named("abcdzzzz", first, BOB)]
    )
    assert "means several actions; give more of abcdefgh, abcdzzzz" in refused(
        made, Approve(person="anna", at=at(1), intent_id="abcd")
    )


def _named(intent_id: str, like: Intent, trader: str = ANN) -> Intent:
    return replace(like, intent_id=intent_id, trader=trader)


# --- the switch -------------------------------------------------------------------------------------------


def test_off_calls_off_what_was_not_sent_and_reads_what_was(world: World) -> None:
    made = desk(world, plan(traders=None))
    for trader in (ANN, BOB):
        made.triggered(alert(leader(trader)), at(0))
    first, second = made.intents()
    (planned,) = made.obey(approve(first), at(1)).intents
    (sent,) = made.progressed(*moved(planned, IntentState.SENDING, at(2), requests=1), at(2)).intents
    changes = made.obey(switch(False), at(10))
    assert (made.switch.on, made.switch.by, made.switch.at) == (False, "anna", at(10))
    assert (changes.switch, states(changes)) == (made.switch, [(BOB, "called_off", "switched_off")])
    assert made.ready(at(11)) == [sent]
    (verifying,) = made.progressed(*moved(sent, IntentState.VERIFYING, at(12)), at(12)).intents
    again = made.progressed(*moved(verifying, IntentState.SENDING, at(60), requests=2), at(60))
    assert states(again) == [(ANN, "unconfirmed", "switched_off")]
    assert second.intent_id not in {intent.intent_id for intent in made.ready(at(61))}


def test_on_lets_new_ones_through(world: World) -> None:
    made = desk(world, switch=Switch(on=False))
    assert made.obey(switch(True, seconds=1), at(1)).switch == Switch(on=True, by="anna", at=at(1))
    assert states(made.triggered(alert(), at(2))) == [(ANN, "awaiting", "")]
    assert not made.obey(switch(True, person="ben"), at(3))
    assert made.switch.by == "anna"


def test_an_account_is_armed_and_disarmed_beside_the_switch(world: World) -> None:
    made = desk(world, plan(mode=Mode.AUTO), finished_runs={"stop": 1})
    made.obey(switch(True, "main"), at(1))
    assert (made.switch.on, made.switch.armed) == (True, frozenset(("main",)))
    assert states(made.triggered(alert(), at(2))) == [(ANN, "planned", "")]
    changes = made.obey(switch(False, "main"), at(3))
    assert states(changes) == [(ANN, "called_off", "not_armed")]
    assert (made.switch.on, made.switch.armed) == (True, frozenset())


def test_what_may_have_been_sent_is_not_sent_again_once_it_is_disarmed(world: World) -> None:
    made = desk(world, plan(mode=Mode.AUTO), finished_runs={"stop": 1}, switch=ARMED)
    (intent,) = made.triggered(alert(), at(0)).intents
    (sent,) = made.progressed(*moved(intent, IntentState.SENDING, at(1), requests=1), at(1)).intents
    assert states(made.obey(switch(False, "main"), at(2))) == []
    (held,) = made.progressed(*moved(sent, IntentState.HELD, at(3)), at(3)).intents
    assert made.ready(at(4)) == []
    again = made.progressed(*moved(held, IntentState.SENDING, at(5), requests=2), at(5))
    assert states(again) == [(ANN, "called_off", "not_armed")]


def test_disarming_leaves_what_persons_have_approved(world: World) -> None:
    made = desk(world, plan(mode=Mode.AUTO), switch=ARMED)
    (intent,) = made.triggered(alert(), at(0)).intents
    made.obey(approve(intent), at(1))
    assert states(made.obey(switch(False, "main"), at(2))) == []
    assert len(made.ready(at(2))) == 1


def test_an_unknown_account_is_not_armed_and_a_former_one_can_be_disarmed(world: World) -> None:
    made = desk(world, switch=Switch(armed=frozenset(("gone",))))
    assert refused(made, switch(True, "mian")) == "there is no account 'mian'"
    assert refused(made, switch(False, "mian")) == "there is no account 'mian'"
    assert made.obey(switch(False, "gone"), at(1)).switch is not None
    assert made.switch.armed == frozenset()


def test_the_switch_off_is_kept_over_a_restart(world: World) -> None:
    made, intent = asked(world)
    made.obey(approve(intent), at(1))
    made.obey(switch(False), at(2))
    again = desk(world, intents=made.intents(), switch=made.switch)
    assert again.ready(at(3)) == []
    assert states(again.triggered(alert(leader(ANN)), at(3))) == [(ANN, "blocked", "switched_off")]


def test_other_commands_are_not_for_the_desk(world: World) -> None:
    made, _ = asked(world)
    assert "Acknowledge is no command about actions" in refused(made, Acknowledge(person="anna", at=at(1)))


def test_a_run_that_was_approved_and_confirmed_counts(world: World) -> None:
    made, intent = asked(world, cooldown_s=0.0)
    (planned,) = made.obey(approve(intent), at(1)).intents
    assert carried_out(made, planned, at(2)).is_run
