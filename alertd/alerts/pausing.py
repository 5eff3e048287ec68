"""Long work with pauses in it, so that whoever does it can let others have a turn. Pure.

A generator that yields at each pause and returns its result. Between two pauses it takes a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import TypeAlias, TypeVar

AT_ONCE = 64  # alerts between two pauses: each costs some ten microseconds

T = TypeVar("T")
R = TypeVar("R")

Pausing: TypeAlias = Generator[None, None, R]


def each(items: Iterable[T], do: Callable[[T], R], between: int = AT_ONCE) -> Pausing[list[R]]:
    """What `do` makes of each, in order. `between`: so many of them between two pauses."""
    done: list[R] = []
    for number, item in enumerate(items, 1):
        done.append(do(item))
        if number % between == 0:
            yield
    return done


def at_once(work: Pausing[R]) -> R:
    """The result of work that nobody else waits for."""
    while True:
        try:
            next(work)
        except StopIteration as ended:
            result: R = ended.value
            return result
