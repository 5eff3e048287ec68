"""Restart a unit that ended; tell what is worth another try from what is not."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterator
from typing import NoReturn

from alertd.domain.errors import AlertdError, Disposition

HEALTHY_AFTER_S = 60.0  # connected is not yet healthy: a server may accept and close at once
LONGEST_DELAY_S = 60.0

_DICE = random.Random()  # of our own: what others seed or watch is not touched from here

# A store that cannot be written is fatal for the daemon; refused credentials end their own stream only.
_FATAL = frozenset({Disposition.FATAL, Disposition.CREDENTIALS})


class UnitEnded(Exception):
    """A unit returned, though it should only raise or be cancelled."""


def backoff(random_fraction: Callable[[], float] = _DICE.random) -> Iterator[float]:
    """Seconds to wait before each try: none before the first, then 1 to 60 s, each with jitter."""
    yield 0.0
    delay = 1.0
    while True:
        yield delay * (0.5 + random_fraction() / 2)
        delay = min(delay * 2, LONGEST_DELAY_S)


def first_fatal(exc: BaseException) -> AlertdError | None:
    """The first error within `exc`, also inside groups, that another try cannot mend."""
    if isinstance(exc, BaseExceptionGroup):
        return next((found for inner in exc.exceptions if (found := first_fatal(inner))), None)
    if isinstance(exc, AlertdError) and exc.disposition in _FATAL:
        return exc
    return None


async def supervise(
    run_once: Callable[[], Awaitable[None]],
    report: Callable[[Exception, float], None],
    delays: Callable[[], Iterator[float]] = backoff,
    healthy_after_s: float = HEALTHY_AFTER_S,
    rest: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> NoReturn:
    """Run a unit for ever. `report` is told each failure and the seconds until the next try.

    `rest` waits so long, or less where it learns that trying again is worth it now.

    Raises: the fatal error that ended the unit (`LoginRefused`, `StoreError`).
    """
    loop = asyncio.get_running_loop()
    pending = delays()
    while True:
        began = loop.time()
        try:
            await run_once()
            raise UnitEnded
        except Exception as exc:
            if fatal := first_fatal(exc):
                raise fatal from exc
            if loop.time() - began >= healthy_after_s:
                pending = delays()
            delay = next(pending)
            report(exc, delay)
        await rest(delay)
