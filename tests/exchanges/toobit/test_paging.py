"""Pages, one after the other, whether they fit together, and what is done where they do not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from alertd.exchanges.toobit.models import Page
from alertd.exchanges.toobit.paging import MOST_PASSES, Collected, agreed, pages


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


class Restless(Shelf):
    """Whenever its last page was asked for, the next of these lists is what it holds."""

    def __init__(self, *lists: list[int]) -> None:
        super().__init__(0)
        self._lists = list(lists)
        self._next()

    def _next(self) -> None:
        if self._lists:
            self.items = self._lists.pop(0)
        self.promised = len(self.items)

    async def fetch(self, number: int, size: int) -> Page[int]:
        page = await super().fetch(number, size)
        if page.pages == number:
            self._next()
        return page

    def read(self) -> AsyncIterator[Page[int]]:
        return pages(self.fetch, 10)


FEW, MANY, OTHERS, MORE = list(range(9)), list(range(25)), list(range(1, 26)), list(range(26))
CHANGES: dict[str, tuple[Restless, bool, list[int], int]] = {
    "one page needs no second look": (Restless(FEW, MANY), True, FEW, 1),
    "two passes that agree": (Restless(MANY, MANY, MORE), True, MANY, 6),
    "changed between the passes": (Restless(MANY, OTHERS, OTHERS), True, OTHERS, 9),
    "as many, but others": (Restless(MANY, OTHERS, MANY), False, MANY, 9),
    "never alike": (Restless(MANY, MORE, OTHERS), False, OTHERS, 9),
}


@pytest.mark.parametrize(("shelf", "is_whole", "items", "asked"), CHANGES.values(), ids=CHANGES.keys())
async def test_pages_are_read_until_two_passes_agree(
    shelf: Restless, is_whole: bool, items: list[int], asked: int
) -> None:
    found = await agreed(shelf.read, lambda item: item)
    assert (found.is_whole, found.items, len(shelf.asked)) == (is_whole, items, asked)
    assert shelf.asked.count(1) <= MOST_PASSES


async def test_what_of_a_row_may_differ() -> None:
    shelf = Restless([*range(25)], [*range(100, 125)])
    assert (await agreed(shelf.read, lambda item: item % 100)).is_whole


async def test_a_pass_that_is_not_whole_agrees_with_none() -> None:
    shelf = Shelf(12, promised=40)
    found = await agreed(lambda: pages(shelf.fetch, 10), lambda item: item)
    assert (found.is_whole, shelf.asked) == (False, [1, 2, 3] * MOST_PASSES)


async def test_no_more_is_read_than_is_wanted_and_progress_is_told() -> None:
    shelf = Shelf(50)
    told: list[tuple[int, int, int]] = []
    found = await agreed(
        lambda: pages(shelf.fetch, 10), lambda item: item, most=15,
        progress=lambda page, count, turn: told.append((turn, page.number, count)),
    )  # fmt: skip
    assert (found.is_whole, len(found.items), found.total) == (True, 20, 50)
    assert told == [(1, 1, 10), (1, 2, 20), (2, 1, 10), (2, 2, 20)]


async def test_null_where_a_list_is_documented_is_not_asked_for_again() -> None:
    asked = 0

    async def read() -> AsyncIterator[Page[int]]:
        nonlocal asked
        asked += 1
        yield Page((), (), 1, None, None, is_null=True)

    assert not (await agreed(read, lambda item: item)).is_whole
    assert asked == 1
