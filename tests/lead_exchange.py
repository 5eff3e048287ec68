"""An exchange that answers what lead traders do by a script, and the rows of its pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from alertd.clock import Clock
from alertd.domain.errors import Disposition, RequestRefused, RequestUnavailable
from alertd.exchanges.okx import wire
from alertd.exchanges.okx.lead_wire import CopyAccountRow, SubPositionRow
from alertd.exchanges.okx.observed import Answered

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
BTC = "BTC-USDT-SWAP"
ANNA = "25CD5A80241D6FE6"
REFUSED = RequestRefused("50051", "not here", Disposition.CREDENTIALS)
NO_LEADER = RequestRefused("59269", "no such", Disposition.RETRY)
BUSY = RequestRefused("50011", "too often", Disposition.RATE)
DOWN = RequestUnavailable("no answer")


def ms(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


def held(key: str = "1", trader: str = ANNA, **given: Any) -> SubPositionRow:
    usual = {
        "instType": "SWAP", "instId": BTC, "posSide": "long", "mgnMode": "isolated", "lever": "10",
        "openAvgPx": "100", "openTime": ms(NOW - timedelta(hours=1)), "subPos": "4", "markPx": "90",
        "uplRatio": "-0.5",
    }  # fmt: skip
    return SubPositionRow(subPosId=key, uniqueCode=trader, **{**usual, **given})


def closed(key: str = "1", **given: Any) -> SubPositionRow:
    times = {"closeTime": ms(Clock().now()), "closeAvgPx": "95", "pnl": "-2", "type": "2"}
    return held(key, **{**times, **given})


def copied(trader: str = ANNA, **given: Any) -> CopyAccountRow:
    usual = {"nickName": "anna", "ccy": "USDT", "leadMode": "public", "copyTotalAmt": "1000"}
    return CopyAccountRow(uniqueCode=trader, **{**usual, "copyTotalPnl": "0", "upl": "0", **given})


class Exchange:
    """Answers each page by what it is told to, or fails."""

    def __init__(self) -> None:
        self.pages: dict[str, list[Any]] = {}
        self.bad: dict[str, list[wire.BadRow]] = {}
        self.failing: dict[str, Exception] = {}
        self.asked: list[str] = []

    async def copied(self) -> Answered[Any]:
        return self._answer("copied")

    async def public_orders(self, trader: str) -> Answered[Any]:
        return self._answer("public_orders")

    async def public_records(self, trader: str) -> Answered[Any]:
        return self._answer("public_records")

    async def own_orders(self) -> Answered[Any]:
        return self._answer("own_orders")

    async def own_records(self) -> Answered[Any]:
        return self._answer("own_records")

    async def followers(self) -> Answered[Any]:
        return self._answer("followers")

    async def equity(self) -> Answered[Any]:
        return self._answer("equity")

    def _answer(self, page: str) -> Answered[Any]:
        self.asked.append(page)
        if page in self.failing:
            raise self.failing[page]
        return Answered(list(self.pages.get(page, ())), self.bad.get(page, ()), NOW, b"{}")
