"""What one kind of action at one exchange can do: read what is true, and ask for a change, once.

Each performer turns its exchange's words into the few below, by a table; what an intent does next is decided
in `machine.py` from these words alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol

import msgspec

from alertd.domain.action import Exposure, Intent, Said

__all__ = ["Answer", "Performer", "Reading", "Said", "Seen"]


class Seen(StrEnum):
    """What independent readings show."""

    DONE = "done"  # all agree that it is so
    NOT_DONE = "not_done"  # all agree that it is not
    MIXED = "mixed"  # they disagree: it is under way, or one of them lags
    UNREADABLE = "unreadable"  # one of them could not be read: nothing is proved


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`code`: its own, or a word of ours. `request`, `answer`: for the journal, clipped, no secrets."""

    said: Said
    code: str = ""
    detail: str = ""
    request: str = ""
    answer: str = ""


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """`exists` False: there was nothing of the sort to begin with, as far as the exchange knows.

    `is_final`: it cannot be read, and never will: what is wanted is not to be had here at all.
    `exposure`: the positions of that trader that are open, where the action is about them. `request`: what
    `send` would ask for as things stand, word for word as `Answer.request` shows it then: what a dry run
    tells, and what stands in the journal before anything is sent.
    """

    seen: Seen
    exists: bool = True
    is_final: bool = False
    code: str = ""
    detail: str = ""
    answer: str = ""
    request: str = ""
    exposure: Exposure | None = None


class Performer(Protocol):
    """One kind of action of one account. Nothing here raises what the exchange or the network does."""

    async def traders(self) -> Mapping[str, str]:
        """Whom it may concern now, name by id. Raises: RequestRefused, RequestUnavailable."""

    async def read(self, intent: Intent) -> Reading:
        """What is true now, by independent reads."""

    async def send(self, intent: Intent) -> Answer:
        """Ask for the change: at most one request that may take effect leaves."""

    async def exposure(self, intent: Intent) -> Exposure:
        """Which of the trader's positions are open."""
