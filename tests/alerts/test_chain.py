"""Covers alertd/alerts/chain.py."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from msgspec.structs import replace

from alertd.alerts.chain import (
    AT_REST,
    NO_CHAIN,
    NO_CHAINS,
    Chain,
    Step,
    facts_to_change,
    look_at,
    merged,
    steps_left,
    told,
)
from alertd.alerts.settings import RouteSettings
from alertd.domain.alert import Alert, AlertState
from tests.alerts.chained import CHAIN
from tests.alerts.nouns import START, alert_of, at, margin

RUNNING = {"chain_since": START}


def alert(**more: Any) -> Alert:
    return alert_of(margin(), **more)


def route(*sinks: str, escalate: Any = ()) -> RouteSettings:
    return RouteSettings.model_validate({"sinks": sinks, "escalate": escalate})


def test_the_steps_of_all_routes_make_one_chain() -> None:
    one = route("phone", escalate=[{"after_s": 60, "sinks": ["call"]}, {"after_s": 300, "sinks": ["boss"]}])
    other = route(
        "mail", escalate=[{"after_s": 60, "sinks": ["sms", "call"]}, {"after_s": 90, "sinks": "boss"}]
    )
    chain = merged([one, route("chat"), other], ("sms", "boss", "siren"))
    assert chain == Chain(
        (Step(60, ("call", "sms")), Step(90, ("boss",)), Step(300, ("boss",))),
        waking=("sms", "boss"),
        told_first=("phone", "chat", "mail"),
    )


def test_routes_without_steps_make_no_chain() -> None:
    assert merged([route("phone")], ("phone",)) == NO_CHAIN
    assert NO_CHAINS.chain_of(alert()) == NO_CHAIN
    assert not NO_CHAINS.is_sink("phone")


CHANGES: dict[str, tuple[Alert, Chain, dict[str, Any]]] = {
    "begins": (alert(), CHAIN, {**AT_REST, "chain_since": at(7), "chain_began_at": at(7)}),
    "runs": (alert(**RUNNING), CHAIN, {}),
    "never ran": (alert(), NO_CHAIN, {}),
    "pending": (alert(state=AlertState.PENDING), CHAIN, {}),
    "acknowledged": (alert(state=AlertState.ACKNOWLEDGED, **RUNNING), CHAIN, dict(AT_REST)),
    "no route wants it any more": (alert(**RUNNING, woken_at=START), NO_CHAIN, dict(AT_REST)),
    "gone, maybe to come back": (alert(vanished_at=START, **RUNNING), CHAIN, {}),
}


@pytest.mark.parametrize("case", CHANGES)
def test_where_a_chain_runs(case: str) -> None:
    stands, chain, wanted = CHANGES[case]
    assert facts_to_change(stands, chain, at(7)) == wanted


# chain_since, chain_done_at -> when the next step is due, and its sinks
LEFT: list[tuple[float | None, float, float]] = [
    (None, 60, 300),
    (60, 300, 300),
    (299, 300, 300),
    (300, 360, 600),  # a new round, counted from the last step
    (360, 420, 660),
]


@pytest.mark.parametrize(("done_s", "next_s", "last_s"), LEFT)
def test_which_steps_are_left(done_s: float | None, next_s: float, last_s: float) -> None:
    done_at = None if done_s is None else at(done_s)
    left = steps_left(alert(chain_since=START, chain_done_at=done_at), CHAIN)
    assert (left[0][0], left[-1][0]) == (at(next_s), at(last_s))


def test_none_is_left_of_a_chain_that_has_not_begun() -> None:
    assert steps_left(alert(), CHAIN) == []
    assert told(alert(), CHAIN, at(1000), at(1000)) == ((), {})


def test_a_tick_looks_when_a_step_is_due_and_at_once_where_facts_are_wrong() -> None:
    assert look_at(alert(**RUNNING), CHAIN) == at(60)
    assert look_at(alert(), CHAIN) == START
    assert look_at(alert(**RUNNING), NO_CHAIN) == START
    assert look_at(alert(), NO_CHAIN) is None
    assert look_at(alert(vanished_at=START, **RUNNING), CHAIN) is None
    assert look_at(alert(calm_until=at(90), **RUNNING), CHAIN) == at(90)
    assert look_at(alert(calm_until=at(30), **RUNNING), CHAIN) == at(60)


def facts(since: float, done: float, number: int) -> dict[str, datetime | int]:
    return {"chain_since": at(since), "chain_done_at": at(done), "chain_round": number}


# done, now -> sinks told, and the facts after it
TOLD: dict[str, tuple[float | None, float, tuple[str, ...], dict[str, Any]]] = {
    "too early": (None, 59, (), {}),
    "the first": (None, 60, ("call",), facts(0, 60, 0)),
    "late by a tick": (None, 64, ("call",), facts(0, 60, 0)),
    "the last": (60, 300, ("boss", "call"), facts(0, 300, 0)),
    "the next round": (300, 361, ("call",), facts(300, 360, 1)),
    "both missed": (None, 330, ("call", "boss"), facts(0, 300, 0)),
    "a night missed": (None, 30_000, ("call", "boss"), facts(0, 30_000, 0)),
}


@pytest.mark.parametrize("case", TOLD)
def test_what_is_told_and_where_it_stands_then(case: str) -> None:
    done_s, now_s, sinks, after = TOLD[case]
    stands = alert(chain_since=START, chain_done_at=None if done_s is None else at(done_s))
    assert told(stands, CHAIN, at(now_s), at(now_s)) == (sinks, after)
    if after:
        assert told(replace(stands, **after), CHAIN, at(now_s), at(now_s)) == ((), {})
