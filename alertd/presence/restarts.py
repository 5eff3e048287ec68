"""Starts and stops on record, and which of them are told: a loop of them is one message, not a hundred. Pure.

    one by one  -- more than MOST_TOLD starts within WINDOW -->  loop  -- up for STEADY_AFTER -->  one by one

What is told in a loop says that single starts and stops are not told any more, and that its end will be.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from alertd.domain.presence import After, Manner

MOST_TOLD = 3
WINDOW = timedelta(minutes=10)
STEADY_AFTER = timedelta(minutes=10)
LOOP_TOLD_EVERY = timedelta(hours=1)


class Life(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one process leaves for the next.

    `starts`: the latest ones, this one last. `stop_asked_at`: somebody asked it to end; None: nobody has.
    `loop_since`: the first start of a loop that lasts; `loop_starts` and `loop_told_at` belong to it.
    """

    starts: tuple[datetime, ...] = ()
    stop_asked_at: datetime | None = None
    loop_since: datetime | None = None
    loop_starts: int = 0
    loop_told_at: datetime | None = None

    def encoded(self) -> str:
        """As a text for the store."""
        return msgspec.json.encode(self).decode()

    def within_s(self, now: datetime) -> int:
        """How long the loop has lasted."""
        return 0 if self.loop_since is None else max(0, round((now - self.loop_since).total_seconds()))


class Begun(NamedTuple):
    """What a start means. `manner` None: it is not told."""

    life: Life
    after: After
    manner: Manner | None


def life_of(text: str | None) -> Life | None:
    """The inverse of `encoded`. None where there is none, or another version wrote it."""
    try:
        return msgspec.json.decode(text, type=Life) if text else None
    except msgspec.DecodeError:
        return None


def begun(former: Life | None, now: datetime, *, is_first: bool) -> Begun:
    """A process is up. `is_first`: the store was never used before."""
    if former is None:
        return Begun(Life(starts=(now,)), After.FIRST if is_first else After.UNKNOWN, Manner.ONE)
    after = After.CRASH if former.stop_asked_at is None else After.STOP
    starts = (*(at for at in former.starts if timedelta(0) <= now - at < WINDOW), now)
    life = msgspec.structs.replace(former, starts=starts[-(MOST_TOLD + 1) :], stop_asked_at=None)
    if former.loop_since is not None:
        life = msgspec.structs.replace(life, loop_starts=former.loop_starts + 1)
        return Begun(life, after, Manner.LOOP if _is_loop_due(life, now) else None)
    if len(starts) <= MOST_TOLD:
        return Begun(life, after, Manner.ONE)
    life = msgspec.structs.replace(life, loop_since=starts[0], loop_starts=len(starts))
    return Begun(life, after, Manner.LOOP)


def loop_told(life: Life, now: datetime) -> Life:
    """The loop was told at `now`."""
    return msgspec.structs.replace(life, loop_told_at=now)


def steady(life: Life) -> Life:
    """It has run for STEADY_AFTER: the loop is over."""
    return msgspec.structs.replace(life, loop_since=None, loop_starts=0, loop_told_at=None)


def stopping(life: Life, now: datetime) -> tuple[Life, bool]:
    """Somebody asks the process to end. Also whether that is told."""
    return msgspec.structs.replace(life, stop_asked_at=now), life.loop_since is None


def _is_loop_due(life: Life, now: datetime) -> bool:
    """A time that lies ahead is that of a clock that was wrong."""
    told = life.loop_told_at
    return told is None or not timedelta(0) <= now - told < LOOP_TOLD_EVERY
