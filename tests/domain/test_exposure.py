"""Distance, buffer used and minutes to liquidation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.events import Direction, MarginMode
from alertd.domain.exposure import ExposureMemory, distance_to_liquidation

D = Decimal
START = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Figures:
    """A position as an exchange's room would hand it over: opened long ago unless said otherwise."""

    direction: Direction = Direction.LONG
    margin_mode: MarginMode = MarginMode.ISOLATED
    mark_price: Decimal | None = Decimal(100)
    liquidation_price: Decimal | None = Decimal(90)
    entry_price: Decimal | None = Decimal(100)
    size: Decimal = Decimal(7)
    leverage: Decimal | None = Decimal(10)
    margin: Decimal | None = Decimal(70)
    margin_ratio: Decimal | None = Decimal(20)
    unrealised_pnl: Decimal | None = Decimal(0)
    opened_at: datetime | None = START - timedelta(days=2)
    observed_at: datetime | None = None
    linear: bool = True


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def observe_marks(memory: ExposureMemory, marks: list[tuple[float, Decimal]], base: Figures):
    seen = None
    for seconds, mark in marks:
        seen = memory.observe("p", replace(base, mark_price=mark), at(seconds))
    return seen


@pytest.mark.parametrize(
    ("mark", "liq", "direction", "wanted"),
    [
        (D(100), D(95), Direction.LONG, D("0.05")),
        (D(100), D(105), Direction.SHORT, D("0.05")),
        (D(94), D(95), Direction.LONG, D(0)),
        (D(106), D(105), Direction.SHORT, D(0)),
        (D(95), D(95), Direction.LONG, D(0)),
        (None, D(95), Direction.LONG, None),
        (D(100), None, Direction.SHORT, None),
        (D(0), D(95), Direction.LONG, None),
        # A liquidation price of 0 means that there is none; taken literally a short would be lost already.
        (D(100), D(0), Direction.SHORT, None),
    ],
)
def test_distance_is_a_fraction_of_the_mark_price(mark, liq, direction, wanted):
    assert distance_to_liquidation(mark, liq, direction) == wanted


def test_a_new_position_is_measured_from_what_it_was_opened_with():
    memory = ExposureMemory()
    new = Figures(opened_at=at(-5), entry_price=D(200), margin_ratio=D(15))
    first = memory.observe("p", new, START, saw_opening=True)
    later = memory.observe("p", replace(new, mark_price=D(95), margin_ratio=D(9)), at(10))
    assert (first.buffer_used, first.opening_margin_ratio) == (D(0), D(15))
    assert later.distance_to_liquidation == D(5) / D(95)
    assert later.buffer_used == 1 - (D(5) / D(95)) / D("0.1")
    assert later.opening_margin_ratio == D(15)


def test_a_young_one_whose_opening_nobody_saw_is_measured_from_its_entry_price():
    """A daemon that starts again 25 s after the opening finds most of the room used up already."""
    young = Figures(mark_price=D(92), opened_at=at(-25), margin_ratio=D(4), unrealised_pnl=D(-56))
    seen = ExposureMemory().observe("p", young, START)
    assert seen.buffer_used == 1 - (D(2) / D(92)) / D("0.1")
    assert seen.opening_margin_ratio == D(20)


def test_an_old_one_that_comes_into_sight_was_not_opened_just_now():
    seen = ExposureMemory().observe("p", Figures(mark_price=D(95)), START, saw_opening=True)
    assert seen.buffer_used > D("0.4")


def test_an_older_position_is_measured_from_its_entry_price():
    seen = ExposureMemory().observe("p", Figures(mark_price=D(96), entry_price=D(120)), START)
    assert seen.buffer_used == 1 - (D(6) / D(96)) / (D(30) / D(120))


