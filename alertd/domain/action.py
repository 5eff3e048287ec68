"""What alertd may do to an account, and how far each single case has come.

An *action* is what the configuration names; an *intent* is one case of it: one trader of one account, from
the plan to the proof. Every version of an intent is a *step* of the journal, which is only added to.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from alertd.domain.alert import Fingerprint, Severity
from alertd.domain.events import Direction, Event

ALERTD = "alertd"  # who acts where no person does
ALL_TRADERS = "*"  # still to be looked up: becomes one intent for each
NO_TRADER = ""  # the action concerns the account itself


class ActionType(StrEnum):
    """What an action does."""

    STOP_COPYING = "stop_copying"
    PAUSE_LEADING = "pause_leading"
    REMOVE_FOLLOWER = "remove_follower"


class Mode(StrEnum):
    """How far alertd goes by itself."""

    OFF = "off"
    DRY_RUN = "dry_run"
    APPROVE = "approve"
    AUTO = "auto"


class OpenPositions(StrEnum):
    """What becomes of positions that were copied, once copying stops."""

    CLOSE_AT_MARKET = "close_at_market"
    LEADER_CLOSES = "leader_closes"
    LEAVE_TO_ME = "leave_to_me"


class IntentState(StrEnum):
    """How far an intent has come."""

    AWAITING = "awaiting"  # asks persons for approval
    PLANNED = "planned"  # may be carried out; nothing was sent
    SENDING = "sending"  # stands in the store before the request leaves; after a crash: it may have left
    VERIFYING = "verifying"  # the exchange was asked, or may have been: what is true is read back
    HELD = "held"  # refused for now (frozen by a liquidation, positions open): tried again at `next_at`
    CONFIRMED = "confirmed"  # every reading agrees
    NOTHING_TO_DO = "nothing_to_do"  # it was so already
    REHEARSED = "rehearsed"  # a dry run has come to its end: nothing was sent
    SPLIT = "split"  # the traders are known now: an intent for each has taken its place
    BLOCKED = "blocked"  # a guard forbids it: nothing was sent
    DENIED = "denied"  # a person forbids it
    EXPIRED = "expired"  # nobody answered in time
    CALLED_OFF = "called_off"  # before anything was sent its reason was gone, or actions were switched off
    FAILED = "failed"  # the exchange refuses it for good
    UNCONFIRMED = "unconfirmed"  # it cannot be proved: a person must look

    @property
    def is_open(self) -> bool:
        """Whether something is still to come."""
        return self in _OPEN

    @property
    def may_have_been_sent(self) -> bool:
        """Whether a request may be on its way: such an intent goes on with reading, never with sending."""
        return self in (IntentState.SENDING, IntentState.VERIFYING)


_OPEN = frozenset(
    (
        IntentState.AWAITING,
        IntentState.PLANNED,
        IntentState.SENDING,
        IntentState.VERIFYING,
        IntentState.HELD,
    )
)
_MAY_LEAVE = frozenset((IntentState.CONFIRMED, IntentState.NOTHING_TO_DO, IntentState.UNCONFIRMED))


class Said(StrEnum):
    """What the exchange's answer to a request means."""

    ACCEPTED = "accepted"  # it was taken; that proves nothing yet
    ALREADY = "already"  # it says that it was so before
    IN_PROGRESS = "in_progress"  # a request is being worked on: read, do not send
    RACE = "race"  # something moved meanwhile: read, then once more
    HELD = "held"  # not now: try again slowly, and tell
    NOT_TAKEN = "not_taken"  # certainly not taken (rate, clock, never connected): the same again soon
    REFUSED = "refused"  # for good: tell and end
    UNKNOWN = "unknown"  # it may have been taken, or the code is unknown: read, do not send


