"""Calls that tell people what an account copies or leads, and what a lead trader shows to all. All only read.

Source: OKX API guide, "Copy Trading" (read July 2026). Lists are read from the newest on, each page after the
last row of the one before.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TypeVar
from urllib.parse import quote

from alertd.domain.errors import DecodeError, RequestUnavailable
from alertd.exchanges.okx import copy_decode, copy_wire
from alertd.exchanges.okx.copy_models import (
    ClosedPosition,
    CopiedTrader,
    CopyRole,
    CopySettings,
    Days,
    Listed,
    OpenPosition,
    Page,
    TraderFigures,
    unique_code,
)
from alertd.exchanges.okx.lead_wire import SubPositionRow
from alertd.exchanges.okx.rest import OkxRest

Row = TypeVar("Row")
SubRow = TypeVar("SubRow", bound=SubPositionRow)
Item = TypeVar("Item")

PAGE = 100  # the most of the pages of closed ones
MOST_PAGES = 200
_PREFIX = "/api/v5/copytrading/"
_SPANS: dict[Days, str] = {7: "1", 30: "2", 90: "3", 365: "4"}


class CopyRest:
    """For one account. Each call raises RequestRefused and RequestUnavailable."""

    def __init__(self, rest: OkxRest) -> None:
        self._rest = rest

    async def copied(self) -> Listed[CopiedTrader]:
        """Whom the account copies; nobody is an empty list."""
        answer = await self._rest.copied_rows(copy_wire.CopiedTraderRow)
        return copy_decode.listed(answer.rows, answer.bad, copy_decode.copied_trader)

    async def settings(self, trader: str) -> CopySettings:
        """How a lead trader is copied, or was. Raises: ValueError for what is no unique code."""
        query = f"copy-settings?instType=SWAP&uniqueCode={unique_code(trader)}"
        row = await self._one(query, copy_wire.CopySettingsRow)
        return _readable(lambda: copy_decode.copy_settings(row, trader))

    async def roles(self) -> Listed[CopyRole]:
        """What the account is in copy trading."""
        row = await self._one("config", copy_wire.OwnRow)
        return copy_decode.copy_roles(row)

    async def figures(self, trader: str, days: Days) -> Listed[TraderFigures]:
        """What a lead trader shows to all, of so many days. Raises: ValueError for what is no unique code."""
        query = f"public-stats?instType=SWAP&uniqueCode={unique_code(trader)}&lastDays={_SPANS[days]}"
        answer = await self._rest.rows(_PREFIX + query, copy_wire.StatsRow, signed=False)
        return copy_decode.listed(answer.rows, answer.bad, lambda row: copy_decode.trader_figures(row, days))

    def open_pages(self, trader: str | None = None) -> AsyncIterator[tuple[Page, Listed[OpenPosition]]]:
        """What is open: of the account, or what a lead trader shows to all. Raises: ValueError."""
        path = "current-subpositions?instType=SWAP"
        return self._pages(path, trader, copy_wire.OpenRow, copy_decode.open_position)

    def closed_pages(self, trader: str | None = None) -> AsyncIterator[tuple[Page, Listed[ClosedPosition]]]:
        """What was closed in the last three months, likewise."""
        path = "subpositions-history?instType=SWAP"
        return self._pages(path, trader, copy_wire.ClosedRow, copy_decode.closed_position)

    def _pages(
        self, path: str, trader: str | None, row_type: type[SubRow], decode: Callable[[SubRow], Item]
    ) -> AsyncIterator[tuple[Page, Listed[Item]]]:
        if trader is not None:
            path = f"public-{path}&uniqueCode={unique_code(trader)}"
        return self._read_pages(f"{_PREFIX}{path}&limit={PAGE}", trader is None, row_type, decode)

    async def _read_pages(
        self, path: str, signed: bool, row_type: type[SubRow], decode: Callable[[SubRow], Item]
    ) -> AsyncIterator[tuple[Page, Listed[Item]]]:
        after = ""
        seen: set[tuple[str, str | None, str | None]] = set()
        for number in range(1, MOST_PAGES + 1):
            answer = await self._rest.rows(path + after, row_type, signed=signed)
            new = [row for row in answer.rows if _key(row) not in seen]
            seen.update(map(_key, new))
            is_last = len(answer.rows) + len(answer.bad) < PAGE
            # A full page that brings nothing new: there is no end to be read.
            stuck = not is_last and (not new or number == MOST_PAGES)
            page = Page(number, is_last or stuck, not stuck)
            yield page, copy_decode.listed(new, answer.bad, decode)
            if page.is_last:
                return
            after = f"&after={quote(answer.rows[-1].subPosId, safe='')}"

    async def _one(self, query: str, row_type: type[Row]) -> Row:
        answer = await self._rest.rows(_PREFIX + query, row_type)
        if not answer.rows:
            reason = answer.bad[0].reason if answer.bad else "answer without rows"
            raise RequestUnavailable(f"{_PREFIX}{query.partition('?')[0]}: {reason}")
        return answer.rows[0]


def _readable(decode: Callable[[], Item]) -> Item:
    try:
        return decode()
    except DecodeError as exc:
        raise RequestUnavailable(exc.detail) from exc


def _key(row: SubPositionRow) -> tuple[str, str | None, str | None]:
    return row.subPosId, row.closeTime, row.type