@pytest.mark.parametrize("entry", [None, D(80)], ids=["no entry price", "entry beyond the liquidation price"])
def test_without_a_usable_entry_price_it_is_measured_from_first_sight(entry):
    memory = ExposureMemory()
    older = Figures(entry_price=entry)
    assert memory.observe("p", older, START).buffer_used == D(0)
    later = memory.observe("p", replace(older, mark_price=D(95)), at(5))
    assert later.buffer_used == 1 - (D(5) / D(95)) / D("0.1")


@pytest.mark.parametrize(
    "change",
    [{"size": D(8)}, {"leverage": D(20)}, {"entry_price": D(101)}, {"margin": D(140)}, {"margin": D(35)}],
    ids=str,
)
def test_a_change_of_what_it_stands_on_starts_over(change):
    memory = ExposureMemory()
    older = Figures(mark_price=D(95))
    assert memory.observe("p", older, START).buffer_used > D("0.4")
    changed = memory.observe("p", replace(older, margin_ratio=D(6), **change), at(5))
    # A low ratio of its owner's own making is still a danger, so what it opened with stays.
    assert (changed.buffer_used, changed.opening_margin_ratio) == (D(0), D(20))


def test_funding_does_not_start_over_however_long_it_goes_on():
    memory = ExposureMemory()
    margin = D(70)
    for hour in range(100):
        seen = memory.observe("p", Figures(mark_price=D(95), margin=margin), at(hour * 3600))
        margin *= D("0.99")
    assert seen.buffer_used == 1 - (D(5) / D(95)) / D("0.1")


def test_a_drifting_liquidation_price_alone_is_no_change():
    memory = ExposureMemory()
    cross = Figures(margin_mode=MarginMode.CROSS, margin=None, margin_ratio=D(4))
    memory.observe("p", cross, START)
    assert memory.observe("p", replace(cross, liquidation_price=D(95)), at(5)).buffer_used == D("0.5")


def test_a_position_turned_around_or_opened_anew_is_another_one():
    memory = ExposureMemory()
    memory.observe("p", Figures(mark_price=D(95)), START)
    turned = Figures(direction=Direction.SHORT, mark_price=D(95), liquidation_price=D(105), opened_at=at(4))
    assert memory.observe("p", turned, at(5)).buffer_used == D(0)
    again = replace(turned, mark_price=D(100), opened_at=at(100))
    assert memory.observe("p", again, at(101)).buffer_used == D(0)


def test_an_update_without_its_opening_time_is_no_other_position():
    memory = ExposureMemory()
    memory.observe("p", Figures(), START)
    assert memory.observe("p", Figures(mark_price=D(95), opened_at=None), at(5)).buffer_used > D(0)


def test_a_liquidation_price_that_appears_later_is_measured_from_entry():
    memory = ExposureMemory()
    memory.observe("p", Figures(liquidation_price=None), START)
    seen = memory.observe("p", Figures(mark_price=D(95)), at(5))
    assert seen.buffer_used == 1 - (D(5) / D(95)) / D("0.1")


@pytest.mark.parametrize(
    ("ratio", "distance"),
    [(D(3), D(10) / D(100)), (D("0.9"), D(0)), (None, D(0))],
    ids=["ratio says it is alive", "ratio says it is over", "no ratio"],
)
def test_a_hedged_cross_leg_is_not_beyond_a_price_on_its_gaining_side(ratio, distance):
    leg = Figures(margin_mode=MarginMode.CROSS, margin=None, liquidation_price=D(110), margin_ratio=ratio)
    assert ExposureMemory().observe("p", leg, START).distance_to_liquidation == distance


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"unrealised_pnl": D(-35)}, D(40)),
        ({"unrealised_pnl": D(70)}, D(10)),
        ({"unrealised_pnl": D(-35), "linear": False}, None),
        ({"unrealised_pnl": D(-35), "margin_mode": MarginMode.CROSS}, None),
        ({"unrealised_pnl": None}, None),
        ({"unrealised_pnl": D(-70)}, None),
        ({"margin": D(0), "unrealised_pnl": D(1)}, None),
        ({"margin_ratio": None}, None),
    ],
    ids=str,
)
def test_the_opening_ratio_of_an_older_position_is_estimated_where_it_can_be(change, wanted):
    assert ExposureMemory().observe("p", replace(Figures(), **change), START).opening_margin_ratio == wanted


