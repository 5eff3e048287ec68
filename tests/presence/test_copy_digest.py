"""Covers alertd/presence/copy_digest.py"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from alertd.domain.copy_digest import CopiedFigures, CopiedLeader, CopyFigures, LedFigures, LedResult
from alertd.domain.presence import OpenPosition
from alertd.presence.copy_digest import (
    Baseline,
    Money,
    baseline_from,
    baseline_of,
    closed_since,
    compared,
    expected,
    is_known,
)

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)
YESTERDAY = NOW - timedelta(days=1)
ANNA = CopiedLeader(trader="1", name="anna", equity=Decimal(110), net_profit=Decimal(12))
FORMER = Baseline(
    at=YESTERDAY, led=True, copied=True, followers=12, leaders={"1": Money(Decimal(100), Decimal(2))}
)


def closed(hours_ago: float | None) -> LedResult:
    return LedResult(closed_at=None if hours_ago is None else NOW - timedelta(hours=hours_ago))


def copied(*leaders: CopiedLeader) -> CopyFigures:
    return CopyFigures(copied=CopiedFigures(leaders=leaders))


def test_what_was_known_is_a_value_that_can_be_stored() -> None:
    figures = CopyFigures(led=LedFigures(followers=7), copied=CopiedFigures(leaders=(ANNA,)))
    kept = baseline_of(figures, NOW)
    assert kept.leaders == {"1": Money(Decimal(110), Decimal(12))}
    assert (kept.led, kept.copied, kept.followers) == (True, True, 7)
    assert baseline_from(kept.encoded()) == kept


@pytest.mark.parametrize("text", [None, "", "{}", "no json", '{"at": 5}'])
def test_what_cannot_be_read_was_not_known(text: str | None) -> None:
    assert baseline_from(text) is None


def test_figures_of_a_leader_are_set_against_those_of_the_last_digest() -> None:
    [one] = (compared(copied(ANNA), FORMER, YESTERDAY).copied or CopiedFigures()).leaders or ()
    assert (one.equity_before, one.net_profit_before) == (100, 2)
    assert one.equity_change == Decimal("0.1")


@pytest.mark.parametrize(
    ("former", "now"),
    [
        (None, ANNA),
        (Baseline(at=YESTERDAY), ANNA),
        (Baseline(at=YESTERDAY, leaders={"1": Money()}), ANNA),
        (Baseline(at=YESTERDAY, leaders={"1": Money(Decimal(0), None)}), ANNA),
        (FORMER, CopiedLeader(trader="1")),
        (FORMER, CopiedLeader(trader="2", equity=Decimal(5))),
    ],
)
def test_a_change_against_what_was_not_known_is_not_known(former: Baseline | None, now: CopiedLeader) -> None:
    [one] = (compared(copied(now), former, YESTERDAY).copied or CopiedFigures()).leaders or ()
    assert one.equity_change is None


def test_closed_orders_are_those_since_the_last_digest() -> None:
    led = LedFigures(closed=(closed(2), closed(25), closed(None)), followers=9)
    shown = compared(CopyFigures(led=led), FORMER, YESTERDAY).led
    assert shown is not None
    assert shown.closed == (closed(2), closed(None))
    assert (shown.followers, shown.followers_before) == (9, 12)


@pytest.mark.parametrize(("hours_ago", "is_at_least"), [(None, False), (25, False), (24, False), (3, True)])
def test_records_that_do_not_reach_back_are_at_least_so_many(
    hours_ago: float | None, is_at_least: bool
) -> None:
    reaches = None if hours_ago is None else NOW - timedelta(hours=hours_ago)
    led = LedFigures(closed=(closed(2),), closed_from=reaches)
    shown = compared(CopyFigures(led=led), FORMER, YESTERDAY).led
    assert shown is not None
    assert (shown.closed_from is not None) is is_at_least


def test_the_nearest_to_liquidation_come_first_and_are_few() -> None:
    near = [
        OpenPosition(account="a", instrument=str(n), distance_to_liquidation=Decimal(n) / 100)
        for n in range(9, 0, -1)
    ]
    figures = CopyFigures(
        led=LedFigures(nearest=tuple(near)), copied=CopiedFigures(positions=9, nearest=tuple(near))
    )
    shown = compared(figures, None, YESTERDAY)
    for side in (shown.led, shown.copied):
        assert side is not None
        assert [one.instrument for one in side.nearest] == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("former", "since"),
    [(None, YESTERDAY), (FORMER, YESTERDAY), (Baseline(at=NOW - timedelta(days=3)), NOW - timedelta(days=3)),
     (Baseline(at=NOW + timedelta(hours=1)), YESTERDAY)],
)  # fmt: skip
def test_closed_orders_are_news_since_the_last_digest_or_a_day(
    former: Baseline | None, since: datetime
) -> None:
    assert closed_since(former, NOW) == since


@pytest.mark.parametrize(
    ("figures", "known"),
    [
        (None, True),
        (CopyFigures(), True),
        (CopyFigures(led=LedFigures()), False),
        (CopyFigures(led=LedFigures(leads=False)), True),
        (CopyFigures(led=LedFigures(leads=True, orders=())), True),
        (CopyFigures(copied=CopiedFigures(positions=0)), False),
        (CopyFigures(copied=CopiedFigures(leaders=())), False),
        (CopyFigures(copied=CopiedFigures(leaders=(), positions=0)), True),
        (CopyFigures(led=LedFigures(), copied=CopiedFigures(leaders=(), positions=0)), False),
    ],
)
def test_what_is_looked_at_often_is_known_or_not_yet(figures: CopyFigures | None, known: bool) -> None:
    assert is_known(figures) is known


def test_who_was_told_of_yesterday_is_told_of_today_also_where_nothing_is_known() -> None:
    assert expected(None, None) == CopyFigures()
    assert expected(CopyFigures(), FORMER) == CopyFigures(led=LedFigures(), copied=CopiedFigures())
    assert expected(None, Baseline(at=NOW, copied=True)) == CopyFigures(copied=CopiedFigures())
    assert expected(copied(ANNA), FORMER) == copied(ANNA)
