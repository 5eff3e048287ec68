"""alertd/outbox/pacing.py"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.outbox.pacing import (
    MOST_AT_ONCE,
    MOST_WHERE_QUICK,
    QUICK_PER_S,
    PaceMark,
    TokenBucket,
)


def test_an_unpaced_sink_never_waits() -> None:
    bucket = TokenBucket(0)
    assert {bucket.take(0.0, critical=False) for _ in range(10_000)} == {0.0}
    assert bucket.available(0.0, critical=False) > 10_000


def test_a_burst_passes_then_the_pace_holds() -> None:
    bucket = TokenBucket(per_minute=60, burst=4, reserved_share=0)
    assert [bucket.take(0.0, critical=False) for _ in range(5)] == [0, 0, 0, 0, 1.0]
    assert bucket.take(0.5, critical=False) == 0.5
    assert bucket.take(1.0, critical=False) == 0.0
    assert bucket.take(1.0, critical=False) == 1.0


def test_a_share_is_left_for_critical_ones() -> None:
    bucket = TokenBucket(per_minute=60, burst=8)
    assert bucket.available(0.0, critical=False) == 6
    assert bucket.available(0.0, critical=True) == 8
    taken = 0
    while bucket.take(0.0, critical=False) == 0:
        taken += 1
    assert taken == 6
    assert [bucket.take(0.0, critical=True) for _ in range(3)] == [0, 0, 1.0]
    # What comes in goes to the critical ones until the share is whole again.
    assert bucket.take(1.0, critical=False) == 2.0
    assert bucket.take(1.0, critical=True) == 0.0


@pytest.mark.parametrize(("per_minute", "burst"), [(1, 1), (20, 5), (50, 12), (3, 1)])
def test_the_default_burst_is_a_quarter(per_minute: int, burst: int) -> None:
    assert TokenBucket(per_minute).available(0.0, critical=True) == burst


def test_a_quick_pace_gives_no_burst_that_takes_the_time_of_others() -> None:
    for per_minute in (4 * MOST_AT_ONCE, QUICK_PER_S * 60 - 1):
        assert TokenBucket(per_minute).available(0.0, critical=True) == MOST_AT_ONCE
    for per_minute in (QUICK_PER_S * 60, 1200):
        assert TokenBucket(per_minute).available(0.0, critical=True) == MOST_WHERE_QUICK
    assert TokenBucket(1200, burst=300).available(0.0, critical=True) == 300


def test_the_slowest_pace_still_serves_everyone() -> None:
    bucket = TokenBucket(per_minute=1)
    assert bucket.take(0.0, critical=False) == 0.0
    assert bucket.take(0.0, critical=False) == 60.0
    assert bucket.take(60.0, critical=False) == 0.0


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    bucket = TokenBucket(per_minute=60, burst=1)
    assert bucket.take(100.0, critical=True) == 0.0
    assert bucket.take(50.0, critical=True) == 1.0
    assert bucket.take(100.5, critical=True) == 0.5


STEPS = st.lists(st.tuples(st.floats(0, 100), st.booleans()), max_size=80)


@given(st.integers(1, 6000), st.integers(1, 50), st.floats(0, 1e7), STEPS)
def test_the_rate_is_never_exceeded(
    per_minute: int, burst: int, start_s: float, steps: list[tuple[float, bool]]
) -> None:
    bucket = TokenBucket(per_minute, burst)
    now_s, passed_at = start_s, []
    for gap_s, critical in steps:
        now_s += gap_s
        room = bucket.available(now_s, critical)
        wait_s = bucket.take(now_s, critical)
        assert (room > 0) == (wait_s == 0.0)
        if wait_s == 0.0:
            passed_at.append(now_s)
    for i, first_s in enumerate(passed_at):
        for n, last_s in enumerate(passed_at[i:], start=1):
            assert n <= burst + per_minute / 60 * (last_s - first_s) + 1e-3


@given(st.integers(1, 6000), st.integers(1, 50), st.floats(0, 1e7), st.integers(0, 60), st.booleans())
def test_the_wait_told_is_enough(
    per_minute: int, burst: int, start_s: float, before: int, critical: bool
) -> None:
    bucket = TokenBucket(per_minute, burst)
    for _ in range(before):
        bucket.take(start_s, critical)
    wait_s = bucket.wait_s(start_s, critical)
    assert bucket.take(start_s + wait_s, critical) == 0.0


@given(st.integers(4, 6000), st.integers(4, 50), st.lists(st.floats(0, 30), max_size=60))
def test_others_alone_never_touch_the_critical_share(per_minute: int, burst: int, gaps: list[float]) -> None:
    bucket = TokenBucket(per_minute, burst)
    now_s = 0.0
    for gap_s in gaps:
        now_s += gap_s
        while bucket.take(now_s, critical=False) == 0.0:
            pass
        assert bucket.available(now_s, critical=True) >= int(burst * 0.25)


AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def emptied(per_minute: int = 20) -> TokenBucket:
    bucket = TokenBucket(per_minute)
    while bucket.take(1000.0, critical=True) == 0:
        pass
    return bucket


@pytest.mark.parametrize(("away_s", "tokens"), [(0, 0), (2.9, 0), (3, 1), (9, 3), (15, 5), (86_400, 5)])
def test_what_was_sent_before_a_restart_counts_on(away_s: float, tokens: int) -> None:
    mark = emptied().mark(1000.0, AT)
    bucket = TokenBucket(20)
    assert bucket.is_fresh
    bucket.resume(mark, 5.0, AT + timedelta(seconds=away_s))
    assert not bucket.is_fresh
    assert bucket.available(5.0, critical=True) == tokens


def test_a_mark_from_a_time_to_come_tells_nothing() -> None:
    bucket = TokenBucket(20)
    bucket.resume(emptied().mark(1000.0, AT), 5.0, AT - timedelta(seconds=1))
    assert bucket.available(5.0, critical=True) == 5


@pytest.mark.parametrize(("tokens", "available"), [(-9.0, 0), (1e9, 5)])
def test_a_mark_gives_no_more_than_there_can_be(tokens: float, available: int) -> None:
    bucket = TokenBucket(20)
    bucket.resume(PaceMark(tokens=tokens, at=AT), 5.0, AT)
    assert bucket.available(5.0, critical=True) == available


def test_a_mark_says_nothing_to_a_sink_without_a_pace() -> None:
    bucket = TokenBucket(0)
    bucket.resume(emptied().mark(1000.0, AT), 5.0, AT)
    assert bucket.available(5.0, critical=False) > 10_000


@given(
    st.integers(1, 600),
    st.integers(1, 50),
    st.floats(0, 1e7),
    STEPS,
    st.lists(st.integers(0, 79), max_size=5),
)
def test_the_rate_is_not_exceeded_over_restarts(
    per_minute: int, burst: int, start_s: float, steps: list[tuple[float, bool]], restarts: list[int]
) -> None:
    bucket = TokenBucket(per_minute, burst)
    now_s, passed_at = start_s, []
    for step, (gap_s, critical) in enumerate(steps):
        now_s += gap_s
        if step in restarts:
            mark = bucket.mark(now_s, AT + timedelta(seconds=now_s))
            bucket = TokenBucket(per_minute, burst)
            bucket.resume(mark, now_s, AT + timedelta(seconds=now_s))
        if bucket.take(now_s, critical) == 0.0:
            passed_at.append(now_s)
    for i, first_s in enumerate(passed_at):
        for n, last_s in enumerate(passed_at[i:], start=1):
            assert n <= burst + per_minute / 60 * (last_s - first_s) + 1e-3
