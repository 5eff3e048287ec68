"""What the rules that look back share: a memory is a value, and a step from one event to the next.

`evaluate(memory, event)` gives the memory after the event and what there is to say; None where neither
changes, which is the quiet way. The time is the event's `received_at`: what waited in the queue is judged by
when it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from alertd.domain.evaluation import Evaluation
from alertd.domain.events import Event, EventKind

# The subject of a rule that looks at a whole account.
ACCOUNT = "account"


class Step(NamedTuple):
    """`memory` None: there is nothing to remember. `is_urgent`: it must not be lost in a crash."""

    memory: Any
    evaluation: Evaluation | None = None
    is_urgent: bool = False


class RememberingRule(Protocol):
    """One compiled rule that looks back. It keeps nothing itself: its memory is handed to it.

    `figures`: the fields it judges by.
    """

    name: str
    kind: EventKind
    definition: str
    figures: frozenset[str]

    def covers(self, account: str, exchange: str, labels: Mapping[str, str]) -> bool:
        """Whether events of this account concern the rule at all."""

    def may_concern(self, event: Event) -> bool:
        """False where the event certainly leaves the memory as it is, and raises nothing: cheap."""

    def subject(self, event: Event) -> str:
        """Whose memory it is, and the subject of the alert."""

    def evaluate(self, memory: Any, event: Event, *, is_open: bool) -> Step | None:
        """The memory after this event. `is_open`: its alert is open, so the end is worth saying."""

    def stand_down(self, event: Event) -> Evaluation | None:
        """The answer for an open alert of an account that the rule does not concern (any more)."""

    def encode(self, memory: Any) -> str:
        """The memory as text."""

    def decode(self, body: str) -> Any:
        """The inverse of `encode`. Raises: ValueError."""

    def is_stale(self, memory: Any, event: Event) -> bool:
        """Whether nothing of it counts any more at the time of this event (a tick)."""
