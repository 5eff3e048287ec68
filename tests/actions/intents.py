"""Intents as they stand before anything was done, and an exchange that does what its script says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from alertd.actions.moves import Moved
from alertd.actions.performing import Answer, Reading, Said, Seen
from alertd.domain.action import (
    ActionType,
    Exposure,
    Intent,
    IntentState,
    LeftPosition,
    Mode,
    OpenPositions,
    Step,
)
from alertd.domain.alert import Fingerprint, Severity
from alertd.domain.events import Direction, MarginState
from tests.doubles.set_clock import SetClock

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
BODY = '{"instType":"SWAP","uniqueCode":"25CD5A80241D6FE6"}'
LEFT = LeftPosition(instrument="BTC-USDT-SWAP", direction=Direction.LONG, size=Decimal(3))
TAKEN_BY = frozenset((Said.ACCEPTED, Said.UNKNOWN))


def planned(**changes: Any) -> Intent:
    """An intent of stop_all for one trader, planned at AT."""
    event = MarginState(event_id="e1", exchange="okx", account="main", received_at=AT)
    return Intent(
        **{
            "intent_id": "i1",
            "action": "stop_all",
            "type": ActionType.STOP_COPYING,
            "mode": Mode.AUTO,
            "exchange": "okx",
            "account": "main",
            "trader": "25CD5A80241D6FE6",
            "rule": "margin",
            "fingerprint": Fingerprint(
                account="main", kind="margin_state", rule="margin", subject="cross/USDT"
            ),
            "episode": 1,
            "severity": Severity.CRITICAL,
            "event": event,
            "planned_at": AT,
            "state": IntentState.PLANNED,
            "open_positions": OpenPositions.LEADER_CLOSES,
            **changes,
        }
    )


class Killed(BaseException):
    """The process is gone."""


class Fuse:
    """Kills the process at one of the places it is lit at: the n-th, counted from 0."""

    def __init__(self, *places: int) -> None:
        self._places = set(places)
        self.passed = 0

    def place(self) -> None:
        self.passed += 1
        if self.passed - 1 in self._places:
            raise Killed


class MemoryJournal:
    """Durable as far as these tests kill: what `record` has taken stands."""

    def __init__(self, intent: Intent, fuse: Fuse) -> None:
        self.newest = intent
        self.steps: list[Step] = []
        self.traders: Mapping[str, str] | None = None
        self.is_switched_off = False
        self._fuse = fuse

    async def record(self, moved: Moved) -> Intent | None:
        assert moved.intent.version == moved.step.version == self.newest.version + 1
        self._fuse.place()
        if self.is_switched_off and moved.intent.state is IntentState.SENDING:
            return self.newest
        self.newest = moved.intent
        self.steps.append(moved.step)
        self._fuse.place()
        return moved.intent

    async def split(self, intent: Intent, traders: Mapping[str, str]) -> None:
        self.traders = traders

    def restarted(self) -> None:
        """Another process goes on from what stands."""

    def tick(self, now: datetime) -> None:
        """Time goes on."""

    @property
    def states(self) -> list[IntentState]:
        """In order, without repetition."""
        states = [step.state for step in self.steps]
        return [state for n, state in enumerate(states) if n == 0 or states[n - 1] is not state]


class Exchange:
    """One copy relation, as a small state machine. It is the Performer: what lies behind it is the network.

    `says`: what it answers to one request after the other, then ACCEPTED. It takes a request where it says
    ACCEPTED, or UNKNOWN with `takes_unknown`; `effect_after_s` later copying has stopped, and `close_after_s`
    after that no position is open (None: never). `shows`: what one reading after the other shows, whatever is
    true, None for the truth; the last holds on.
    """

    def __init__(
        self,
        clock: SetClock,
        journal: MemoryJournal,
        fuse: Fuse,
        *,
        says: Sequence[Said] = (),
        shows: Sequence[Seen | None] = (None,),
        takes_unknown: bool = True,
        effect_after_s: float = 0.0,
        close_after_s: float | None = 0.0,
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._fuse = fuse
        self._says = list(says)
        self._shows = list(shows)
        self._takes_unknown = takes_unknown
        self._effect = timedelta(seconds=effect_after_s)
        self._close_after_s = close_after_s
        self.taken_at: list[datetime] = []
        self.sent = 0
        self._seen_last: Seen | None = None
        self.wrongs: list[str] = []  # not raised: a runner takes what a performer raises for a bug of it

    @property
    def is_copying(self) -> bool:
        return not self.taken_at or self._clock.now() < self.taken_at[0] + self._effect

    @property
    def left(self) -> tuple[LeftPosition, ...]:
        if self.is_copying or self._close_after_s is None:
            return (LEFT,)
        closed_at = self.taken_at[0] + self._effect + timedelta(seconds=self._close_after_s)
        return () if self._clock.now() >= closed_at else (LEFT,)

    async def traders(self) -> Mapping[str, str]:
        return {"25CD5A80241D6FE6": "Ann"}

    async def exposure(self, intent: Intent) -> Exposure:
        return Exposure(at=self._clock.now(), positions=self.left)

    async def read(self, intent: Intent) -> Reading:
        self._fuse.place()
        shown = self._shows.pop(0) if len(self._shows) > 1 else self._shows[0]
        seen = shown or (Seen.NOT_DONE if self.is_copying else Seen.DONE)
        self._seen_last = seen
        exposure = None if seen is Seen.UNREADABLE else await self.exposure(intent)
        self._fuse.place()
        return Reading(seen=seen, request=BODY, exposure=exposure, answer=f"{seen}")

    async def send(self, intent: Intent) -> Answer:
        if self._journal.newest != intent or intent.state is not IntentState.SENDING:
            self.wrongs.append(f"it leaves before it stands in the store: {intent.state}")
        if self._seen_last is not Seen.NOT_DONE and (self._seen_last is not Seen.MIXED or self.sent):
            self.wrongs.append(f"it leaves though the last reading shows {self._seen_last}")
        self._seen_last = None
        self._fuse.place()
        said = self._says.pop(0) if self._says else Said.ACCEPTED
        self.sent += 1
        if said is Said.ACCEPTED or (said is Said.UNKNOWN and self._takes_unknown):
            self.taken_at.append(self._clock.now())
        self._fuse.place()
        return Answer(said=said, code=f"code_{said}", request=BODY, answer=f"{said}")
