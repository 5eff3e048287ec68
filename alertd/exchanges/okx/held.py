"""What the book of positions remembers of each: of an open one, and for a while of one that is gone."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from alertd.domain.events import MarginState
from alertd.domain.exposure import Exposure
from alertd.exchanges.okx.position_rows import Position
from alertd.exchanges.okx.records import updated_ms

# Identities of ended positions, for a liquidation that is told after its position is gone.
MOST_ENDED = 256


class Held:
    """An open position.

    `shown_at`: when its figures were seen last, by push or in the records; `pushed_at`: by push. `push`: the
    number of the push that brought it last. `scopes`: the subscription arguments that show it. `event`: the
    last one; of isolated positions only.
    """

    __slots__ = ("event", "exposure", "position", "push", "pushed_at", "scopes", "shown_at")

    def __init__(self, position: Position, shown_at: datetime) -> None:
        self.position = position
        self.shown_at = shown_at
        self.exposure = Exposure()
        self.event: MarginState | None = None
        self.scopes: set[str] = set()
        self.push = 0
        self.pushed_at: datetime | None = None


class Ended(NamedTuple):
    """A position that is gone. `pushed_at`: when a push said so; None: no push did."""

    position: Position
    pushed_at: datetime | None


class Past:
    """Positions that ended, and when their liquidations were pushed: the newest of each.

    `liquidated_ms`: by position (of claw-backs by currency), the exchange's time of the push that told it.
    """

    def __init__(self) -> None:
        self._ended: dict[str, Ended] = {}
        self.liquidated_ms: dict[str, int] = {}

    def find(self, key: str) -> Ended | None:
        """One that ended a while ago."""
        return self._ended.get(key)

    def end(self, position: Position, pushed_at: datetime | None) -> None:
        """It is gone."""
        self._ended.pop(position.key, None)
        self._ended[position.key] = Ended(position, pushed_at)
        if len(self._ended) > MOST_ENDED:
            del self._ended[next(iter(self._ended))]

    def note_liquidation(self, key: str, stamp: str | None) -> None:
        """A push told that the position was liquidated or deleveraged; `stamp`: its `pTime`."""
        self.liquidated_ms.pop(key, None)
        self.liquidated_ms[key] = updated_ms(stamp) or 0
        if len(self.liquidated_ms) > MOST_ENDED:
            del self.liquidated_ms[next(iter(self.liquidated_ms))]
