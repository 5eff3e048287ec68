"""Covers alertd/sources/fleet.py."""

from __future__ import annotations

import asyncio

import pytest

from alertd.domain.alert import Severity
from alertd.sources.fleet import Fleet
from alertd.sources.turns import Caller


@pytest.mark.looptime
async def test_who_is_in_danger_dials_first_then_who_holds_positions() -> None:
    dangers = {"warned": Severity.WARNING, "critical": Severity.CRITICAL}
    fleet = Fleet(dangers.get)
    dialled: list[str] = []

    async def dial(account: str) -> None:
        await fleet.pacer.turn(Caller(account))
        dialled.append(account)

    fleet.joins("flat", lambda: False)
    fleet.joins("holding", lambda: True)
    fleet.joins("gone", lambda: True)
    fleet.leaves("gone")
    fleet.leaves("never there")
    async with asyncio.TaskGroup() as tasks:
        for account in ("gone", "flat", "holding", "warned", "critical"):
            tasks.create_task(dial(account))
    assert dialled == ["critical", "warned", "holding", "gone", "flat"]
