"""An alert: one danger of one subject, from the first firing until it is over."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple

import msgspec

from alertd.domain.events import Event, EventKind
from alertd.domain.recollection import Recollection


class Severity(StrEnum):
    """How bad it is. Compare by `rank`."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for info, 1 for warning, 2 for critical."""
        return _RANKS[self]


_RANKS = {Severity.INFO: 0, Severity.WARNING: 1, Severity.CRITICAL: 2}


class AlertState(StrEnum):
    """Where an alert stands in its life."""

    PENDING = "pending"
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class Resolution(StrEnum):
    """Why an alert ended. `EXPIRED` is an occurrence whose time is over: nothing is told."""

    RECOVERED = "recovered"
    CLOSED = "closed"
    LIQUIDATED = "liquidated"
    REDUCED = "reduced"
    UNKNOWN = "unknown"
    EXPIRED = "expired"


class Fingerprint(NamedTuple):
    """What makes two firings the same danger: account, event kind, rule and subject, nothing else."""

    account: str
    kind: EventKind
    rule: str
    subject: str

    def __str__(self) -> str:
        return "|".join(self)

    @classmethod
    def parse(cls, text: str) -> Fingerprint:
        """The inverse of `str()`. Raises: ValueError if the text has not four parts."""
        account, kind, rule, subject = text.split("|", 3)
        return cls(account, EventKind(kind), rule, subject)


class Ring(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One sink that the escalation told of an alert, by the newest message that did: that of the alert
    `carrier` (a fingerprint as text) and its episode, which may be another one.

    `is_answered`: who reads it was told since that somebody takes care.
    """

    sink: str
    carrier: str
    episode: int
    is_answered: bool = False


class Alert(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One episode of one fingerprint. All timers are facts of the row, so a restart keeps them.

    `event` is the newest event that was judged for it: what a person is shown. `sequence` counts the
    notifications of the episode. `facts` are the details already told (see `Evaluation.fact`).
    """

    fingerprint: Fingerprint
    episode: int
    state: AlertState
    severity: Severity
    event: Event
    since: datetime  # first seen firing
    updated_at: datetime
    figure: str | None = None  # the event field the rule looked at
    value: Decimal | None = None
    threshold: Decimal | None = None
    error: str | None = None  # set where the rule itself failed
    recollection: Recollection | None = None  # what a rule that looks back found
    sequence: int = 0
    occurrences: int = 1
    facts: tuple[str, ...] = ()
    labels: dict[str, str] = msgspec.field(default_factory=dict)
    pending_until: datetime | None = None  # `for_s`
    damped_s: float | None = None  # it came back: over only once it was better for so long
    better_since: datetime | None = None  # a better level must hold before it counts
    clear_since: datetime | None = None  # of that the time by whose figures no level is held at all
    calm_until: datetime | None = None  # no level is held by figures so young that till then nothing rings
    vanished_at: datetime | None = None  # the position is gone; the reason is awaited
    reason_by: datetime | None = None  # so long, because nobody watched when it ended
    expires_at: datetime | None = None  # occurrences end by time
    kept_s: float | None = None  # it stays until somebody acknowledges it, and then for so long
    told_at: datetime | None = None
    told_as: tuple[
        Severity, ...
    ] = ()  # every severity that it was told with: who heard of it hears of its end
    reminders: int = 0
    remind_at: datetime | None = None
    remind_s: float = 0.0  # the place that this reminder has in the plans, in seconds after it was told
    chain_since: datetime | None = None  # this round of the escalation counts from here; None: none runs
    chain_began_at: datetime | None = None  # its first round: nobody has acknowledged it from then on
    chain_done_at: datetime | None = None  # when the newest step that was told was due
    chain_round: int = 0
    woken_at: datetime | None = None  # the waking sinks were told at once
    rung: tuple[Ring, ...] = ()  # whom the chain has told, if it arrived
    resolved_at: datetime | None = None
    resolution: Resolution | None = None
    acknowledged_by: str | None = None  # the newest acknowledgement; in force while the state says so
    acknowledged_at: datetime | None = None
    acknowledged_comment: str = ""
    muted_by: tuple[str, ...] = ()  # what keeps it quiet: `silence:ID`, `inhibit:NAME`
    muted_until: datetime | None = None  # when that is looked at again, if nothing happens before
    broke: tuple[str, ...] = ()  # it got worse in spite of these, which do not mute it any more
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Not resolved yet."""
        return self.state is not AlertState.RESOLVED

    @property
    def is_told(self) -> bool:
        """Whether anybody heard of it since it began to fire (again)."""
        return self.sequence > 0 if self.told_at is None else self.told_at >= self.since

    @property
    def short_id(self) -> str:
        """What people call it, see `short_id`: to be shown with every message, and taken by `alertd ack`."""
        return short_id(self.fingerprint, self.episode)


# RFC 4648, base 32, in lower case: ten bits are two characters.
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _LETTERS for second in _LETTERS]
_SHORT_BYTES = 5  # 40 bits: among 10,000 open alerts two are called alike once in 20,000 times


def short_id(fingerprint: Fingerprint | str, episode: int) -> str:
    """Eight letters and digits (a-z, 2-7) for one episode: the same in every process and on every replica.

    `fingerprint`: itself or its text.

    Not unique for certain: who looks an alert up by it must refuse to choose between two.
    """
    named = f"{fingerprint}#{episode}".encode("utf-8", "replace")
    bits = int.from_bytes(blake2b(named, digest_size=_SHORT_BYTES).digest())
    return _PAIRS[bits >> 30] + _PAIRS[bits >> 20 & 1023] + _PAIRS[bits >> 10 & 1023] + _PAIRS[bits & 1023]
