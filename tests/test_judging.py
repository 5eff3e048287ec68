"""Covers alertd/judging.py, with the real rules, memories and alerts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter

from alertd.alerts.lifecycle import Changes, Lifecycle
from alertd.domain.events import ActionState, Coverage, CoverageState, DeliveryHealth, Event, Tick
from alertd.judging import Judging
from alertd.rules.builtin import BUILTIN_RULES
from alertd.rules.memories import Memories
from alertd.rules.settings import RuleSettings
from alertd.ruling import Ruling
from tests.piping import NOW, margin

FALLING = {
    "falling": {
        "type": "drawdown",
        "event": "margin_state",
        "severity": "critical",
        "field": "margin_ratio",
        "fall": "20%",
        "window_s": 600,
    }
}
BLIND = {"mine": {"type": "match", "event": "coverage", "match": {"state": "blind"}, "severity": "info"}}
ETH = "ETH-USDT-SWAP"
DEAD = DeliveryHealth(event_id="d", exchange="", account="", received_at=NOW, sink="mail", healthy=False)


def ruling(rules: dict[str, Any] | None = None, sinks: tuple[str, ...] = ("phone", "mail")) -> Ruling:
    table = TypeAdapter(dict[str, RuleSettings]).validate_python(rules or {})
    return Ruling.of({**BUILTIN_RULES, **table}, [], sinks, {"main": {}})


def judging(rules: dict[str, Any] | None = None) -> Judging:
    first = ruling(rules)
    memories = Memories(first.engine.looking_back, first.labels)
    lifecycle = Lifecycle([], {}, first.router.remind_after, first.labels)
    return Judging(first.engine, memories, lifecycle, None)


def coverage(state: CoverageState) -> Coverage:
    return Coverage(
        event_id=f"c:{state}", exchange="okx", account="main", received_at=NOW, stream="private", state=state
    )


def told(together: list[Changes]) -> list[str]:
    """Of which rules something is told."""
    return [one.alert.fingerprint.rule for changes in together for one in changes.notifications]


def judge(judging: Judging, event: Event, seconds: float = 0) -> list[str]:
    at = NOW + timedelta(seconds=seconds)
    return told([changes for together in judging.judged(event, at) for changes in together])


@pytest.mark.parametrize(
    ("rules", "before", "event", "is_quiet"),
    [
        ({}, [], margin("22"), True),
        ({}, [], margin("2.5"), False),
        ({}, [margin("2.5")], margin("22", n=1), False),
        ({}, [margin("2.5")], margin("22", ETH, n=1), True),
        (FALLING, [margin("50")], margin("49", n=1), True),
        (FALLING, [margin("50")], margin("30", n=1), False),
        ({}, [], coverage(CoverageState.WATCHED), False),
        ({}, [], Tick(event_id="t", exchange="", account="", received_at=NOW), False),
    ],
    ids=[
        "far away",
        "near",
        "better than what is told",
        "another position than what is told",
        "little less than before",
        "much less than before",
        "another kind",
        "a tick",
    ],
)
def test_quiet_is_what_changes_nothing(
    rules: dict[str, Any], before: list[Event], event: Event, is_quiet: bool
) -> None:
    one = judging(rules)
    for earlier in before:
        judge(one, earlier)
    assert one.is_quiet(event) is is_quiet


def test_asking_whether_it_is_quiet_keeps_nothing() -> None:
    one = judging(FALLING)
    assert judge(one, margin("50")) == []
    assert [one.is_quiet(margin("30", n=1)) for _ in range(2)] == [False, False]
    assert judge(one, margin("30", n=1)) == ["falling"]


def test_a_tick_lets_timers_run() -> None:
    one = judging()
    assert judge(one, margin("2.5")) == ["margin_ratio"]
    tick = Tick(event_id="t", exchange="", account="", received_at=NOW)
    assert judge(one, tick, seconds=60) == []
    assert judge(one, tick, seconds=121) == ["margin_ratio"]  # the first reminder of a critical alert


def test_another_configuration_judges_the_newest_states_once() -> None:
    one = judging()
    judge(one, coverage(CoverageState.BLIND))
    assert told([*one.change_to(ruling(BLIND), NOW)]) == ["mine"]
    assert told([*one.change_to(ruling(BLIND), NOW)]) == []


@pytest.mark.parametrize(("settled", "rules"), [(False, ["mine"]), (True, [])])
def test_a_state_of_which_nothing_more_comes_is_not_judged_again(settled: bool, rules: list[str]) -> None:
    one = judging()
    for over in (False, settled):
        judge(
            one,
            ActionState(
                event_id=f"a:{over}",
                exchange="okx",
                account="main",
                received_at=NOW,
                intent_id="1",
                settled=over,
            ),
        )
    any_action = {"mine": {"type": "match", "event": "action", "severity": "info"}}
    assert told([*one.change_to(ruling(any_action), NOW)]) == rules


def test_the_last_word_of_a_sink_that_is_gone_opens_nothing() -> None:
    one = judging()
    assert judge(one, DEAD) == ["sink_dead"]
    one.change_to(ruling(sinks=("phone",)), NOW)
    assert [*one.judged(DEAD, NOW)] == []
    one.change_to(ruling(), NOW)
    assert judge(one, DEAD) == ["sink_dead"]
