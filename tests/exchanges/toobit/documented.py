"""Answers in the documented shapes, with values of our own, and what each is decoded with."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

import msgspec
from hypothesis import strategies as st

from alertd.exchanges.toobit import decode, futures_decode

LEAD_ORDER = {
    "symbolId": "BTC-SWAP-USDT", "symbolName": "BTCUSDT", "isLong": 1, "positionType": 0, "leverage": "20",
    "openTime": "1763700000123", "quantity": "0.5", "newPrice": "91000.5", "openPrice": "90000",
    "totalFollowerCount": "12", "totalFollowerMargin": "3456.78", "profitRate": "-24.07",
    "markPrice": "90999.9",
}  # fmt: skip
CLOSED_LEAD_ORDER = {
    "symbolId": "ETH-SWAP-USDT", "isLong": 0, "positionType": 1, "leverage": "10", "openPrice": "3000",
    "closePrice": "2900", "openTime": "1763600000000", "closeTime": "1763650000000", "profit": "100",
    "status": 2, "openQty": "1", "closeQty": "1", "positionProfit": "96.5", "openFee": "-1.8",
    "closeFee": "-1.7",
}  # fmt: skip
TRADE_DATA = {
    "profitRate": "0.1234", "accumulatedProfit": "1234.5", "orderCount": 42, "winRate": "0.61",
    "currentFollowerCount": "7", "followerTotalProfit": "88.1", "sharpeRatio": "1.9",
    "totalFollowerCount": "30", "assetManagementScale": "5000", "profitLossRatio": "2.18:1",
    "tradingFrequency": "3.5", "tradingDays": 28,
}  # fmt: skip
PROFIT_SHARING = {
    "totalProfitSharing": "10.5", "weekOfYear": 47, "year": 2026, "sharingDate": "2026-11-16",
    "recommendUserShare": "1.5", "realProfitShare": "9",
}  # fmt: skip
SYMBOL = {"symbolId": "BTC-SWAP-USDT", "leverage": "50", "isLead": 1}
LEADER_CONFIG = {
    "unLeadType": 1, "unLeadStartTime": "1763700000000", "unLeadEndTime": "1763786400000",
    "leadPositionType": 0, "tradeProtect": 1, "profitPeriod": 7, "profitRate": "0.1",
    "followAssetLowerLimit": "100", "fixedAmountFollowMin": "10", "fixedRateFollowMin": "1",
    "isNeedInvite": 1, "inviteScope": 2, "symbolIds": ["BTC-SWAP-USDT", "ETH-SWAP-USDT"],
    "recommendShare": 1, "recommendShareRate": "0.2", "inviteCode": "LEADER26",
}  # fmt: skip
FOLLOWER = {
    "followerNickname": "****644", "followAmountLimit": "500", "totalFollowMargin": "1200.5",
    "totalProfit": "-3.2", "followRunningMills": "86400000",
}  # fmt: skip
FOLLOW_ORDER = {
    "leaderUserId": "9007199254740993", "leaderNickname": "whale", "leaderAvatar": "https://x/y.png",
    "symbolId": "BTC-SWAP-USDT", "isLong": 1, "positionType": 1, "leverage": "20", "openAvgPrice": "6805",
    "markPrice": "7121.97", "currentPrice": "7122", "quantity": "0.01", "margin": "3.3854",
    "liquidationPrice": "", "unrealizedProfit": "3.1697", "unrealizedProfitRate": "0.9315",
    "stopProfitRate": "", "stopLossRate": "0.2",
}  # fmt: skip
CLOSED_FOLLOW_ORDER = {
    "symbolId": "BTC-SWAP-USDT", "positionType": 0, "leverage": "20", "isLong": 1, "leaderNickname": "whale",
    "leaderAvatar": "", "openTimeMs": "1763600000000", "lastCloseTimeMs": "1763650000000",
    "openAvgPrice": "6805", "closeAvgPrice": "7100", "maxPositionQuantity": "0.02", "closedQuantity": "0.02",
    "realizedProfit": "5.9", "closeStatus": 2,
}  # fmt: skip
FOLLOW_CONFIG = {
    "leaderUserId": "123456789", "investAmount": "100", "singlePlaceAmount": "10",
    "dailyMaxInvestAmount": "50", "leverage": "20", "maxInvestRate": "0.5", "stopProfitRate": "0.1",
    "stopLossRate": "0.2", "isolatedReservedAmount": "5", "followSymbolIds": "BTC-SWAP-USDT,ETH-SWAP-USDT",
    "followAmountMode": 1, "stopLossDelay": 30, "followMarginType": 2, "zeroSlippageSwitch": True,
}  # fmt: skip
FOLLOWED_LEADER = {
    "leaderUserId": "123456789", "leaderNickname": "whale", "leaderAvatar": "", "marginBalance": "521.64",
    "availableMargin": "518.25", "unrealisedPnl": "3.16", "realisedProfit": "0", "holdingProfitSharing": "0",
    "settledProfitSharing": "0.58", "netProfit": "-0.58",
}  # fmt: skip


FUTURES_POSITION = {
    "symbol": "BTC-SWAP-USDT", "side": "SHORT", "avgPrice": "6895", "position": "12", "available": "12",
    "leverage": "20", "lastPrice": "7000.1", "positionValue": "84.01", "flp": "7210.5", "margin": "4.1999",
    "marginRate": "", "unrealizedPnL": "-1.26", "profitRate": "-0.3", "realizedPnL": "0.5", "minMargin": "0",
    "maxNotionalValue": "10000000", "markPrice": "7000", "marginType": "ISOLATED",
}  # fmt: skip
FUTURES_BALANCE = {
    "coin": "USDT", "balance": "999999.5", "availableBalance": "1899978.4", "positionMargin": "12.5",
    "orderMargin": "0", "crossUnRealizedPnl": "-3.25", "coupon": "10",
}  # fmt: skip


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(json.dumps(value).encode())


class Endpoint(NamedTuple):
    """One answer: its row, how it stands in the data, what decodes it, and what a row cannot be without."""

    row: Mapping[str, Any]
    wrap: Callable[[Any], Any]
    decode: Callable[[msgspec.Raw | None], Any]
    needed: frozenset[str] = frozenset()
    is_object: bool = False


def with_holes(row: Mapping[str, Any], needed: Collection[str] = ()) -> st.SearchStrategy[dict[str, Any]]:
    """The row as it may come some day: fields left out, null or empty, but for those that are needed."""
    kept = {name: st.just(value) for name, value in row.items() if name in needed}
    others = {
        name: st.sampled_from([value, None, "" if not isinstance(value, list) else []])
        for name, value in row.items()
        if name not in needed
    }
    return st.fixed_dictionaries(kept, optional=others)


def _page(row: Any) -> Any:
    return {"pages": "1", "total": "1", "list": [row]}


def _list(row: Any) -> Any:
    return [row]


PLACED = frozenset({"symbolId", "isLong"})
ENDPOINTS: dict[str, Endpoint] = {
    "leader/orders/current": Endpoint(LEAD_ORDER, _list, decode.lead_orders, PLACED),
    "leader/orders/history": Endpoint(
        CLOSED_LEAD_ORDER, _page, lambda data: decode.lead_history(data, 1), PLACED
    ),
    "leader/trade-data": Endpoint(TRADE_DATA, _list, lambda data: decode.trade_data(data, 30)),
    "leader/profit-sharings": Endpoint(PROFIT_SHARING, _list, decode.profit_sharings),
    "leader/symbols": Endpoint(SYMBOL, _list, decode.leader_symbols, frozenset({"symbolId"})),
    "leader/followers": Endpoint(FOLLOWER, _page, lambda data: decode.followers(data, 1)),
    "leader/config": Endpoint(LEADER_CONFIG, dict, decode.leader_config, is_object=True),
    "follower/orders/current": Endpoint(FOLLOW_ORDER, _list, decode.follow_orders, PLACED | {"leaderUserId"}),
    "follower/orders/history": Endpoint(
        CLOSED_FOLLOW_ORDER, _page, lambda data: decode.follow_history(data, 1), PLACED
    ),
    "follower/leaders": Endpoint(
        FOLLOWED_LEADER, _list, decode.followed_leaders, frozenset({"leaderUserId"})
    ),
    "futures/positions": Endpoint(
        FUTURES_POSITION, _list, futures_decode.positions, frozenset({"symbol", "side", "position"})
    ),
    "futures/balance": Endpoint(FUTURES_BALANCE, _list, futures_decode.balances, frozenset({"coin"})),
    "follower/config": Endpoint(
        FOLLOW_CONFIG, dict, decode.follow_config, frozenset({"leaderUserId"}), is_object=True
    ),
}
