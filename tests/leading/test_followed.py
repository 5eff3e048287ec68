"""Covers alertd/leading/followed.py"""

from __future__ import annotations

from datetime import UTC, datetime

from alertd.leading.book import Book
from alertd.leading.followed import Followed, followed_of, presence
from alertd.leading.orders import Look
from alertd.leading.units import Units

LOOK = Look(exchange="okx", account="main", trader="T1", at=datetime(2026, 11, 3, tzinfo=UTC))


def seen(*answers: bool) -> list[str | None]:
    """What is told of each answer, the process being restarted after each."""
    text, told = None, []
    for leads in answers:
        known, event = presence(followed_of(text), LOOK, leads=leads)
        text = known.encoded()
        told.append(f"{event.change}/{event.revision}" if event is not None else None)
    return told


def test_it_is_gone_once_two_answers_say_so_and_back_once_one_does() -> None:
    assert seen(True, False, True, False, False, False, True, True) == [
        None, None, None, None, "inactive/1", None, "active_again/2", None,
    ]  # fmt: skip


def test_what_is_stored_comes_back() -> None:
    known = Followed(book=Book(revision=3), view="public", units=Units(), missed=1, revision=2)
    assert followed_of(known.encoded()) == known
    assert followed_of(None) == followed_of("") == followed_of("[]") == Followed()
