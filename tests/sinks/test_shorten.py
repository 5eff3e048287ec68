import html

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alertd.sinks.render import Message
from alertd.sinks.shorten import Limits, plain_essentials, shorten

LONG = Message("CRITICAL title", "\n".join(f"line {i} of the body" for i in range(40)))


def limits(title: int = 250, body: int = 1000, lines: int = 0) -> Limits:
    return Limits(title=title, body=body, lines=lines, length=lambda text: len(html.escape(text)))


def test_what_fits_stays_as_it_is() -> None:
    assert shorten(LONG, limits()) == LONG


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
    assert shorten(Message("t", "x" * 500), limits(body=100)).body == "x" * 97 + "..."


def test_what_is_escaped_counts_as_it_is_sent() -> None:
    assert len(html.escape(shorten(Message("t", "<" * 100), limits(body=100)).body)) <= 100


@given(
    title=st.text(min_size=1, max_size=80),
    body=st.text(min_size=1, max_size=500),
    room=st.integers(60, 600),
    title_room=st.sampled_from([0, 20, 250]),
    lines=st.integers(0, 5),
)
@example(title="0", body="\r", room=60, title_room=0, lines=1)
def test_every_message_fits(title: str, body: str, room: int, title_room: int, lines: int) -> None:
    bounds = limits(title=title_room, body=room, lines=lines)
    short = shorten(Message(title, body), bounds)
    assert bounds.length(short.body) <= room
    assert short.body
    if title_room:
        assert bounds.length(short.title) <= title_room
    if lines:
        assert len(short.body.splitlines()) <= lines


@pytest.mark.parametrize("char", "<>&_*[]`~#|\\")
def test_essentials_hold_no_markup(char: str) -> None:
    plain = plain_essentials(Message(f"a{char}b", f"{char}" + "x" * 5000))
    assert char not in plain.title + plain.body
    assert len(plain.body) == 500
