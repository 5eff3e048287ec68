"""Remove a follower at Toobit, whose id a person supplies: the exchange tells it nowhere.

So what can be read is only how many follow, and their rows without ids. That one is gone proves which one
only where the exchange has also said that it removed him, or that he is not there. All else stays "could not
confirm": people come and go at the same time. Source: Toobit API, "Copy trading: leader".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from alertd.actions.performing import Answer, Reading, Said, Seen
from alertd.actions.toobit_words import FAILURES, asked, clipped, code_of, shown_request, withheld
from alertd.clock import Clock
from alertd.domain.action import ActionType, Exposure, Intent, Mode
from alertd.exchanges.toobit import codes, stopping
from alertd.exchanges.toobit.leader import LeaderCalls, removing
from alertd.exchanges.toobit.models import Follower
from alertd.exchanges.toobit.paging import agreed

_ACTION = ActionType.REMOVE_FOLLOWER
_PROOF = frozenset((Said.ACCEPTED, Said.ALREADY))
_NOT_ON_ITS_WAY = frozenset((Said.NOT_TAKEN, Said.HELD, Said.REFUSED))
_TURN = timedelta(seconds=240)  # longer than a removal is read back
_WAITS = "another follower is being removed: each in turn, so that they can be told apart"
_NO_MEMORY = "how many followed before the request is not known any more"


class _Crowd(NamedTuple):
    """All who follow, as far as they can be told from each other."""

    total: int
    rows: Counter[object]


class _Turn(NamedTuple):
    """Whose removal is on its way. Two at once could not be told apart by counting."""

    intent_id: str
    since: datetime


class ToobitRemove:
    """For one account. `followers`: the ids a person supplied.

    Who followed before the request, and what it was answered, is remembered by intent; where it was lost in a
    crash nothing is ever confirmed.
    """

    def __init__(self, leader: LeaderCalls, followers: Sequence[str], clock: Clock) -> None:
        self._leader = leader
        self._followers = tuple(followers)
        self._clock = clock
        self._before: dict[str, _Crowd] = {}
        self._said: dict[str, Said] = {}
        self._turn: _Turn | None = None

    async def traders(self) -> Mapping[str, str]:
        """Those who were named; the exchange tells no names by id."""
        return dict.fromkeys(self._followers, "")

    async def read(self, intent: Intent) -> Reading:
        """How many follow, and all their rows: compared with those before anything may have been taken."""
        try:
            request = shown_request(removing(intent.trader))
        except ValueError as exc:
            refusal = withheld(_ACTION, stopping.BAD_ID, str(exc))
            return Reading(
                seen=Seen.NOT_DONE, code=refusal.code, detail=refusal.detail, request=refusal.request
            )
        if not intent.rounds and not self._takes_turn(intent):
            return Reading(seen=Seen.UNREADABLE, detail=_WAITS, request=request)
        reading = await self._compared(intent, request)
        if reading.seen is Seen.DONE or (reading.seen is Seen.UNREADABLE and not intent.rounds):
            self._ends_turn(intent)
        return reading

    async def send(self, intent: Intent) -> Answer:
        """Asks once. That nobody of that id follows is an error the first time, and the aim after that."""
        try:
            request = removing(intent.trader)
        except ValueError as exc:
            return withheld(_ACTION, stopping.BAD_ID, str(exc))
        answer = await asked(_ACTION, request, lambda: self._leader.remove_follower(intent.trader))
        if answer.code == codes.NOT_FOLLOWING and intent.rounds > 1:
            answer = Answer(
                said=Said.ALREADY,
                code=answer.code,
                detail=answer.detail,
                request=answer.request,
                answer=answer.answer,
            )
        self._said[intent.intent_id] = answer.said
        if answer.said in _NOT_ON_ITS_WAY:
            self._ends_turn(intent)
        return answer

    async def exposure(self, intent: Intent) -> Exposure:  # noqa: ARG002 - nothing tells it of a follower
        """What a follower holds is not told."""
        return Exposure(at=self._clock.now())

    def _takes_turn(self, intent: Intent) -> bool:
        """A rehearsal sends nothing, and so stands in nobody's way."""
        if intent.mode is Mode.DRY_RUN:
            return True
        now, held = self._clock.now(), self._turn
        if held is not None and held.intent_id != intent.intent_id and now - held.since < _TURN:
            return False
        self._turn = _Turn(intent.intent_id, now)
        return True

    def _ends_turn(self, intent: Intent) -> None:
        if self._turn is not None and self._turn.intent_id == intent.intent_id:
            self._turn = None

    async def _compared(self, intent: Intent, request: str) -> Reading:
        try:
            now = await self._crowd()
        except FAILURES as exc:
            return Reading(seen=Seen.UNREADABLE, code=code_of(exc), detail=clipped(str(exc)), request=request)
        if now is None:
            return Reading(seen=Seen.UNREADABLE, detail="the followers cannot be read whole", request=request)
        if not intent.rounds:  # nothing may have been taken so far
            self._before[intent.intent_id] = now
        seen, detail = self._judged(intent, now)
        return Reading(seen=seen, detail=detail, answer=f"followers: {now.total}", request=request)

    async def _crowd(self) -> _Crowd | None:
        """None: the list and its total do not fit together, or cannot be read whole.

        Raises: RequestRefused, RequestUnavailable.
        """
        told = await self._leader.followers(page=1, size=1)
        found = await agreed(self._leader.follower_pages, _alike)
        if found.bad or not found.is_whole or told.total is None or told.total != found.total:
            return None
        return _Crowd(told.total, Counter(map(_alike, found.items)))

    def _judged(self, intent: Intent, now: _Crowd) -> tuple[Seen, str]:
        before = self._before.get(intent.intent_id)
        if before is None:
            return Seen.UNREADABLE, _NO_MEMORY
        gone, come = (before.rows - now.rows).total(), (now.rows - before.rows).total()
        if not gone and not come:
            return Seen.NOT_DONE, ""
        if (gone, come) == (1, 0) and self._said.get(intent.intent_id) in _PROOF:
            return Seen.DONE, ""
        detail = f"{before.total} followed before, {now.total} do now: {gone} left, {come} joined"
        return Seen.MIXED, f"{detail}; whether this one is among those who left cannot be told"


def _alike(follower: Follower) -> object:
    """What stays the same while somebody follows."""
    return follower.nickname, follower.invested_usdt
