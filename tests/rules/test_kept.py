from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from alertd.rules.kept import STORED_BY_ONE_TICK, STORED_EVERY_S, Kept, Key
from tests.rules.conftest import AT

A, B = Key("rule", "main", "a"), Key("rule", "desk", "b")


def at(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def stored(kept: Kept, *, everything: bool = False) -> list[tuple[Key, str | None]]:
    def encode(_: Key, memory: Any) -> str:
        return f"{memory}"

    return kept.to_store(encode, everything=everything)


def test_a_quiet_change_is_stored_a_while_after_the_first() -> None:
    kept = Kept()
    for second in range(int(STORED_EVERY_S)):
        kept.put(A, second, at(second), is_urgent=False)
        kept.tick(at(second))
        assert stored(kept) == []
    kept.tick(at(STORED_EVERY_S))
    assert stored(kept) == [(A, "29")]
    kept.tick(at(9999))
    assert stored(kept) == []


def test_what_is_urgent_is_stored_at_once_but_once_between_two_ticks() -> None:
    kept = Kept()
    kept.put(A, 1, at(0), is_urgent=True)
    assert stored(kept) == [(A, "1")]
    kept.put(A, 2, at(0.1), is_urgent=True)
    kept.put(B, 3, at(0.1), is_urgent=True)
    assert stored(kept) == [(B, "3")]
    kept.tick(at(1))
    assert stored(kept) == [(A, "2")]
    kept.tick(at(2))
    kept.put(A, 4, at(2), is_urgent=True)
    assert stored(kept) == [(A, "4")]


def test_what_belongs_to_an_alert_goes_with_it() -> None:
    kept = Kept()
    kept.store_now(A)
    kept.put(A, 1, at(0), is_urgent=False)
    assert stored(kept) == []
    kept.store_now(A)
    assert stored(kept) == [(A, "1")]


def test_what_is_forgotten_is_deleted() -> None:
    kept = Kept()
    kept.restore(A, 1)
    kept.put(B, 2, at(0), is_urgent=False)
    assert (kept.of_account("main"), kept.all()) == ([A], [A, B])
    kept.forget(A)
    kept.forget(B)
    assert (kept.get(A), kept.of_account("main"), kept.all()) == (None, [], [])
    assert stored(kept) == [(A, None), (B, None)]
    kept.put(A, 3, at(1), is_urgent=False)
    assert stored(kept, everything=True) == [(A, "3")]


def test_at_the_end_everything_that_changed_is_stored() -> None:
    kept = Kept()
    kept.restore(A, 1)
    kept.put(B, 2, at(0), is_urgent=False)
    assert stored(kept, everything=True) == [(B, "2")]
    assert stored(kept, everything=True) == []


def test_many_are_stored_by_several_ticks_and_a_clock_set_back_holds_up_none() -> None:
    kept = Kept()
    for number in range(STORED_BY_ONE_TICK + 5):
        kept.put(Key("rule", "main", str(number)), number, at(0), is_urgent=False)
    kept.tick(at(STORED_EVERY_S))
    assert len(stored(kept)) == STORED_BY_ONE_TICK
    kept.tick(at(-5000))
    assert len(stored(kept)) == 5
