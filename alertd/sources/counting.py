"""The numbers of one stream: what came in, and how its connections fared."""

from __future__ import annotations

from collections.abc import Iterable

from alertd.sources.connection import Traffic
from alertd.telemetry import Cell, Counters


class StreamCounts:
    """`service` names the stream within its account. `live`: 1 while a connection of it is."""

    __slots__ = ("_account", "_counters", "_service", "live")

    def __init__(self, counters: Counters, account: str, service: str) -> None:
        self._counters = counters
        self._account = account
        self._service = service
        self.live = self._cell("stream_live")

    def traffic(self, channels: Iterable[str]) -> Traffic:
        """The cells of the hot path."""
        pushes = {name: self._cell("pushes_total", channel=name or "other") for name in ("", *channels)}
        return Traffic(self._cell("frames_total"), self._cell("last_frame_timestamp_seconds"), pushes)

    def connects(self) -> None:
        """A connection is about to be made."""
        self._cell("connects_total").value += 1

    def ended(self, reason: str) -> None:
        """One ended, and another is made."""
        self._cell("reconnects_total", reason=reason).value += 1

    def replacement(self, outcome: str) -> None:
        """`done` or `failed`."""
        self._cell("replacements_total", outcome=outcome).value += 1

    def unmatched_errors(self, number: int) -> None:
        """Refusals that belong to no request of ours."""
        self._cell("stream_errors_unmatched_total").value += number

    def _cell(self, name: str, **labels: str) -> Cell:
        return self._counters.cell(name, account=self._account, stream=self._service, **labels)
