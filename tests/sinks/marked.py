"""Reads marked texts as strictly as the services do."""

from __future__ import annotations

from html.parser import HTMLParser

from markdown_it import MarkdownIt

_RESERVED = "_*[]()~`>#+-=|{}.!"


class BrokenMarkup(AssertionError):
    """A service would refuse this text, or show it as something else."""


class _Html(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.open: list[str] = []
        self.bold: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "br":
            self.text += "\n"
        elif tag in ("b", "i") and not attrs:
            self.open.append(tag)
            if tag == "b":
                self.bold.append("")
        else:
            raise BrokenMarkup(f"tag {tag} {attrs}")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise BrokenMarkup(f"end of {tag}")

    def handle_data(self, data: str) -> None:
        self.text += data
        if "b" in self.open:
            self.bold[-1] += data

    def handle_comment(self, data: str) -> None:
        raise BrokenMarkup("comment")

    def handle_decl(self, decl: str) -> None:
        raise BrokenMarkup("declaration")

    def handle_pi(self, data: str) -> None:
        raise BrokenMarkup("instruction")


def read_html(text: str) -> tuple[str, list[str]]:
    """The text a reader sees, and what of it is bold. Only b, i and br are known."""
    reader = _Html()
    reader.feed(text)
    reader.close()
    if reader.open:
        raise BrokenMarkup(f"left open: {reader.open}")
    return reader.text, reader.bold


def read_markdown_v2(text: str) -> tuple[str, list[str]]:
    """Telegram's MarkdownV2, of which bold and italic are used.

    Source: core.telegram.org/bots/api#markdownv2-style: any character with code 1 to 126 may be escaped,
    those above must be, in all places.
    """
    seen, bold, opened = "", list[str](), list[str]()
    chars = iter(range(len(text)))
    for at in chars:
        char = text[at]
        if char == "\\" and at + 1 < len(text) and 1 <= ord(text[at + 1]) <= 126:
            char = text[next(chars)]
        elif char in "*_":
            if text[at : at + 2] == "__":
                raise BrokenMarkup("underline")
            if opened and opened[-1] == char:
                opened.pop()
            elif char in opened:
                raise BrokenMarkup("overlapping entities")
            else:
                opened.append(char)
                if char == "*":
                    bold.append("")
            continue
        elif char in _RESERVED:
            raise BrokenMarkup(f"character {char!r} must be escaped at {at} of {text!r}")
        seen += char
        if "*" in opened:
            bold[-1] += char
    if opened:
        raise BrokenMarkup(f"left open: {opened}")
    return seen, bold


def read_commonmark(text: str) -> tuple[str, list[str]]:
    """What a CommonMark reader shows, where a line break is a line break; each line a paragraph's own."""
    seen, bold = "", list[str]()
    depth = 0
    for block in MarkdownIt("commonmark").parse(text):
        if block.type not in ("paragraph_open", "paragraph_close", "inline"):
            raise BrokenMarkup(f"{block.type} in {text!r}")
        for token in block.children or ():
            if token.type == "strong_open":
                depth += 1
                bold.append("")
            elif token.type == "strong_close":
                depth -= 1
            elif token.type == "softbreak":
                seen += "\n"
            elif token.type in ("text", "text_special"):
                seen += token.content
                if depth:
                    bold[-1] += token.content
            elif token.type not in ("em_open", "em_close"):
                raise BrokenMarkup(f"{token.type} in {text!r}")
    return seen, bold
