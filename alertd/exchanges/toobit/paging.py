"""Reads what comes in pages, and says whether the pages fit together.

Pages are numbered: a row that comes or goes while they are read moves others over an edge, so that they are
seen twice or not at all. Where there are several pages, two passes in turn must show the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from alertd.exchanges.toobit.models import Page
from alertd.exchanges.toobit.wire import BadRow

Item = TypeVar("Item")
Fetch = Callable[[int, int], Awaitable[Page[Item]]]
Progress = Callable[[Page[Item], int, int], None]

FULL_PAGE = 100  # the most that is documented, on the follower side
MOST_PAGES = 200
MOST_PASSES = 3


@dataclass(slots=True)
class Collected(Generic[Item]):
    """All pages together. `is_whole` False: the list changed while it was read, or ended early.

    `total`: what the last page said that there is.
    """

    items: list[Item] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    total: int | None = None
    is_whole: bool = True
    page_count: int = 0

    def add(self, page: Page[Item]) -> None:
        """The next page."""
        self.page_count += 1
        if page.is_null:
            self.is_whole = False
        if self.total is not None and page.total != self.total:
            self.is_whole = False
        self.items += page.items
        self.bad += page.bad
        self.total = page.total

    def end(self) -> None:
        """There are no more: as many rows as were promised, or it is not whole."""
        if self.total is not None and len(self.items) + len(self.bad) != self.total:
            self.is_whole = False


async def agreed(
    read: Callable[[], AsyncIterator[Page[Item]]],
    alike: Callable[[Item], object],
    *,
    progress: Progress[Item] | None = None,
    most: int | None = None,
) -> Collected[Item]:
    """Read until two passes in turn show the same; one page needs no second. `is_whole` False: they never
    did.

    `alike`: what of a row must be the same. `progress`: told of each page, how many rows that makes, and in
    which pass.
    `most`: as soon as there are so many rows no more are asked for.
    """
    before: Counter[object] | None = None
    for turn in range(1, MOST_PASSES + 1):
        found = await _one_pass(read(), turn, progress, most)
        if found.is_whole:
            shown = Counter(map(alike, found.items))
            if found.page_count <= 1 or shown == before:
                return found
            before = shown
        elif found.page_count <= 1:
            return found  # null where a list is documented
        else:
            before = None
    found.is_whole = False
    return found


async def _one_pass(
    read: AsyncIterator[Page[Item]], turn: int, progress: Progress[Item] | None, most: int | None
) -> Collected[Item]:
    found: Collected[Item] = Collected()
    async for page in read:
        found.add(page)
        count = len(found.items) + len(found.bad)
        if progress is not None:
            progress(page, count, turn)
        if page.is_null or (most is not None and count >= most):
            return found
    found.end()
    return found


async def pages(
    fetch: Fetch[Item], size: int = FULL_PAGE, most: int = MOST_PAGES
) -> AsyncIterator[Page[Item]]:
    """One page after the other until the last; the error of a page ends it."""
    seen = 0
    for number in range(1, most + 1):
        page = await fetch(number, size)
        yield page
        rows = len(page.items) + len(page.bad)
        seen += rows
        if rows == 0 or _is_last(page, seen, size):
            return


def _is_last(page: Page[Item], seen: int, size: int) -> bool:
    if page.total is not None:
        return seen >= page.total
    if page.pages is not None:
        return page.number >= page.pages
    return len(page.items) + len(page.bad) < size
