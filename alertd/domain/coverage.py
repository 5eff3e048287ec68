"""The nouns of coverage: what an account's watching shows of itself, and what was not covered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec

from alertd.domain.events import CoverageCause, CoverageState


class Blame(StrEnum):
    """Whose network failed, as far as it can be told."""

    OURS = "ours"
    THEIRS = "theirs"
    UNDECIDED = "undecided"


class Unseen(StrEnum):
    """What alertd cannot see although everything works."""

    SMART_SYNC = "smart_sync"  # equity in smart-sync copying, of which no trader or position is shown
    SPOT_COPY = "spot_copy"  # equity in spot copying or spot leading
    COPIED_TRADERS = "copied_traders"  # whom the account copies, because the exchange does not say
    LEADER_ORDERS = "leader_orders"  # what copied traders do, because the exchange does not say
    MARGIN = "margin"  # what a leader's own margin bears, because the key may not read it
    NO_LIQUIDATION_PRICE = "no_liquidation_price"  # an open position the exchange gives none for


class BlindSpot(msgspec.Struct, frozen=True):
    """One thing that cannot be seen. `where`: the currency, the instrument, or the code of a refusal."""

    what: Unseen
    where: str


class StreamSight(msgspec.Struct, frozen=True, kw_only=True):
    """What one wanted stream shows now.

    `essential`: without it nothing of the account is seen. `awaiting`: channels that push regularly and
    have not pushed on this connection yet. `overdue_s`: how long ago one of them should have pushed, or a
    ping been answered; 0 where nothing is late; `silent_s`: how long there was nothing then.
    `since`: when the state began. `resolved`: whether the
    exchange's name was resolved at the last dial that failed; None where that says nothing.
    """

    name: str
    essential: bool = True
    state: CoverageState = CoverageState.BLIND
    cause: CoverageCause | None = CoverageCause.STARTING
    code: str = ""
    detail: str = ""
    awaiting: tuple[str, ...] = ()
    overdue_s: float = 0.0
    silent_s: float = 0.0
    since: datetime | None = None
    resolved: bool | None = None


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What an account's watch shows now.

    `positions`: how many are open; None where that is not known. `offset_s`: the exchange's clock minus
    ours as measured at `offset_at`; None where it never was. `reconciled_within_s`: how old a comparison with
    the exchange's records may be; None where none is made.
    """

    streams: tuple[StreamSight, ...] = ()
    offset_s: float | None = None
    offset_at: datetime | None = None
    positions: int | None = None
    unseen: tuple[BlindSpot, ...] = ()
    reconciled_within_s: float | None = None


class SinkProof(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one sink. `answered_at`: it or its provider answered, whatever it said."""

    sent_at: datetime | None = None
    answered_at: datetime | None = None
    failed_at: datetime | None = None
    is_dead: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """An interval in which an account was not watched, for one cause. `number` counts them by account.

    `ended_at` None: it lasts. `reconciled_at`: a comparison with the exchange's records covers it;
    `missed`: how much that comparison found.
    """

    account: str
    number: int
    state: CoverageState
    cause: CoverageCause
    began_at: datetime
    ended_at: datetime | None = None
    blame: Blame | None = None
    reconciled_at: datetime | None = None
    missed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRecord:
    """What the store knows of an account's record.

    `since`: from when on it is complete. `seen_at`: up to when it is known what was covered.
    `numbers`: how many gaps were numbered. `open_gap`: the one that had no end then.
    """

    account: str
    since: datetime
    seen_at: datetime
    numbers: int = 0
    open_gap: Gap | None = None
