"""alertd/coverage/maintenance.py"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.coverage.maintenance import (
    GONE_AFTER,
    OVERRUN_AFTER,
    REMEMBERED,
    Known,
    Look,
    decoded,
    due,
    encoded,
    excuse,
    is_under_way,
    listed,
    missing,
    settled,
    told,
)
from alertd.domain.events import MaintenanceStage as Stage
from alertd.domain.maintenance import Service, Window, WindowState
from tests.coverage.evidence import at

HOUR, DAY = 3600.0, 86_400.0
OVERRUN_S, GONE_S = OVERRUN_AFTER.total_seconds(), GONE_AFTER.total_seconds()
DAY_, HOUR_, RUNNING, CHANGED, OVERRUN, OVER, CANCELLED = Stage


def window(begin_s: float | None = 30 * HOUR, end_s: float | None = 32 * HOUR, **changes: Any) -> Window:
    fields: dict[str, Any] = {
        "title": "Upgrade",
        "begin": None if begin_s is None else at(begin_s),
        "end": None if end_s is None else at(end_s),
        "services": (Service.TRADING,),
    }
    return Window(**fields | changes)


class Watch:
    """What is known and told as time goes; every step goes through the text of the store."""

    def __init__(self) -> None:
        self.known: tuple[Known, ...] = ()
        self.asked_at: datetime | None = None
        self.told: list[tuple[str, Stage]] = []

    def listed(self, now_s: float, *windows: Window) -> list[Stage]:
        self.known = listed(self.known, windows, at(now_s))
        self.asked_at = at(now_s)
        return self.look(now_s)

    def look(self, now_s: float, *, is_blind: bool = False) -> list[Stage]:
        """What is told now."""
        look = Look(now=at(now_s), asked_at=self.asked_at, is_blind=is_blind)
        stages: list[Stage] = []
        after: list[Known] = []
        for one in decoded(encoded(self.known)):
            one = settled(one, look)
            stage = due(one, look)
            if stage is not None:
                stages.append(stage)
                self.told.append((one.name, stage))
                one = told(one, stage, look)
            after.append(one)
        self.known = tuple(after)
        return stages

    def restart(self) -> None:
        self.asked_at = None


def test_a_day_ahead_an_hour_ahead_and_at_its_end() -> None:
    watch = Watch()
    assert watch.listed(0, window()) == []
    assert watch.look(6 * HOUR - 1) == []
    assert watch.look(6 * HOUR) == [DAY_]
    assert watch.listed(7 * HOUR, window()) == []
    assert watch.look(29 * HOUR - 1) == []
    assert watch.look(29 * HOUR) == [HOUR_]
    assert watch.listed(30 * HOUR, window(state=WindowState.RUNNING)) == []
    assert watch.look(31 * HOUR, is_blind=True) == []
    assert watch.listed(32 * HOUR, window(state=WindowState.OVER)) == [OVER]
    assert watch.listed(33 * HOUR) == []


@pytest.mark.parametrize(
    ("now_s", "state", "expected"),
    [
        (10 * HOUR, WindowState.SCHEDULED, [DAY_]),
        (29.5 * HOUR, WindowState.SCHEDULED, [HOUR_]),
        (31 * HOUR, WindowState.SCHEDULED, [RUNNING]),
        (31 * HOUR, WindowState.RUNNING, [RUNNING]),
        (28 * HOUR, WindowState.RUNNING, [RUNNING]),  # it began earlier than announced
        (32 * HOUR, WindowState.SCHEDULED, []),
        (32 * HOUR, WindowState.RUNNING, []),
        (32 * HOUR + OVERRUN_S, WindowState.RUNNING, [OVERRUN]),
        (31 * HOUR, WindowState.OVER, []),
        (10 * HOUR, WindowState.CANCELLED, []),
    ],
)
def test_what_is_learned_of_late(now_s: float, state: WindowState, expected: list[Stage]) -> None:
    watch = Watch()
    assert watch.listed(now_s, window(state=state)) == expected
    watch.restart()
    assert watch.listed(now_s + 1, window(state=state)) == []


def test_one_that_is_cancelled_is_told_only_to_whom_it_was_announced() -> None:
    watch = Watch()
    watch.listed(0, window())
    assert watch.listed(60, window(state=WindowState.CANCELLED)) == []
    other = Watch()
    other.listed(10 * HOUR, window())
    assert other.listed(11 * HOUR, window(state=WindowState.CANCELLED)) == [CANCELLED]
    assert other.look(29.5 * HOUR) == []
    assert other.listed(29.5 * HOUR, window()) == [HOUR_]  # and is on again


def test_one_that_vanishes_is_gone_once_two_lists_were_without_it() -> None:
    watch = Watch()
    watch.listed(10 * HOUR, window())
    assert missing(watch.known, [])
    assert watch.listed(11 * HOUR) == []
    assert watch.listed(11 * HOUR + GONE_S) == [CANCELLED]
    assert not missing(watch.known, [])
    late = Watch()
    late.listed(31 * HOUR, window(state=WindowState.RUNNING))
    late.listed(31.1 * HOUR)
    assert late.listed(31.1 * HOUR, window(state=WindowState.RUNNING)) == []
    late.listed(31.2 * HOUR)
    assert late.listed(31.2 * HOUR + GONE_S) == [OVER]


def test_a_change_is_told_and_begins_the_stages_anew() -> None:
    watch = Watch()
    watch.listed(29.5 * HOUR, window())
    assert watch.told[-1][1] is HOUR_
    moved = window(80 * HOUR, 82 * HOUR)
    assert watch.listed(29.6 * HOUR, moved) == [CHANGED]
    assert watch.listed(29.7 * HOUR, moved) == []
    assert watch.look(56 * HOUR) == [DAY_]
    assert watch.look(79 * HOUR) == [HOUR_]
    assert watch.listed(81 * HOUR, window(80 * HOUR, 84 * HOUR, state=WindowState.RUNNING)) == [CHANGED]
    assert watch.look(82 * HOUR + OVERRUN_S, is_blind=True) == []
    assert len({name for name, _ in watch.told}) == 1


def test_small_and_unannounced_changes_are_told_to_nobody() -> None:
    watch = Watch()
    watch.listed(0, window())
    assert watch.listed(60, window(40 * HOUR, 42 * HOUR)) == []
    assert watch.look(16 * HOUR) == [DAY_]
    assert watch.listed(17 * HOUR, window(40 * HOUR + 30, 42 * HOUR)) == []


def test_a_change_that_is_taken_back_before_it_was_told_is_none() -> None:
    known = listed((), [window()], at(10 * HOUR))
    look = Look(now=at(10 * HOUR))
    known = (told(known[0], DAY_, look),)
    known = listed(known, [window(31 * HOUR)], at(10 * HOUR))
    assert due(known[0], look) is CHANGED
    assert due(listed(known, [window()], at(10 * HOUR))[0], look) is None


def test_an_end_that_comes_or_goes_is_a_change() -> None:
    watch = Watch()
    watch.listed(10 * HOUR, window(end_s=None))
    assert watch.listed(11 * HOUR, window()) == [CHANGED]
    assert watch.listed(12 * HOUR, window(end_s=None)) == [CHANGED]


def test_one_that_lasts_longer_is_told_once_and_then_its_end() -> None:
    watch = Watch()
    running = window(state=WindowState.RUNNING)
    watch.listed(31 * HOUR, running)
    assert watch.listed(32 * HOUR + 60, running) == []
    assert watch.look(32 * HOUR + OVERRUN_S) == [OVERRUN]
    assert watch.listed(33 * HOUR, running) == []
    assert watch.listed(34 * HOUR, window(state=WindowState.OVER)) == [OVER]


@pytest.mark.parametrize(("is_blind", "expected"), [(True, [OVERRUN]), (False, [])])
def test_where_the_exchange_does_not_answer_only_blindness_says_that_it_goes_on(
    is_blind: bool, expected: list[Stage]
) -> None:
    watch = Watch()
    watch.listed(29.5 * HOUR, window())
    assert watch.look(32 * HOUR + OVERRUN_S - 1, is_blind=is_blind) == []
    assert watch.look(32 * HOUR + OVERRUN_S, is_blind=is_blind) == expected
    assert watch.look(33 * HOUR, is_blind=False) == []
    assert watch.listed(33 * HOUR, window()) == [OVER]


def test_a_list_that_still_calls_it_scheduled_after_its_end_keeps_nobody_waiting() -> None:
    watch = Watch()
    watch.listed(29.5 * HOUR, window())
    assert watch.listed(32 * HOUR + OVERRUN_S, window()) == [OVER]
    assert watch.listed(32.5 * HOUR, window()) == []


def test_two_of_one_title_are_two_and_the_next_is_not_the_last_moved() -> None:
    watch = Watch()
    first, second = window(10 * HOUR, 11 * HOUR), window(20 * HOUR, 21 * HOUR)
    assert watch.listed(0, second, first) == [DAY_, DAY_]
    assert watch.listed(60, first, second) == []
    assert watch.listed(11 * HOUR, window(10 * HOUR, 11 * HOUR, state=WindowState.OVER), second) == [OVER]
    assert watch.listed(12 * HOUR, second, window(60 * HOUR, 61 * HOUR)) == []
    assert len(watch.known) == 3


def test_of_one_begin_with_two_ends_each_stays_itself() -> None:
    watch = Watch()
    short, long = window(), window(end_s=33 * HOUR)
    assert watch.listed(10 * HOUR, short, long) == [DAY_, DAY_]
    assert watch.listed(11 * HOUR, long, short) == []
    assert len({one.name for one in watch.known}) == 2


def test_without_a_begin_it_began_when_it_was_first_seen() -> None:
    watch = Watch()
    failure = window(None, None, state=WindowState.RUNNING, planned=False)
    assert watch.listed(100, failure) == [RUNNING]
    assert watch.listed(200, failure) == []
    assert watch.known[0].begin == at(100)
    assert is_under_way(watch.known[0], at(200))
    assert watch.listed(300, window(None, None, state=WindowState.OVER, planned=False)) == [OVER]


def test_what_ended_is_forgotten_after_a_while() -> None:
    watch = Watch()
    watch.listed(10 * HOUR, window())
    watch.listed(11 * HOUR, window(state=WindowState.CANCELLED))
    watch.listed(11 * HOUR + REMEMBERED.total_seconds())
    assert watch.known == ()


def test_a_text_of_another_version_is_nothing() -> None:
    assert decoded('[{"what": "is this"}]') == decoded("") == decoded(None) == ()


# --- what it explains ---------------------------------------------------------------------------------


def explained(now_s: float, **changes: Any) -> bool:
    [one] = listed((), [window(0, 2 * HOUR, state=WindowState.RUNNING, **changes)], at(0))
    return excuse(one, at(now_s)) is not None


@pytest.mark.parametrize(
    ("now_s", "changes", "expected"),
    [
        (-61, {}, False),
        (-60, {}, True),
        (0, {}, True),
        (2 * HOUR + OVERRUN_S - 1, {}, True),
        (2 * HOUR + OVERRUN_S, {}, False),
        (HOUR, {"planned": False}, False),
        (HOUR, {"services": (Service.COPYING,)}, False),
        (HOUR, {"services": (Service.OTHER,)}, False),
        (HOUR, {"services": (Service.STREAMS, Service.COPYING)}, True),
    ],
)
def test_only_what_was_planned_explains_and_only_in_its_time(
    now_s: float, changes: dict[str, Any], expected: bool
) -> None:
    assert explained(now_s, **changes) is expected


def test_without_an_end_it_explains_an_hour() -> None:
    [one] = listed((), [window(0, None, state=WindowState.RUNNING)], at(0))
    early, late = excuse(one, at(HOUR - 1)), excuse(one, at(HOUR))
    assert early is not None
    assert (early.until, late) == (None, None)


def test_what_ended_early_or_lasts_longer_explains_no_more() -> None:
    [one] = listed((), [window(0, 2 * HOUR, state=WindowState.RUNNING)], at(0))
    [over] = listed((one,), [window(0, 2 * HOUR, state=WindowState.OVER)], at(HOUR))
    assert excuse(over, at(HOUR + 1)) is not None  # streams take a moment
    assert excuse(over, at(HOUR + OVERRUN_S)) is None
    [cancelled] = listed((one,), [window(0, 2 * HOUR, state=WindowState.CANCELLED)], at(HOUR))
    assert excuse(cancelled, at(HOUR + 1)) is None
    assert excuse(told(one, OVERRUN, Look(now=at(0))), at(HOUR)) is None


# --- whatever comes -------------------------------------------------------------------------------------

TIMES = st.integers(0, 60).map(lambda hours: hours * HOUR)
WINDOWS = st.builds(
    lambda begin_s, lasts_s, state, title: window(
        begin_s, None if lasts_s is None else begin_s + lasts_s, state=state, title=title
    ),
    TIMES,
    st.sampled_from([None, HOUR, 5 * HOUR]),
    st.sampled_from(list(WindowState)),
    st.sampled_from(["a", "b"]),
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([1.0, 100.0, HOUR, 10 * HOUR]),
        st.sampled_from(["look", "blind", "restart"]) | st.lists(WINDOWS, max_size=3),
    ),
    max_size=25,
)


@given(WINDOWS.filter(lambda one: one.state is not WindowState.CANCELLED), STEPS)
def test_each_stage_of_a_window_that_stays_is_told_once_and_none_after_its_end(
    fixed: Window, steps: list[tuple[float, Any]]
) -> None:
    """Lists either show the window as it is, or there is no list; restarts fall anywhere."""
    watch, now_s = Watch(), 0.0
    assert fixed.begin is not None
    for passed_s, what in steps:
        now_s += passed_s
        if what == "restart":
            watch.restart()
            continue
        before = len(watch.told)
        if isinstance(what, list):
            watch.listed(now_s, fixed)
        else:
            watch.look(now_s, is_blind=what == "blind")
        assert watch.look(now_s, is_blind=what == "blind") == []  # what was told is not told again at once
        for _, stage in watch.told[before:]:
            if fixed.end is not None and at(now_s) >= fixed.end:
                assert stage in (OVERRUN, OVER)
            if stage is DAY_:
                assert HOUR < (fixed.begin - at(now_s)).total_seconds() <= DAY
    assert max(Counter(watch.told).values(), default=0) <= 1


@given(STEPS)
def test_whatever_is_listed_stages_come_in_their_order(steps: list[tuple[float, Any]]) -> None:
    """Between two changes, revivals or ends no stage of a window is told twice, over restarts too."""
    watch, now_s = Watch(), 0.0
    since: dict[str, list[Stage]] = {}
    for passed_s, what in steps:
        now_s += passed_s
        before = len(watch.told)
        if what == "restart":
            watch.restart()
        elif isinstance(what, list):
            watch.listed(now_s, *what)
        else:
            watch.look(now_s, is_blind=what == "blind")
        for name, stage in watch.told[before:]:
            stages = since.setdefault(name, [])
            if stage in (CHANGED, OVER, CANCELLED):
                stages.clear()
                continue
            assert stage not in stages
            stages.append(stage)
        assert len({one.name for one in watch.known}) == len(watch.known)
        assert decoded(encoded(watch.known)) == watch.known
        assert all(one.begin == one.window.begin for one in watch.known)
