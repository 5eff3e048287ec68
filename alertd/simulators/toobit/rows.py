"""The rows of answers, field by field as the exchange documents them. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from alertd.simulators.toobit.market import Market
from alertd.simulators.toobit.numbers import text
from alertd.simulators.toobit.people import Leader, Position, Relation
from alertd.simulators.toobit.refusals import Refusal

Row = dict[str, Any]


def lead_order(position: Position, market: Market, copies: list[Position]) -> Row:
    mark, last = market.marks[position.symbol], market.lasts[position.symbol]
    return {
        "symbolId": position.symbol,
        "symbolName": position.symbol.replace("-SWAP-", ""),
        "isLong": int(position.is_long),
        "positionType": position.position_type,
        "leverage": text(position.leverage),
        "openTime": str(position.open_ms),
        "quantity": text(position.quantity),
        "newPrice": text(last),
        "openPrice": text(position.open_price),
        "totalFollowerCount": str(len(copies)),
        "totalFollowerMargin": text(sum((one.margin for one in copies), Decimal(0))),
        "profitRate": text(position.profit_rate(mark)),
        "markPrice": text(mark),
    }


def closed_lead_order(position: Position) -> Row:
    return {
        "symbolId": position.symbol,
        "isLong": int(position.is_long),
        "positionType": position.position_type,
        "leverage": text(position.leverage),
        "openPrice": text(position.open_price),
        "closePrice": text(position.close_value / position.closed_quantity),
        "openTime": str(position.open_ms),
        "closeTime": str(position.close_ms),
        "profit": text(position.realised),
        "status": 1 if position.quantity else 2,
        "openQty": text(position.most_quantity),
        "closeQty": text(position.closed_quantity),
        "positionProfit": text(position.realised + position.open_fee + position.close_fee),
        "openFee": text(position.open_fee),
        "closeFee": text(position.close_fee),
    }


def trade_data(leader: Leader, relations: list[Relation], since_ms: int, days: int) -> Row:
    """Of what was closed since then."""
    closed = [one for one in leader.closed if one.close_ms >= since_ms]
    won = [one.realised for one in closed if one.realised > 0]
    lost = [-one.realised for one in closed if one.realised < 0]
    profit = sum((one.realised for one in closed), Decimal(0))
    return {
        "profitRate": text(profit / leader.balance),
        "accumulatedProfit": text(profit),
        "orderCount": len(closed),
        "winRate": text(Decimal(len(won)) / len(closed)) if closed else "0",
        "currentFollowerCount": str(len(relations)),
        "followerTotalProfit": text(sum((one.realised for one in relations), Decimal(0))),
        "sharpeRatio": "",
        "totalFollowerCount": str(leader.joined),
        "assetManagementScale": text(sum((one.balance for one in relations), Decimal(0))),
        "profitLossRatio": f"{sum(won) / sum(lost):.2f}:1" if won and lost else "--",
        "tradingFrequency": text(Decimal(len(closed)) / days, 4),
        "tradingDays": days,
    }


def follower(relation: Relation, now_ms: int) -> Row:
    return {
        "followerNickname": f"****{relation.follower_id[-3:]}",
        "followAmountLimit": relation.config["investAmount"],
        "totalFollowMargin": text(relation.principal),
        "totalProfit": text(relation.realised),
        "followRunningMills": str(now_ms - relation.began_ms),
    }


def follow_order(relation: Relation, nickname: str, position: Position, market: Market) -> Row:
    mark = market.marks[position.symbol]
    return {
        "leaderUserId": relation.leader_id,
        "leaderNickname": nickname,
        "leaderAvatar": "",
        "symbolId": position.symbol,
        "isLong": int(position.is_long),
        "positionType": position.position_type,
        "leverage": text(position.leverage),
        "openAvgPrice": text(position.open_price),
        "markPrice": text(mark),
        "currentPrice": text(market.lasts[position.symbol]),
        "quantity": text(position.quantity),
        "margin": text(position.margin),
        "liquidationPrice": text(relation.liquidation_price(position, market)),
        "unrealizedProfit": text(position.profit(mark)),
        "unrealizedProfitRate": text(position.profit_rate(mark)),
        "stopProfitRate": text(position.stop_profit),
        "stopLossRate": text(position.stop_loss),
    }


def closed_follow_order(nickname: str, position: Position) -> Row:
    return {
        "symbolId": position.symbol,
        "positionType": position.position_type,
        "leverage": text(position.leverage),
        "isLong": int(position.is_long),
        "leaderNickname": nickname,
        "leaderAvatar": "",
        "openTimeMs": str(position.open_ms),
        "lastCloseTimeMs": str(position.close_ms),
        "openAvgPrice": text(position.open_price),
        "closeAvgPrice": text(position.close_value / position.closed_quantity),
        "maxPositionQuantity": text(position.most_quantity),
        "closedQuantity": text(position.closed_quantity),
        "realizedProfit": text(position.realised),
        "closeStatus": 1 if position.quantity else 2,
    }


def followed_leader(relation: Relation, nickname: str, market: Market) -> Row:
    return {
        "leaderUserId": relation.leader_id,
        "leaderNickname": nickname,
        "leaderAvatar": "",
        "marginBalance": text(relation.equity(market)),
        "availableMargin": text(relation.available(market)),
        "unrealisedPnl": text(relation.unrealised(market)),
        "realisedProfit": text(relation.realised),
        "holdingProfitSharing": text(relation.holding),
        "settledProfitSharing": text(relation.settled),
        "netProfit": text(relation.realised - relation.holding - relation.settled),
    }


def futures_position(leader: Leader, position: Position, market: Market) -> Row:
    """Sizes in contracts; `marginRate` is "" for cross positions, and no margin ratio for others."""
    contract, mark = market.contract(position.symbol), market.marks[position.symbol]
    value = mark * position.quantity
    size = text(position.quantity / contract.multiplier)
    return {
        "symbol": position.symbol,
        "side": "LONG" if position.is_long else "SHORT",
        "avgPrice": text(position.open_price),
        "position": size,
        "available": size,
        "leverage": text(position.leverage),
        "lastPrice": text(market.lasts[position.symbol]),
        "positionValue": text(value),
        "flp": text(leader.liquidation_price(position, market)),
        "margin": text(position.margin),
        "marginRate": text(position.margin / value) if position.position_type else "",
        "unrealizedPnL": text(position.profit(mark)),
        "profitRate": text(position.profit_rate(mark)),
        "realizedPnL": text(position.realised),
        "minMargin": "0",
        "maxNotionalValue": "10000000",
        "markPrice": text(mark),
        "marginType": "ISOLATED" if position.position_type else "CROSS",
    }


def futures_balance(leader: Leader, market: Market) -> Row:
    profit = sum((one.profit(market.marks[one.symbol]) for one in leader.positions), Decimal(0))
    margin = sum((one.margin for one in leader.positions), Decimal(0))
    return {
        "coin": "USDT",
        "asset": "USDT",  # what it was called, and what clients still read
        "balance": text(leader.balance),
        "availableBalance": text(leader.balance + profit - margin),
        "positionMargin": text(margin),
        "orderMargin": "0",
        "crossUnRealizedPnl": text(profit),
    }


def exchange_info(market: Market, now_ms: int) -> Row:
    contracts = [
        {
            "symbol": one.symbol,
            "symbolName": one.symbol.replace("-SWAP-", ""),
            "status": "TRADING",
            "baseAsset": one.symbol,
            "quoteAsset": one.quote,
            "underlying": one.base,
            "marginToken": one.quote,
            "contractMultiplier": text(one.multiplier),
            "inverse": False,
            "filters": [
                {"filterType": "PRICE_FILTER", "minPrice": text(one.tick), "maxPrice": "1000000",
                 "tickSize": text(one.tick)},
                {"filterType": "LOT_SIZE", "minQty": "1", "maxQty": "1000000", "stepSize": "1"},
                {"filterType": "MIN_NOTIONAL", "minNotional": "5"},
            ],
        }
        for one in market.contracts.values()
    ]  # fmt: skip
    return {"timezone": "UTC", "serverTime": str(now_ms), "brokerFilters": [], "symbols": [],
            "options": [], "contracts": contracts, "coins": []}  # fmt: skip


def without_rows(found: Any) -> Any:
    """The same answer with no row in it. Raises: Refusal, where there are no rows."""
    if isinstance(found, list):
        return []
    if "list" in found:
        return found | {"list": [], "total": "0", "pages": "0"}
    raise Refusal(-32045)
