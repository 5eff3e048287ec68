"""One observation, and what every one of them has in common.

Events are msgspec Structs, not dataclasses: every push makes one, and these are made six times as fast.

Money, prices and ratios are `Decimal`; `None` means "not applicable" or "not given", never zero.
Times are aware UTC. `observed_at` is the exchange's own time and may be absent; `received_at` is ours.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import msgspec


class EventKind(StrEnum):
    """The kinds of event a rule can listen to."""

    LIQUIDATION_WARNING = "liquidation_warning"
    MARGIN_STATE = "margin_state"
    LIQUIDATION = "liquidation"
    LEAD_TRADE_FAILED = "lead_trade_failed"
    COPY_RELATION = "copy_relation"
    LEADER_STATE = "leader_state"
    LEADER_CHANGE = "leader_change"
    POSITION_SNAPSHOT = "position_snapshot"
    COVERAGE = "coverage"
    COVERAGE_REPORT = "coverage_report"
    DELIVERY = "delivery"
    CONFIGURATION = "configuration"
    FINDINGS = "findings"
    STOPPING = "stopping"
    SUMMARY = "summary"
    COPY_DIGEST = "copy_digest"
    MAINTENANCE = "maintenance"
    SELF_CHECK = "self_check"
    DRILL = "drill"
    DRILL_DUE = "drill_due"
    AWAY = "away"
    SILENCE = "silence"
    ACTION = "action"
    TICK = "tick"


class Source(StrEnum):
    """How an event came to us."""

    PUSH = "push"
    POLL = "poll"
    RECONCILE = "reconcile"
    REPLAY = "replay"


class Direction(StrEnum):
    """Which way a position gains."""

    LONG = "long"
    SHORT = "short"


class MarginMode(StrEnum):
    """Whether a position stands alone or on the margin of its whole currency."""

    ISOLATED = "isolated"
    CROSS = "cross"


class Event(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="kind"):
    """One observation. `event_id` names the observation, not the danger it tells of.

    As JSON it is tagged with its kind, and what is at its default is left out.
    """

    kind: ClassVar[EventKind]
    # True where an event tells a state that lasts until a later event says otherwise;
    # False where it tells an occurrence, which ends by time.
    tells_state: ClassVar[bool] = False

    event_id: str
    exchange: str
    account: str
    received_at: datetime
    source: Source = Source.PUSH
    uid: str | None = None
    observed_at: datetime | None = None
    instrument: str | None = None
    direction: Direction | None = None
    margin_mode: MarginMode | None = None
    margin_currency: str | None = None
    raw: bytes = b""

    @property
    def is_over(self) -> bool:
        """Of a state: nothing more comes of it, so what it tells is an occurrence, and ends by time."""
        return False

    @property
    def ends(self) -> bool:
        """It ends what was told before of its subject. Where nothing was, it is told itself."""
        return False

    def __repr__(self) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name != "raw")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        """Equal in everything but `raw`: the same observation may have come in two frames."""
        if type(other) is not type(self):
            return NotImplemented
        names = (name for name in self.__struct_fields__ if name != "raw")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def __hash__(self) -> int:
        return hash((type(self), self.event_id, self.account))

    @property
    def subject(self) -> str:
        """What the event is about, as the last part of a fingerprint.

        Isolated margin: instrument, direction and mode; cross margin: the currency, because all cross
        positions of one currency stand and fall together.
        """
        if self.margin_mode is MarginMode.CROSS:
            return f"cross/{self.margin_currency or '*'}"
        return f"{self.instrument or '*'}/{self.direction or '*'}/{self.margin_mode or '*'}"
