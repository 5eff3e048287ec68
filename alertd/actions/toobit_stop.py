"""Stop copying one of Toobit's leaders.

It is no emergency brake: Toobit refuses it as long as copied positions are open, and alertd closes none.
Source: Toobit API, "Copy trading: follower", "Cancel leader".
"""

from __future__ import annotations

from collections.abc import Mapping

from alertd.actions.copied import EverCopied, Remembered, nobody_known
from alertd.actions.performing import Answer, Reading, Seen
from alertd.actions.toobit_words import FAILURES, Failed, asked, clipped, code_of, shown_request, withheld
from alertd.clock import Clock
from alertd.domain.action import ActionType, Exposure, Intent, LeftPosition
from alertd.domain.errors import RequestRefused, RequestUnavailable
from alertd.exchanges.toobit import codes, stopping
from alertd.exchanges.toobit.follower import FollowerCalls, leaving
from alertd.exchanges.toobit.models import FollowOrder

_ACTION = ActionType.STOP_COPYING


class ToobitStop:
    """For one account. `clock`: stamps what is read. `remembered`: whom alertd knew the account to copy."""

    def __init__(self, follower: FollowerCalls, clock: Clock, remembered: Remembered = nobody_known) -> None:
        self._follower = follower
        self._clock = clock
        self._copied = EverCopied(remembered, self._may_be_set)

    async def traders(self) -> Mapping[str, str]:
        """Who is copied now: by the list, by what is open, or by the settings of one the list leaves out.

        Raises: RequestRefused, RequestUnavailable.
        """
        leaders = await self._follower.leaders()
        if leaders.is_null or leaders.bad:
            raise RequestUnavailable("the list of copied leaders cannot be read whole")
        listed = {one.leader_id: one.leader_name or "" for one in leaders.items}
        if not listed:
            orders = await self._follower.orders()
            if orders.is_null or orders.bad:
                raise RequestUnavailable("the open copied positions cannot be read whole")
            listed = {one.leader_id: "" for one in orders.items if one.leader_id}
        return await self._copied.all_of(listed)

    async def read(self, intent: Intent) -> Reading:
        """By the list of leaders, by the settings of this one, and by what is open of him: all three must say
        that he is left.
        """
        try:
            request = shown_request(leaving(intent.trader))
        except ValueError as exc:
            refusal = withheld(_ACTION, stopping.BAD_ID, str(exc))
            return Reading(
                seen=Seen.NOT_DONE, code=refusal.code, detail=refusal.detail, request=refusal.request
            )
        votes = [await self._is_listed(intent.trader), await self._is_set(intent.trader)]
        exposure = await self.exposure(intent)
        seen = _seen(votes, exposure)
        failed = [vote for vote in votes if not isinstance(vote, bool)]
        return Reading(
            seen=seen,
            exists=seen is not Seen.DONE or intent.requests > 0,
            code=code_of(failed[0]) if failed else "",
            detail=clipped(str(failed[0])) if failed else _detail(seen, exposure),
            answer=clipped(f"leaders: {_shown(votes[0])}; config: {_shown(votes[1])}; {_open(exposure)}"),
            request=request,
            exposure=exposure,
        )

    async def send(self, intent: Intent) -> Answer:
        """Asks once; nothing is read back here."""
        try:
            request = leaving(intent.trader)
        except ValueError as exc:
            return withheld(_ACTION, stopping.BAD_ID, str(exc))
        return await asked(_ACTION, request, lambda: self._follower.leave(intent.trader))

    async def exposure(self, intent: Intent) -> Exposure:
        """Copied positions of that leader; a row that cannot be read may be one of his."""
        try:
            orders = await self._follower.orders()
        except FAILURES:
            return Exposure(at=self._clock.now())
        if orders.is_null or orders.bad:
            return Exposure(at=self._clock.now())
        his = tuple(_left(one) for one in orders.items if one.leader_id == intent.trader)
        return Exposure(at=self._clock.now(), positions=his)

    async def _is_listed(self, leader_id: str) -> bool | Failed:
        """An unreadable row may be his."""
        try:
            leaders = await self._follower.leaders()
        except FAILURES as exc:
            return exc
        if any(one.leader_id == leader_id for one in leaders.items):
            return True
        if leaders.is_null or leaders.bad:
            return RequestUnavailable("the list of copied leaders cannot be read whole")
        return False

    async def _may_be_set(self, leader_id: str) -> bool | None:
        vote = await self._is_set(leader_id)
        return vote if isinstance(vote, bool) else None

    async def _is_set(self, leader_id: str) -> bool | Failed:
        """Whether there are settings for copying him."""
        try:
            found = await self._follower.config(leader_id)
        except RequestRefused as exc:
            return False if exc.code == codes.NOT_FOLLOWING else exc
        except FAILURES as exc:
            return exc
        if found.leader_id != leader_id:
            return RequestUnavailable(f"asked for leader {leader_id}, told of {found.leader_id}")
        return True


def _seen(votes: list[bool | Failed], exposure: Exposure) -> Seen:
    """Toobit lets nobody go who holds copies: where some are open, one of the readings is wrong."""
    if any(not isinstance(vote, bool) for vote in votes):
        return Seen.UNREADABLE
    if all(votes):
        return Seen.NOT_DONE
    if not any(votes) and exposure.positions is None:
        return Seen.UNREADABLE
    return Seen.MIXED if any(votes) or exposure.positions else Seen.DONE


def _left(order: FollowOrder) -> LeftPosition:
    """Quantities are in coins."""
    price, size = order.mark_price or order.last_price, order.quantity
    return LeftPosition(
        instrument=order.instrument,
        direction=order.direction,
        size=size,
        notional=None if size is None or price is None else size * price,
        currency=order.instrument.rpartition("-")[2],
    )


def _detail(seen: Seen, exposure: Exposure) -> str:
    if seen is Seen.NOT_DONE and exposure.positions:
        return (
            f"{_open(exposure)}: Toobit refuses to stop as long as they are ({codes.OPEN_COPIES}); this is "
            "no emergency brake"
        )
    if seen is Seen.MIXED:
        return "the readings disagree"
    return ""


def _shown(vote: bool | Failed) -> str:
    if isinstance(vote, bool):
        return "copied" if vote else "not copied"
    return f"unreadable ({vote})"


def _open(exposure: Exposure) -> str:
    if exposure.positions is None:
        return "open copied positions: could not be read"
    return f"open copied positions: {len(exposure.positions)}"
