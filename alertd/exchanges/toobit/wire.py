"""Answers exactly as Toobit names them; only the fields that are used.

A `Scalar` is what stood there: a text, a whole number, a Decimal or a boolean, whatever the documentation
says it is; `fields` makes sense of it. Missing and null are None. Fields that are not named are ignored.
Source: Toobit API, "Copy trading: leader", "Copy trading: follower".
"""
# ruff: noqa: N815 - field names are the exchange's

from __future__ import annotations

from decimal import Decimal
from typing import Any, NamedTuple, TypeAlias, TypeVar

import msgspec

from alertd.domain.errors import DecodeError

Scalar: TypeAlias = Any
Row = TypeVar("Row")

_LONGEST_REASON = 160
_MOST_ROWS = 20_000  # pages hold a hundred; more than this is garbage


class BadRow(NamedTuple):
    """A row that cannot be read. It costs no neighbour."""

    row: bytes
    reason: str


class Envelope(msgspec.Struct):
    """Around every V2 answer, and the shape of every refusal."""

    code: Scalar = None
    msg: Scalar = None
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class TimeAnswer(msgspec.Struct):
    """`/api/v1/time`."""

    serverTime: Scalar = None


class KeyAnswer(msgspec.Struct):
    """`/api/v1/account/checkApiKey`."""

    accountType: Scalar = None


class PageRow(msgspec.Struct):
    """The `data` of what comes in pages."""

    pages: Scalar = None
    total: Scalar = None
    list: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class LeadOrderRow(msgspec.Struct):
    """`leader/orders/current`."""

    symbolId: Scalar = None
    symbolName: Scalar = None
    isLong: Scalar = None
    positionType: Scalar = None
    leverage: Scalar = None
    openTime: Scalar = None
    quantity: Scalar = None
    newPrice: Scalar = None
    openPrice: Scalar = None
    totalFollowerCount: Scalar = None
    totalFollowerMargin: Scalar = None
    profitRate: Scalar = None
    markPrice: Scalar = None


class ClosedLeadOrderRow(msgspec.Struct):
    """`leader/orders/history`."""

    symbolId: Scalar = None
    isLong: Scalar = None
    positionType: Scalar = None
    leverage: Scalar = None
    openPrice: Scalar = None
    closePrice: Scalar = None
    openTime: Scalar = None
    closeTime: Scalar = None
    profit: Scalar = None
    status: Scalar = None
    openQty: Scalar = None
    closeQty: Scalar = None
    positionProfit: Scalar = None
    openFee: Scalar = None
    closeFee: Scalar = None


class TradeDataRow(msgspec.Struct):
    """`leader/trade-data`."""

    profitRate: Scalar = None
    accumulatedProfit: Scalar = None
    orderCount: Scalar = None
    winRate: Scalar = None
    currentFollowerCount: Scalar = None
    followerTotalProfit: Scalar = None
    sharpeRatio: Scalar = None
    totalFollowerCount: Scalar = None
    assetManagementScale: Scalar = None
    profitLossRatio: Scalar = None
    tradingFrequency: Scalar = None
    tradingDays: Scalar = None


class ProfitSharingRow(msgspec.Struct):
    """`leader/profit-sharings/history`."""

    totalProfitSharing: Scalar = None
    weekOfYear: Scalar = None
    year: Scalar = None
    sharingDate: Scalar = None
    recommendUserShare: Scalar = None
    realProfitShare: Scalar = None


class SymbolRow(msgspec.Struct):
    """`leader/symbols`."""

    symbolId: Scalar = None
    leverage: Scalar = None
    isLead: Scalar = None


class LeaderConfigRow(msgspec.Struct):
    """`leader/config`."""

    unLeadType: Scalar = None
    unLeadStartTime: Scalar = None
    unLeadEndTime: Scalar = None
    leadPositionType: Scalar = None
    tradeProtect: Scalar = None
    profitPeriod: Scalar = None
    profitRate: Scalar = None
    followAssetLowerLimit: Scalar = None
    fixedAmountFollowMin: Scalar = None
    fixedRateFollowMin: Scalar = None
    isNeedInvite: Scalar = None
    inviteScope: Scalar = None
    symbolIds: Scalar = None
    recommendShare: Scalar = None
    recommendShareRate: Scalar = None
    inviteCode: Scalar = None