def falling(seconds: int, per_second: Decimal, step: int = 5) -> list[tuple[float, Decimal]]:
    return [(s, D(100) - per_second * s) for s in range(0, seconds + 1, step)]


@pytest.mark.parametrize("step", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("seconds", [40, 120, 300, 900])
def test_minutes_follow_the_pace_of_a_steady_fall(step, seconds):
    seen = observe_marks(ExposureMemory(), falling(seconds, D("0.01"), step), Figures())
    last = seconds - seconds % step
    wanted = (D(10) - D("0.01") * last) / D("0.01") / 60
    assert abs(seen.minutes_to_liquidation - wanted) < D("0.02")


def test_minutes_of_a_short_count_a_rise():
    marks = [(s, D(100) + D("0.01") * s) for s in range(0, 61, 5)]
    short = Figures(direction=Direction.SHORT, liquidation_price=D(110))
    assert observe_marks(ExposureMemory(), marks, short).minutes_to_liquidation == D("15.67")
    assert observe_marks(ExposureMemory(), marks, Figures()).minutes_to_liquidation is None


@pytest.mark.parametrize(
    "marks",
    [
        falling(15, D("0.1")),
        [(0, D(100)), (60, D(98))],
        [(s, D(100)) for s in range(0, 300, 5)],
        falling(300, D("0.0000001")),
        [(s, D(100) + D("0.01") * s) for s in range(0, 300, 5)],
    ],
    ids=["too short", "too few to judge", "flat", "weeks away", "moving away"],
)
def test_no_minutes_where_nothing_approaches_or_too_little_is_known(marks):
    assert observe_marks(ExposureMemory(), marks, Figures()).minutes_to_liquidation is None


@pytest.mark.parametrize("bad", range(1, 60))
def test_one_bad_tick_makes_no_pace(bad):
    marks = [(s * 5, D(100)) for s in range(60)]
    marks[bad] = (bad * 5, D(91))
    memory = ExposureMemory()
    for seconds, mark in marks:
        seen = memory.observe("p", Figures(mark_price=mark), at(seconds))
        assert seen.minutes_to_liquidation is None


def test_a_crash_does_not_hide_in_a_calm_past():
    calm = [(s, D(100)) for s in range(0, 600, 5)]
    crash = [(600 + s, D(100) - D("0.05") * s) for s in range(0, 121, 5)]
    seen = observe_marks(ExposureMemory(), calm + crash, Figures())
    assert seen.minutes_to_liquidation < D(3)  # 1.3 at the pace of the last two minutes


def test_a_clock_set_back_forgets_the_pace():
    memory = ExposureMemory()
    observe_marks(memory, falling(60, D("0.01")), Figures())
    assert memory.observe("p", Figures(mark_price=D(99)), at(-3600)).minutes_to_liquidation is None


def test_forgotten_positions_take_no_memory():
    memory = ExposureMemory()
    for number in range(5):
        memory.observe(f"p{number}", Figures(), START)
    memory.forget("p0")
    memory.forget("never seen")
    memory.keep_only({"p1", "p2"})
    assert len(memory) == 2


@given(
    st.decimals("0.000001", "1000000", places=6),
    st.decimals("0.000001", "1000000", places=6),
    st.decimals("0.000001", "1000000", places=6),
    st.sampled_from(Direction),
)
def test_the_buffer_used_stays_between_0_and_1(mark, liq, entry, direction):
    figures = Figures(direction=direction, mark_price=mark, liquidation_price=liq, entry_price=entry)
    seen = ExposureMemory().observe("p", figures, START)
    assert seen.distance_to_liquidation >= 0
    assert seen.buffer_used is None or 0 <= seen.buffer_used <= 1
