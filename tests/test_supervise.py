"""Covers alertd/supervise.py."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.errors import ConnectionLost, LoginRefused, StoreError
from alertd.supervise import UnitEnded, backoff, first_fatal, supervise


def zeros() -> Iterator[float]:
    while True:
        yield 0.0


@given(st.floats(0, 1, exclude_max=True))
def test_the_first_retry_is_at_once_and_no_delay_passes_a_minute(fraction: float) -> None:
    first, *later = islice(backoff(lambda: fraction), 20)
    assert first == 0.0
    assert all(0.5 <= delay <= 60 for delay in later)
    assert later == sorted(later)


@pytest.mark.parametrize(
    ("error", "is_fatal"),
    [
        (LoginRefused("60005", "no"), True),
        (StoreError("full"), True),
        (ConnectionLost("cut"), False),
        (ValueError("x"), False),
    ],
)
def test_fatal_errors_are_found_inside_groups(error: Exception, is_fatal: bool) -> None:
    group = ExceptionGroup("outer", [ValueError("y"), ExceptionGroup("inner", [error])])
    assert first_fatal(error) is (error if is_fatal else None)
    assert first_fatal(group) is (error if is_fatal else None)


async def test_a_failing_unit_is_run_again_until_a_fatal_error() -> None:
    ends: list[Exception] = [ConnectionLost("cut"), ConnectionLost("cut"), LoginRefused("60005", "no")]
    reported: list[Exception] = []

    async def run_once() -> None:
        raise ends.pop(0)

    with pytest.raises(LoginRefused):
        await supervise(run_once, lambda exc, _: reported.append(exc), delays=zeros)
    assert [type(exc) for exc in reported] == [ConnectionLost, ConnectionLost]
    assert ends == []


async def test_a_unit_that_returns_counts_as_failed() -> None:
    reported: list[Exception] = []
    runs = 0

    async def run_once() -> None:
        nonlocal runs
        runs += 1
        if runs == 2:
            raise StoreError("end")

    with pytest.raises(StoreError):
        await supervise(run_once, lambda exc, _: reported.append(exc), delays=zeros)
    assert [type(exc) for exc in reported] == [UnitEnded]


@pytest.mark.looptime
async def test_a_unit_that_was_healthy_is_retried_at_once_again() -> None:
    lengths = [1.0, 1.0, 100.0, 1.0]
    delays: list[float] = []

    async def run_once() -> None:
        if not lengths:
            raise StoreError("end")
        await asyncio.sleep(lengths.pop(0))
        raise ConnectionLost("cut")

    with pytest.raises(StoreError):
        await supervise(run_once, lambda _, delay: delays.append(delay), healthy_after_s=60)
    assert delays[0] == 0.0
    assert delays[1] > 0.0
    assert delays[2] == 0.0  # after 100 s of health
    assert delays[3] > 0.0
