"""The nouns of an exchange's maintenance: a window as it is announced, and who is concerned by it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class WindowState(StrEnum):
    """Where a window stands, by the exchange's own word."""

    SCHEDULED = "scheduled"
    RUNNING = "running"
    OVER = "over"
    CANCELLED = "cancelled"


class Service(StrEnum):
    """What is not to be had meanwhile."""

    STREAMS = "streams"  # what pushes figures to us
    TRADING = "trading"
    COPYING = "copying"
    OTHER = "other"


# With these an account is not seen; of the others only certain things cannot be done.
BLINDING = frozenset({Service.STREAMS, Service.TRADING})


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """One interval of maintenance. `begin`, `end`: aware UTC, None where the exchange gives none.

    `planned` False: a failure, or work that was not announced. `system`: the exchange's name of the part.
    """

    title: str
    begin: datetime | None
    end: datetime | None
    state: WindowState = WindowState.SCHEDULED
    planned: bool = True
    services: tuple[Service, ...] = ()
    system: str = ""

    @property
    def is_ended(self) -> bool:
        """Over or cancelled, by the exchange's word."""
        return self.state in (WindowState.OVER, WindowState.CANCELLED)

    @property
    def blinds(self) -> bool:
        """Whether an account that is not seen meanwhile is what was announced."""
        return not BLINDING.isdisjoint(self.services)


class Excuse(msgspec.Struct, frozen=True, kw_only=True):
    """A planned window that explains why an account is not seen.

    `since`: what was lost before that has another reason. `until`: the announced end; None: there is none.
    """

    since: datetime
    until: datetime | None = None
