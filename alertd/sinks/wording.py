"""What a sink is about to say, worded in the order in which it is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from alertd.domain.notification import Delivery
from alertd.sinks.document import Document
from alertd.sinks.render import document_in_pieces, document_of
from alertd.sinks.speech import Reader
from alertd.slices import PAUSE_S, SHORT_SLICE_S, in_slices


class Wording:
    """Of one sink. Hundreds of names are worded in slices, and what is asked for meanwhile waits: else a
    short message of what is not critical would leave before a long one of what is.
    """

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._turn = asyncio.Lock()  # whoever comes first is next

    def of_one(self, delivery: Delivery, now: datetime) -> Document:
        """At once."""
        return document_of([delivery], self._reader, now)

    async def document(self, deliveries: Sequence[Delivery], now: datetime) -> Document:
        """What all of `deliveries`, at least one, say."""
        if len(deliveries) == 1 and not self._turn.locked():
            return self.of_one(deliveries[0], now)
        async with self._turn:
            pieces = document_in_pieces(deliveries, self._reader, now)
            return await in_slices(pieces, slice_s=SHORT_SLICE_S, pause_s=PAUSE_S)
