"""What a sink hands to a service: two texts, and how they are marked."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Markup(StrEnum):
    """How a text says what is bold. `MARKDOWN` is CommonMark; Apprise turns it into a service's own."""

    PLAIN = "plain"
    HTML = "html"
    MARKDOWN = "markdown"


class Message(msgspec.Struct, frozen=True):
    """The body's lines stand in order of importance. A title is never marked.

    `title` empty: the body begins with it.
    """

    title: str
    body: str
    markup: Markup = Markup.PLAIN
