"""Where accounts hand in what they see, from before the store is open.

To connect needs no store, and to wait for an exchange costs nothing: accounts dial while the store is loaded.
What they hand in meanwhile waits here, unjudged; once `opened` it goes straight on to where it belongs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

import msgspec

from alertd.domain.alert import Severity
from alertd.domain.coverage import Sight
from alertd.domain.errors import StoreError
from alertd.domain.events import Coverage, Event
from alertd.domain.finding import Finding
from alertd.domain.stream import KeptFrame
from alertd.keys import Report
from alertd.reconciling import Holding, ReconcileDesk, ReconcileDoors
from alertd.relating import Facts
from alertd.sites import Concerned
from alertd.surroundings import AccountDesk, MaintenanceDesk
from alertd.telemetry import Counters

KEPT_FRAMES_WAITING = 1_000

T = TypeVar("T")


class Inside(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything belongs. `take`: events that records told."""

    deliver: Callable[[Sequence[Event]], Awaitable[None]]
    take: Callable[[Sequence[Event]], Awaitable[None]]
    handled: Callable[[], Awaitable[None]]
    facts: Facts
    desk: AccountDesk
    reconciles: ReconcileDesk
    maintenance: MaintenanceDesk
    holding: Holding
    report: Report
    worst_danger: Callable[[str], Severity | None]


class Threshold:
    """Of one process; it is an account's desk (`AccountDesk`) and that of maintenance.

    Before it is opened an event waits with the stream that read it, which reads no more until then; of how
    streams stand nothing is kept, because that is asked once there is somebody to judge it.
    """

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._inside: Inside | None = None
        self._opened: asyncio.Future[Inside] = asyncio.get_running_loop().create_future()
        self._deliver: Callable[[Sequence[Event]], Awaitable[None]] = self._deliver_later
        self._watched: dict[str, tuple[str, Callable[[], Sight]]] = {}
        self._concerned: dict[str, Concerned] = {}
        self._found: dict[tuple[str, str], Sequence[Finding]] = {}
        self.kept: asyncio.Queue[KeptFrame] = asyncio.Queue(KEPT_FRAMES_WAITING)
        self.records = _records(self._through)

    def open(self, inside: Inside) -> None:
        """Let in what waits, and everything from now on."""
        self._inside = inside
        for name, concerned in self._concerned.items():
            inside.maintenance.joins(name, concerned)
        for name, (exchange, look) in self._watched.items():
            inside.desk.watch(name, exchange, look)
        for (name, part), found in self._found.items():
            inside.report(name, part, found)
        self._deliver = inside.deliver
        self._opened.set_result(inside)

    def shut(self) -> None:
        """The store is about to be closed: whoever still hands something in waits until it is cancelled."""
        self._inside = None
        self._deliver = self._deliver_later
        if self._opened.done():
            self._opened = asyncio.get_running_loop().create_future()

    async def _entered(self) -> Inside:
        return await asyncio.shield(self._opened)  # many wait for it, and one may be cancelled

    async def _through(self, ask: Callable[[Inside], Awaitable[T]]) -> T:
        """Asked once it is open. Who was inside when it was shut waits as well: what the closed store refuses
        is no error of his, and would hide the one that ended the process.
        """
        inside = await self._entered()
        try:
            return await ask(inside)
        except StoreError:
            if self._inside is inside:
                raise
            cancelled: asyncio.Future[T] = asyncio.get_running_loop().create_future()
            return await cancelled  # which it is with whoever waits

    def deliver(self, events: Sequence[Event]) -> Awaitable[None]:
        """See `Pipeline.put`. No coroutine of its own: every push comes through here."""
        return self._deliver(events)

    async def _deliver_later(self, events: Sequence[Event]) -> None:
        await (await self._entered()).deliver(events)

    def keep_frame(self, frame: KeptFrame) -> None:
        """Never waits: what is not kept is still counted and told."""
        try:
            self.kept.put_nowait(frame)
        except asyncio.QueueFull:
            self._counters.add("frames_not_kept_total", account=frame.account)

    def worst_danger(self, account: str) -> Severity | None:
        """The worst that is told of an account; None also where that is not known yet."""
        return None if self._inside is None else self._inside.worst_danger(account)

    def report(self, account: str, part: str, found: Sequence[Finding]) -> None:
        """What a look at one part of an account found."""
        if self._inside is None:
            self._found[account, part] = found
        else:
            self._inside.report(account, part, found)

    # --- how accounts and their streams stand -------------------------------------------------------

    def watch(self, account: str, exchange: str, look: Callable[[], Sight]) -> None:
        """From now on the account ought to be watched."""
        if self._inside is None:
            self._watched[account] = exchange, look
        else:
            self._inside.desk.watch(account, exchange, look)

    def leave(self, account: str) -> None:
        """The account is no longer configured."""
        if self._inside is None:
            self._watched.pop(account, None)
        else:
            self._inside.desk.leave(account)

    def began(self, account: str, stream: str) -> None:
        """From now on the stream ought to be watched."""
        if self._inside is not None:
            self._inside.desk.began(account, stream)

    def noticed(self, account: str, stream: str) -> None:
        """What it shows may have changed."""
        if self._inside is not None:
            self._inside.desk.noticed(account, stream)

    async def tell(self, coverage: Coverage) -> None:
        """A stream stands otherwise than before."""
        if self._inside is not None:
            await self._through(lambda inside: inside.desk.tell(coverage))

    # --- whom announcements concern -----------------------------------------------------------------

    def joins(self, account: str, concerned: Concerned) -> None:
        """From now on what its site announces concerns the account."""
        if self._inside is None:
            self._concerned[account] = concerned
        else:
            self._inside.maintenance.joins(account, concerned)

    def leaves(self, account: str) -> None:
        """The account is no longer watched."""
        if self._inside is None:
            self._concerned.pop(account, None)
        else:
            self._inside.maintenance.leaves(account)


class _Through(Protocol):
    """`Threshold._through`."""

    async def __call__(self, ask: Callable[[Inside], Awaitable[T]], /) -> T: ...


class _Records:
    """What a comparison with an exchange's records needs: all of it waits until there is a store."""

    def __init__(self, through: _Through) -> None:
        self._through = through

    async def take(self, events: Sequence[Event]) -> None:
        await self._through(lambda inside: inside.take(events))

    async def handled(self) -> None:
        await self._through(lambda inside: inside.handled())

    async def read_fact(self, key: str) -> str | None:
        return await self._through(lambda inside: inside.facts.read_fact(key))

    async def write_fact(self, key: str, value: str) -> None:
        await self._through(lambda inside: inside.facts.write_fact(key, value))

    async def reconciled(self, account: str, at: datetime, missed: int) -> None:
        await self._through(lambda inside: inside.reconciles.reconciled(account, at, missed))

    async def reconcile_failed(self, account: str, at: datetime, reason: str) -> None:
        await self._through(lambda inside: inside.reconciles.reconcile_failed(account, at, reason))

    async def hold_back(self, account: str) -> None:
        await self._through(lambda inside: inside.holding.hold_back(account))

    async def let_go(self, account: str) -> None:
        await self._through(lambda inside: inside.holding.let_go(account))


def _records(through: _Through) -> ReconcileDoors:
    late = _Records(through)
    return ReconcileDoors(late.take, late.handled, late, late, late)
