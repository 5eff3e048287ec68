"""What arrived at the receiver, each message with the delivery it was: both ends prove that it was told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn
from zoneinfo import ZoneInfo

from alertd.cli.demo.joining import delivery_of
from alertd.cli.demo.receiver import Received, Receiver
from alertd.cli.demo.verdict import Told
from alertd.domain.notification import Notification
from alertd.sinks.texts import Language
from alertd.store.reading import read_deliveries


class Inbox:
    """`was_told` hears of each message once, in the order of their arrival."""

    def __init__(
        self,
        receiver: Receiver,
        store: Path,
        language: Language,
        timezone: ZoneInfo,
        was_told: Callable[[Told], None],
    ) -> None:
        self._receiver = receiver
        self._store = store
        self._language: Language = language
        self._timezone = timezone
        self._was_told = was_told
        self._told: dict[int, Told] = {}
        self.nameless: list[str] = []
        self.unsent: list[Notification] = []

    @property
    def told(self) -> list[Told]:
        """What arrived until now."""
        return list(self._told.values())

    async def run(self) -> NoReturn:
        """Take messages until cancelled. Raises: StoreError."""
        while True:
            await self._take(await self._receiver.next())

    async def close(self) -> None:
        """The daemon has ended: take the rest, and what the store says in the end of each delivery."""
        for received in self._receiver.rest():
            await self._take(received)
        for delivery in await asyncio.to_thread(read_deliveries, self._store):
            told = self._told.get(delivery.delivery_id)
            if told is None:
                self.unsent.append(delivery.notification)
            else:
                self._told[delivery.delivery_id] = replace(told, state=delivery.state)

    async def _take(self, received: Received) -> None:
        rows = await asyncio.to_thread(read_deliveries, self._store)
        new = [row for row in rows if row.delivery_id not in self._told]
        delivery = delivery_of(received, new, self._language, self._timezone)
        if delivery is None:
            self.nameless.append(received.title)
            return
        told = Told(delivery.notification, received.title, received.arrived_at, delivery.state)
        self._told[delivery.delivery_id] = told
        self._was_told(told)
