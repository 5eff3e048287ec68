"""Covers alertd/sources/turns.py."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.alert import Severity
from alertd.sources.turns import TOGETHER_S, Caller, Standing, Waiter, next_to_dial

CRITICAL, WARNED = Standing(Severity.CRITICAL), Standing(Severity.WARNING)
HOLDING, CALM = Standing(has_positions=True), Standing()
NOW_S = 1000.0


def order(callers: list[Caller], standings: Mapping[str, Standing]) -> list[tuple[str, int]]:
    waiting = [Waiter(caller, ticket) for ticket, caller in enumerate(callers)]
    found = []
    while (one := next_to_dial(waiting, lambda name: standings.get(name, CALM), {}, NOW_S)) is not None:
        found.append((one.caller.account, one.caller.place))
        waiting.remove(one)
    return found


def test_danger_comes_first_then_positions_then_who_is_blind_longest_then_who_still_sees() -> None:
    callers = [
        Caller("sees"),
        Caller("blind", blind_since_s=900),
        Caller("longer", blind_since_s=800),
        Caller("holding", blind_since_s=990),
        Caller("info", blind_since_s=700),
        Caller("warned", blind_since_s=990),
        Caller("critical", blind_since_s=999),
    ]
    standings = {
        "critical": CRITICAL,
        "warned": WARNED,
        "holding": HOLDING,
        "info": Standing(Severity.INFO),
    }
    expected = ["critical", "warned", "holding", "info", "longer", "blind", "sees"]
    assert [name for name, _ in order(callers, standings)] == expected


def test_the_most_important_streams_of_equals_come_first() -> None:
    cut_s = 500.0
    callers = [
        Caller("main", 1, blind_since_s=cut_s),
        Caller("second", 1, blind_since_s=cut_s + 0.001),
        Caller("second", 0, blind_since_s=cut_s + 0.002),
        Caller("main", 0, blind_since_s=cut_s + 0.003),
    ]
    assert order(callers, {}) == [("second", 0), ("main", 0), ("main", 1), ("second", 1)]


def test_an_account_in_danger_has_both_its_streams_before_the_others() -> None:
    callers = [Caller("calm", 0), Caller("critical", 1), Caller("critical", 0)]
    assert order(callers, {"critical": CRITICAL}) == [("critical", 0), ("critical", 1), ("calm", 0)]


def test_a_host_that_is_held_back_holds_back_nobody_else() -> None:
    waiting = [Waiter(Caller("critical", origin="a"), 0), Waiter(Caller("calm", origin="b"), 1)]
    standing_of = {"critical": CRITICAL, "calm": CALM}.__getitem__
    one = next_to_dial(waiting, standing_of, {"a": NOW_S + 0.5}, NOW_S)
    assert one is waiting[1]
    assert next_to_dial(waiting, standing_of, {"a": NOW_S}, NOW_S) is waiting[0]
    assert next_to_dial(waiting[:1], standing_of, {"a": NOW_S + 0.5}, NOW_S) is None


CALLERS = st.builds(
    Caller,
    account=st.sampled_from("abcdefgh"),
    place=st.integers(0, 1),
    blind_since_s=st.none() | st.floats(0, NOW_S),
)
STANDINGS = st.dictionaries(
    st.sampled_from("abcdefgh"),
    st.builds(Standing, st.none() | st.sampled_from(list(Severity)), st.booleans()),
)


def urgency(standing: Standing) -> int:
    ranks = {Severity.CRITICAL: 0, Severity.WARNING: 1}
    return ranks.get(standing.severity or Severity.INFO, 2 if standing.has_positions else 3)


@given(st.lists(CALLERS, max_size=30), STANDINGS)
def test_nobody_is_forgotten_and_nobody_passes_one_in_more_danger(
    callers: list[Caller], standings: dict[str, Standing]
) -> None:
    found = order(callers, standings)
    assert sorted(found) == sorted((caller.account, caller.place) for caller in callers)
    ranks = [urgency(standings.get(name, CALM)) for name, _ in found]
    assert ranks == sorted(ranks)


@given(st.lists(CALLERS, min_size=1, max_size=30), STANDINGS)
def test_whom_nobody_in_as_much_danger_is_blinder_than_comes_next(
    callers: list[Caller], standings: dict[str, Standing]
) -> None:
    waiting = [Waiter(caller, ticket) for ticket, caller in enumerate(callers)]
    one = next_to_dial(waiting, lambda name: standings.get(name, CALM), {}, NOW_S)
    assert one is not None

    def since_s(account: str) -> float:
        found = [c.blind_since_s for c in callers if c.account == account and c.blind_since_s is not None]
        return min(found, default=float("inf"))

    rivals = [
        caller
        for caller in callers
        if urgency(standings.get(caller.account, CALM)) == urgency(standings.get(one.caller.account, CALM))
    ]
    assert all(
        since_s(one.caller.account) - since_s(caller.account) < TOGETHER_S
        for caller in rivals
        if since_s(caller.account) < float("inf")
    )
    own = [caller.place for caller in rivals if caller.account == one.caller.account]
    assert one.caller.place == min(own)


@pytest.mark.parametrize("standing", [CRITICAL, WARNED, HOLDING])
def test_who_gets_into_danger_while_waiting_moves_ahead(standing: Standing) -> None:
    waiting = [Waiter(Caller(name, blind_since_s=1.0), ticket) for ticket, name in enumerate("abc")]
    now: dict[str, Standing] = {}
    first = next_to_dial(waiting, lambda name: now.get(name, CALM), {}, NOW_S)
    now["c"] = standing
    then = next_to_dial(waiting, lambda name: now.get(name, CALM), {}, NOW_S)
    assert (first, then) == (waiting[0], waiting[2])
