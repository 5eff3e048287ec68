"""Rows of the pages about lead traders, as OKX names their fields. Pure.

Source: OKX API guide, "Copy Trading", "Get balance" (read July 2026).
"""

# ruff: noqa: N815 - field names are the exchange's

from __future__ import annotations

import msgspec

RECORDS = 100  # of closed ones, the newest; a look a minute sees them all


class SubPositionRow(msgspec.Struct, gc=False):
    """A row of the lists of open and of closed ones: the latter have what begins with `close`."""

    subPosId: str
    instType: str | None = None
    instId: str | None = None
    posSide: str | None = None
    mgnMode: str | None = None
    lever: str | None = None
    openAvgPx: str | None = None
    openTime: str | None = None
    subPos: str | None = None
    markPx: str | None = None
    uplRatio: str | None = None
    uniqueCode: str | None = None
    type: str | None = None
    closeTime: str | None = None
    closeAvgPx: str | None = None
    pnl: str | None = None

    @property
    def posId(self) -> str | None:  # noqa: N802 - as other rows about positions have it
        return self.subPosId

    @property
    def posCcy(self) -> str | None:  # noqa: N802
        return None


class CopyAccountRow(msgspec.Struct):
    """What `current-lead-traders` tells of one trader, as far as how it trades is followed."""

    uniqueCode: str
    nickName: str = ""
    ccy: str | None = None
    leadMode: str | None = None
    copyTotalAmt: str | None = None
    copyTotalPnl: str | None = None
    upl: str | None = None


class CopyStateRow(msgspec.Struct):
    """What `copy-settings` tells of one trader, as far as a stop is proved: "1" is copied, "0" is not."""

    copyState: str


class CopiedRow(msgspec.Struct):
    """Who is copied, with the margin in use for it, as far as a stop is proved by it."""

    uniqueCode: str
    nickName: str | None = None
    margin: str | None = None


class CurrencyEquityRow(msgspec.Struct):
    """One currency of it."""

    ccy: str = ""
    eq: str | None = None


class EquityRow(msgspec.Struct):
    """A row of `account/balance`."""

    details: list[CurrencyEquityRow] = []
