"""Covers alertd/sinks/moved.py; what follows from it over restarts stands in tests/acceptance."""

from __future__ import annotations

import pytest

from alertd.sinks.moved import Moved, decode_moved, key_of

MOVED = Moved("-4711", -1001234567890)


def test_it_returns_as_it_was_and_what_cannot_be_read_is_nothing() -> None:
    assert decode_moved(MOVED.encoded()) == MOVED
    assert [decode_moved(text) for text in (None, "", "{}", "[1]", "x")] == [None] * 5
    assert key_of("phone") == "telegram_chat:phone"


@pytest.mark.parametrize(
    ("chat", "names"),
    [
        ("-4711", True),
        ("-4711/", True),
        ("-4711:12", True),
        ("-4711?silent=yes", True),
        ("4711", False),
        ("-47112", False),
        ("-1001234567890", False),
        ("", False),
    ],
)
def test_a_url_names_the_former_id_or_does_not(chat: str, names: bool) -> None:
    assert MOVED.is_named_in(f"tgram://123456789:abc/{chat}") is names
