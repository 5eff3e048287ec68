"""alertd/presence/comeback.py"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.coverage import Gap
from alertd.domain.events import (
    CoverageCause,
    CoverageState,
    Direction,
    Event,
    Liquidation,
    LiquidationType,
    MarginState,
    Source,
)
from alertd.domain.finding import Grade
from alertd.domain.presence import After, Comeback, Manner, Missed
from alertd.presence.comeback import blind_from, grade, missed_in

T = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
BLIND, DEGRADED = CoverageState.BLIND, CoverageState.DEGRADED


def at(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


def gap(number: int, began_s: float, ended_s: float | None, state: CoverageState = BLIND) -> Gap:
    return Gap(
        account="main",
        number=number,
        state=state,
        cause=CoverageCause.STOPPED,
        began_at=at(began_s),
        ended_at=None if ended_s is None else at(ended_s),
    )


@pytest.mark.parametrize(
    ("gaps", "began_s"),
    [
        ([], 100),
        ([gap(1, 0, 50)], 100),  # it was watched in between
        ([gap(1, 40, 100)], 40),  # the line was cut before the stop
        ([gap(1, 40, None)], 40),
        ([gap(1, 40, 100, DEGRADED)], 100),
        # a loop of crashes: each life added a gap, and none of them saw anything
        ([gap(1, 10, 40), gap(2, 40, 70), gap(3, 70, 100)], 10),
        ([gap(1, 10, 39), gap(2, 40, 70), gap(3, 70, 100)], 40),
        ([gap(3, 70, 100), gap(1, 10, 40), gap(2, 40, 70)], 10),
    ],
)
def test_where_the_blind_time_began(gaps: list[Gap], began_s: float) -> None:
    assert blind_from(gaps, at(100)) == at(began_s)


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 100), st.booleans()), max_size=8))
def test_every_second_before_was_blind(spans: list[tuple[int, int, bool]]) -> None:
    gaps = [
        gap(n, min(one, other), max(one, other), BLIND if is_blind else DEGRADED)
        for n, (one, other, is_blind) in enumerate(spans)
    ]
    began = (blind_from(gaps, at(100)) - T).total_seconds()
    blind = {
        second
        for one, other, is_blind in spans
        if is_blind
        for second in range(min(one, other), max(one, other))
    }
    assert set(range(int(began), 100)) <= blind
    assert began == 0 or int(began) - 1 not in blind


def test_only_what_the_records_told_was_missed() -> None:
    plain = {"event_id": "1", "exchange": "okx", "account": "main", "received_at": T}
    place = {**plain, "instrument": "BTC-USDT-SWAP", "direction": Direction.LONG}
    events: list[Event] = [
        Liquidation(**place),
        Liquidation(**place, source=Source.RECONCILE),
        Liquidation(**plain, source=Source.RECONCILE, liquidation_type=LiquidationType.ADL),
        MarginState(**place, source=Source.RECONCILE),
        MarginState(**place, source=Source.RECONCILE, open=False),
        MarginState(**plain, margin_currency="USDT", source=Source.RECONCILE, open=False),
    ]
    btc = {"account": "main", "instrument": "BTC-USDT-SWAP", "direction": "long"}
    assert missed_in(events) == [
        Missed(what="liquidation", **btc),
        Missed(what="adl", account="main"),
        Missed(what="ended", **btc),
        Missed(what="ended", account="main", instrument="USDT"),
    ]


@pytest.mark.parametrize(
    ("comeback", "expected"),
    [
        (None, Grade.OK),
        (Comeback(after=After.FIRST), Grade.OK),
        (Comeback(after=After.STOP), Grade.INFO),
        (Comeback(after=After.UNKNOWN), Grade.INFO),
        (Comeback(after=After.CRASH), Grade.WARNING),
        (Comeback(after=After.STOP, missed=(Missed(account="a", what="adl"),)), Grade.WARNING),
        (Comeback(after=After.STOP, manner=Manner.LOOP), Grade.WARNING),
        (Comeback(after=After.CRASH, manner=Manner.STEADY), Grade.INFO),
    ],
)
def test_how_bad_it_is(comeback: Comeback | None, expected: Grade) -> None:
    assert grade(comeback) is expected
