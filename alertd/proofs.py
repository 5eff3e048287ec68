"""What each sink has shown of itself: evidence for coverage, from every attempt and from the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec.structs import replace

from alertd.domain.coverage import SinkProof
from alertd.domain.events import DeliveryHealth
from alertd.domain.notification import Outcome

_UNKNOWN = SinkProof()


class SinkProofs:
    """By the sink's name."""

    def __init__(self) -> None:
        self._proofs: dict[str, SinkProof] = {}

    def restore(self, last_sent: Mapping[str, datetime]) -> None:
        """What an earlier process delivered."""
        for sink, sent_at in last_sent.items():
            known = self._proofs.get(sink, _UNKNOWN)
            if known.sent_at is None:
                self._proofs[sink] = replace(known, sent_at=sent_at)

    def attempted(self, sink: str, outcome: Outcome, at: datetime) -> None:
        """One attempt has an outcome. A refusal is an answer, too."""
        known = self._proofs.get(sink, _UNKNOWN)
        if outcome is Outcome.SENT:
            self._proofs[sink] = replace(known, sent_at=at, answered_at=at, is_dead=False)
        elif outcome is Outcome.PERMANENT:
            self._proofs[sink] = replace(known, answered_at=at)
        else:
            self._proofs[sink] = replace(known, failed_at=at)

    def reported(self, health: DeliveryHealth) -> None:
        """A sink stopped taking messages, or takes them again."""
        known = self._proofs.get(health.sink, _UNKNOWN)
        self._proofs[health.sink] = replace(known, is_dead=not health.healthy)

    def of(self, sinks: Iterable[str]) -> tuple[SinkProof, ...]:
        """Of these."""
        return tuple(map(self.one, sinks))

    def one(self, sink: str) -> SinkProof:
        """Of a single one."""
        return self._proofs.get(sink, _UNKNOWN)
