import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.alert import Severity
from alertd.sinks.document import Document, Line
from alertd.sinks.shorten import Limits, plain_essentials, shorten


def page(title: str, *lines: str) -> Document:
    return Document(title=title, severity=Severity.CRITICAL, lines=tuple(map(Line, lines)))


LONG = page("CRITICAL title", *(f"line {i} of the body" for i in range(40)))


def limits(title: int = 250, body: int = 1000, lines: int = 0) -> Limits:
    return Limits(title=title, body=body, lines=lines, length=lambda text: len(html.escape(text)))


def test_what_fits_stays_as_it_is() -> None:
    assert shorten(LONG, limits()) == LONG.plain


def test_whole_lines_are_kept_from_the_top() -> None:
    short = shorten(LONG, limits(body=100))
    assert short.body.splitlines() == [
        "line 0 of the body",
        "line 1 of the body",
        "line 2 of the body",
        "line 3 of the body",
        "line 4 of the body",
        "...",
    ]


def test_a_service_without_titles_needs_room_for_the_title() -> None:
    assert len(shorten(LONG, limits(title=0, body=200)).body) <= 200 - len(LONG.title) - 40


def test_some_services_count_lines() -> None:
    assert shorten(LONG, limits(lines=3)).body.count("\n") == 2
    assert shorten(LONG, limits(title=0, lines=3)).body.count("\n") == 1
    assert shorten(LONG, limits(lines=1)).body == "line 0 of the body"


def test_one_line_that_is_too_long_is_cut() -> None:
    assert shorten(page("t", "x" * 500), limits(body=100)).body == "x" * 97 + "..."


def test_what_is_escaped_counts_as_it_is_sent() -> None:
    assert len(html.escape(shorten(page("t", "<" * 100), limits(body=100)).body)) <= 100


texts = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1, max_size=80)


@given(
    title=texts,
    lines=st.lists(texts, min_size=1, max_size=12),
    room=st.integers(60, 600),
    title_room=st.sampled_from([0, 20, 250]),
    most_lines=st.integers(0, 5),
)
def test_every_message_fits(
    title: str, lines: list[str], room: int, title_room: int, most_lines: int
) -> None:
    bounds = limits(title=title_room, body=room, lines=most_lines)
    short = shorten(page(title, *lines), bounds)
    assert bounds.length(short.body) <= room
    assert short.body
    if title_room:
        assert bounds.length(short.title) <= title_room
    if most_lines:
        assert len(short.body.split("\n")) <= most_lines


@pytest.mark.parametrize("char", "<>&_*[]`~#|\\")
def test_essentials_hold_no_markup(char: str) -> None:
    plain = plain_essentials(page(f"a{char}b", f"{char}" + "x" * 5000))
    assert char not in plain.title + plain.body
    assert len(plain.body) == 500
