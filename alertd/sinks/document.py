"""A notification as a small document: what is said, before it is known to which service. Pure."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from alertd.domain.alert import Severity
from alertd.sinks.message import Message


class LineKind(StrEnum):
    """What a line is, so that a service which knows markup may set it off."""

    SENTENCE = "sentence"
    NOTE = "note"  # about this message itself: a repeat, late, still so
    FIELD = "field"  # `label: value`
    HEADING = "heading"
    STEP = "step"
    ENTRY = "entry"  # one of several alerts in one message: shortened, never left out
    LINK = "link"  # `label: address`
    FOOTER = "footer"


class Line(msgspec.Struct, frozen=True, gc=False):
    """One line of text, without markup."""

    text: str
    kind: LineKind = LineKind.FIELD


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """`title`: for a lock screen, severity or reason first. `lines`: from the essentials to the footer.

    `more`: what says how many alerts there was no room to name, with `{count}`.
    """

    title: str
    severity: Severity
    lines: tuple[Line, ...]
    good_news: bool = False
    more: str = "+{count}"

    @property
    def plain(self) -> Message:
        """All of it, without markup, however long."""
        return Message(self.title, "\n".join(line.text for line in self.lines))


def lines_of(kind: LineKind, texts: list[str]) -> list[Line]:
    """A line for each text that is not empty."""
    return [Line(text, kind) for text in texts if text]
