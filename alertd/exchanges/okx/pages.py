"""Joins the pages of a `positions` snapshot, which only as a whole tells what is gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Generic, TypeVar

Entry = TypeVar("Entry")

# A snapshot without end must not take all memory.
MOST_ENTRIES = 50_000


@dataclass(slots=True)
class Rows(Generic[Entry]):
    """Rows by identity; `entries` None = the position is gone.

    `kept`: rows that were there but could not be read. `whole` False: what is absent may still exist.
    """

    entries: dict[str, Entry | None] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    whole: bool = True

    def follow_with(self, later: Rows[Entry]) -> None:
        """Lay later rows over these."""
        self.entries.update(later.entries)
        self.kept |= later.kept
        self.whole = self.whole and later.whole


@dataclass(slots=True)
class _Open(Generic[Entry]):
    rows: Rows[Entry]
    next_page: int


class SnapshotPages(Generic[Entry]):
    """The unfinished snapshots of one connection, by scope: those that have begun and not ended."""

    def __init__(self) -> None:
        self.unfinished: dict[str, _Open[Entry]] = {}

    def add(self, scope: str, page: int | None, last: bool | None, rows: Rows[Entry]) -> Rows[Entry] | None:
        """Take a page; the joined rows with the last one, None before.

        An absent page number continues, an absent `last` means that there is one page. Pages out of
        order come back at once as rows that are not whole: their figures count, their gaps do not.
        """
        pages = self.unfinished.pop(scope, None)
        if page == 1 or pages is None:
            pages = _Open(Rows(), 1)
        in_order = page is None or page == pages.next_page
        pages.rows.follow_with(rows)
        if not in_order or len(pages.rows.entries) > MOST_ENTRIES:
            pages.rows.whole = False
            return pages.rows
        if last is False:
            pages.next_page += 1
            self.unfinished[scope] = pages
            return None
        return pages.rows

    def overtake(self, scope: str, rows: Rows[Entry]) -> None:
        """An update that came between two pages is newer than the pages before it."""
        pages = self.unfinished.get(scope)
        if pages is not None:
            pages.rows.follow_with(Rows(dict(rows.entries), set(rows.kept)))
