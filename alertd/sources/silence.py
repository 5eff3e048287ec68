"""What silence means: of the link as a whole, and of each carrier channel. Pure."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from alertd.domain.errors import StreamStale
from alertd.sources.timing import StreamTiming

_NOT_YET = float("-inf")
_RHYTHM = 2  # pushes after which a carrier is expected to go on


class LinkSilence:
    """Decides when to ask for a sign of life, and when it has stayed away.

    We speak up regularly, whether frames come or not: it is not documented whether the exchange's limit of
    30 s counts what it sends or what it hears.
    """

    def __init__(self, timing: StreamTiming) -> None:
        self._ping_after_s = timing.ping_after_s
        self._pong_within_s = timing.pong_within_s
        self._spoke_at_s = 0.0
        self._unanswered_since_s: float | None = None
        self._pongs_owed = 0
        self._is_farewell = False

    def opened(self, now_s: float) -> None:
        """The connection begins with a word of ours."""
        self._spoke_at_s = now_s
        self._unanswered_since_s = None

    def heard(self) -> None:
        """Any frame came: the path is alive."""
        self._unanswered_since_s = None

    def say_farewell(self) -> None:
        """Ask once more, at once: its answer comes behind everything that was sent before."""
        self._is_farewell = True
        self._spoke_at_s = _NOT_YET

    def answered(self) -> bool:
        """A pong came. True if it is the one that answers the farewell."""
        self._pongs_owed = max(self._pongs_owed - 1, 0)
        return self._is_farewell and self._spoke_at_s != _NOT_YET and self._pongs_owed == 0

    def ping_is_due(self, now_s: float) -> bool:
        """True when a ping is to be sent now. Raises: StreamStale if the last one got no answer."""
        if self._unanswered_since_s is not None and now_s >= self._unanswered_since_s + self._pong_within_s:
            silent_s = now_s - self._unanswered_since_s
            raise StreamStale(f"no answer to a ping within {self._pong_within_s:g} s", silent_s)
        if now_s < self._spoke_at_s + self._ping_after_s:
            return False
        self._spoke_at_s = now_s
        self._pongs_owed += 1
        if self._unanswered_since_s is None:
            self._unanswered_since_s = now_s
        return True

    def overdue_s(self, now_s: float) -> float:
        """How long ago an answer should have come; 0 where none is late."""
        if self._unanswered_since_s is None:
            return 0.0
        return max(now_s - self._unanswered_since_s - self._pong_within_s, 0.0)

    def deadline_s(self) -> float:
        """When to look again."""
        next_ping_s = self._spoke_at_s + self._ping_after_s
        if self._unanswered_since_s is None:
            return next_ping_s
        return min(next_ping_s, self._unanswered_since_s + self._pong_within_s)


class _Carrier(msgspec.Struct):
    heard_at_s: float | None = None  # None: not to be judged
    pushes: int = 0


class CarrierSilence:
    """Judges the channels whose pushes come regularly: a pong proves the path, not that a channel is fed."""

    def __init__(self, channels: Iterable[str], timing: StreamTiming) -> None:
        self._carriers = {channel: _Carrier() for channel in channels}
        self._stale_after_s = timing.stale_after_s
        self._first_data_within_s = timing.first_data_within_s

    def pushed(self, channel: str, now_s: float) -> bool:
        """A push came. True for the first, and for the one that shows its rhythm: the deadline is nearer."""
        carrier = self._carriers.get(channel)
        if carrier is None:
            return False
        if carrier.heard_at_s is not None:
            carrier.heard_at_s = now_s
        carrier.pushes += 1
        return carrier.pushes <= _RHYTHM

    def acknowledged(self, channel: str, now_s: float) -> None:
        """From now on the channel is judged."""
        if carrier := self._carriers.get(channel):
            carrier.heard_at_s = now_s

    def excuse(self, channel: str) -> None:
        """The channel is known to be down: its silence says nothing more."""
        if carrier := self._carriers.get(channel):
            carrier.heard_at_s = None
            carrier.pushes = 0

    def all_have_pushed(self) -> bool:
        """Every channel that is judged has pushed at least once."""
        return not self.awaited()

    def awaited(self) -> tuple[str, ...]:
        """The channels that are judged and have not pushed yet."""
        carriers = self._carriers.items()
        return tuple(name for name, one in carriers if one.pushes == 0 and one.heard_at_s is not None)

    def lateness_s(self, now_s: float, *, has_rhythm: bool) -> tuple[float, float]:
        """Of the latest one: how long ago it should have pushed, and how long it has been silent; else zeros.

        `has_rhythm`: all of them are known to push regularly, whether they have shown it here or not.
        """
        late = [
            (now_s - one.heard_at_s - (self._stale_after_s if has_rhythm else self._patience_s(one)), one)
            for one in self._carriers.values()
            if one.heard_at_s is not None
        ]
        late_s, latest = max(late, key=lambda found: found[0], default=(0.0, None))
        if latest is None or latest.heard_at_s is None or late_s <= 0:
            return 0.0, 0.0
        return late_s, now_s - latest.heard_at_s

    def judge(self, now_s: float) -> None:
        """Raises: StreamStale naming the channel that went silent."""
        for channel, carrier in self._carriers.items():
            if carrier.heard_at_s is not None and now_s >= carrier.heard_at_s + self._patience_s(carrier):
                waited_s = now_s - carrier.heard_at_s
                raise StreamStale(f"channel {channel} has been silent for {waited_s:.0f} s", waited_s)

    def deadline_s(self) -> float | None:
        """When the first channel would count as stale."""
        due = [
            c.heard_at_s + self._patience_s(c) for c in self._carriers.values() if c.heard_at_s is not None
        ]
        return min(due, default=None)

    def _patience_s(self, carrier: _Carrier) -> float:
        return self._stale_after_s if carrier.pushes >= _RHYTHM else self._first_data_within_s
