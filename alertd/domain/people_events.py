"""What alertd tells of the people who are to hear of alerts."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from alertd.domain.event import Event, EventKind


class Drill(Event, frozen=True, kw_only=True, gc=False, tag="drill"):
    """Somebody tries whether an alert reaches people who answer: nothing is wrong. `account` is empty.

    `as_of`: it goes where critical news of this account would go; empty: of any. `to_sink`: to this sink
    alone. `person`: who started it; `until`: nobody answers later than that.
    """

    kind: ClassVar[EventKind] = EventKind.DRILL

    as_of: str = ""
    to_sink: str = ""
    person: str = ""
    until: datetime | None = None

    @property
    def subject(self) -> str:
        """One of each sort at a time."""
        return f"drill/{self.as_of}/{self.to_sink}"


class DrillDue(Event, frozen=True, kw_only=True, gc=False, tag="drill_due"):
    """For a long time no drill was answered. `account` is empty. `last_at`: when one was; None: never."""

    kind: ClassVar[EventKind] = EventKind.DRILL_DUE

    last_at: datetime | None = None

    @property
    def subject(self) -> str:
        """There is one people to be reached."""
        return "drill_due"


class Away(Event, frozen=True, kw_only=True, gc=False, tag="away"):
    """A person cannot answer: escalations go to the sink `deputy` until then. `account` is empty.

    `former_...`: what was in force before, where it is another absence in the place of one that goes on.
    """

    SAME_END: ClassVar[timedelta] = timedelta(minutes=1)  # of two ends that are nearer no other one is meant

    kind: ClassVar[EventKind] = EventKind.AWAY

    person: str = ""
    deputy: str = ""
    until: datetime | None = None
    former_person: str = ""
    former_deputy: str = ""
    former_until: datetime | None = None

    @property
    def subject(self) -> str:
        """There is one deputy at a time."""
        return "away"

    def ends_with(self, until: datetime | None) -> bool:
        """Whether that end is meant by its own, too."""
        if self.until is None or until is None:
            return self.until == until
        return abs(self.until - until) < self.SAME_END


class SilenceEnding(Event, frozen=True, kw_only=True, gc=False, tag="silence"):
    """A silence ends soon. `account` is empty.

    `muted`: how many open alerts it keeps quiet now, in `accounts`; `passed`: how much happened under it and
    is over, which its end is to name. `person` made it, for the reason in `comment`.
    """

    kind: ClassVar[EventKind] = EventKind.SILENCE

    silence_id: str = ""
    person: str = ""
    comment: str = ""
    ends_at: datetime | None = None
    accounts: tuple[str, ...] = ()
    muted: int = 0
    passed: int = 0

    @property
    def subject(self) -> str:
        """The silence."""
        return f"silence/{self.silence_id}"
