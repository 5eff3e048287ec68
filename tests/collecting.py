"""How tests are collected: with no search for garbage, and in an order that keeps several processes busy."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterator, Sequence
from itertools import groupby
from typing import Any, TypeVar

import pytest

Item = TypeVar("Item")

SLOW_ROOM = "acceptance"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """Garbage is looked for from the first test on, and only among what tests make themselves.

    Collecting makes some million objects that all stay. Looking for garbage among them, then and in each full
    look later, was a tenth of a run's work.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Each of several processes (pytest-xdist) gets its share of the slow tests, between the quick ones."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers > 1:
        slow = [item for item in items if SLOW_ROOM in item.path.parts]
        files = [list(file) for _, file in groupby(items, lambda item: item.path)]
        quick = [file for file in files if SLOW_ROOM not in file[0].path.parts]
        items[:] = mixed(slow, quick, workers)


def mixed(slow: Sequence[Item], quick: Sequence[Sequence[Item]], shares: int) -> Iterator[Item]:
    """All of both, in so many shares of one length that follow each other.

    `slow`, which mostly wait, are dealt out one by one; `quick`, by file, which mostly reckon, fill up each
    share. In it the slow ones come in the first half, between two files: what one process takes from another
    at the end is quick.
    """
    total = len(slow) + sum(map(len, quick))
    flat = [(item, number) for number, file in enumerate(quick) for item in file]
    for share in range(shares):
        waiting = list(slow[share::shares])
        length = (share + 1) * total // shares - share * total // shares
        room = max(0, length - len(waiting)) if share + 1 < shares else len(flat)
        filling, flat = flat[:room], flat[room:]
        files = [[item for item, _ in file] for _, file in groupby(filling, lambda pair: pair[1])]
        yield from _between(waiting, files)


def _between(waiting: list[Item], files: list[list[Item]]) -> Iterator[Item]:
    """The waiting ones evenly between the first half of the files."""
    gaps = max(1, len(files) // 2)
    taken = 0
    for number, file in enumerate(files):
        due = min(len(waiting), -(-len(waiting) * (number + 1) // gaps))
        yield from waiting[taken:due]
        taken = due
        yield from file
    yield from waiting[taken:]
