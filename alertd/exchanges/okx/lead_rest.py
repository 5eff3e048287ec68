"""Calls that tell what lead traders do: the public lists of one trader, and the account's own lists.

Source: OKX API guide, "Copy Trading" (read July 2026). Public lists count by address, own ones by account.
"""

from __future__ import annotations

from urllib.parse import quote

from alertd.domain.errors import RequestUnavailable
from alertd.exchanges.okx import answer_rows, wire
from alertd.exchanges.okx.lead_wire import RECORDS, CopyAccountRow, EquityRow, SubPositionRow
from alertd.exchanges.okx.observed import Answered
from alertd.exchanges.okx.rest import OkxRest

_PREFIX = "/api/v5/copytrading/"
PAGE = 100
MOST_PAGES = 5


class LeadRest:
    """For one account. Raises, in each call: RequestRefused, RequestUnavailable."""

    def __init__(self, rest: OkxRest) -> None:
        self._rest = rest

    async def copied(self) -> Answered[CopyAccountRow]:
        """Whom the account copies, and what that earned. An account that copies nobody: no rows."""
        return await self._rest.copied_rows(CopyAccountRow)

    async def public_orders(self, trader: str) -> Answered[SubPositionRow]:
        """Everything open that a lead trader shows to all."""
        return await self._all(f"public-current-subpositions?instType=SWAP&uniqueCode={quote(trader)}", False)

    async def public_records(self, trader: str) -> Answered[SubPositionRow]:
        """What it closed lately."""
        path = f"public-subpositions-history?instType=SWAP&uniqueCode={quote(trader)}&limit={RECORDS}"
        return await self._rest.rows(_PREFIX + path, SubPositionRow, signed=False)

    async def own_orders(self) -> Answered[SubPositionRow]:
        """Everything open that this account leads, or holds by copying."""
        return await self._all("current-subpositions?instType=SWAP", True)

    async def own_records(self) -> Answered[SubPositionRow]:
        """What of it was closed lately."""
        path = f"subpositions-history?instType=SWAP&limit={RECORDS}"
        return await self._rest.rows(_PREFIX + path, SubPositionRow)

    async def followers(self) -> Answered[answer_rows.CopyConfigRow]:
        """How many copy this account, if it leads."""
        return await self._rest.copy_config()

    async def equity(self) -> Answered[EquityRow]:
        """By currency."""
        return await self._rest.rows("/api/v5/account/balance", EquityRow)

    async def _all(self, query: str, signed: bool) -> Answered[SubPositionRow]:
        """Page by page, from the newest on. Raises: RequestUnavailable where there are too many."""
        after = ""
        first: Answered[SubPositionRow] | None = None
        found: dict[str, SubPositionRow] = {}
        bad: list[wire.BadRow] = []
        for _ in range(MOST_PAGES):
            path = f"{_PREFIX}{query}&limit={PAGE}{after}"
            page = await self._rest.rows(path, SubPositionRow, signed=signed)
            first = first or page
            bad += page.bad
            known = len(found)
            found |= {row.subPosId: row for row in page.rows}
            if len(page.rows) + len(page.bad) < PAGE or len(found) == known:
                return first._replace(rows=list(found.values()), bad=bad)
            after = f"&after={quote(page.rows[-1].subPosId)}"
        raise RequestUnavailable(f"more than {MOST_PAGES} pages of lead positions")
