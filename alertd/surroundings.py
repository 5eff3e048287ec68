"""What all accounts of the process share, and the doors they hand over through."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

import aiohttp
import msgspec

from alertd.clock import Clock
from alertd.domain.coverage import Sight
from alertd.domain.events import Event
from alertd.domain.finding import Finding
from alertd.domain.stream import KeptFrame
from alertd.exchanges.okx.budget import Budget
from alertd.exchanges.okx.doorway import Doorway
from alertd.exchanges.toobit.sites import Hosts
from alertd.holdings import Holdings
from alertd.keys import Report, Uids
from alertd.reconciling import ReconcileDoors
from alertd.sites import Concerned
from alertd.sources.fleet import Fleet
from alertd.sources.offset import HostOffset
from alertd.sources.telling import CoverageDesk
from alertd.telemetry import Counters
from alertd.waking import Waking


class AccountDesk(CoverageDesk, Protocol):
    """Where all accounts show what they see."""

    def watch(self, account: str, exchange: str, look: Callable[[], Sight]) -> None:
        """From now on the account ought to be watched; `look` gives what it shows, whenever asked."""

    def leave(self, account: str) -> None:
        """The account is no longer configured."""


class MaintenanceDesk(Protocol):
    """Where announcements of the exchanges are followed."""

    def joins(self, account: str, concerned: Concerned) -> None:
        """From now on what its site announces concerns the account."""

    def leaves(self, account: str) -> None:
        """The account is no longer watched."""


def _to_nobody(account: str, part: str, found: Sequence[Finding]) -> None:
    """Where nobody gathers findings."""


class Reaching(Protocol):
    """What it takes to ask an exchange: the part of `Surroundings` that needs no daemon."""

    @property
    def session(self) -> aiohttp.ClientSession:
        """For all of them."""

    @property
    def clock(self) -> Clock:
        """The time."""

    @property
    def address_budget(self) -> Budget:
        """What OKX counts by address."""

    @property
    def hosts(self) -> Hosts:
        """What Toobit counts by host."""


class Surroundings(msgspec.Struct, frozen=True):
    """What all accounts of the process share.

    `offsets` gives the clock of a host by the URL of its REST. `records` None: the exchange's records are not
    compared. `maintenance` None: announcements are not followed.
    """

    session: aiohttp.ClientSession
    clock: Clock
    fleet: Fleet
    offsets: Callable[[str], HostOffset]
    counters: Counters
    deliver: Callable[[Sequence[Event]], Awaitable[None]]
    desk: AccountDesk
    keep_frame: Callable[[KeptFrame], None]
    records: ReconcileDoors | None = None
    maintenance: MaintenanceDesk | None = None
    address_budget: Budget = msgspec.field(default_factory=Budget)
    doorway: Doorway = msgspec.field(default_factory=Doorway)  # of reads from OKX
    report: Report = _to_nobody
    uids: Uids = msgspec.field(default_factory=Uids)
    waking: Waking = msgspec.field(default_factory=Waking)
    holdings: Holdings = msgspec.field(default_factory=Holdings)
    hosts: Hosts = msgspec.field(default_factory=Hosts)  # of Toobit
    acts_with: Callable[[str], bool] = lambda _: False  # whether actions use the key that the account has
