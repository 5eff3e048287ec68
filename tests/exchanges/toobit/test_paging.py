"""Pages, one after the other, and whether they fit together."""

from __future__ import annotations

import pytest

from alertd.exchanges.toobit.models import Page
from alertd.exchanges.toobit.paging import Collected, pages


class Shelf:
    """Serves numbers in pages; `tells` what else the pages say."""

    def __init__(self, count: int, tells: str = "both", promised: int | None = None) -> None:
        self.items = list(range(count))
        self.tells = tells
        self.promised = count if promised is None else promised
        self.asked: list[int] = []

    async def fetch(self, number: int, size: int) -> Page[int]:
        self.asked.append(number)
        items = self.items[(number - 1) * size : number * size]
        total = self.promised if self.tells in ("both", "total") else None
        count = -(-self.promised // size) if self.tells in ("both", "pages") else None
        return Page(items, (), number, count, total)


async def read(shelf: Shelf, most: int = 200) -> Collected[int]:
    found: Collected[int] = Collected()
    async for page in pages(shelf.fetch, 10, most):
        found.add(page)
    found.end()
    return found


@pytest.mark.parametrize("tells", ["both", "total", "pages", "neither"])
@pytest.mark.parametrize(("count", "asked"), [(0, 1), (9, 1), (10, 1), (11, 2), (25, 3)])
async def test_all_pages_and_no_more(tells: str, count: int, asked: int) -> None:
    shelf = Shelf(count, tells)
    found = await read(shelf)
    assert (found.items, found.is_whole) == (shelf.items, True)
    # Where nothing tells that a full page was the last one, one more is asked for.
    assert len(shelf.asked) == asked + (tells == "neither" and count == 10)


async def test_fewer_than_promised_is_not_whole_and_ends() -> None:
    shelf = Shelf(12, promised=40)
    found = await read(shelf)
    assert (len(found.items), found.is_whole, shelf.asked) == (12, False, [1, 2, 3])


async def test_a_list_that_changes_while_it_is_read_is_not_whole() -> None:
    shelf, found = Shelf(25), Collected[int]()
    async for page in pages(shelf.fetch, 10):
        found.add(page)
        shelf.promised = 24
    found.end()
    assert not found.is_whole


async def test_there_is_an_end_to_it() -> None:
    shelf = Shelf(1000)
    assert not (await read(shelf, most=3)).is_whole
    assert shelf.asked == [1, 2, 3]
