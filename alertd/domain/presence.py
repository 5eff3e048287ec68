"""What alertd tells of itself: how it came back, and the parts of the daily summary."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

import msgspec

# Who answered a drill longer ago may not answer any more.
DRILL_COUNTS_FOR = timedelta(days=30)


class After(StrEnum):
    """How the process before this one ended."""

    FIRST = "first"  # there was none
    STOP = "stop"  # somebody asked it to
    CRASH = "crash"  # nobody did: a crash, a kill, a power loss
    UNKNOWN = "unknown"  # a version that did not write it down


class Manner(StrEnum):
    """What a start message tells of."""

    ONE = "one"  # this start
    LOOP = "loop"  # too many of them: single ones are not told from now on
    STEADY = "steady"  # the end of that: it has run for a while


class Missed(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One thing that happened while nobody watched. `what`: a `LiquidationType`, or `ended`."""

    account: str
    what: str
    instrument: str = ""
    direction: str = ""


class Comeback(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How the process before ended, and what is known of the time until the accounts were seen again.

    `blind_s`: of the account that was blind longest, None where none was before; after a crash at most so
    much. `uncompared`: accounts not seen, or not compared with the exchange's records yet; `missed` is
    what the records of the others told. `starts` within `within_s`: of a loop.
    """

    after: After
    manner: Manner = Manner.ONE
    blind_s: int | None = None
    uncompared: tuple[str, ...] = ()
    missed: tuple[Missed, ...] = ()
    starts: int = 0
    within_s: int = 0


class OpenPosition(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One open position, or what all cross positions of a currency share. Figures as last seen.

    `distance_to_liquidation`: a fraction of the mark price; `margin_ratio`: 1 = 100 %.
    """

    account: str
    instrument: str
    direction: str = ""
    margin_mode: str = ""
    distance_to_liquidation: Decimal | None = None
    margin_ratio: Decimal | None = None
    minutes_to_liquidation: Decimal | None = None


class OpenAlert(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One open alert in a summary."""

    severity: str
    account: str
    rule: str
    since: datetime
    instrument: str = ""
    direction: str = ""


class SinkQueue(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What waits for a sink now, and what has not arrived there lately."""

    sink: str
    queued: int = 0
    unknown: int = 0
    dead: int = 0
