"""Covers alertd/sources/approach.py."""

from __future__ import annotations

import asyncio

import pytest

from alertd.domain.errors import ConnectionLost, NotReached
from alertd.sources.approach import Approach
from alertd.sources.pacing import ConnectPacer

pytestmark = pytest.mark.looptime

URL = "wss://okx.example:8443/ws/v5/private"
REST_S = 30.0


def now_s() -> float:
    return asyncio.get_running_loop().time()


async def test_who_is_blind_longest_dials_first_and_who_still_sees_last() -> None:
    pacer, order = ConnectPacer(), []
    streams = {name: Approach(name, 0, URL, pacer) for name in ("sees", "late", "early", "first")}

    async def dial(name: str) -> None:
        await streams[name].turn()
        order.append(name)

    streams["first"].begin(-100.0)
    streams["sees"].begin(-90.0)
    streams["sees"].sees()
    streams["early"].lost(ConnectionLost("cut"), -60.0)
    streams["early"].lost(ConnectionLost("again"), -10.0)  # blind since the first loss
    streams["late"].begin(-20.0)
    async with asyncio.TaskGroup() as tasks:
        for name in streams:
            tasks.create_task(dial(name))
    assert order == ["first", "early", "late", "sees"]


@pytest.mark.parametrize(
    ("ended_by", "other_url", "rested_s"),
    [
        (NotReached("nobody"), "wss://okx.example:8443/ws/v5/business", 5.0),
        (NotReached("nobody"), "wss://other.example/ws", REST_S),
        (ConnectionLost("cut"), "wss://okx.example:8443/ws/v5/business", REST_S),
    ],
    ids=["its host answers", "another host answers", "it was reached itself"],
)
async def test_only_who_reached_nobody_is_woken_by_the_first_who_is_answered(
    ended_by: Exception, other_url: str, rested_s: float
) -> None:
    pacer = ConnectPacer()
    one, other = Approach("main", 0, URL, pacer), Approach("desk", 1, other_url, pacer)
    one.dialled(False)
    one.lost(ended_by, now_s())
    began_s = now_s()
    asyncio.get_running_loop().call_later(5.0, other.dialled, True)
    await one.rest(REST_S)
    assert now_s() - began_s == pytest.approx(rested_s, abs=0.1)


async def test_before_its_first_dial_it_rests_its_whole_time() -> None:
    began_s = now_s()
    await Approach("main", 0, URL, ConnectPacer()).rest(REST_S)
    assert now_s() - began_s == pytest.approx(REST_S, abs=0.1)
