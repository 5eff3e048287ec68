"""Covers alertd/exchanges/okx/subjects.py; how the book uses it stands in test_positions.py."""

from __future__ import annotations

from typing import Any

from alertd.domain.events import Direction, MarginMode, PositionSnapshot
from alertd.exchanges.okx.observed import Observed
from alertd.exchanges.okx.position_rows import Subject, subject_of
from alertd.exchanges.okx.subjects import OpenSubjects
from tests.exchanges.okx.frames import NOW

SEEN = Observed("main", "positions", None, NOW, b"{}")
BTC = subject_of(MarginMode.ISOLATED, "USDT", "BTC-USDT-SWAP", Direction.LONG)
USDT = subject_of(MarginMode.CROSS, "USDT")


def settled(subjects: OpenSubjects, *held: Subject, **known: bool) -> list[tuple[str, Any]]:
    known = {"is_whole": False, "is_complete": True, "after_gap": False, **known}
    events = subjects.settle(held, SEEN, **known)
    return [
        ("all", sorted(event.subjects)) if isinstance(event, PositionSnapshot) else ("ended", event.subject)
        for event in events
    ]


def test_the_set_is_told_when_it_changed_and_ends_before_it() -> None:
    subjects = OpenSubjects()
    assert settled(subjects, BTC, USDT) == [("all", [BTC.name, USDT.name])]
    assert settled(subjects, BTC, USDT) == []
    assert settled(subjects, USDT) == [("ended", BTC.name), ("all", [USDT.name])]
    assert settled(subjects, USDT, is_whole=True) == [("all", [USDT.name])]
    assert list(subjects.names) == [USDT.name]


def test_while_not_everything_was_shown_only_ends_are_told() -> None:
    subjects = OpenSubjects()
    assert settled(subjects, BTC, is_complete=False) == []
    assert settled(subjects, is_complete=False) == [("ended", BTC.name)]


def test_a_currency_with_a_ratio_is_open_until_it_has_none() -> None:
    subjects = OpenSubjects()
    assert subjects.rate(["USDT", None], [])
    assert not subjects.rate(["USDT"], ["BTC"])
    assert settled(subjects) == [("all", ["cross/*", "cross/USDT"])]
    assert subjects.rate([], [None])
    assert settled(subjects) == [("ended", "cross/*"), ("all", ["cross/USDT"])]
