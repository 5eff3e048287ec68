"""Whatever a name holds, no service takes it for markup: read back as strictly as the services read."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from alertd.domain.alert import Severity
from alertd.sinks.apprise_plugin import ApprisePlugin
from alertd.sinks.document import Document, Line, LineKind
from alertd.sinks.figures import clean
from alertd.sinks.markup import marked_line
from alertd.sinks.message import Markup
from alertd.sinks.shorten import shorten
from tests.doubles.apprise_rig import TELEGRAM_URL
from tests.sinks.marked import BrokenMarkup, read_commonmark, read_html, read_markdown_v2

# Apprise imports a module that Python 3.11 and 3.12 call outdated.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

MARKDOWN_URL = f"{TELEGRAM_URL}?format=markdown&mdv=2"
DISCORD_URL = "discord://123456789012345678/abcdefghijklmnopqrstuvwxyz"
MAIL_URL = "mailto://anna:secret@example.org"

marks = st.text(alphabet="*_`~[]()<>&#@|\\!:.-+=1a é爆😀", min_size=1, max_size=40)
anything = st.text(st.characters(exclude_categories=["Cs", "Cn"]), min_size=1, max_size=60)
# As every text of a story is made: on one line, without control characters.
words = (marks | anything).map(clean).filter(bool)
lines = st.lists(st.builds(Line, words, st.sampled_from(LineKind)), min_size=1, max_size=6)


def page(title: str, of: list[Line]) -> Document:
    return Document(title=title, severity=Severity.CRITICAL, lines=tuple(of))


def sent(plugin: ApprisePlugin, document: Document) -> dict[str, Any]:
    """What Apprise hands to the service's own sender, after all it does to a text."""
    message = shorten(document, plugin.limits)
    formats = {Markup.PLAIN: "text", Markup.HTML: "html", Markup.MARKDOWN: "markdown"}
    (call,) = plugin._service._build_send_calls(
        body=message.body, title=message.title, body_format=formats[message.markup]
    )
    return dict(call)


TELEGRAM, TELEGRAM_2 = ApprisePlugin(TELEGRAM_URL, 1.0), ApprisePlugin(MARKDOWN_URL, 1.0)
DISCORD, MAIL = ApprisePlugin(DISCORD_URL, 1.0), ApprisePlugin(MAIL_URL, 1.0)
MARKING = [(TELEGRAM, read_html), (TELEGRAM_2, read_markdown_v2), (DISCORD, read_commonmark)]


def expected(title: str, of: list[Line]) -> list[str]:
    return [" ".join(text.split()) for text in (title, *(line.text for line in of)) if text]


@settings(max_examples=300, deadline=None)
@given(title=words, of=lines)
@example("<b>x</b> &amp; _y_", [Line("a: <i>", LineKind.FIELD), Line("*", LineKind.NOTE)])
@example("t", [Line("label（: x", LineKind.FIELD), Line("标签：值", LineKind.FIELD)])
@pytest.mark.parametrize(("plugin", "read"), MARKING, ids=["telegram", "telegram_markdown", "discord"])
def test_what_a_reader_sees_is_what_was_written(
    plugin: ApprisePlugin, read: Callable[[str], tuple[str, list[str]]], title: str, of: list[Line]
) -> None:
    assume(plugin.limits.length("".join(line.text for line in of)) < 900)
    call = sent(plugin, page(title, of))
    assert call["title"] == ""
    text, bold = read(call["body"])
    seen = [" ".join(line.replace("\u2060", "").split()) for line in text.splitlines()]
    assert seen == expected(title, of)
    assert " ".join(bold[0].replace("\u2060", "").split()) == expected(title, of)[0]


@settings(max_examples=100, deadline=None)
@given(title=words, of=lines)
def test_a_mail_is_html_under_a_plain_subject(title: str, of: list[Line]) -> None:
    call = sent(MAIL, page(title, of))
    assert call["title"] == title.strip()
    text, _ = read_html(call["body"])
    assert [" ".join(line.split()) for line in text.splitlines()] == expected("", of)


@settings(max_examples=200, deadline=None)
@given(title=words, of=st.lists(st.builds(Line, words, st.sampled_from(LineKind)), min_size=60, max_size=90))
def test_nothing_is_longer_than_the_service_takes(title: str, of: list[Line]) -> None:
    """Each document in all three markups: to make one takes longer than to mark it up."""
    for plugin, read in MARKING:
        body = sent(plugin, page(title, of))["body"]
        assert len(body.encode("utf-16-le")) // 2 <= plugin.limits.body
        text, _ = read(body)
        first = text.splitlines()[0].replace("\u2060", "")
        assert " ".join(first.split()) == expected(title, of)[0]


@pytest.mark.parametrize(
    ("url", "markup"),
    [
        (TELEGRAM_URL, Markup.HTML),
        (MARKDOWN_URL, Markup.MARKDOWN),
        (f"{TELEGRAM_URL}?format=markdown", Markup.PLAIN),  # Telegram's old markdown cannot escape everything
        (DISCORD_URL, Markup.MARKDOWN),
        (f"{DISCORD_URL}?format=markdown", Markup.PLAIN),  # Apprise makes something of its own of it
        (MAIL_URL, Markup.HTML),
        (f"{MAIL_URL}?format=text", Markup.PLAIN),
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#alerts", Markup.PLAIN),
        ("ntfy://topic", Markup.PLAIN),
        ("json://127.0.0.1:1/", Markup.PLAIN),
    ],
)
def test_which_service_gets_which_markup(url: str, markup: Markup) -> None:
    assert ApprisePlugin(url, 1.0).limits.markup is markup


@pytest.mark.parametrize(
    ("line", "html", "markdown"),
    [
        (Line("Account: a<b", LineKind.FIELD), "<b>Account</b>: a&lt;b", r"**Account**: a\<b"),
        (Line("no label", LineKind.FIELD), "no label", "no label"),
        (Line("What to do:", LineKind.HEADING), "<b>What to do:</b>", "**What to do:**"),
        (Line("Rule: x_y", LineKind.FOOTER), "<i>Rule: x_y</i>", r"_Rule: x\_y_"),
        (Line("1. Add", LineKind.STEP), "1. Add", r"1\. Add"),
        (Line("@here", LineKind.SENTENCE), "@here", "@\u2060here"),
    ],
)
def test_lines(line: Line, html: str, markdown: str) -> None:
    assert marked_line(line, Markup.PLAIN) == line.text
    assert marked_line(line, Markup.HTML) == html
    assert marked_line(line, Markup.MARKDOWN) == markdown


@pytest.mark.parametrize("broken", ["<b>x", "x</b>", "<a>x</a>", "a<!--b-->"])
def test_the_html_reader_refuses_what_telegram_refuses(broken: str) -> None:
    with pytest.raises(BrokenMarkup):
        read_html(broken)


@pytest.mark.parametrize("broken", ["a.b", "*a", "a_", "x(y", "*a _b* c_", "1-2"])
def test_the_markdown_reader_refuses_what_telegram_refuses(broken: str) -> None:
    with pytest.raises(BrokenMarkup):
        read_markdown_v2(broken)
