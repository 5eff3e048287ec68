"""Rows of pushes exactly as OKX names their fields; only those that are used.

Numbers and times are texts, `""` means "not applicable". A field that is missing or null reads as
None, which means the same. Source: OKX API guide, "WebSocket", the channels' own pages.
"""
# ruff: noqa: N815 - field names are the exchange's

from __future__ import annotations

import msgspec


class PositionRow(msgspec.Struct, gc=False):
    """A row of `positions`."""

    instType: str | None = None
    instId: str | None = None
    mgnMode: str | None = None
    posId: str | None = None
    posSide: str | None = None
    pos: str | None = None
    posCcy: str | None = None
    ccy: str | None = None
    lever: str | None = None
    avgPx: str | None = None
    markPx: str | None = None
    liqPx: str | None = None
    margin: str | None = None
    mgnRatio: str | None = None
    mmr: str | None = None
    upl: str | None = None
    notionalUsd: str | None = None
    adl: str | None = None
    cTime: str | None = None
    uTime: str | None = None
    pTime: str | None = None


class WarningRow(msgspec.Struct, gc=False):
    """A row of `liquidation-warning`."""

    instType: str | None = None
    instId: str | None = None
    mgnMode: str | None = None
    posId: str | None = None
    posSide: str | None = None
    pos: str | None = None
    posCcy: str | None = None
    ccy: str | None = None
    lever: str | None = None
    markPx: str | None = None
    mgnRatio: str | None = None
    cTime: str | None = None
    uTime: str | None = None
    pTime: str | None = None


class DetailRow(msgspec.Struct, gc=False):
    """A currency of an `account` row."""

    ccy: str | None = None
    mgnRatio: str | None = None
    mmr: str | None = None
    uTime: str | None = None
    smtSyncEq: str | None = None
    spotCopyTradingEq: str | None = None
    spotIsoBal: str | None = None


class AccountRow(msgspec.Struct):
    """A row of `account`; `details` are `DetailRow`s, read one by one."""

    mgnRatio: str | None = None
    mmr: str | None = None
    uTime: str | None = None
    details: list[DetailRow] | None = None


class LooseAccountRow(msgspec.Struct):
    """An `AccountRow` of which some detail cannot be read."""

    mgnRatio: str | None = None
    mmr: str | None = None
    uTime: str | None = None
    details: msgspec.Raw = msgspec.Raw(b"[]")


class BalancePositionRow(msgspec.Struct):
    """A row of `balance_and_position`; `posData` and `balData` are read only where something happened."""

    eventType: str | None = None
    pTime: str | None = None
    posData: msgspec.Raw = msgspec.Raw(b"[]")
    balData: msgspec.Raw = msgspec.Raw(b"[]")


class BalDataRow(msgspec.Struct, gc=False):
    """A row of `balData`."""

    ccy: str | None = None


class PosDataRow(msgspec.Struct, gc=False):
    """A row of `posData`."""

    instType: str | None = None
    instId: str | None = None
    mgnMode: str | None = None
    posId: str | None = None
    posSide: str | None = None
    pos: str | None = None
    posCcy: str | None = None
    ccy: str | None = None
    avgPx: str | None = None
    uTime: str | None = None


class LeadRow(msgspec.Struct, gc=False):
    """A row of `copytrading-lead-notification`."""

    infoType: str | None = None
    instId: str | None = None
    side: str | None = None
    posSide: str | None = None
    subPosId: str | None = None
    uniqueCode: str | None = None
    maxLeadTraderNum: str | None = None
    minLeadEq: str | None = None
