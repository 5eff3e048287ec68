"""The receiver takes what a json:// sink sends."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from alertd.cli.demo.receiver import Receiver
from alertd.clock import Clock


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with Receiver(Clock()) as one:
        yield one


async def post(receiver: Receiver, **body: object) -> int:
    url = receiver.url.replace("json://", "http://")
    async with aiohttp.ClientSession() as session, session.post(url, **body) as answer:  # type: ignore[arg-type]
        return answer.status


async def test_messages_come_in_the_order_of_their_arrival(receiver: Receiver) -> None:
    for title in ("one", "two", "three"):
        assert await post(receiver, json={"title": title, "message": f"body {title}"}) == 200
    first = await receiver.next()
    assert (first.title, first.body) == ("one", "body one")
    rest = receiver.rest()
    assert [one.title for one in rest] == ["two", "three"]
    assert first.arrived_at <= rest[0].arrived_at <= rest[1].arrived_at
    assert receiver.rest() == []


@pytest.mark.parametrize("body", [{"json": {"title": "x"}}, {"json": []}, {"data": b"{"}, {"data": b"\xff"}])
async def test_what_is_no_message_is_refused(receiver: Receiver, body: dict[str, object]) -> None:
    assert await post(receiver, **body) == 400
    assert receiver.rest() == []
