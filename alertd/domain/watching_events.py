"""What is known of our own watching, and of the exchange's work that interrupts it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

import msgspec

from alertd.domain.event import Event, EventKind
from alertd.domain.presence import OpenPosition


class CoverageState(StrEnum):
    """What we can say about our own watching."""

    WATCHED = "watched"
    DEGRADED = "degraded"
    BLIND = "blind"


class CoverageCause(StrEnum):
    """Why an account, or a stream of it, is not watched. From the one a person must act on downwards."""

    CREDENTIALS = "credentials"  # parked: an operator must act
    CONNECTION = "connection"  # being re-established
    BANNED = "banned"  # the exchange lets this address ask nothing for a while
    STALE = "stale"  # connected, but the carrier channels went silent
    WAITING = "waiting"  # connected and acknowledged, but a carrier channel has not pushed yet
    STARTING = "starting"  # not connected for the first time yet
    PAUSED = "paused"  # this process stood still: the machine slept, or had no time for it
    STOPPED = "stopped"  # alertd was not running
    CHANNEL_REFUSED = "channel_refused"  # one wanted channel is down, the others are up
    CHANNEL_LIMIT = "channel_limit"  # acknowledged, yet dead: too many connections use the channel
    CLOCK = "clock"  # refused by the exchange, off too far, or not measured
    UNREADABLE = "unreadable"  # a push on a wanted channel could not be decoded
    QUEUE_FULL = "queue_full"
    UNRECONCILED = "unreconciled"  # not compared with the exchange's records since the last gap, or lately
    SINK_DEAD = "sink_dead"  # no sink of the account's critical route takes messages
    SINK_UNPROVEN = "sink_unproven"  # none of them has delivered anything lately
    CANARY = "canary"  # what alertd sends through itself did not arrive


# What is wrong with these keeps no event from us, unless a stream is at fault: the exchange refused our time.
_HARMLESS = frozenset(
    {
        CoverageCause.CLOCK,
        CoverageCause.UNRECONCILED,
        CoverageCause.SINK_DEAD,
        CoverageCause.SINK_UNPROVEN,
        CoverageCause.CANARY,
    }
)


class CoveragePhase(StrEnum):
    """How a trouble of several accounts stands."""

    UNREACHABLE = "unreachable"  # no connection can be made at all
    CONNECTING = "connecting"  # they come back one by one, as fast as the exchange allows
    LOST = "lost"  # connections can be made, yet nobody has come back lately


def subject_of_several(exchange: str, cause: str) -> str:
    """What an event is about that names several accounts: their common cause."""
    return f"accounts/{exchange}/{cause}"


class Coverage(Event, frozen=True, kw_only=True, gc=False, tag="coverage"):
    """What we know about our own watching of an account, of one stream of it, or of several accounts.

    `cause` is a short stable word (see `CoverageCause`), the worst of `causes`; `detail` the text for
    people, `code` the exchange's own code where there is one, `stream` the stream at fault.
    `urgency`: 0 = not to be told (yet), 1 info, 2 warning, 3 critical, by state, exposure and time.
    Once watched again: `lasted_s` says how long it was not, `missed` what a comparison with the
    exchange's records found in it, None where none was made.

    One cause over several accounts is told once: `account` is empty then, `accounts` names who is concerned
    now (at the end: who was), `joined` who of them came later, `back` who is watched again, `of_accounts`
    counts all there are. Of lost connections `phase` is one of `CoveragePhase`, and `seconds_left` an
    estimate, None where there is none. `wave` rises when some have joined that were not told of yet.

    `planned`: the exchange announced maintenance for this time, `planned_until` its end where one is given.
    """

    kind: ClassVar[EventKind] = EventKind.COVERAGE
    tells_state: ClassVar[bool] = True

    stream: str = ""
    state: CoverageState = CoverageState.WATCHED
    cause: str = ""
    detail: str = ""
    code: str = ""
    since: datetime | None = None
    causes: tuple[str, ...] = ()
    urgency: int = 0
    positions: int | None = None  # open ones when last seen; None = not known
    alarmed: bool = False  # an alert of the account was firing
    accounts: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    of_accounts: int = 0
    phase: str = ""
    seconds_left: int | None = None
    wave: int = 0
    blame: str = ""  # ours, theirs, undecided: whose network failed
    lasted_s: int | None = None
    missed: int | None = None
    planned: bool = False
    planned_until: datetime | None = None

    @property
    def subject(self) -> str:
        """The account as a whole, or the cause that concerns several."""
        return "account" if self.account else subject_of_several(self.exchange, self.cause)

    @property
    def sees_all(self) -> bool:
        """Whether every event of the account comes to us, be it told or not."""
        if self.state is not CoverageState.DEGRADED:
            return self.state is CoverageState.WATCHED
        return not self.stream and bool(self.causes) and _HARMLESS.issuperset(self.causes)


class CoverageLine(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One account in a report. `unseen`: what alertd cannot see there, each as `WHAT:WHERE`."""

    account: str
    watched_percent: Decimal
    gaps: int
    longest_s: int
    unreconciled: int
    missed: int
    unseen: tuple[str, ...] = ()


class CoverageReport(Event, frozen=True, kw_only=True, gc=False, tag="coverage_report"):
    """How much of the time from `since` to `until` each account was watched. `account` is empty."""

    kind: ClassVar[EventKind] = EventKind.COVERAGE_REPORT

    since: datetime | None = None
    until: datetime | None = None
    watched_percent: Decimal | None = None  # of the account that was watched least
    lines: tuple[CoverageLine, ...] = ()

    @property
    def subject(self) -> str:
        """There is one report."""
        return "coverage"


class MaintenanceStage(StrEnum):
    """What is told of a window of maintenance."""

    DAY = "day"  # it begins within a day
    HOUR = "hour"  # it begins within an hour
    RUNNING = "running"  # it was learned of only when it had begun
    CHANGED = "changed"  # begin or end are other ones than was told
    OVERRUN = "overrun"  # its end has passed, and it goes on
    OVER = "over"
    CANCELLED = "cancelled"


class Maintenance(Event, frozen=True, kw_only=True, gc=False, tag="maintenance"):
    """What the exchange announces of its own maintenance, for all accounts concerned. `account` is empty.

    `window` names it, also after it was moved. `stage`: one of `MaintenanceStage`; `revision` counts the
    changes. `urgency`: 0 = over, 1 info, 2 warning. `services`: streams, trading, copying, other. `planned`
    False: a failure, or work without notice. `begin`, `end`: None where none is given; `former_begin` and
    `former_end` as they were told before. `positions`: open ones when last seen; None = not all are known.
    """

    kind: ClassVar[EventKind] = EventKind.MAINTENANCE
    tells_state: ClassVar[bool] = True

    window: str = ""
    stage: str = ""
    revision: int = 0
    urgency: int = 0
    planned: bool = True
    services: tuple[str, ...] = ()
    title: str = ""
    begin: datetime | None = None
    end: datetime | None = None
    former_begin: datetime | None = None
    former_end: datetime | None = None
    accounts: tuple[str, ...] = ()
    positions: int | None = None
    at_risk: tuple[OpenPosition, ...] = ()

    @property
    def subject(self) -> str:
        """The window, be it moved or not."""
        return f"maintenance/{self.exchange}/{self.window}"
