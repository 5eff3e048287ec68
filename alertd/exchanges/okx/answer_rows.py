"""Rows of answers exactly as OKX names their fields; only those that are used.

Numbers and times are texts, `""` means "not applicable". A field that is missing or null reads as
None, which means the same. Source: OKX API guide, the pages of the calls.
"""
# ruff: noqa: N815 - field names are the exchange's

from __future__ import annotations

import msgspec


class TimeRow(msgspec.Struct):
    """The answer of `public/time`."""

    ts: str


class ConfigRow(msgspec.Struct):
    """The answer of `account/config`."""

    uid: str = ""
    acctLv: str = ""
    posMode: str = ""
    perm: str = ""
    ip: str = ""
    roleType: str = ""
    liquidationGear: str = ""


class HistoryRow(msgspec.Struct, gc=False):
    """A row of `account/positions-history`: a position that was closed, in part or whole.

    `type` says how it was closed last: 1 in part, 2 whole, 3 liquidated, 4 liquidated in part, 5 by ADL.
    """

    instType: str | None = None
    instId: str | None = None
    mgnMode: str | None = None
    posId: str | None = None
    posSide: str | None = None
    direction: str | None = None
    ccy: str | None = None
    type: str | None = None
    openAvgPx: str | None = None
    cTime: str | None = None
    uTime: str | None = None


class BillRow(msgspec.Struct, gc=False):
    """A row of `account/bills`: one change of the balance. `sz` and prices are not read."""

    billId: str | None = None
    type: str | None = None
    subType: str | None = None
    ts: str | None = None
    instId: str | None = None
    mgnMode: str | None = None
    ccy: str | None = None
    balChg: str | None = None


class LeadTraderRow(msgspec.Struct):
    """A row of `copytrading/current-lead-traders`; its profits and the margin in use are not read."""

    uniqueCode: str
    nickName: str = ""
    copyTotalAmt: str | None = None
    ccy: str | None = None
    profitSharingRatio: str | None = None
    leadMode: str | None = None
    beginCopyTime: str | None = None


class CopyRoleRow(msgspec.Struct):
    """One of `details` of `copytrading/config`. The count of copiers is given to lead traders only."""

    instType: str = ""
    roleType: str = ""
    copyTraderNum: str = ""


class CopyConfigRow(msgspec.Struct):
    """The answer of `copytrading/config`. `uniqueCode` is the account's own."""

    uniqueCode: str = ""
    details: list[CopyRoleRow] = []


class StatusRow(msgspec.Struct):
    """A row of `system/status`. Documented are texts; numbers are read as well."""

    title: str | int | None = None
    state: str | int | None = None
    begin: str | int | None = None
    end: str | int | None = None
    serviceType: str | int | None = None
    maintType: str | int | None = None
    env: str | int | None = None
    system: str | int | None = None
