"""The calls of a follower, about all leaders he copies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import msgspec

from alertd.domain.errors import ChangeRefused, OutcomeUnknown, RequestRefused, RequestUnavailable
from alertd.exchanges.toobit import codes, decode
from alertd.exchanges.toobit.follow_config import FollowChange, PlannedFollow, Stops, plan_follow, stops_body
from alertd.exchanges.toobit.leader import changed_and_read, user_id
from alertd.exchanges.toobit.models import (
    ClosedFollowOrder,
    FollowConfig,
    FollowedLeader,
    FollowOrder,
    Page,
    Rows,
)
from alertd.exchanges.toobit.paging import FULL_PAGE, pages
from alertd.exchanges.toobit.requests import Request
from alertd.exchanges.toobit.rest import ToobitRest

Item = TypeVar("Item")
_PREFIX = "/api/v2/copy-trading/follower"


class FollowerCalls:
    """Reads raise RequestRefused and RequestUnavailable. Who copies nobody (-32045) has empty lists."""

    def __init__(self, rest: ToobitRest) -> None:
        self._rest = rest

    async def orders(self) -> Rows[FollowOrder]:
        """What is copied now."""
        return await self._or_empty(_get("/orders/current"), decode.follow_orders, Rows(()))

    async def history(self, page: int = 1, size: int = FULL_PAGE) -> Page[ClosedFollowOrder]:
        """Copies that were closed."""
        request = _get("/orders/history", page=str(page), size=str(size))
        nothing: Page[ClosedFollowOrder] = Page((), (), page, 0, 0)
        return await self._or_empty(request, lambda data: decode.follow_history(data, page), nothing)

    def history_pages(self) -> AsyncIterator[Page[ClosedFollowOrder]]:
        """All of them, page by page."""
        return pages(self.history)

    async def leaders(self) -> Rows[FollowedLeader]:
        """Who is copied, and the money that copies him."""
        return await self._or_empty(_get("/leaders"), decode.followed_leaders, Rows(()))

    async def config(self, leader_id: str) -> FollowConfig:
        """How one leader is copied. Raises: ValueError for what is no id."""
        return await self._rest.read(_get("/config", leaderUserId=user_id(leader_id)), decode.follow_config)

    async def plan(self, leader_id: str, change: FollowChange) -> PlannedFollow:
        """What a change would be. Raises: ChangeRefused; ValueError for what is no id."""
        return plan_follow(await self.config(leader_id), await self._whole_orders(), change)

    async def update_config(
        self, leader_id: str, change: FollowChange, shown: PlannedFollow
    ) -> FollowConfig | None:
        """Make the change that was `shown`; the settings as they are read back, None if they cannot be.

        Raises: ChangeRefused, RequestRefused, RequestUnavailable: nothing was changed. OutcomeUnknown.
        """
        planned = await self.plan(leader_id, change)
        if planned != shown:
            raise ChangeRefused(["the settings have changed since they were shown: look again"])
        request = Request("PUT", f"{_PREFIX}/config", body=planned.body)
        # Where nothing that is told changes, what is read back proves nothing.
        wanted = planned.after if planned.differences else None
        return await changed_and_read(self._rest, request, lambda: self.config(leader_id), wanted)

    async def set_stops(self, stops: Stops) -> None:
        """Raises: ChangeRefused, RequestRefused, RequestUnavailable, OutcomeUnknown; ValueError: no id."""
        user_id(stops.leader_id)
        body = stops_body(stops)
        await self._rest.change(Request("PUT", f"{_PREFIX}/positions/stop-profit-loss", body=body))

    async def stop_copying(self, leader_id: str) -> None:
        """Follow a leader no more. What is unknown is read back; who is not followed any more is done with.

        Raises: RequestRefused (-120055: copies are open, which must be closed first), RequestUnavailable,
        OutcomeUnknown; ValueError for what is no id.
        """
        try:
            await self.leave(leader_id)
        except OutcomeUnknown:
            if not await self._is_left(leader_id):
                raise

    async def leave(self, leader_id: str) -> None:
        """The same, and nothing is read back. Raises: as `stop_copying`."""
        await self._rest.change(leaving(leader_id))

    async def _is_left(self, leader_id: str) -> bool:
        """Whether it is certain that the leader is not followed."""
        try:
            leaders = await self.leaders()
        except (RequestRefused, RequestUnavailable):
            return False
        unclear = leaders.is_null or bool(leaders.bad)
        return not unclear and all(one.leader_id != leader_id for one in leaders.items)

    async def _whole_orders(self) -> tuple[FollowOrder, ...]:
        orders = await self.orders()
        if orders.bad or orders.is_null:
            raise ChangeRefused(["open copies cannot be read whole, so nothing is changed"])
        return tuple(orders.items)

    async def _or_empty(
        self, request: Request, decoded: Callable[[msgspec.Raw | None], Item], nothing: Item
    ) -> Item:
        try:
            return await self._rest.read(request, decoded)
        except RequestRefused as exc:
            if exc.code == codes.NOT_FOLLOWING:
                return nothing
            raise


def leaving(leader_id: str) -> Request:
    """What is sent to follow a leader no more. Raises: ValueError for what is no id."""
    return Request("DELETE", f"{_PREFIX}/leaders/{user_id(leader_id)}")


def _get(path: str, **query: str) -> Request:
    return Request("GET", _PREFIX + path, tuple(query.items()))
