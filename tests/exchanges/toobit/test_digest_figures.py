"""Covers alertd/exchanges/toobit/digest_figures.py"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from alertd.domain.copy_digest import CopiedLeader, LedFigures, Shared
from alertd.domain.events import Direction
from alertd.domain.presence import OpenPosition
from alertd.exchanges.toobit.digest_figures import copied, led
from alertd.exchanges.toobit.models import (
    ClosedLeadOrder,
    FollowedLeader,
    Page,
    ProfitSharing,
    Rows,
)
from alertd.exchanges.toobit.wire import BadRow
from alertd.leading.book import Book

AT = datetime(2026, 11, 21, 8, tzinfo=UTC)
BAD = BadRow(b"", "not a number")
ROW: dict[str, Any] = dict.fromkeys(FollowedLeader.__struct_fields__)
ANNA = FollowedLeader(
    **{
        **ROW,
        "leader_id": "1",
        "leader_name": "anna",
        "equity_usdt": Decimal(9),
        "net_profit_usdt": Decimal(-1),
    }
)


def closing(hours_ago: float, profit: str | None = "5", is_whole: bool | None = True) -> ClosedLeadOrder:
    fields: dict[str, Any] = dict.fromkeys(ClosedLeadOrder.__struct_fields__)
    return ClosedLeadOrder(
        **{
            **fields,
            "instrument": "BTC-SWAP-USDT",
            "direction": Direction.LONG,
            "closed_at": AT - timedelta(hours=hours_ago),
            "net_profit": None if profit is None else Decimal(profit),
            "is_fully_closed": is_whole,
        }
    )


def page(rows: Sequence[ClosedLeadOrder], total: int | None, **more: Any) -> Page[ClosedLeadOrder]:
    return Page(rows, more.pop("bad", ()), 1, 1, total, **more)


def figures(**given: Any) -> LedFigures:
    nothing: dict[str, Any] = dict.fromkeys(("leads", "book", "page", "followers", "sharings", "week"))
    return led(**{**nothing, **given})


def sharing(day: date | None, total: str) -> ProfitSharing:
    return ProfitSharing(
        shared_on=day,
        year=2026,
        week_of_year=46,
        total_usdt=Decimal(total),
        leader_usdt=Decimal(1),
        referrers_usdt=None,
    )


def test_what_was_not_answered_is_not_known() -> None:
    assert figures() == LedFigures()
    assert copied(None, None).leaders is None
    assert copied(None, None).positions is None


@pytest.mark.parametrize("rows", [Rows((ANNA,), (BAD,)), Rows((), (), True)])
def test_a_list_that_is_not_whole_is_not_known(rows: Rows[FollowedLeader]) -> None:
    assert copied(rows, ()).leaders is None


def test_who_copies_nobody_is_known_to() -> None:
    found = copied(Rows(()), ())
    assert (found.leaders, found.positions, found.nearest) == ((), 0, ())


def test_leaders_and_positions() -> None:
    near = OpenPosition(account="copier", instrument="BTC")
    found = copied(Rows((ANNA,)), (near,))
    assert found.leaders == (
        CopiedLeader(trader="1", name="anna", equity=Decimal(9), net_profit=Decimal(-1)),
    )
    assert (found.positions, found.nearest) == (1, (near,))


def test_parts_of_an_order_are_no_result_yet() -> None:
    rows = [closing(1), closing(2, "-3"), closing(3, is_whole=False), closing(4, None, is_whole=None)]
    found = figures(leads=True, book=Book(), page=page(rows, 4)).closed
    assert [(one.profit, one.is_won) for one in found or ()] == [(5, True), (-3, False), (None, None)]


@pytest.mark.parametrize(("total", "reaches"), [(2, None), (3, 2), (None, 2)])
def test_more_records_than_one_page_shows_reach_to_its_oldest(total: int | None, reaches: int | None) -> None:
    found = figures(page=page([closing(1), closing(2)], total))
    assert found.closed_from == (None if reaches is None else AT - timedelta(hours=reaches))


@pytest.mark.parametrize("broken", [{"bad": (BAD,)}, {"is_null": True}])
def test_a_page_that_is_not_whole_tells_no_results(broken: dict[str, Any]) -> None:
    assert figures(page=page([closing(1)], 1, **broken)).closed is None


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ((), None),
        (
            (sharing(date(2026, 11, 9), "2"), sharing(date(2026, 11, 16), "3")),
            Shared(period="2026-11-16", ours=Decimal(1), total=Decimal(3)),
        ),
        (
            (sharing(None, "4"), sharing(None, "5")),
            Shared(period="2026-W46", ours=Decimal(1), total=Decimal(4)),
        ),
    ],
)
def test_the_latest_settlement(rows: tuple[ProfitSharing, ...], wanted: Shared | None) -> None:
    found = figures(sharings=Rows(rows))
    assert (found.shared, found.shared_is_known) == (wanted, True)


@pytest.mark.parametrize("rows", [Rows((), (BAD,)), Rows((), (), True)])
def test_settlements_that_cannot_be_read_are_not_known(rows: Rows[ProfitSharing]) -> None:
    found = figures(sharings=rows)
    assert (found.shared, found.shared_is_known) == (None, False)