class FollowerRow(msgspec.Struct):
    """`leader/followers`."""

    followerNickname: Scalar = None
    followAmountLimit: Scalar = None
    totalFollowMargin: Scalar = None
    totalProfit: Scalar = None
    followRunningMills: Scalar = None  # the exchange's spelling


class FollowOrderRow(msgspec.Struct):
    """`follower/orders/current`."""

    leaderUserId: Scalar = None
    leaderNickname: Scalar = None
    symbolId: Scalar = None
    isLong: Scalar = None
    positionType: Scalar = None
    leverage: Scalar = None
    openAvgPrice: Scalar = None
    markPrice: Scalar = None
    currentPrice: Scalar = None
    quantity: Scalar = None
    margin: Scalar = None
    liquidationPrice: Scalar = None
    unrealizedProfit: Scalar = None
    unrealizedProfitRate: Scalar = None
    stopProfitRate: Scalar = None
    stopLossRate: Scalar = None


class ClosedFollowOrderRow(msgspec.Struct):
    """`follower/orders/history`."""

    symbolId: Scalar = None
    positionType: Scalar = None
    leverage: Scalar = None
    isLong: Scalar = None
    leaderNickname: Scalar = None
    openTimeMs: Scalar = None
    lastCloseTimeMs: Scalar = None
    openAvgPrice: Scalar = None
    closeAvgPrice: Scalar = None
    maxPositionQuantity: Scalar = None
    closedQuantity: Scalar = None
    realizedProfit: Scalar = None
    closeStatus: Scalar = None


class FollowConfigRow(msgspec.Struct):
    """`follower/config`."""

    leaderUserId: Scalar = None
    investAmount: Scalar = None
    singlePlaceAmount: Scalar = None
    dailyMaxInvestAmount: Scalar = None
    leverage: Scalar = None
    maxInvestRate: Scalar = None
    stopProfitRate: Scalar = None
    stopLossRate: Scalar = None
    isolatedReservedAmount: Scalar = None
    followSymbolIds: Scalar = None
    followAmountMode: Scalar = None
    stopLossDelay: Scalar = None
    followMarginType: Scalar = None
    zeroSlippageSwitch: Scalar = None


class FollowedLeaderRow(msgspec.Struct):
    """`follower/leaders`."""

    leaderUserId: Scalar = None
    leaderNickname: Scalar = None
    marginBalance: Scalar = None
    availableMargin: Scalar = None
    unrealisedPnl: Scalar = None
    realisedProfit: Scalar = None
    holdingProfitSharing: Scalar = None
    settledProfitSharing: Scalar = None
    netProfit: Scalar = None


_DECODERS: dict[type[Any], msgspec.json.Decoder[Any]] = {}  # made once for each type
_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])
# What msgspec raises for texts that are no JSON, of other types, or nested without end; ArithmeticError for
# numbers that no Decimal holds.
_NOT_READABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ArithmeticError)


def read_one(data: bytes | msgspec.Raw, row_type: type[Row]) -> Row:
    """A single object. Raises: DecodeError, and nothing else."""
    try:
        found: Row = _decoder_of(row_type).decode(data)
    except _NOT_READABLE as exc:
        raise DecodeError(_reason(exc)) from exc
    return found


def _decoder_of(row_type: type[Any]) -> msgspec.json.Decoder[Any]:
    if row_type not in _DECODERS:
        _DECODERS[row_type] = msgspec.json.Decoder(row_type, float_hook=Decimal)
    return _DECODERS[row_type]


def split(data: bytes | msgspec.Raw) -> list[msgspec.Raw]:
    """The rows of a list, unread. Raises: DecodeError if it is none, or absurdly long."""
    try:
        rows = _RAW_LIST.decode(data)
    except _NOT_READABLE as exc:
        raise DecodeError(_reason(exc)) from exc
    if len(rows) > _MOST_ROWS:
        raise DecodeError(f"{len(rows)} rows in one answer")
    return rows


def _reason(exc: Exception) -> str:
    return str(exc)[:_LONGEST_REASON]
