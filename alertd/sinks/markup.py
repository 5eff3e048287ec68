"""Lines as marked text: everything of a line is escaped, and each line is whole by itself. Pure.

Source: core.telegram.org/bots/api (HTML style), spec.commonmark.org 0.31 (any ASCII punctuation may be
escaped by a backslash), read July 2026. Slack has no escapes that its readers do not see, so it gets
plain text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from alertd.sinks.document import Line, LineKind
from alertd.sinks.message import Markup

_LONGEST_LABEL = 40
_COLON = re.compile(r": |：")
# What CommonMark, and Telegram's stricter MarkdownV2, could take for their own.
_PUNCTUATION = re.compile(r"([\\_*\[\]()~`>#+\-=|{}.!<&])")
_MENTION = re.compile(r"@(?=\w)")
_WORD_JOINER = "\u2060"

_BREAKS = {Markup.PLAIN: "\n", Markup.HTML: "<br>", Markup.MARKDOWN: "\n"}


def line_break(markup: Markup) -> str:
    """What stands between two lines."""
    return _BREAKS[markup]


def marked_line(line: Line, markup: Markup) -> str:
    """The line as this markup writes it."""
    if markup is Markup.PLAIN:
        return line.text
    text, bold, italic, plain = line.text.strip(), *_PENS[markup]
    if line.kind is LineKind.HEADING:
        return bold(text)
    if line.kind in (LineKind.NOTE, LineKind.FOOTER):
        return italic(text)
    if line.kind in (LineKind.FIELD, LineKind.LINK):
        label, rest = _split(text)
        return bold(label) + plain(rest)
    return plain(text)


def marked_title(title: str, markup: Markup) -> str:
    """A title that stands in the body."""
    text, (bold, _, plain) = title.strip(), _PENS[markup]
    return bold(text) if text else plain(text)


def _split(text: str) -> tuple[str, str]:
    """Where a label ends; without one the label is empty."""
    found = _COLON.search(text, 0, _LONGEST_LABEL)
    label = text[: found.start()].rstrip() if found else ""
    return label, text[len(label) :]


def _html(tag: str) -> Callable[[str], str]:
    return lambda text: f"<{tag}>{escape(text, quote=False)}</{tag}>" if text else ""


def _plain_html(text: str) -> str:
    return escape(text, quote=False)


def _commonmark(text: str) -> str:
    r"""A mention rings whoever reads the channel, with a backslash before it too."""
    return _PUNCTUATION.sub(r"\\\1", _MENTION.sub(f"@{_WORD_JOINER}", text))


def _emphasised(mark: str) -> Callable[[str], str]:
    """Emphasis must not begin or end at a space; where it ends before a letter it must not end at a mark."""
    return lambda text: f"{mark}{_commonmark(text)}{mark}" if text else ""


_Pen = Callable[[str], str]
_PENS: dict[Markup, tuple[_Pen, _Pen, _Pen]] = {
    Markup.PLAIN: (str, str, str),
    Markup.HTML: (_html("b"), _html("i"), _plain_html),
    Markup.MARKDOWN: (_emphasised("**"), _emphasised("_"), _commonmark),
}
