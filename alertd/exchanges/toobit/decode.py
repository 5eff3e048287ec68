"""Toobit's answers -> `models`: the only place that knows both vocabularies.

Raises DecodeError only: for a whole answer that is not what is documented. A single row that cannot be read
stands in `bad` and costs no neighbour.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from alertd.domain.errors import DecodeError
from alertd.exchanges.toobit import fields, wire
from alertd.exchanges.toobit.fields import name, number, price
from alertd.exchanges.toobit.models import (
    AmountMode,
    ClosedFollowOrder,
    ClosedLeadOrder,
    FollowConfig,
    FollowedLeader,
    Follower,
    FollowOrder,
    LeaderConfig,
    LeaderSymbol,
    LeadOrder,
    MarginModes,
    Page,
    ProfitPeriod,
    ProfitSharing,
    Rows,
    TradeData,
)

Data = msgspec.Raw | None
"""What stands under `data`; None: null, or nothing."""

Item = TypeVar("Item")
Row = TypeVar("Row")

_LEAD_MODES = {-1: MarginModes.ALL, 0: MarginModes.CROSS, 1: MarginModes.ISOLATED}
_FOLLOW_MODES = {0: MarginModes.ALL, 1: MarginModes.CROSS, 2: MarginModes.ISOLATED}
_PERIODS = {1: ProfitPeriod.DAILY, 7: ProfitPeriod.WEEKLY}
_AMOUNT_MODES = {0: AmountMode.FIXED_AMOUNT, 1: AmountMode.FIXED_RATE}
_FULLY_CLOSED = {1: False, 2: True}
_NO_RATIO = ("--", "****")  # of a leader without a loss, or one who hides his orders


def lead_orders(data: Data) -> Rows[LeadOrder]:
    """`leader/orders/current`."""
    return rows(data, wire.LeadOrderRow, _lead_order)


def lead_history(data: Data, page: int) -> Page[ClosedLeadOrder]:
    """`leader/orders/history`."""
    return _page(data, wire.ClosedLeadOrderRow, _closed_lead_order, page)


def trade_data(data: Data, days: int) -> Rows[TradeData]:
    """`leader/trade-data`: a list, usually of one."""
    return rows(data, wire.TradeDataRow, lambda row: _trade_data(row, days))


def profit_sharings(data: Data) -> Rows[ProfitSharing]:
    """`leader/profit-sharings/history`."""
    return rows(data, wire.ProfitSharingRow, _profit_sharing)


def leader_symbols(data: Data) -> Rows[LeaderSymbol]:
    """`leader/symbols`."""
    return rows(data, wire.SymbolRow, _leader_symbol)


def followers(data: Data, page: int) -> Page[Follower]:
    """`leader/followers`."""
    return _page(data, wire.FollowerRow, _follower, page)


def follow_orders(data: Data) -> Rows[FollowOrder]:
    """`follower/orders/current`."""
    return rows(data, wire.FollowOrderRow, _follow_order)


def follow_history(data: Data, page: int) -> Page[ClosedFollowOrder]:
    """`follower/orders/history`."""
    return _page(data, wire.ClosedFollowOrderRow, _closed_follow_order, page)


def followed_leaders(data: Data) -> Rows[FollowedLeader]:
    """`follower/leaders`."""
    return rows(data, wire.FollowedLeaderRow, _followed_leader)


def leader_config(data: Data) -> LeaderConfig:
    """`leader/config`."""
    row = wire.read_one(_present(data), wire.LeaderConfigRow)
    return LeaderConfig(
        has_cool_down=fields.flag(row.unLeadType, "unLeadType"),
        cool_down_from=fields.moment(row.unLeadStartTime, "unLeadStartTime"),
        cool_down_until=fields.moment(row.unLeadEndTime, "unLeadEndTime"),
        margin_modes=fields.chosen(row.leadPositionType, _LEAD_MODES, "leadPositionType"),
        trade_protection=fields.count(row.tradeProtect, "tradeProtect"),
        profit_period=fields.chosen(row.profitPeriod, _PERIODS, "profitPeriod"),
        profit_share=number(row.profitRate, "profitRate"),
        least_follower_assets_usdt=number(row.followAssetLowerLimit, "followAssetLowerLimit"),
        least_fixed_amount_usdt=number(row.fixedAmountFollowMin, "fixedAmountFollowMin"),
        least_fixed_rate=number(row.fixedRateFollowMin, "fixedRateFollowMin"),
        is_private=fields.flag(row.isNeedInvite, "isNeedInvite"),
        invite_scope=fields.whole(row.inviteScope, "inviteScope"),
        instruments=_instruments(row.symbolIds),
        shares_with_referrers=fields.flag(row.recommendShare, "recommendShare"),
        referrer_share=number(row.recommendShareRate, "recommendShareRate"),
        invite_code=fields.text(row.inviteCode, "inviteCode"),
    )


def follow_config(data: Data) -> FollowConfig:
    """`follower/config`."""
    row = wire.read_one(_present(data), wire.FollowConfigRow)
    return FollowConfig(
        leader_id=fields.identity(row.leaderUserId, "leaderUserId"),
        invested_usdt=number(row.investAmount, "investAmount"),
        per_order_usdt=number(row.singlePlaceAmount, "singlePlaceAmount"),
        daily_most_usdt=number(row.dailyMaxInvestAmount, "dailyMaxInvestAmount"),
        leverage=number(row.leverage, "leverage"),
        most_invested_ratio=number(row.maxInvestRate, "maxInvestRate"),
        take_profit_ratio=number(row.stopProfitRate, "stopProfitRate"),
        stop_loss_ratio=number(row.stopLossRate, "stopLossRate"),
        reserved_usdt=number(row.isolatedReservedAmount, "isolatedReservedAmount"),
        instruments=_long_text(row.followSymbolIds, "followSymbolIds"),
        amount_mode=fields.chosen(row.followAmountMode, _AMOUNT_MODES, "followAmountMode"),
        stop_loss_delay_s=fields.count(row.stopLossDelay, "stopLossDelay"),
        margin_modes=fields.chosen(row.followMarginType, _FOLLOW_MODES, "followMarginType"),
        zero_slippage=fields.flag(row.zeroSlippageSwitch, "zeroSlippageSwitch"),
    )


def server_time_ms(body: bytes | msgspec.Raw) -> int:
    """`/api/v1/time`."""
    row = wire.read_one(body, wire.TimeAnswer)
    ms = fields.whole(row.serverTime, "serverTime")
    if ms is None or fields.moment(ms, "serverTime") is None:
        raise DecodeError("serverTime is missing")
    return ms


def account_type(body: bytes | msgspec.Raw) -> str | None:
    """`/api/v1/account/checkApiKey`: `master`, `spot`, `contract`, or what is not documented."""
    return fields.text(wire.read_one(body, wire.KeyAnswer).accountType, "accountType")


def _lead_order(row: wire.LeadOrderRow) -> LeadOrder:
    return LeadOrder(
        instrument=name(row.symbolId, "symbolId"),
        direction=fields.direction(row.isLong),
        name=fields.text(row.symbolName, "symbolName"),
        margin_mode=fields.margin_mode(row.positionType),
        leverage=number(row.leverage, "leverage"),
        opened_at=fields.moment(row.openTime, "openTime"),
        quantity=number(row.quantity, "quantity"),
        entry_price=price(row.openPrice, "openPrice"),
        last_price=price(row.newPrice, "newPrice"),
        mark_price=price(row.markPrice, "markPrice"),
        profit_ratio=number(row.profitRate, "profitRate"),
        follower_count=fields.count(row.totalFollowerCount, "totalFollowerCount"),
        follower_margin_usdt=number(row.totalFollowerMargin, "totalFollowerMargin"),
    )


def _closed_lead_order(row: wire.ClosedLeadOrderRow) -> ClosedLeadOrder:
    return ClosedLeadOrder(
        instrument=name(row.symbolId, "symbolId"),
        direction=fields.direction(row.isLong),
        margin_mode=fields.margin_mode(row.positionType),
        leverage=number(row.leverage, "leverage"),
        entry_price=price(row.openPrice, "openPrice"),
        exit_price=price(row.closePrice, "closePrice"),
        opened_at=fields.moment(row.openTime, "openTime"),
        closed_at=fields.moment(row.closeTime, "closeTime"),
        most_quantity=number(row.openQty, "openQty"),
        closed_quantity=number(row.closeQty, "closeQty"),
        gross_profit=number(row.profit, "profit"),
        net_profit=number(row.positionProfit, "positionProfit"),
        open_fee=number(row.openFee, "openFee"),
        close_fee=number(row.closeFee, "closeFee"),
        is_fully_closed=fields.chosen(row.status, _FULLY_CLOSED, "status"),
    )


def _trade_data(row: wire.TradeDataRow, days: int) -> TradeData:
    ratio = fields.text(row.profitLossRatio, "profitLossRatio")
    return TradeData(
        days=days,
        profit_ratio=number(row.profitRate, "profitRate"),
        profit_usdt=number(row.accumulatedProfit, "accumulatedProfit"),
        win_ratio=number(row.winRate, "winRate"),
        order_count=fields.count(row.orderCount, "orderCount"),
        follower_count=fields.count(row.currentFollowerCount, "currentFollowerCount"),
        total_follower_count=fields.count(row.totalFollowerCount, "totalFollowerCount"),
        follower_profit_usdt=number(row.followerTotalProfit, "followerTotalProfit"),
        managed_usdt=number(row.assetManagementScale, "assetManagementScale"),
        sharpe_ratio=number(row.sharpeRatio, "sharpeRatio"),
        profit_to_loss=None if ratio in _NO_RATIO else ratio,
        trading_frequency=_figure_text(row.tradingFrequency, "tradingFrequency"),
        trading_days=fields.count(row.tradingDays, "tradingDays"),
    )


def _profit_sharing(row: wire.ProfitSharingRow) -> ProfitSharing:
    return ProfitSharing(
        shared_on=fields.day(row.sharingDate, "sharingDate"),
        year=fields.count(row.year, "year"),
        week_of_year=fields.count(row.weekOfYear, "weekOfYear"),
        total_usdt=number(row.totalProfitSharing, "totalProfitSharing"),
        leader_usdt=number(row.realProfitShare, "realProfitShare"),
        referrers_usdt=number(row.recommendUserShare, "recommendUserShare"),
    )


def _leader_symbol(row: wire.SymbolRow) -> LeaderSymbol:
    return LeaderSymbol(
        instrument=name(row.symbolId, "symbolId"),
        leverage=number(row.leverage, "leverage"),
        is_led=fields.flag(row.isLead, "isLead"),
    )


def _follower(row: wire.FollowerRow) -> Follower:
    return Follower(
        nickname=fields.text(row.followerNickname, "followerNickname"),
        invested_usdt=number(row.followAmountLimit, "followAmountLimit"),
        total_margin_usdt=number(row.totalFollowMargin, "totalFollowMargin"),
        total_profit_usdt=number(row.totalProfit, "totalProfit"),
        running_ms=fields.count(row.followRunningMills, "followRunningMills"),
    )


def _follow_order(row: wire.FollowOrderRow) -> FollowOrder:
    return FollowOrder(
        leader_id=fields.identity(row.leaderUserId, "leaderUserId"),
        leader_name=fields.text(row.leaderNickname, "leaderNickname"),
        instrument=name(row.symbolId, "symbolId"),
        direction=fields.direction(row.isLong),
        margin_mode=fields.margin_mode(row.positionType),
        leverage=number(row.leverage, "leverage"),
        entry_price=price(row.openAvgPrice, "openAvgPrice"),
        mark_price=price(row.markPrice, "markPrice"),
        last_price=price(row.currentPrice, "currentPrice"),
        liquidation_price=price(row.liquidationPrice, "liquidationPrice"),
        quantity=number(row.quantity, "quantity"),
        margin=number(row.margin, "margin"),
        profit=number(row.unrealizedProfit, "unrealizedProfit"),
        profit_ratio=number(row.unrealizedProfitRate, "unrealizedProfitRate"),
        take_profit_ratio=price(row.stopProfitRate, "stopProfitRate"),
        stop_loss_ratio=price(row.stopLossRate, "stopLossRate"),
    )


def _closed_follow_order(row: wire.ClosedFollowOrderRow) -> ClosedFollowOrder:
    return ClosedFollowOrder(
        leader_name=fields.text(row.leaderNickname, "leaderNickname"),
        instrument=name(row.symbolId, "symbolId"),
        direction=fields.direction(row.isLong),
        margin_mode=fields.margin_mode(row.positionType),
        leverage=number(row.leverage, "leverage"),
        entry_price=price(row.openAvgPrice, "openAvgPrice"),
        exit_price=price(row.closeAvgPrice, "closeAvgPrice"),
        opened_at=fields.moment(row.openTimeMs, "openTimeMs"),
        closed_at=fields.moment(row.lastCloseTimeMs, "lastCloseTimeMs"),
        most_quantity=number(row.maxPositionQuantity, "maxPositionQuantity"),
        closed_quantity=number(row.closedQuantity, "closedQuantity"),
        profit=number(row.realizedProfit, "realizedProfit"),
        is_fully_closed=fields.chosen(row.closeStatus, _FULLY_CLOSED, "closeStatus"),
    )


def _followed_leader(row: wire.FollowedLeaderRow) -> FollowedLeader:
    return FollowedLeader(
        leader_id=fields.identity(row.leaderUserId, "leaderUserId"),
        leader_name=fields.text(row.leaderNickname, "leaderNickname"),
        equity_usdt=number(row.marginBalance, "marginBalance"),
        available_usdt=number(row.availableMargin, "availableMargin"),
        unrealised_usdt=number(row.unrealisedPnl, "unrealisedPnl"),
        realised_usdt=number(row.realisedProfit, "realisedProfit"),
        withheld_usdt=number(row.holdingProfitSharing, "holdingProfitSharing"),
        settled_usdt=number(row.settledProfitSharing, "settledProfitSharing"),
        net_profit_usdt=number(row.netProfit, "netProfit"),
    )


def _present(data: Data) -> msgspec.Raw:
    if data is None:
        raise DecodeError("data is null")
    return data


def rows(data: Data, row_type: type[Row], decode: Callable[[Row], Item]) -> Rows[Item]:
    """A list, row by row; null where `data` is None."""
    if data is None:
        return Rows((), is_null=True)
    items: list[Item] = []
    bad: list[wire.BadRow] = []
    for raw in wire.split(data):
        try:
            items.append(decode(wire.read_one(raw, row_type)))
        except DecodeError as exc:
            bad.append(wire.BadRow(bytes(raw), exc.detail))
    return Rows(tuple(items), tuple(bad))


def _page(data: Data, row_type: type[Row], decode: Callable[[Row], Item], number: int) -> Page[Item]:
    if data is None:
        return Page((), (), number, None, None, is_null=True)
    page = wire.read_one(data, wire.PageRow)
    listed = page.list if isinstance(page.list, msgspec.Raw) and bytes(page.list) != b"null" else None
    found = rows(listed, row_type, decode)
    pages, total = fields.count(page.pages, "pages"), fields.count(page.total, "total")
    return Page(found.items, found.bad, number, pages, total, found.is_null)


def _instruments(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        raise DecodeError(f"symbolIds is no list: {fields.shown(value)}")
    return tuple(name(one, "symbolIds") for one in value)


def _long_text(value: Any, field: str) -> str | None:
    """Hundreds of ids with commas between them."""
    return value if isinstance(value, str) and value else fields.text(value, field)


def _figure_text(value: Any, field: str) -> str | None:
    """A text that may be a number."""
    found = value if isinstance(value, str | int) else number(value, field)
    return fields.text(str(found) if found is not None else None, field)