class LeftPosition(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A position that is still open. `notional`: its worth in `currency`; None: not told.

    `beside`: so much more the account holds there that is not this trader's, where that is told apart.
    """

    instrument: str
    direction: Direction | None = None
    size: Decimal | None = None
    notional: Decimal | None = None
    currency: str = ""
    beside: Decimal | None = None


class Exposure(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What of a trader's positions is open. `positions` None: it could not be read."""

    at: datetime
    positions: tuple[LeftPosition, ...] | None = None


def position_name(instrument: str, direction: str | None) -> str:
    """As `Intent.had` names what was open."""
    return f"{instrument}/{direction or ''}"


class Intent(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One case of an action. All timers are facts of the row, so a restart keeps them.

    `trader`: the exchange's id of whom it concerns, see ALL_TRADERS and NO_TRADER. `fingerprint`, `episode`,
    `severity` and `event`: the alert that triggered it, as it was then. `config_hash`: of the configuration
    that planned it. `reason`: a stable word or the exchange's code; `detail`: text, clipped, no secrets.
    `fallback`: why persons are asked although the action may go without, or in a dry run: why they would be.
    `had`: the trader's positions that were ever seen open, as `instrument/direction`.
    `next_at` of a blocked one: the guard that forbids it lets the next one through from then on.
    """

    intent_id: str
    action: str
    type: ActionType
    mode: Mode
    exchange: str
    account: str
    trader: str
    rule: str
    fingerprint: Fingerprint
    episode: int
    severity: Severity
    event: Event
    planned_at: datetime
    state: IntentState
    trader_name: str = ""
    open_positions: OpenPositions | None = None
    config_hash: str = ""
    reason: str = ""
    detail: str = ""
    parent: str = ""  # the intent for all traders that this one was part of
    fallback: str = ""
    approvers: int = 0  # so many persons must approve
    approved_by: tuple[str, ...] = ()
    expires_at: datetime | None = None  # of the question
    began_at: datetime | None = None  # when it was first carried out
    requests: int = 0  # so many were sent, or may have been
    rounds: int = 0  # so many of them may have been taken
    may_repeat: bool = False  # the last one was surely not taken, or lost a race: once read, the same again
    readings: int = 0  # since the last of them
    next_at: datetime | None = None  # when it goes on; None: at once, or when somebody answers
    ended_at: datetime | None = None
    left: Exposure | None = None
    had: tuple[str, ...] = ()
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Whether something is still to come."""
        return self.state.is_open

    @property
    def may_have_been_taken(self) -> bool:
        """Whether the exchange may be doing it: nobody can say any more that it is called off."""
        return self.state.may_have_been_sent or (self.is_open and self.rounds > 0)

    @property
    def is_unsettled(self) -> bool:
        """Whether something is still to come, or positions are left to be watched, or may be."""
        return self.is_open or self.has_left

    @property
    def has_left(self) -> bool:
        """Whether positions may be left of a trader whom nobody copies: they are watched to their end."""
        return self.state in _MAY_LEAVE and self.left is not None and self.left.positions != ()

    @property
    def is_run(self) -> bool:
        """Whether it shows that the action works as it is meant to: one of `auto_after_runs`."""
        if self.state is IntentState.REHEARSED:
            return True
        return self.state is IntentState.CONFIRMED and bool(self.approved_by)


class Step(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A line of the journal: what became of an intent, by whom. (`intent_id`, `version`) is unique.

    `request` and `answer`: as they were sent and came, without secrets, clipped.
    """

    intent_id: str
    version: int
    at: datetime
    state: IntentState
    actor: str = ALERTD  # or the person's name
    reason: str = ""
    detail: str = ""
    request: str = ""
    answer: str = ""


class Switch(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Whether actions may be sent at all, and for which accounts without asking."""

    on: bool = True
    armed: frozenset[str] = frozenset()
    by: str = ""
    at: datetime | None = None


class ActionChanges(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be stored in one transaction, and the events that tell of it."""

    intents: Sequence[Intent] = ()
    steps: Sequence[Step] = ()
    switch: Switch | None = None
    events: Sequence[Event] = ()

    def __bool__(self) -> bool:
        return bool(self.intents or self.steps or self.switch or self.events)
