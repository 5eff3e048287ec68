"""Frames that could not be read: counted all, kept a few, remembered for a while."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from alertd.clock import Clock
from alertd.domain.stream import KeptFrame
from alertd.sources.protocol import TOO_LARGE, Unread
from alertd.telemetry import Counters, redact, redact_bytes

KEPT_PER_MINUTE = 20
LARGEST_KEPT = 64 * 1024
REMEMBERED_S = 300.0  # how long one that was not read casts doubt on the stream


class UnreadFrames:
    """Of one stream, over all its connections."""

    def __init__(
        self, account: str, stream: str, clock: Clock, keep: Callable[[KeptFrame], None], counters: Counters
    ) -> None:
        self._account = account
        self._stream = stream
        self._clock = clock
        self._keep = keep
        self._counters = counters
        self._kept_at_s: deque[float] | None = None  # most streams never need it, and it takes 760 bytes
        self._last: tuple[float, str] | None = None

    def note(self, found: Iterable[Unread], wanted: Callable[[str], bool]) -> None:
        """Take what a protocol drained. `wanted`: whether a channel is one whose loss matters."""
        kept: bytes | None = None
        for unread in found:
            self._counters.add(
                "frames_unreadable_total", account=self._account, stream=self._stream, reason=_label(unread)
            )
            if unread.frame is not kept:  # several rows of one push are one frame
                kept = unread.frame
                self._keep_one(unread)
            if unread.channel is None or wanted(unread.channel):
                told = redact(f"{unread.channel or 'channel unknown'}, {unread.reason}")
                self._last = (self._clock.monotonic_s(), told)

    def lately(self) -> str | None:
        """What was not read within the last minutes, in words."""
        if self._last is None or self._clock.monotonic_s() >= self._last[0] + REMEMBERED_S:
            return None
        return self._last[1]

    def _keep_one(self, unread: Unread) -> None:
        now_s = self._clock.monotonic_s()
        if self._kept_at_s is None:
            self._kept_at_s = deque(maxlen=KEPT_PER_MINUTE)
        if len(self._kept_at_s) == KEPT_PER_MINUTE and now_s < self._kept_at_s[0] + 60.0:
            return
        self._kept_at_s.append(now_s)
        # Clipped last: half a secret at the end would not be recognised.
        clipped = redact_bytes(unread.frame)[:LARGEST_KEPT]
        self._keep(
            KeptFrame(
                account=self._account,
                stream=self._stream,
                channel=unread.channel,
                reason=redact(unread.reason),
                received_at=self._clock.now(),
                frame=clipped,
            )
        )


def _label(unread: Unread) -> str:
    """A reason of few values: the full one may quote the frame."""
    if unread.channel is not None:
        return "row"
    return unread.reason if unread.reason == TOO_LARGE else "frame"
