"""Covers alertd/cli/doctor/toobit.py, against the simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alertd.cli.doctor.toobit import examine_toobit
from alertd.clock import Clock
from alertd.domain.finding import Finding
from alertd.simulators.toobit.simulator import ToobitSimulator
from alertd.simulators.toobit.stage import set_stage
from alertd.sinks.finding_words import words_of
from tests.test_polled_accounts import settings


@pytest.fixture
async def toobit() -> AsyncIterator[ToobitSimulator]:
    async with ToobitSimulator(now_s=lambda: 5.0) as simulator:
        set_stage(simulator)
        yield simulator


async def examined(toobit: ToobitSimulator, *names: str, **more: Any) -> list[Finding]:
    accounts = {name: settings(toobit, toobit.account(name), **more) for name in names}
    return await examine_toobit(accounts, Clock())


def told(found: list[Finding]) -> list[tuple[str, str, str]]:
    return [(one.account, one.code, str(one.severity)) for one in found]


async def test_what_is_well_is_said_of_each_account(toobit: ToobitSimulator) -> None:
    found = await examined(toobit, "copier", "leader")
    assert told(found) == [
        ("copier", "toobit_clock_fine", "ok"),
        ("copier", "toobit_reached", "ok"),
        ("copier", "traders_found", "ok"),
        ("leader", "toobit_clock_fine", "ok"),
        ("leader", "toobit_reached", "ok"),
        ("leader", "toobit_copies_nobody", "info"),
        ("leader", "toobit_leads", "ok"),
        ("leader", "toobit_margin_seen", "ok"),
    ]
    assert "whale (9007199254740993101)" in found[2].facts["traders"]


async def test_what_a_leaders_key_may_not_read_is_said_and_is_no_fault(toobit: ToobitSimulator) -> None:
    toobit.change_account("leader", reads_futures=False)
    found = await examined(toobit, "leader", role="lead")
    assert told(found)[2:] == [("leader", "toobit_leads", "ok"), ("leader", "toobit_margin_unseen", "info")]
    words = words_of(found[-1], "en")
    assert "cannot see: margin" in words.what
    assert "(-1002)" in words.what
    assert not words.cure


async def test_what_is_not_asked_of_a_role_is_not_found(toobit: ToobitSimulator) -> None:
    assert told(await examined(toobit, "leader", role="copier"))[2:] == [
        ("leader", "toobit_copies_nobody", "info")
    ]
    assert told(await examined(toobit, "copier", role="lead"))[2:] == [
        ("copier", "toobit_leads_not", "warning")
    ]


async def test_a_key_that_is_refused_or_dies_is_found(toobit: ToobitSimulator, tmp_path: Path) -> None:
    made = Clock().now().date() - timedelta(days=88)
    assert ("copier", "toobit_key_dies", "warning") in told(
        await examined(toobit, "copier", key_created=made)
    )
    toobit.change_account("copier", is_expired=True)
    assert told(await examined(toobit, "copier")) == [("copier", "toobit_key_expired", "critical")]
    missing = await examined(toobit, "copier", ca_file=tmp_path / "missing.pem")
    assert told(missing) == [("copier", "toobit_unreachable", "critical")]


async def test_an_exchange_that_is_away_is_critical_for_who_asks(toobit: ToobitSimulator) -> None:
    toobit.cut()
    assert told(await examined(toobit, "copier")) == [("copier", "toobit_unreachable", "critical")]
