"""alertd/outbox/slots.py"""

from __future__ import annotations

import pytest

from alertd.domain.notification import Outcome, SendResult, Width
from alertd.outbox.slots import LOOKED_AT, Slots

FIRST, PROVEN = 2, 4


def sent(took_s: float) -> SendResult:
    return SendResult(Outcome.SENT, took_s=took_s)


def after(*results: SendResult, proven: int = PROVEN, most: int = 0) -> int:
    slots = Slots(Width(first=FIRST, proven=proven, most=most or max(32, proven), work_s=0.0015))
    for result in results:
        slots.ended(result)
    return slots.number


@pytest.mark.parametrize(
    ("took_s", "number"), [(0.0, PROVEN), (0.019, PROVEN), (0.03, 20), (0.05, 32), (9.0, 32)]
)
def test_the_slower_each_answer_the_more_at_once(took_s: float, number: int) -> None:
    assert after(*[sent(took_s)] * LOOKED_AT) == number


def test_a_few_slow_answers_say_nothing() -> None:
    assert after(*[sent(0.05)] * (LOOKED_AT - 1)) == FIRST


@pytest.mark.parametrize(("successes", "number"), [(0, 2), (1, 8), (2, 32), (3, 64), (8, 64)])
def test_each_of_the_first_successes_multiplies_them_up_to_what_is_proven(
    successes: int, number: int
) -> None:
    assert after(*[sent(0.001)] * successes, proven=64) == number


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.SENT])
def test_not_so_where_it_has_failed_or_is_slow(outcome: Outcome) -> None:
    few = LOOKED_AT - 1
    assert after(*[sent(0.001)] * 9, SendResult(outcome), *[sent(0.001)] * few, proven=64) == FIRST
    assert after(SendResult(outcome), *[sent(0.001)] * LOOKED_AT, proven=64) == 64
    assert after(*[sent(0.001)] * (few - 1), sent(0.05), proven=64) == FIRST


def test_one_quick_answer_ends_it() -> None:
    slow = [sent(0.05)] * LOOKED_AT
    assert after(*slow, sent(0.001)) == PROVEN
    assert after(*slow, sent(0.001), *slow) == 32


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.SENT])
def test_anything_but_a_success_leads_back(outcome: Outcome) -> None:
    slow = [sent(0.05)] * LOOKED_AT
    assert after(*slow, SendResult(outcome, took_s=10.0)) == FIRST
    assert after(*slow, SendResult(outcome), sent(0.05)) == FIRST


@pytest.mark.parametrize(("took_s", "most", "number"), [(0.0, 3, 3), (1.0, 3, 3), (1.0, FIRST, FIRST)])
def test_never_more_than_the_sink_allows(took_s: float, most: int, number: int) -> None:
    assert after(most=most) == FIRST
    assert after(*[sent(took_s)] * LOOKED_AT, most=most) == number
