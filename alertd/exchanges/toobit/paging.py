"""Reads what comes in pages, and says whether the pages fit together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from alertd.exchanges.toobit.models import Page
from alertd.exchanges.toobit.wire import BadRow

Item = TypeVar("Item")
Fetch = Callable[[int, int], Awaitable[Page[Item]]]

FULL_PAGE = 100  # the most that is documented, on the follower side
MOST_PAGES = 200


@dataclass(slots=True)
class Collected(Generic[Item]):
    """All pages together. `is_whole` False: the list changed while it was read, or ended early.

    `total`: what the last page said that there is.
    """

    items: list[Item] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)
    total: int | None = None
    is_whole: bool = True

    def add(self, page: Page[Item]) -> None:
        """The next page."""
        if self.total is not None and page.total != self.total:
            self.is_whole = False
        self.items += page.items
        self.bad += page.bad
        self.total = page.total

    def end(self) -> None:
        """There are no more: as many rows as were promised, or it is not whole."""
        if self.total is not None and len(self.items) + len(self.bad) != self.total:
            self.is_whole = False


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
