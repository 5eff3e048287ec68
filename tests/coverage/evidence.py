"""Evidence that proves everything, and what to change in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from alertd.coverage.judging import Evidence
from alertd.domain.coverage import Sight, SinkProof, StreamSight
from alertd.domain.events import CoverageState

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def stream(name: str = "private", **changes: Any) -> StreamSight:
    """One that shows everything; `private` is the essential one."""
    up = StreamSight(
        name=name, essential=name == "private", state=CoverageState.WATCHED, cause=None, since=START
    )
    return replace(up, **changes)


def evidence(*streams: StreamSight, **changes: Any) -> Evidence:
    """At START. Keys of `Sight` and of `Evidence`."""
    seen = {
        "streams": streams or (stream(), stream("business")),
        "offset_s": 0.1,
        "offset_at": START,
        "positions": 0,
        "unseen": (),
    }
    whole: dict[str, Any] = {"sinks": (SinkProof(sent_at=START),)}
    for name, value in changes.items():
        (seen if name in seen else whole)[name] = value
    return Evidence(sight=Sight(**seen), **whole)
