"""Making a message fit its service, the essentials first. Pure."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from alertd.sinks.render import Message

_MORE = "..."
_PLAIN_LONGEST = 500
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


def shorten(message: Message, limits: Limits) -> Message:
    """Whole lines from the top as long as they fit; the body is never empty."""
    title = _cut(message.title, limits.title or limits.body // 2, limits.length)
    # A title put before the body is set off by some markup of the service's own.
    room = limits.body if limits.title else limits.body - limits.length(title) - 40
    lines = message.body.splitlines()
    most = limits.lines - (0 if limits.title else 1) if limits.lines else len(lines)
    if len(lines) <= most and limits.length(message.body) <= room:
        return Message(title, message.body)
    kept: list[str] = []
    for line in lines[: max(most, 1)]:
        if limits.length("\n".join([*kept, line, _MORE])) > room:
            break
        kept.append(line)
    if not any(kept):
        first = next((line for line in lines if line), title)
        return Message(title, _cut(first, max(room, 1), limits.length) or _MORE)
    return Message(title, "\n".join([*kept, _MORE] if len(kept) < most else kept))


def plain_essentials(message: Message) -> Message:
    """A short form without any character a markup could trip over, for a service that refused the text."""
    title, body = message.title.translate(_MARKUP), message.body.translate(_MARKUP)
    return Message(title, body[:_PLAIN_LONGEST])


def _cut(text: str, room: int, length: Callable[[str], int]) -> str:
    if length(text) <= room:
        return text
    kept = text[:room]
    while kept and length(kept) > room - len(_MORE):
        kept = kept[:-1]
    return kept.rstrip() + _MORE if kept else text[:room]
