"""alertd/sinks/ahead.py"""

from __future__ import annotations

from copy import copy
from datetime import timedelta

from alertd.sinks.ahead import FRESH, KEPT, Ahead
from tests.sinks.samples import T, delivery, ratio_alert


def test_what_was_made_is_taken_once() -> None:
    ahead, one = Ahead[str](), delivery(ratio_alert())
    ahead.keep(one, "made", T)
    assert ahead.take([one], T + FRESH) == "made"
    assert ahead.take([one], T) is None


def test_only_the_very_delivery_it_was_made_for_gets_it() -> None:
    ahead, one = Ahead[str](), delivery(ratio_alert())
    ahead.keep(one, "made", T)
    other = copy(one)  # the same number, as after a transaction that failed
    assert other == one
    assert ahead.take([other], T) is None
    assert ahead.take([one, other], T) is None
    assert ahead.take([one], T) == "made"


def test_it_is_not_kept_for_long() -> None:
    ahead, one = Ahead[str](), delivery(ratio_alert())
    ahead.keep(one, "made", T)
    assert ahead.take([one], T + FRESH + timedelta(milliseconds=1)) is None
    assert ahead.take([one], T) is None


def test_what_nobody_takes_goes_as_others_come() -> None:
    ahead = Ahead[int]()
    made = [delivery(ratio_alert()) for _ in range(KEPT + 1)]
    for number, one in enumerate(made):
        ahead.keep(one, number, T)
    assert [ahead.take([one], T) for one in made] == [None, *range(1, KEPT + 1)]
