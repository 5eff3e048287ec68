"""Covers alertd/domain/shared_trouble.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.shared_trouble import JOIN_S, LAST_ONE_S, SharedTrouble, follow, without

START = datetime(2026, 11, 21, 14, 2, 11, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def since(**accounts: float) -> dict[str, datetime]:
    return {name: at(seconds) for name, seconds in accounts.items()}


def after(*steps: tuple[float, dict[str, datetime]]) -> SharedTrouble | None:
    shared = None
    for seconds, troubles in steps:
        shared = follow(shared, troubles, at(seconds))
    return shared


BOTH = since(main=0, second=1)


def test_one_account_is_told_by_itself() -> None:
    assert after((0, since(main=0)), (500, since(main=0))) is None


def test_two_share_it_since_the_first_of_them_had_it() -> None:
    shared = after((0, since(main=0)), (1, BOTH))
    assert shared is not None
    assert (shared.names, shared.since, shared.back, shared.wave) == (("main", "second"), START, (), 1)


def test_who_is_rid_of_it_is_back_and_who_has_another_trouble_is_not() -> None:
    three = since(main=0, second=1, third=1)
    shared = after((1, three), (5, since(main=0, second=1)))
    assert shared is not None
    assert (shared.names, shared.back) == (("main", "second"), ("third",))
    parked = follow(after((1, three)), BOTH, at(5), otherwise={"third"})
    assert parked is not None
    assert parked.back == ()
    assert parked.everyone == ("main", "second", "third")


def test_it_ends_with_the_last_one() -> None:
    assert after((1, BOTH), (5, since(second=1)), (6, {})) is None


def test_one_that_lags_has_a_trouble_of_its_own() -> None:
    left = since(second=1)
    assert after((1, BOTH), (5, left), (4 + LAST_ONE_S, left)) is not None
    assert after((1, BOTH), (5, left), (5 + LAST_ONE_S, left)) is None
    # a second one that has it again makes it a shared one again
    assert after((1, BOTH), (5, left), (20, BOTH), (21 + LAST_ONE_S, left)) is not None


def test_who_joins_late_is_told_in_a_new_wave_with_all_other_joiners() -> None:
    two, three = BOTH | since(third=100), BOTH | since(third=100, fourth=130)
    early = after((1, BOTH), (30, BOTH | since(third=30)), (30 + JOIN_S, BOTH | since(third=30)))
    assert early is not None
    assert (early.wave, early.joined_later) == (1, ())  # told with the others, who had to wait as well
    late = after((1, BOTH), (100, two), (99 + JOIN_S, two))
    assert late is not None
    assert late.wave == 1
    late = after((1, BOTH), (100, two), (130, three), (100 + JOIN_S, three), (131 + JOIN_S, three))
    assert late is not None
    assert (late.wave, late.joined_later) == (2, ("third", "fourth"))


def test_a_joiner_that_does_not_stay_is_not_told() -> None:
    two = BOTH | since(third=100)
    shared = after((1, BOTH), (100, two), (110, BOTH), (101 + JOIN_S, BOTH))
    assert shared is not None
    assert (shared.wave, shared.back) == (1, ("third",))


def test_an_account_that_is_no_longer_looked_at_is_not_back() -> None:
    shared = after((1, BOTH | since(third=1)))
    assert shared is not None
    rest = without(shared, "third")
    again = follow(rest, BOTH, at(5))
    assert again is not None
    assert (again.names, again.back, again.everyone) == (("main", "second"), (), ("main", "second"))


NAMES = ("a", "b", "c", "d", "e")
STEPS = st.lists(st.tuples(st.floats(0.1, 90), st.sets(st.sampled_from(NAMES))), max_size=40)


@given(STEPS)
def test_whoever_has_it_is_a_member_or_told_by_himself(steps: list[tuple[float, set[str]]]) -> None:
    shared: SharedTrouble | None = None
    now_s = 0.0
    began: dict[str, datetime] = {}
    for gap_s, names in steps:
        now_s += gap_s
        began = {name: began.get(name, at(now_s)) for name in NAMES if name in names}
        before, shared = shared, follow(shared, began, at(now_s))
        if len(began) >= 2:
            assert shared is not None  # several accounts are never told one by one
        if not began:
            assert shared is None  # and never told on when all is well
        if shared is None:
            continue
        assert set(shared.names) == names
        assert set(shared.back).isdisjoint(names)
        assert set(shared.back) | names <= set(shared.everyone)
        assert shared.since <= min(shared.members.values())
        if before is not None:
            assert before.wave <= shared.wave <= before.wave + 1
            assert before.since == shared.since
        overdue = [one for one in shared.joined_at.values() if one > shared.wave_ends]
        assert all(at(now_s) - one < timedelta(seconds=JOIN_S) for one in overdue)


@given(STEPS)
def test_asking_again_at_once_changes_nothing(steps: list[tuple[float, set[str]]]) -> None:
    shared: SharedTrouble | None = None
    now_s = 0.0
    for gap_s, names in steps:
        now_s += gap_s
        troubles = dict.fromkeys(sorted(names), START)
        shared = follow(shared, troubles, at(now_s))
        if shared is not None:
            assert follow(shared, troubles, at(now_s)) == shared
