"""Work in slices: while it is done, others on the event loop get their turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from typing import TypeVar

SLICE_S = 0.005  # without a pause: others on the loop wait no longer than about twice that

T = TypeVar("T")


async def in_slices(work: Generator[None, None, T], time_s: Callable[[], float] | None = None) -> T:
    """The result of work that yields where it can be interrupted. `time_s`: None: the loop's own time."""
    time_s = time_s or asyncio.get_running_loop().time
    began_s = time_s()
    while True:
        try:
            next(work)
        except StopIteration as ended:
            result: T = ended.value
            return result
        if time_s() - began_s > SLICE_S:
            await asyncio.sleep(0)
            began_s = time_s()
