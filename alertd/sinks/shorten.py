"""Making a document fit its service, the essentials first. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from alertd.sinks.document import Document, Line, LineKind
from alertd.sinks.figures import clip
from alertd.sinks.markup import line_break, marked_line, marked_title
from alertd.sinks.message import Markup, Message

_MORE = "..."
_PLAIN_LONGEST = 500
_ENTRY_UNITS = 90  # of one alert among several, with what is escaped in it
_TITLE_UNITS = 300
_MOST_NAMED = 200
_ENTRY_WIDTHS = (64, 56, 48, 42, 36)
_SHORT_ENTRY = 36  # shorter, and the instrument is not in it
# Where a service has no titles and Apprise puts ours before the body, it sets it off by some markup.
_SET_OFF = 40
# What one or another markup could take for its own; none of them is needed to understand an alert.
_MARKUP = str.maketrans(dict.fromkeys("<>&_*[]`~#|\\", " "))


class Limits(msgspec.Struct, frozen=True):
    """What a service takes. `title` 0: it has no title, so the title is put before the body.

    `lines` 0: any number. `length` measures a text as the service counts it, markup and escapes included.
    """

    title: int
    body: int
    lines: int
    length: Callable[[str], int]
    markup: Markup = Markup.PLAIN

    @property
    def names_at_most(self) -> int:
        """How many alerts one message can name."""
        return names_at_most(self.body, self.lines)


def names_at_most(body: int, lines: int = 0) -> int:
    """How many alerts a message of so many units and lines can name; 0 lines: any number."""
    room = max(1, (body - _TITLE_UNITS) // _ENTRY_UNITS)
    return max(1, min(room, _MOST_NAMED, lines - 2 if lines else _MOST_NAMED))


def shorten(document: Document, limits: Limits) -> Message:
    """Whole lines from the top as long as they fit; the body is never empty.

    Alerts that a message names are all kept, each as short as it must be.
    """
    page = _Page(document.title, limits)
    whole = [marked_line(line, limits.markup) for line in document.lines]
    if page.takes(whole):
        return page.message(whole)
    named = [line for line in document.lines if line.kind is LineKind.ENTRY]
    return page.message(_named_lines(page, document) if named else _first_lines(page, document.lines))


def plain_essentials(document: Document) -> Message:
    """A short form without any character a markup could trip over, for a service that refused the text."""
    plain = document.plain
    title, body = plain.title.translate(_MARKUP), plain.body.translate(_MARKUP)
    return Message(title, body[:_PLAIN_LONGEST])


class _Page:
    """A title, and what there is room for under it."""

    def __init__(self, title: str, limits: Limits) -> None:
        self.limits = limits
        self._break = line_break(limits.markup)
        self._is_folded = not limits.title and limits.markup is not Markup.PLAIN
        cut = _cut(title, limits.title or limits.body // 2, self._title_length)
        self._title = self._as_sent(cut)
        set_off = limits.length(self._break) if self._is_folded else _SET_OFF
        self.room = limits.body - (0 if limits.title else limits.length(self._title) + set_off)
        most = limits.lines - (0 if limits.title else 1)
        self.most_lines = max(most, 1) if limits.lines else 0

    def _as_sent(self, title: str) -> str:
        return marked_title(title, self.limits.markup) if self._is_folded else title

    def _title_length(self, title: str) -> int:
        return self.limits.length(self._as_sent(title))

    def takes(self, lines: Sequence[str]) -> bool:
        if self.most_lines and len(lines) > self.most_lines:
            return False
        return self.limits.length(self._break.join(lines)) <= self.room

    def message(self, lines: Sequence[str]) -> Message:
        if self._is_folded:
            return Message("", self._break.join([self._title, *lines]), self.limits.markup)
        return Message(self._title, self._break.join(lines), self.limits.markup)


def _first_lines(page: _Page, lines: Sequence[Line]) -> list[str]:
    markup = page.limits.markup
    kept: list[str] = []
    more = marked_line(Line(_MORE, LineKind.SENTENCE), markup)
    for line in lines:
        candidate = marked_line(line, markup)
        if not page.takes([*kept, candidate, more]):
            break
        kept.append(candidate)
    if any(kept):
        return [*kept, more]
    first = next((line for line in lines if line.text), Line(_MORE))
    alone = [marked_line(Line(first.text, LineKind.SENTENCE), markup)]
    return alone if page.takes(alone) else [_cut_line(page, first.text)]


def _named_lines(page: _Page, document: Document) -> list[str]:
    """All that is named, and the first sentence where it fits; headings stay where they are."""
    markup, lines = page.limits.markup, document.lines
    stays = [line for line in lines if line.kind in (LineKind.ENTRY, LineKind.HEADING)]
    for width in _ENTRY_WIDTHS:
        entries = [marked_line(Line(clip(line.text, width), line.kind), markup) for line in stays]
        if page.takes(entries):
            first = [marked_line(line, markup) for line in lines[:1] if line not in stays]
            return [*first, *entries] if page.takes([*first, *entries]) else entries
    return _most_entries(page, [line for line in stays if line.kind is LineKind.ENTRY], document.more)


def _most_entries(page: _Page, entries: Sequence[Line], more: str) -> list[str]:
    """More than the service can name: the first of them, and how many are left."""
    markup = page.limits.markup
    short = [marked_line(Line(clip(line.text, _SHORT_ENTRY), line.kind), markup) for line in entries]
    for kept in range(len(short) - 1, 0, -1):
        rest = marked_line(Line(more.format(count=len(short) - kept), LineKind.SENTENCE), markup)
        if page.takes([*short[:kept], rest]):
            return [*short[:kept], rest]
    return _first_lines(page, entries)


def _cut_line(page: _Page, text: str) -> str:
    """As much of one line as fits, with the mark of what is missing."""
    markup = page.limits.markup
    shortest, longest = 0, min(len(text), max(page.room, 0))
    while shortest < longest:
        middle = (shortest + longest + 1) // 2
        if page.takes([marked_line(Line(text[:middle].rstrip() + _MORE, LineKind.SENTENCE), markup)]):
            shortest = middle
        else:
            longest = middle - 1
    if shortest:
        return marked_line(Line(text[:shortest].rstrip() + _MORE, LineKind.SENTENCE), markup)
    return _MORE


def _cut(text: str, room: int, length: Callable[[str], int]) -> str:
    if length(text) <= room:
        return text
    kept = text[:room]
    while kept and length(kept) > room - len(_MORE):
        kept = kept[:-1]
    return kept.rstrip() + _MORE if kept else text[:room]
