"""Work in slices: while it is done, others on the event loop get their turn."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from typing import TypeVar

SLICE_S = 0.005  # without a pause: others on the loop wait no longer than about twice that
# Of what waited for seconds before, as a message about many alerts: an alert on its way to another sink needs
# several turns of the loop, and would meet a slice in each of them if there were no pause between.
SHORT_SLICE_S = 0.001
PAUSE_S = 0.002

T = TypeVar("T")


async def in_slices(
    work: Generator[None, None, T],
    time_s: Callable[[], float] | None = None,
    slice_s: float = SLICE_S,
    pause_s: float = 0.0,
) -> T:
    """The result of work that yields where it can be interrupted. `time_s`: None: the loop's own time."""
    time_s = time_s or asyncio.get_running_loop().time
    began_s = time_s()
    while True:
        try:
            next(work)
        except StopIteration as ended:
            result: T = ended.value
            return result
        if time_s() - began_s > slice_s:
            await asyncio.sleep(pause_s)
            began_s = time_s()
