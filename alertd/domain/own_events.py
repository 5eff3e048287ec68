"""What alertd tells of itself: what it found, that it comes and goes, whether all of it works."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from alertd.domain.event import Event, EventKind
from alertd.domain.finding import Finding
from alertd.domain.presence import Comeback, OpenAlert, OpenPosition, SinkQueue
from alertd.domain.watching_events import CoverageLine


class DeliveryHealth(Event, frozen=True, kw_only=True, gc=False, tag="delivery"):
    """Whether a sink still takes what we send. `account` is empty: it concerns them all."""

    kind: ClassVar[EventKind] = EventKind.DELIVERY
    tells_state: ClassVar[bool] = True

    sink: str = ""
    healthy: bool = True
    detail: str = ""

    @property
    def subject(self) -> str:
        """The sink."""
        return f"sink/{self.sink}"


class ConfigurationState(Event, frozen=True, kw_only=True, gc=False, tag="configuration"):
    """Whether the configuration as it was last read is the one in force. `account` is empty.

    `problems`: why it was refused, one line each, no secrets.
    """

    kind: ClassVar[EventKind] = EventKind.CONFIGURATION
    tells_state: ClassVar[bool] = True

    accepted: bool = True
    problems: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """There is one configuration."""
        return "configuration"


class Occasion(StrEnum):
    """When findings are told."""

    START = "start"  # alertd has started, whatever was found
    CHANGE = "change"  # something was found that was not there before
    DOCTOR = "doctor"  # a person asked
    SWITCHED = "switched"  # a person has thrown the switch of actions, or armed an account
    TEST = "test"  # a person tries a sink: nothing was looked for


class Findings(Event, frozen=True, kw_only=True, gc=False, tag="findings"):
    """What was found about keys, clocks and configuration. `account` is empty.

    `worst`: the highest grade of `findings`, the worst of which stand first. `codes` are theirs, for rules.
    `accounts`: all that are configured. `comeback`: at a start, how the process before ended; `worst` is at
    least what that is worth.
    """

    kind: ClassVar[EventKind] = EventKind.FINDINGS

    occasion: Occasion = Occasion.START
    worst: str = "ok"
    codes: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    comeback: Comeback | None = None

    @property
    def subject(self) -> str:
        """There is one set of them."""
        return "findings"


class Stopping(Event, frozen=True, kw_only=True, gc=False, tag="stopping"):
    """Somebody asked alertd to stop: from now on nobody watches. `account` is empty.

    `accounts`: all that were watched. `positions`: how many are open in them, None where one of them is not
    known; `alerts`: how many tell of a danger. `exposed`: something is open, or may be.
    """

    kind: ClassVar[EventKind] = EventKind.STOPPING

    accounts: tuple[str, ...] = ()
    positions: int | None = None
    alerts: int = 0
    exposed: bool = True

    @property
    def subject(self) -> str:
        """There is one process."""
        return "stopping"


class Summary(Event, frozen=True, kw_only=True, gc=False, tag="summary"):
    """How everything stands, once a day. `account` is empty.

    `due_at`: when it was to be told; `late_s`: how much later that was. `nearest`: open positions, the one
    nearest to liquidation first, not all of `positions` (None: of some account it is not known).
    `alerts`: the worst of `alert_count`. `blind`: accounts not seen now. `lines`: coverage from `since` to
    `until`. `findings`: what must be mended, and what a person must not forget.
    """

    kind: ClassVar[EventKind] = EventKind.SUMMARY

    due_at: datetime | None = None
    since: datetime | None = None
    until: datetime | None = None
    late_s: int = 0
    accounts: tuple[str, ...] = ()
    positions: int | None = None
    nearest: tuple[OpenPosition, ...] = ()
    alert_count: int = 0
    alerts: tuple[OpenAlert, ...] = ()
    blind: tuple[str, ...] = ()
    lines: tuple[CoverageLine, ...] = ()
    queues: tuple[SinkQueue, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def subject(self) -> str:
        """There is one a day."""
        return "summary"


class Check(StrEnum):
    """What alertd looks after besides accounts, so that its silence means something."""

    CANARY = "canary"  # what it sends through itself arrives
    DEAD_MAN = "dead_man"  # who watches it from outside can be reached
    PEER = "peer"  # another alertd, which this one watches from outside, gives signs of life


class SelfCheck(Event, frozen=True, kw_only=True, gc=False, tag="self_check"):
    """Whether alertd itself, the way to who watches it, or another alertd is well. `account` is empty.

    `name`: which other alertd; `detail`: what is wrong, no secrets; `since`: when it was last well.
    `looked_after` False: it is switched off, so that nothing more is said of it.
    """

    kind: ClassVar[EventKind] = EventKind.SELF_CHECK
    tells_state: ClassVar[bool] = True

    check: Check = Check.CANARY
    name: str = ""
    healthy: bool = True
    looked_after: bool = True
    detail: str = ""
    since: datetime | None = None

    @property
    def subject(self) -> str:
        """The check, and whom it is of where there are several."""
        return f"check/{self.check}/{self.name}" if self.name else f"check/{self.check}"


class Tick(Event, frozen=True, kw_only=True, gc=False, tag="tick"):
    """Time has passed: timers of alerts are looked at. No rule listens to it."""

    kind: ClassVar[EventKind] = EventKind.TICK
