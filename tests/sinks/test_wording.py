"""alertd/sinks/wording.py"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from alertd.domain.notification import Delivery
from alertd.sinks.render import document_of
from alertd.sinks.speech import Reader
from alertd.sinks.wording import Wording
from tests.sinks.samples import BERLIN, T, delivery, ratio_alert

MANY = 400  # takes several slices


async def worded(*asked: Sequence[Delivery]) -> list[int]:
    """In which order they are done, by their places."""
    wording, done = Wording(Reader("en", BERLIN)), []

    async def word(place: int, deliveries: Sequence[Delivery]) -> None:
        await wording.document(deliveries, T)
        done.append(place)

    async with asyncio.TaskGroup() as tasks:
        for place, deliveries in enumerate(asked):
            tasks.create_task(word(place, deliveries))
    return done


async def test_a_short_message_does_not_overtake_a_long_one() -> None:
    one = delivery(ratio_alert())
    assert await worded([one] * MANY, [one] * 2, [one], [one] * MANY, [one]) == [0, 1, 2, 3, 4]


async def test_it_says_what_is_said_of_them() -> None:
    reader = Reader("en", BERLIN)
    for deliveries in ([delivery(ratio_alert())], [delivery(ratio_alert())] * 3):
        assert await Wording(reader).document(deliveries, T) == document_of(deliveries, reader, T)
