"""What the exchange last told of leading and copying, as the daily digest holds it. Pure.

A list that cannot be read whole is not known: who is missing in it would seem to be copied no more.
"""

from __future__ import annotations

from collections.abc import Sequence

from alertd.domain.copy_digest import CopiedFigures, CopiedLeader, LedFigures, LedResult, Shared, Week
from alertd.domain.presence import OpenPosition
from alertd.exchanges.toobit.models import (
    ClosedLeadOrder,
    FollowedLeader,
    Page,
    ProfitSharing,
    Rows,
    TradeData,
)
from alertd.leading.book import Book
from alertd.leading.digest import led_orders


def copied(leaders: Rows[FollowedLeader] | None, positions: Sequence[OpenPosition] | None) -> CopiedFigures:
    """None for what was not answered lately."""
    is_whole = leaders is not None and not leaders.bad and not leaders.is_null
    return CopiedFigures(
        leaders=tuple(map(_leader, leaders.items)) if leaders is not None and is_whole else None,
        positions=None if positions is None else len(positions),
        nearest=tuple(positions or ()),
    )


def led(
    *,
    leads: bool | None,
    book: Book | None,
    page: Page[ClosedLeadOrder] | None,
    followers: int | None,
    sharings: Rows[ProfitSharing] | None,
    week: TradeData | None,
) -> LedFigures:
    """None for what was not answered lately. `page`: the newest of what was closed."""
    is_told = sharings is not None and not sharings.bad and not sharings.is_null
    newest = _newest(sharings.items) if sharings is not None and is_told else None
    records = (
        None if page is None or page.is_null or page.bad else [*map(_result, filter(_is_whole, page.items))]
    )
    times = [one.closed_at for one in records or () if one.closed_at is not None]
    is_all = page is not None and (page.total is not None and page.total <= len(page.items))
    return LedFigures(
        leads=leads,
        orders=led_orders(book),
        closed=None if records is None else tuple(records),
        closed_from=None if is_all else min(times, default=None),
        followers=followers,
        shared=None if newest is None else _shared(newest),
        shared_is_known=is_told,
        week=None if week is None else _week(week),
    )


def _leader(row: FollowedLeader) -> CopiedLeader:
    return CopiedLeader(
        trader=row.leader_id, name=row.leader_name, equity=row.equity_usdt, net_profit=row.net_profit_usdt
    )


def _is_whole(row: ClosedLeadOrder) -> bool:
    """A part comes again once the rest is closed."""
    return row.is_fully_closed is not False


def _result(row: ClosedLeadOrder) -> LedResult:
    return LedResult(
        instrument=row.instrument,
        direction=row.direction.value,
        closed_at=row.closed_at,
        profit=row.net_profit,
        is_won=None if row.net_profit is None else row.net_profit > 0,
    )


def _newest(rows: Sequence[ProfitSharing]) -> ProfitSharing | None:
    """The first where days are not told: the newest comes first."""
    dated = [row for row in rows if row.shared_on is not None]
    if dated:
        return max(dated, key=lambda row: row.shared_on.toordinal() if row.shared_on else 0)
    return next(iter(rows), None)


def _shared(row: ProfitSharing) -> Shared:
    period = row.shared_on.isoformat() if row.shared_on else f"{row.year}-W{row.week_of_year}"
    return Shared(period=period, ours=row.leader_usdt, total=row.total_usdt)


def _week(data: TradeData) -> Week:
    return Week(
        profit_ratio=data.profit_ratio,
        profit=data.profit_usdt,
        orders=data.order_count,
        win_ratio=data.win_ratio,
        followers_profit=data.follower_profit_usdt,
        managed=data.managed_usdt,
    )
