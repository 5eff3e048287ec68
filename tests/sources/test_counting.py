"""Covers alertd/sources/counting.py."""

from __future__ import annotations

from datetime import UTC, datetime

from alertd.domain.stream import Data
from alertd.sources.counting import StreamCounts
from alertd.telemetry import Counters

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
OURS = {"account": "main", "stream": "private"}


def test_what_is_counted_stands_under_the_stream() -> None:
    counters = Counters()
    counts = StreamCounts(counters, "main", "private")
    counts.connects()
    counts.ended("connection")
    counts.replacement("done")
    counts.unmatched_errors(3)
    counts.live.value = 1
    assert counters.value("connects_total", **OURS) == 1
    assert counters.value("reconnects_total", **OURS, reason="connection") == 1
    assert counters.value("replacements_total", **OURS, outcome="done") == 1
    assert counters.value("stream_errors_unmatched_total", **OURS) == 3
    assert counters.value("stream_live", **OURS) == 1


def test_traffic_is_counted_by_channel_and_what_is_no_channel_of_ours_as_another() -> None:
    counters = Counters()
    traffic = StreamCounts(counters, "main", "private").traffic(["positions", "account"])
    assert set(traffic.pushes) == {"positions", "account", ""}
    traffic.count(AT, None)
    for channel in ("positions", "positions", "unheard-of"):
        traffic.count(AT, Data(channel))
    assert counters.value("frames_total", **OURS) == 4
    assert counters.value("last_frame_timestamp_seconds", **OURS) == AT.timestamp()
    assert counters.value("pushes_total", **OURS, channel="positions") == 2
    assert counters.value("pushes_total", **OURS, channel="account") == 0
    assert counters.value("pushes_total", **OURS, channel="other") == 1
