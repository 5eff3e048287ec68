"""The calls of a leader. All are about the leader the key belongs to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Literal, TypeVar, get_args

from alertd.domain.errors import ChangeRefused, OutcomeUnknown, RequestRefused, RequestUnavailable
from alertd.exchanges.toobit import decode
from alertd.exchanges.toobit.leader_config import ConfigChange, LeaderState, PlannedConfig, plan
from alertd.exchanges.toobit.models import (
    ClosedLeadOrder,
    Follower,
    LeaderConfig,
    LeaderSymbol,
    LeadOrder,
    Page,
    ProfitSharing,
    Rows,
    TradeData,
)
from alertd.exchanges.toobit.paging import FULL_PAGE, pages
from alertd.exchanges.toobit.requests import Request
from alertd.exchanges.toobit.rest import ToobitRest

Item = TypeVar("Item")
Days = Literal[7, 30, 90, 180, 365]
DAYS: tuple[int, ...] = get_args(Days)
_PREFIX = "/api/v2/copy-trading/leader"


class LeaderCalls:
    """Reads raise RequestRefused (code -120041: no active leader) and RequestUnavailable."""

    def __init__(self, rest: ToobitRest) -> None:
        self._rest = rest

    async def orders(self) -> Rows[LeadOrder]:
        """What is led now."""
        return await self._rest.read(_get("/orders/current"), decode.lead_orders)

    async def history(self, page: int = 1, size: int = FULL_PAGE) -> Page[ClosedLeadOrder]:
        """What was closed; a row that was closed in part comes again later, with other figures."""
        request = _get("/orders/history", page=page, size=size)
        return await self._rest.read(request, lambda data: decode.lead_history(data, page))

    def history_pages(self) -> AsyncIterator[Page[ClosedLeadOrder]]:
        """All of it, page by page."""
        return pages(self.history)

    async def trade_data(self, days: Days = 7) -> Rows[TradeData]:
        """The figures of so many days. Raises: ValueError for days that are not offered."""
        if days not in DAYS:
            raise ValueError(f"days must be one of {DAYS}, not {days}")
        request = _get("/trade-data", type=days)
        return await self._rest.read(request, lambda data: decode.trade_data(data, days))

    async def profit_sharings(self) -> Rows[ProfitSharing]:
        """The last hundred settlements."""
        return await self._rest.read(_get("/profit-sharings/history"), decode.profit_sharings)

    async def symbols(self) -> Rows[LeaderSymbol]:
        """Every pair that can be led, and whether it is."""
        return await self._rest.read(_get("/symbols"), decode.leader_symbols)

    async def config(self) -> LeaderConfig:
        """The settings; older gateways do not have this call (404)."""
        return await self._rest.read(_get("/config"), decode.leader_config)

    async def followers(self, page: int = 1, size: int = FULL_PAGE) -> Page[Follower]:
        """Who copies. How many is what `total` says."""
        request = _get("/followers", page=page, size=size)
        return await self._rest.read(request, lambda data: decode.followers(data, page))

    def follower_pages(self) -> AsyncIterator[Page[Follower]]:
        """All of them, page by page."""
        return pages(self.followers)

    async def state(self) -> LeaderState:
        """What a change is judged by. Raises also ChangeRefused where a part of it cannot be read."""
        config, symbols, orders = await self.config(), await self.symbols(), await self.orders()
        if symbols.bad or symbols.is_null or orders.bad or orders.is_null:
            raise ChangeRefused(["pairs or open orders cannot be read whole, so nothing is changed"])
        return LeaderState(config, symbols.items, orders.items)

    async def update_config(self, change: ConfigChange, shown: PlannedConfig) -> LeaderConfig | None:
        """Make the change that was `shown`; the settings as they are read back, None if they cannot be.

        Everything is read again right before: if it is not the same change any more, nothing is sent.
        Raises: ChangeRefused, RequestRefused, RequestUnavailable: nothing was changed. OutcomeUnknown: also
        what is read back does not show it.
        """
        planned = plan(await self.state(), change)
        if (planned.body, planned.differences) != (shown.body, shown.differences):
            raise ChangeRefused(["the settings have changed since they were shown: look again"])
        return await changed_and_read(self._rest, writing(planned), self.config, planned.after)

    async def write_config(self, planned: PlannedConfig) -> None:
        """Send what was planned of a state that was read right before; nothing is read back.

        Raises: RequestRefused, RequestUnavailable, OutcomeUnknown.
        """
        await self._rest.change(writing(planned))

    async def remove_follower(self, follower_id: str) -> None:
        """Remove one; the id is told nowhere in this interface.

        Raises: RequestRefused (-32045: follows not or no more; -120055: his copies are open),
        RequestUnavailable, OutcomeUnknown; ValueError for what is no id.
        """
        await self._rest.change(removing(follower_id))


async def changed_and_read(
    rest: ToobitRest, request: Request, read: Callable[[], Awaitable[Item]], wanted: Item | None
) -> Item | None:
    """Send a change, then read; None: it was made, and could not be read.

    `wanted` None: reading back proves nothing.

    Raises: as `change`; OutcomeUnknown only where what is read is not what was wanted.
    """
    unknown: OutcomeUnknown | None = None
    try:
        await rest.change(request)
    except OutcomeUnknown as exc:
        unknown = exc
    try:
        found = await read()
    except (RequestRefused, RequestUnavailable):
        if unknown is not None:
            raise unknown from None
        return None
    if unknown is not None and found != wanted:
        raise unknown
    return found


def writing(planned: PlannedConfig) -> Request:
    """What is sent to change the settings."""
    return Request("PUT", f"{_PREFIX}/config", body=planned.body)


def removing(follower_id: str) -> Request:
    """What is sent to remove a follower. Raises: ValueError for what is no id."""
    return Request("DELETE", f"{_PREFIX}/followers/{user_id(follower_id)}")


def user_id(text: str) -> str:
    """An id that may stand in a path. Raises: ValueError unless it is a 64-bit number of at least 1."""
    if not (text.isascii() and text.isdigit() and len(text) <= 19 and 1 <= int(text) < 2**63):
        raise ValueError(f"no user id: {text[:40]!r}; it is a whole number of at least 1")
    return text


def _get(path: str, **query: int) -> Request:
    return Request("GET", _PREFIX + path, tuple((name, str(value)) for name, value in query.items()))
