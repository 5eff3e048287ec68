"""Rows of copy trading as OKX names their fields, with all that is shown to people. Pure.

Source: OKX API guide, "Copy Trading": "My lead traders", "Copy settings", "Account configuration", "Existing
lead positions", "Lead position history", "Lead trader stats" (read July 2026).
"""

# ruff: noqa: N815 - field names are the exchange's

from __future__ import annotations

import msgspec

from alertd.exchanges.okx.lead_wire import SubPositionRow


class CopiedTraderRow(msgspec.Struct):
    """`current-lead-traders`."""

    uniqueCode: str
    nickName: str | None = None
    leadMode: str | None = None
    ccy: str | None = None
    copyTotalAmt: str | None = None
    copyTotalPnl: str | None = None
    margin: str | None = None
    upl: str | None = None
    todayPnl: str | None = None
    profitSharingRatio: str | None = None
    beginCopyTime: str | None = None


class OpenRow(SubPositionRow):
    """`current-subpositions` and `public-current-subpositions`."""

    ccy: str | None = None
    margin: str | None = None
    upl: str | None = None
    tpTriggerPx: str | None = None
    slTriggerPx: str | None = None


class ClosedRow(SubPositionRow):
    """`subpositions-history` and `public-subpositions-history`."""

    ccy: str | None = None
    closeSubPos: str | None = None
    pnlRatio: str | None = None


class InstrumentRow(msgspec.Struct):
    """One of `instIds` of `copy-settings`."""

    instId: str
    enabled: str | None = None


class CopySettingsRow(msgspec.Struct):
    """`copy-settings`."""

    copyState: str | None = None
    copyMode: str | None = None
    copyAmt: str | None = None
    copyRatio: str | None = None
    copyTotalAmt: str | None = None
    tpRatio: str | None = None
    slRatio: str | None = None
    slTotalAmt: str | None = None
    copyInstIdType: str | None = None
    instIds: list[InstrumentRow] = []
    subPosCloseType: str | None = None
    copyMgnMode: str | None = None
    ccy: str | None = None


class RoleRow(msgspec.Struct):
    """One of `details` of `config`."""

    instType: str | None = None
    roleType: str | None = None
    profitSharingRatio: str | None = None
    maxCopyTraderNum: str | None = None
    copyTraderNum: str | None = None


class OwnRow(msgspec.Struct):
    """`config`."""

    uniqueCode: str | None = None
    nickName: str | None = None
    details: list[RoleRow] = []


class StatsRow(msgspec.Struct):
    """`public-stats`."""

    winRatio: str | None = None
    profitDays: str | None = None
    lossDays: str | None = None
    curCopyTraderPnl: str | None = None
    avgSubPosNotional: str | None = None
    investAmt: str | None = None
    ccy: str | None = None
