"""alertd/outbox/slots.py"""

from __future__ import annotations

import pytest

from alertd.domain.notification import Outcome, SendResult
from alertd.outbox.slots import FIRST_SLOTS, LOOKED_AT, Slots


def sent(took_s: float) -> SendResult:
    return SendResult(Outcome.SENT, took_s=took_s)


def after(*results: SendResult, most: int = 32) -> int:
    slots = Slots(most)
    for result in results:
        slots.ended(result)
    return slots.number


@pytest.mark.parametrize(
    ("took_s", "number"), [(0.0, FIRST_SLOTS), (0.019, FIRST_SLOTS), (0.03, 20), (0.05, 32), (9.0, 32)]
)
def test_the_slower_each_answer_the_more_at_once(took_s: float, number: int) -> None:
    assert after(*[sent(took_s)] * LOOKED_AT) == number


def test_a_few_slow_answers_say_nothing() -> None:
    assert after(*[sent(0.05)] * (LOOKED_AT - 1)) == FIRST_SLOTS


def test_one_quick_answer_ends_it() -> None:
    slow = [sent(0.05)] * LOOKED_AT
    assert after(*slow, sent(0.001)) == FIRST_SLOTS
    assert after(*slow, sent(0.001), *slow) == 32


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if outcome is not Outcome.SENT])
def test_anything_but_a_success_leads_back(outcome: Outcome) -> None:
    slow = [sent(0.05)] * LOOKED_AT
    assert after(*slow, SendResult(outcome, took_s=10.0)) == FIRST_SLOTS
    assert after(*slow, SendResult(outcome), sent(0.05)) == FIRST_SLOTS


@pytest.mark.parametrize("most", [1, 3])
def test_never_more_than_the_sink_allows(most: int) -> None:
    assert after(most=most) == most
    assert after(*[sent(1.0)] * LOOKED_AT, most=most) == most
