"""Covers alertd/polled_keys.py, against the simulator."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from alertd.domain.errors import LoginRefused
from alertd.domain.finding import Finding
from alertd.polled_keys import KEY_EVERY_S, KEY_RETRY_S, PolledKey
from tests.doubles.set_clock import SetClock
from tests.exchanges.toobit.conftest import House, house

__all__ = ["house"]
NOW = datetime.now(UTC)


class Rig:
    """The leader's key; ends after so many pauses."""

    def __init__(self, house: House, pauses: int, age_days: int | None = None) -> None:
        self.clock, self.left = SetClock(NOW), pauses
        self.paused_s: list[float] = []
        self.found: list[tuple[str, list[str]]] = []
        created = None if age_days is None else (NOW - timedelta(days=age_days)).date()
        rest = house.rest(house.toobit.account("leader"))
        self.key = PolledKey("leader", created, rest, self.clock, self.report, self.pause)

    def report(self, account: str, part: str, found: Sequence[Finding]) -> None:
        self.found.append((part, [one.code for one in found]))

    async def pause(self, wait_s: float) -> None:
        self.paused_s.append(wait_s)
        self.left -= 1
        if not self.left:
            raise asyncio.CancelledError

    async def run(self) -> list[str]:
        """What was found of the key itself, look by look."""
        with pytest.raises(asyncio.CancelledError):
            await self.key.keep()
        return [code for part, codes in self.found if part == "key" for code in codes]


async def test_a_key_that_works_is_asked_once_and_its_age_looked_at_on_and_on(house: House) -> None:
    rig = Rig(house, pauses=3, age_days=80)
    assert await rig.run() == ["toobit_reached"]
    assert rig.paused_s == [KEY_EVERY_S] * 3
    assert [codes for part, codes in rig.found if part == "key_age"] == [["toobit_key_dies"]] * 3


async def test_without_an_answer_it_is_asked_again_soon(house: House) -> None:
    house.toobit.fail(status=503, body="<html></html>")
    rig = Rig(house, pauses=2)
    assert await rig.run() == ["toobit_unreachable", "toobit_unreachable"]
    assert rig.paused_s == [KEY_RETRY_S] * 2
    house.toobit.fail(status=400, code=-1031)
    assert await Rig(house, pauses=1).run() == ["toobit_request_refused"]


async def test_a_refused_key_ends_it_and_is_told(house: House) -> None:
    house.toobit.refuse_keys(-2017)
    rig = Rig(house, pauses=1)
    with pytest.raises(LoginRefused, match="-2017"):
        await rig.key.keep()
    rig.key.refused(LoginRefused("-1002", "another page"))
    assert rig.found == [("key", ["toobit_key_expired"]), ("key", ["toobit_key_refused"])]
