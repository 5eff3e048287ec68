"""What alertd does to an account is one alert for each action and trader (alertd/alerts/, alertd/rules/)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from alertd.alerts.routing import REMIND_LEFT_S, Router
from alertd.domain.action import IntentState as S
from alertd.domain.alert import AlertState, Resolution
from alertd.domain.events import ActionState
from alertd.rules.builtin import BUILTIN_RULES
from alertd.rules.engine import RuleEngine
from tests.alerts.chained import CRITICAL_ROUTE, STEPS, escalated, pass_time, router, silent
from tests.alerts.nouns import CRITICAL, INFO, WARNING, Run, at

ENGINE = RuleEngine(BUILTIN_RULES, {"main": {}})
URGENT = {S.AWAITING, S.HELD, S.BLOCKED, S.EXPIRED, S.FAILED, S.UNCONFIRMED}
HOUR_S = 3600.0


class Acting(Run):
    """A life cycle with the built-in rule, told how far actions have come."""

    def __init__(self, *routes: dict[str, Any]) -> None:
        self._versions: Iterator[int] = count(1)
        if routes:
            super().__init__(steps=silent, chains=router(*routes))
        else:
            super().__init__(steps=Router([], ("phone",)).remind_after)

    def come(self, state: S, seconds: float = 0.0, **more: Any) -> ActionState:
        """A step of the intent `i1` with the trader T1, unless told otherwise."""
        fields: dict[str, Any] = {
            "event_id": f"action:i1:{next(self._versions)}",
            "exchange": "okx",
            "account": "main",
            "received_at": at(seconds),
            "intent_id": "i1",
            "action": "stop_all",
            "state": state,
            "trader": "T1",
            "urgency": 3 if state in URGENT else 1,
            "settled": not state.is_open,
        }
        event = ActionState(**(fields | more))
        self.again(event)
        return event

    def again(self, event: ActionState) -> None:
        self.apply(event, *ENGINE.evaluate(event, self.lifecycle.is_open))

    def heard(self) -> list[tuple[str, str, str]]:
        """What people were told: the state, why, and how severe it is."""
        return [(told.alert.event.state, str(told.reason), str(told.alert.severity)) for told in self.told]


def test_from_the_question_to_the_proof_it_is_one_alert_and_everyone_hears_each_step() -> None:
    run = Acting()
    for seconds, state in enumerate((S.AWAITING, S.PLANNED, S.HELD, S.VERIFYING)):
        run.come(state, seconds)
    assert run.only_alert().severity is INFO  # who stops it is known: nobody is reminded of it
    assert run.only_alert().remind_at is None
    run.come(S.CONFIRMED, 9)
    assert run.heard() == [
        ("awaiting", "new", "critical"),
        ("planned", "worsened", "critical"),
        ("held", "worsened", "critical"),
        ("verifying", "worsened", "critical"),
        ("confirmed", "recovered", "info"),
    ]
    assert run.row().resolution is Resolution.RECOVERED
    assert run.row().told_as == (CRITICAL,)  # and so are the routes that hear of the end


def test_an_unanswered_question_is_asked_again_and_its_end_is_told() -> None:
    run = Acting()
    run.come(S.AWAITING)
    run.tick(120)
    run.tick(420)
    run.acknowledge(now=at(430))
    run.come(S.EXPIRED, 900)
    assert run.heard()[1:] == [
        ("awaiting", "reminder", "critical"),
        ("awaiting", "reminder", "critical"),
        ("expired", "worsened", "critical"),
    ]
    assert run.only_alert().state is AlertState.FIRING


FOR_ALL = {"sinks": ["phone"], "escalate": STEPS}


@pytest.mark.parametrize("route", [CRITICAL_ROUTE, FOR_ALL])
def test_a_question_goes_along_the_chain_until_it_is_answered(route: dict[str, Any]) -> None:
    """Whatever the routes are for: what is being done needs nobody."""
    run = Acting(route)
    run.come(S.AWAITING)
    pass_time(run, 1, 100)
    run.come(S.PLANNED, 101)
    pass_time(run, 102, 1000)
    run.come(S.UNCONFIRMED, 1000)
    pass_time(run, 1001, 1100)
    assert escalated(run) == [(60, ("call",)), (1060, ("call",))]


def test_a_question_that_somebody_only_took_note_of_goes_along_the_chain_when_it_has_expired() -> None:
    run = Acting(CRITICAL_ROUTE)
    run.come(S.AWAITING)
    run.acknowledge(now=at(10))
    pass_time(run, 11, 899)
    assert escalated(run) == []
    run.come(S.EXPIRED, 900)
    pass_time(run, 901, 1000)
    assert escalated(run) == [(960, ("call",))]


@pytest.mark.parametrize("state", [S.BLOCKED, S.EXPIRED, S.FAILED, S.UNCONFIRMED])
@pytest.mark.parametrize("before", [(), (S.PLANNED,), (S.AWAITING,)])
def test_what_went_wrong_stays_until_somebody_acknowledges_it(state: S, before: tuple[S, ...]) -> None:
    run = Acting()
    for earlier in before:
        run.come(earlier)
    run.come(state, 60)
    run.restart()
    run.tick(86_400 * 7)
    alert = run.only_alert()
    assert (alert.severity, alert.state) == (CRITICAL, AlertState.FIRING)
    run.acknowledge(now=at(86_400 * 8))
    run.tick(86_400 * 8 + HOUR_S)
    assert run.row().resolution is Resolution.EXPIRED
    assert run.reasons()[-1] == "reminder"


@pytest.mark.parametrize("state", [S.CONFIRMED, S.NOTHING_TO_DO, S.REHEARSED, S.DENIED, S.CALLED_OFF])
def test_a_good_end_of_which_nothing_was_told_is_told_once_and_goes(state: S) -> None:
    run = Acting()
    run.come(state)
    run.tick(HOUR_S - 1)
    assert run.heard() == [(state.value, "new", "info")]
    run.tick(HOUR_S)
    assert run.row().resolution is Resolution.EXPIRED
    assert len(run.told) == 1


@pytest.mark.parametrize("state", [S.CONFIRMED, S.NOTHING_TO_DO, S.DENIED, S.CALLED_OFF, S.SPLIT])
@pytest.mark.parametrize("before", [S.AWAITING, S.PLANNED, S.FAILED])
def test_a_good_end_ends_what_was_told(state: S, before: S) -> None:
    run = Acting()
    run.come(before)
    run.come(state, 1)
    assert run.reasons() == ["new", "recovered"]
    assert not run.lifecycle.open_alerts()


def test_what_is_held_up_again_and_again_is_told_once_for_each_reason() -> None:
    """It is tried once a minute for an hour."""
    run = Acting()
    run.come(S.PLANNED)
    for minute in range(10):
        run.come(S.HELD, 60 * minute, reason="59263" if minute < 5 else "59287")
    heard = [told.alert.event.reason for told in run.told if told.reason != "reminder"]
    assert heard == ["", "59263", "59287"]
    assert run.only_alert().severity is CRITICAL


def test_a_rehearsal_is_told_beside_a_danger_and_does_not_end_it() -> None:
    run = Acting()
    run.come(S.FAILED)
    run.come(S.REHEARSED, 60, intent_id="i2")
    assert run.heard()[1] == ("rehearsed", "worsened", "critical")
    run.tick(2 * HOUR_S)
    assert run.only_alert().state is AlertState.FIRING


def test_positions_that_are_left_are_reminded_of_until_they_are_closed() -> None:
    run = Acting()
    run.come(S.AWAITING)
    run.come(S.CONFIRMED, 10, urgency=2, settled=False, left=2)
    assert run.only_alert().severity is WARNING
    assert run.only_alert().remind_at == at(10 + REMIND_LEFT_S[0])
    run.restart()
    run.tick(10 + REMIND_LEFT_S[0])
    run.come(S.CONFIRMED, 4000, urgency=2, settled=False, left=1)
    run.come(S.CONFIRMED, 5000, left=0)
    assert run.heard()[1:] == [
        ("confirmed", "worsened", "critical"),
        ("confirmed", "reminder", "warning"),
        ("confirmed", "worsened", "warning"),
        ("confirmed", "recovered", "warning"),
    ]


def test_a_new_case_takes_up_an_alert_that_was_about_to_go() -> None:
    run = Acting()
    run.come(S.NOTHING_TO_DO)
    run.come(S.AWAITING, 60, intent_id="i2")
    run.tick(HOUR_S + 1)
    alert = run.only_alert()
    assert (alert.severity, alert.expires_at, alert.kept_s) == (CRITICAL, None, None)


def test_each_action_and_trader_has_its_own() -> None:
    run = Acting()
    run.come(S.AWAITING)
    run.come(S.AWAITING, trader="T2")
    run.come(S.AWAITING, action="pause", trader="")
    run.come(S.CONFIRMED)
    assert [alert.fingerprint.subject for alert in run.lifecycle.open_alerts()] == [
        "action/stop_all/T2",
        "action/pause/-",
    ]


@pytest.mark.parametrize("state", [S.AWAITING, S.UNCONFIRMED, S.REHEARSED])
def test_the_same_step_told_again_is_no_news(state: S) -> None:
    """A start tells how far everything is: whoever heard it before is left alone."""
    run = Acting()
    event = run.come(state)
    run.restart()
    run.again(event)
    assert run.reasons() == ["new"]
