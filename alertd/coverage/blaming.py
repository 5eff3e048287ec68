"""Whose network failed: ours, if exchange, every sink and the resolution of names fail together."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from alertd.coverage.judging import Lapse
from alertd.domain.coverage import Blame, SinkProof
from alertd.domain.events import CoverageCause

_OF_NETWORKS = frozenset({CoverageCause.CONNECTION, CoverageCause.STALE})


def blame(lapse: Lapse | None, began_at: datetime, sinks: Iterable[SinkProof]) -> Blame | None:
    """Judged from what was tried since the account was lost; None where no network is at fault.

    `sinks`: all there are. One that answers, were it with a refusal, proves our way out.
    """
    if lapse is None or lapse.cause not in _OF_NETWORKS:
        return None
    known = list(sinks)
    if any(sink.answered_at is not None and sink.answered_at > began_at for sink in known):
        return Blame.THEIRS
    failed = [sink.failed_at is not None and sink.failed_at > began_at for sink in known]
    if known and all(failed) and lapse.resolved is False:
        return Blame.OURS
    return Blame.UNDECIDED
