"""What people are told, and what became of telling them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import msgspec

from alertd.domain.alert import Alert, Fingerprint, Severity
from alertd.domain.canary import is_canary
from alertd.domain.deed import Deed
from alertd.domain.silence import Silence


class Reason(StrEnum):
    """Why a notification is sent. Every one has exactly one."""

    NEW = "new"
    WORSENED = "worsened"
    REMINDER = "reminder"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"  # told to those whom the escalation rang, and to nobody else
    RECOVERED = "recovered"
    CLOSED = "closed"
    LIQUIDATED = "liquidated"
    REDUCED = "reduced"
    UNKNOWN = "unknown"
    DIGEST = "digest"
    LATE = "late"


class Notification(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One thing to tell. `alert` is the alert as it stood when the notification was made.

    `previous_severity` is set where the reason is a change of level. `also`: in a reminder the
    other open alerts of the account; in an end the other alerts of the position that ended with it.
    `only_to`: the sinks it is meant for, whatever the routes say; empty: the routes decide. `among`: of those
    that the routes choose it is for these only; empty: for all. `silence`: in a
    digest, the one that has ended and muted these alerts; those that are resolved happened and
    ended under it. `asks_for`: the actions it has triggered, by name. `deeds`: what alertd has done itself to
    what it is about.
    """

    alert: Alert
    reason: Reason
    created_at: datetime
    previous_severity: Severity | None = None
    also: tuple[Alert, ...] = ()
    only_to: tuple[str, ...] = ()
    among: tuple[str, ...] = ()
    silence: Silence | None = None
    asks_for: tuple[str, ...] = ()
    deeds: tuple[Deed, ...] = ()

    @property
    def key(self) -> tuple[Fingerprint, int, int]:
        """Fingerprint, episode and sequence: with the sink, what the store holds unique."""
        return self.alert.fingerprint, self.alert.episode, self.alert.sequence

    @property
    def is_canary(self) -> bool:
        """It tells of no danger: its arrival is the news."""
        return is_canary(self.alert.event)


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """One sink that a notification goes to, and how.

    `not_before`: it waits so long (batching, quiet hours, a fallback's turn); None: due at once. `batched`:
    it may leave in one message with others that wait. `stands_in_for`: it is a fallback; of each route that
    names it so, the sinks that hear of it: it leaves unless one of each has taken the same notification.
    `if_heard`: only if the sink was really told of the alert before, as the store knows.
    """

    sink: str
    not_before: datetime | None = None
    batched: bool = False
    stands_in_for: tuple[tuple[str, ...], ...] = ()
    if_heard: bool = False

    @property
    def is_direct(self) -> bool:
        """It leaves at once and by itself."""
        return self.not_before is None and not (self.batched or self.stands_in_for or self.if_heard)

    @property
    def hears(self) -> bool:
        """Whether the sink is told, now or later, whatever becomes of others and was told before."""
        return not (self.stands_in_for or self.if_heard)


class DeliveryState(StrEnum):
    """What is known about one notification on its way to one sink."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    UNKNOWN = "unknown"
    DEAD = "dead"
    NOT_NEEDED = "not_needed"  # it was to wake somebody, and somebody else was there first


class Beside(msgspec.Struct, frozen=True, gc=False):
    """What a sink has been told, or not yet, beside the canary: how many deliveries wait, how many were given
    up within a day (`dead`), and whether anything was delivered within hours.
    """

    waiting: int = 0
    dead: int = 0
    delivered: bool = False

    @property
    def is_calm(self) -> bool:
        """There was nothing to be told for hours, and there is nothing."""
        return not (self.waiting or self.dead or self.delivered)


class Delivery(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One notification for one sink. `possible_duplicate`: an earlier attempt had an unknown outcome.

    `unknowns` counts the attempts the sink could not tell the outcome of. `batched`, `stands_in_for`: see
    `Address`. `current`: how the alert stands in the store by now, read where the delivery leaves late.
    `beside`: what else there is for this sink, read for a canary.
    """

    delivery_id: int  # 0 until the store has given one
    notification: Notification
    sink: str
    state: DeliveryState
    created_at: datetime
    next_attempt_at: datetime
    attempts: int = 0
    unknowns: int = 0
    possible_duplicate: bool = False
    detail: str = ""
    batched: bool = False
    stands_in_for: tuple[tuple[str, ...], ...] = ()
    current: Alert | None = None
    beside: Beside | None = None


class Waiting(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A delivery that is due, before it is read: what decides when, and with which others, it leaves.

    `is_whole`: its text is the news, as of a summary; named in one line among others it would be lost.
    """

    delivery_id: int
    account: str
    is_critical: bool
    batched: bool
    is_whole: bool = False
    attempts: int = 0
    unknowns: int = 0


class Crowd(msgspec.Struct, frozen=True):
    """More due ones than so many share messages for want of pace. `others`: with the critical ones."""

    criticals: int
    others: int


class Comeback(msgspec.Struct, frozen=True):
    """A sink takes messages again: what waits only because it failed is due.

    `tried_below`: of that what was tried less often, for of what was tried more often it may be the message
    that it fails at; None: all. `unknown`: also what may have arrived and is to be repeated.
    """

    tried_below: int | None = None
    unknown: bool = False


class DeliveryUpdate(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What one attempt changed. `next_attempt_at` None: there will be no other; `sent_at` only when sent."""

    delivery_id: int
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None = None
    sent_at: datetime | None = None
    unknowns: int = 0
    possible_duplicate: bool = False
    detail: str = ""


class Outcome(StrEnum):
    """What a sink says about one attempt."""

    SENT = "sent"
    UNKNOWN = "unknown"  # it may have arrived
    TRANSIENT = "transient"  # it has not arrived; a later attempt may succeed
    PERMANENT = "permanent"  # it will never arrive this way


@dataclass(frozen=True, slots=True)
class SendResult:
    """The outcome of one attempt, with the provider's own words (redacted) and its wish to wait.

    `took_s`: from the request to the answer, without our own work as far as that is known; 0 where it is not.
    `answer`: what the receiver wrote (redacted), for whoever tries the sink; it may repeat the message, so it
    is neither stored nor told to others.
    """

    outcome: Outcome
    detail: str = ""
    retry_after_s: float | None = None
    took_s: float = field(default=0.0, compare=False)
    answer: str = field(default="", compare=False)


class Width(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How many sends of one sink may be under way at once.

    `first` while it has shown little, `proven` once it works, up to `most` where it works and lets each send
    wait. `work_s`: what one send costs us, wherever it goes; more at once than a send takes multiples of it
    gain nothing.
    """

    first: int
    proven: int
    most: int
    work_s: float
