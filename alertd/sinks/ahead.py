"""Messages made while their deliveries are being stored: the disk and the words take their time together.

What is kept here leaves only by `take`, which whoever sends calls once the delivery stands in the store.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from alertd.domain.notification import Delivery

KEPT = 8  # what could not be stored is never taken, and goes as others come
FRESH = timedelta(seconds=0.1)  # a message tells to the tenth of a second how late it is

Made = TypeVar("Made")


class Ahead(Generic[Made]):
    """The last few."""

    def __init__(self) -> None:
        self._kept: deque[tuple[Delivery, Made, datetime]] = deque(maxlen=KEPT)

    def keep(self, delivery: Delivery, made: Made, now: datetime) -> None:
        """It was made for just this delivery, all by itself."""
        self._kept.append((delivery, made, now))

    def take(self, deliveries: Sequence[Delivery], now: datetime) -> Made | None:
        """What was made for them, once; None where that is none of these, or too old.

        The very object is asked for: a transaction that failed may give its number to another delivery.
        """
        if len(deliveries) != 1:
            return None
        for place, (delivery, made, at) in enumerate(self._kept):
            if delivery is deliveries[0]:
                del self._kept[place]
                return made if now - at <= FRESH else None
        return None
