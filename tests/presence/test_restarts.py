"""alertd/presence/restarts.py"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.presence import After, Manner
from alertd.presence.restarts import (
    LOOP_TOLD_EVERY,
    MOST_TOLD,
    STEADY_AFTER,
    WINDOW,
    Life,
    begun,
    life_of,
    loop_told,
    steady,
    stopping,
)

T = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


def test_how_the_process_before_ended() -> None:
    first = begun(None, T, is_first=True)
    assert (first.after, first.manner) == (After.FIRST, Manner.ONE)
    assert begun(None, T, is_first=False).after is After.UNKNOWN
    assert begun(first.life, at(60), is_first=False).after is After.CRASH
    stopped, is_told = stopping(first.life, at(60))
    assert is_told
    back = begun(stopped, at(70), is_first=False)
    assert back.after is After.STOP
    assert begun(back.life, at(80), is_first=False).after is After.CRASH


def test_a_loop_is_told_once_an_hour_and_its_end() -> None:
    life, manners = Life(), []
    for n in range(300):
        life, _, manner = begun(life, at(20 * n), is_first=False)
        manners.append(manner)
        if manner is Manner.LOOP:
            life = loop_told(life, at(20 * n))
    told = [n for n, manner in enumerate(manners) if manner is not None]
    assert told == [0, 1, 2, 3, 183]
    assert manners[2:4] == [Manner.ONE, Manner.LOOP]
    assert (life.loop_starts, life.loop_since, life.within_s(at(20 * 299))) == (300, T, 20 * 299)
    assert stopping(life, at(6000))[1] is False
    life = steady(life)
    assert stopping(life, at(7000))[1] is True
    assert begun(life, at(7000), is_first=False).manner is Manner.ONE


def test_restarts_that_lie_apart_are_no_loop() -> None:
    life: Life | None = None
    for n in range(50):
        life, _, manner = begun(life, at(n * 201), is_first=n == 0)
        assert manner is Manner.ONE


def test_a_clock_that_was_ahead_holds_nothing_back() -> None:
    life = Life(starts=(at(10**6),) * 3)
    assert begun(life, T, is_first=False).manner is Manner.ONE
    life = Life(starts=(T,), loop_since=T, loop_starts=9, loop_told_at=at(10**6))
    assert begun(life, at(60), is_first=False).manner is Manner.LOOP


def test_it_is_kept_as_a_text() -> None:
    life = loop_told(Life(starts=(T, at(1.5)), stop_asked_at=at(2), loop_since=T, loop_starts=2), at(3))
    assert life_of(life.encoded()) == life
    assert life_of(None) is None
    assert life_of('{"starts": 3}') is None
    assert life_of("not ours") is None


LIVES = st.lists(
    st.tuples(
        # seconds up, seconds down, whether it was asked to end
        st.one_of(st.integers(1, 60), st.integers(1, 1500), st.integers(600, 90_000)),
        st.one_of(st.integers(1, 10), st.integers(1, 40_000)),
        st.booleans(),
    ),
    min_size=1,
    max_size=80,
)


@given(LIVES)
def test_whatever_happens_messages_are_bounded_and_nobody_is_left_in_the_dark(
    lives: list[tuple[int, int, bool]],
) -> None:
    """Each told thing is at most one message; kept is only what a store keeps."""
    stored: str | None = None
    now = T
    told: list[tuple[datetime, str]] = []
    for number, (up_s, down_s, is_asked) in enumerate(lives):
        former = life_of(stored)
        life, after, manner = begun(former, now, is_first=number == 0)
        if number:
            assert after is (After.STOP if lives[number - 1][2] else After.CRASH)
        began = now
        if manner is not None:
            told.append((now, str(manner)))
        if manner is Manner.LOOP:
            life = loop_told(life, now)
        if life.loop_since is not None and timedelta(seconds=up_s) >= STEADY_AFTER:
            told.append((now + STEADY_AFTER, str(Manner.STEADY)))
            life = steady(life)
        now += timedelta(seconds=up_s)
        if is_asked:
            life, is_told = stopping(life, now)
            if is_told:
                told.append((now, "stop"))
            else:  # the last word was that single stops are not told
                assert told[-1][1] == Manner.LOOP
        stored = life.encoded()
        # Who is up for long enough has said so, in this life.
        if timedelta(seconds=up_s) >= STEADY_AFTER:
            assert any(moment >= began and what != "stop" for moment, what in told)
        now += timedelta(seconds=down_s)
    for moment, _ in told:
        window = [what for other, what in told if moment <= other < moment + WINDOW]
        assert window.count("one") <= MOST_TOLD
        assert window.count("stop") <= MOST_TOLD + 1  # of a life that had begun before
        assert window.count("loop") <= 1
        assert window.count("steady") <= 1
    loops = [moment for moment, what in told if what == Manner.LOOP]
    ends = [moment for moment, what in told if what == Manner.STEADY]
    for one, other in pairwise(loops):
        assert other - one >= LOOP_TOLD_EVERY or any(one < end <= other for end in ends)
