"""What is asked of OKX's REST interface for one account. How it is asked, and the changes: `calling`.

Source: OKX API guide, "Get system time", "Get account configuration", "Get balance", "Get positions",
"Get positions history", "Get bills details (last 7 days)", "Copy trading", "Status".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeVar

import msgspec

from alertd.domain.errors import RequestRefused, RequestUnavailable
from alertd.exchanges.okx import answer_rows, push_rows, wire
from alertd.exchanges.okx.answers import moment, whole_ms
from alertd.exchanges.okx.calling import OkxCalls
from alertd.exchanges.okx.observed import Answered

Role = Literal["copier", "lead", "trader"]

# Closed positions: few are new since the last time, so the first page is small.
FIRST_PAGE = 20
FULL_PAGE = 100
MOST_PAGES = 50
_ROLES: dict[str, Role] = {"0": "trader", "1": "lead", "2": "copier"}
_ACCOUNT_MODES = {"1": "spot", "2": "futures", "3": "multi_currency", "4": "portfolio"}
# An account that has never copied may be answered so instead of an empty list (UNVERIFIED).
_COPIES_NOBODY = frozenset({"59273", "59285"})

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """What kind of account the key belongs to.

    `account_mode`: spot, futures, multi_currency, portfolio (else as it came). `liquidation_gear`: "3" or
    "-1" warn at 300 %, "0" never. `ip`: the addresses the key is bound to, empty = none.
    """

    uid: str
    role: Role
    account_mode: str
    position_mode: str
    permissions: frozenset[str]
    liquidation_gear: str
    ip: tuple[str, ...]


class LeadTrader(msgspec.Struct, frozen=True):
    """Somebody the account copies. `unique_code` is a text, also where it is all digits."""

    unique_code: str
    nick_name: str


class OkxRest(OkxCalls):
    """The pages of one account."""

    async def server_time_offset_s(self) -> float:
        """The exchange's time minus ours, to half a round trip.

        Raises: RequestRefused, RequestUnavailable.
        """
        self._measured_s = await self.repeated(self._measure_offset)
        return self._measured_s

    async def account_config(self) -> AccountConfig:
        """Raises: RequestRefused, RequestUnavailable."""
        row = await self.repeated(
            lambda: self.row_once("/api/v5/account/config", answer_rows.ConfigRow, signed=True)
        )
        return AccountConfig(
            uid=row.uid,
            role=_ROLES.get(row.roleType, "trader"),
            account_mode=_ACCOUNT_MODES.get(row.acctLv, row.acctLv),
            position_mode=row.posMode,
            permissions=frozenset(part for part in row.perm.split(",") if part),
            liquidation_gear=row.liquidationGear,
            ip=tuple(part.strip() for part in row.ip.split(",") if part.strip()),
        )

    async def positions(self) -> Answered[push_rows.PositionRow]:
        """Every open position, without `pTime`. Raises: RequestRefused, RequestUnavailable."""
        return await self.rows("/api/v5/account/positions", push_rows.PositionRow)

    async def balance(self) -> Answered[push_rows.AccountRow]:
        """The account as its channel tells it. Raises: RequestRefused, RequestUnavailable."""
        return await self.rows("/api/v5/account/balance", push_rows.AccountRow)

    async def closed_since(self, since: datetime) -> Answered[answer_rows.HistoryRow]:
        """Positions that were closed, in part or whole, at that time or later; newest first.

        The query names no beginning: which end of a longer list one would get is not documented.
        Raises: RequestRefused, RequestUnavailable, the latter also where there are too many to read.
        """
        since_ms = int(since.timestamp() * 1000)
        found: dict[tuple[str | None, str | None], answer_rows.HistoryRow] = {}
        query, most = f"limit={FIRST_PAGE}", FIRST_PAGE
        first: Answered[answer_rows.HistoryRow] | None = None
        bad: list[wire.BadRow] = []
        for _ in range(MOST_PAGES):
            page = await self._history_page(query)
            first = first or page
            bad += page.bad
            known = len(found)
            found |= {(row.posId, row.uTime): row for row in page.rows}
            oldest_ms = min((ms for row in page.rows if (ms := whole_ms(row.uTime))), default=0)
            if len(page.rows) + len(page.bad) < most or oldest_ms < since_ms or len(found) == known:
                rows = [row for row in found.values() if not 0 < whole_ms(row.uTime) < since_ms]
                return first._replace(rows=rows, bad=bad)
            query, most = f"after={oldest_ms + 1}&limit={FULL_PAGE}", FULL_PAGE
        raise RequestUnavailable(f"more than {MOST_PAGES} pages of closed positions since {since}")

    async def bills_since(self, since: datetime, types: Sequence[str]) -> Answered[answer_rows.BillRow]:
        """Changes of the balance of these types at that time or later, as far back as seven days.

        Raises: RequestRefused, RequestUnavailable, the latter also where there are too many to read.
        """
        since_ms, asked_at, body = int(since.timestamp() * 1000), self._clock.now(), b""
        rows: dict[str | None, answer_rows.BillRow] = {}
        bad: list[wire.BadRow] = []
        for wanted in types:
            query = f"/api/v5/account/bills?type={wanted}&begin={since_ms}&limit={FULL_PAGE}"
            after = ""
            for _ in range(MOST_PAGES):
                page = await self.rows(query + after, answer_rows.BillRow)
                known, body = len(rows), body or page.body
                rows |= {row.billId: row for row in page.rows}
                bad += page.bad
                last = page.rows[-1].billId if page.rows else None
                if len(page.rows) + len(page.bad) < FULL_PAGE or not last or len(rows) == known:
                    break
                after = f"&after={last}"
            else:
                raise RequestUnavailable(f"more than {MOST_PAGES} pages of bills since {since}")
        return Answered(list(rows.values()), bad, asked_at, body)

    async def _history_page(self, query: str) -> Answered[answer_rows.HistoryRow]:
        path = f"/api/v5/account/positions-history?{query}"
        return await self.rows(path, answer_rows.HistoryRow)

    async def announcements(self, state: str = "") -> Answered[answer_rows.StatusRow]:
        """What OKX tells of its maintenance: what lies ahead or goes on, or what is in this state.

        Asked once: it is asked again soon. Raises: RequestRefused, RequestUnavailable.
        """
        query = f"?state={state}" if state else ""
        return await self.rows_once(f"/api/v5/system/status{query}", answer_rows.StatusRow, signed=False)

    async def lead_traders(self) -> tuple[LeadTrader, ...]:
        """Whom this account copies. Raises: RequestRefused, RequestUnavailable."""
        answered = await self.copied_traders()
        return tuple(LeadTrader(row.uniqueCode, row.nickName) for row in answered.rows)

    async def copied_traders(self) -> Answered[answer_rows.LeadTraderRow]:
        """The same, all that is told of each. Raises: RequestRefused, RequestUnavailable."""
        return await self.copied_rows(answer_rows.LeadTraderRow)

    async def copied_rows(self, row_type: type[Row]) -> Answered[Row]:
        """The same, read as these rows. Raises: RequestRefused, RequestUnavailable."""
        path, asked_at = "/api/v5/copytrading/current-lead-traders?instType=SWAP", self._clock.now()
        try:
            return await self.rows(path, row_type)
        except RequestRefused as exc:
            if exc.code in _COPIES_NOBODY:
                return Answered((), (), asked_at, b"")
            raise

    async def copy_config(self) -> Answered[answer_rows.CopyConfigRow]:
        """How many copy this account, if it leads. Raises: RequestRefused, RequestUnavailable."""
        return await self.rows("/api/v5/copytrading/config", answer_rows.CopyConfigRow)

    async def _measure_offset(self) -> float:
        asked_at = self._clock.now()
        began_s = self._clock.monotonic_s()
        row = await self.row_once("/api/v5/public/time", answer_rows.TimeRow, signed=False)
        half_way = asked_at + timedelta(seconds=(self._clock.monotonic_s() - began_s) / 2)
        return (moment(row.ts) - half_way).total_seconds()
