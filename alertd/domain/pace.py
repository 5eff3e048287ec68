"""How fast a mark price moves, from a few samples of the last minutes."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from alertd.domain.events import Direction

# The pace is that of this window, and needs this much history.
WINDOW_S = 300.0
HISTORY_S = 20.0
# Fewer samples cannot outvote one bad tick.
FEWEST_SAMPLES = 5
MOST_SAMPLES = 12
CLOSEST_S = 0.05  # a pace over minutes is no better for looking more often
FIRST_SPACING_S = 3.75  # doubled three times gives a tenth of the window
WIDEST_SPACING_S = 30.0
_LONG = Direction.LONG
_NEVER = datetime.min.replace(tzinfo=UTC)
PACE_LASTS_S = 1.0
LONGEST_MINUTES = 10_000  # a week: beyond it the price does not approach in any useful sense


class Pace:
    """Mark prices of the last minutes, thinned to at most 12, and how fast they move.

    One bad tick cannot make a pace: each end of a stretch is the median of three samples. That end may be a
    minute old, so a pace is believed as far as the newest price bears it out: one that is back ends it.
    """

    __slots__ = (
        "_computed_at_s", "_falling", "_look_again_at", "_looked_at", "_marks", "_rising", "_spacing_s",
        "_times_s",
    )  # fmt: skip

    def __init__(self) -> None:
        self._times_s: list[float] = []
        self._marks: list[float] = []
        self._spacing_s = FIRST_SPACING_S
        self._falling = 0.0  # price per second, the fastest stretch
        self._rising = 0.0
        self._computed_at_s = 0.0
        self._looked_at = self._look_again_at = _NEVER

    def __len__(self) -> int:
        return len(self._times_s)

    def follow(self, at: datetime, mark: Decimal, toward: Direction) -> bool:
        """As `add`, then `approaches`: most marks come too soon after another to be worth a sample."""
        if not self._looked_at <= at < self._look_again_at:
            at_s = at.timestamp()
            self.add(at_s, float(mark))
            self.approaches(toward, at_s)
            next_s = min(self._times_s[-1] + CLOSEST_S, self._computed_at_s + PACE_LASTS_S)
            self._looked_at, self._look_again_at = at, at + timedelta(seconds=next_s - at_s)
        return (self._falling if toward is _LONG else self._rising) > 0.0

    def add(self, at_s: float, mark: float) -> None:
        """Take a mark price. The last sample is provisional until it is far enough from its neighbour."""
        times, marks = self._times_s, self._marks
        if times and at_s - times[-1] < CLOSEST_S:
            if at_s >= times[-1]:
                return
            self._start_over()  # the clock was set back: older samples cannot be placed
        if len(times) > 1 and times[-1] - times[-2] < self._spacing_s:
            times[-1], marks[-1] = at_s, mark
        else:
            times.append(at_s)
            marks.append(mark)
        if at_s - times[0] > WINDOW_S:
            self._drop_old(at_s)
        if len(times) > MOST_SAMPLES:
            del times[1:-1:2], marks[1:-1:2]
            self._spacing_s = min(self._spacing_s * 2, WIDEST_SPACING_S)

    def approaches(self, toward: Direction, now_s: float) -> bool:
        """Whether the price moves to where a position of that direction loses."""
        if now_s - self._computed_at_s >= PACE_LASTS_S or now_s < self._computed_at_s:
            self._falling, self._rising = self._measure()
            self._computed_at_s = now_s
        return (self._falling if toward is _LONG else self._rising) > 0.0

    def minutes(self, gap: float, toward: Direction, now_s: float) -> Decimal | None:
        """Minutes until a price `gap` away is reached; None if not approached, or too little is known."""
        if not self.approaches(toward, now_s):
            return None
        speed = self._falling if toward is _LONG else self._rising
        if gap > speed * 60.0 * LONGEST_MINUTES:
            return None
        return Decimal(f"{gap / speed / 60.0:.2f}")

    def _measure(self) -> tuple[float, float]:
        """How fast it falls and rises, over the whole window or its newest samples, whichever is faster: a
        crash must not hide in a calm past.
        """
        if len(self._times_s) < FEWEST_SAMPLES or self._times_s[-1] - self._times_s[0] < HISTORY_S:
            return 0.0, 0.0
        newest = min(len(self._times_s) - FEWEST_SAMPLES, self._index_of_age(HISTORY_S))
        slopes = [self._slopes(start) for start in {0, newest}]
        falling = max(-max(pair) for pair in slopes)
        rising = max(min(pair) for pair in slopes)
        return max(0.0, falling), max(0.0, rising)

    def _index_of_age(self, age_s: float) -> int:
        """The newest sample that is at least `age_s` old."""
        return max(bisect_left(self._times_s, self._times_s[-1] - age_s + 1e-6) - 1, 0)

    def _slopes(self, start: int) -> tuple[float, float]:
        """From the median of a stretch's first three samples to that of its last three, and to the newest."""
        times, marks = self._times_s, self._marks
        since, first = times[start + 1], sorted(marks[start : start + 3])[1]
        seconds = times[-2] - since
        settled = (sorted(marks[-3:])[1] - first) / seconds if seconds > 0.0 else 0.0
        return settled, (marks[-1] - first) / (times[-1] - since)

    def _drop_old(self, at_s: float) -> None:
        """Leave only the window; the newest sample always stays."""
        old = bisect_left(self._times_s, at_s - WINDOW_S)
        if old >= len(self._times_s) - 1:
            self._spacing_s = FIRST_SPACING_S
        del self._times_s[:old], self._marks[:old]

    def _start_over(self) -> None:
        self._times_s.clear()
        self._marks.clear()
        self._spacing_s = FIRST_SPACING_S
        self._falling = self._rising = 0.0
