from __future__ import annotations

import pytest

from benchmarks.soak.expecting import Expectations, Expected

WARNED = Expected("phone", ("CRITICAL", "ETH"), since_s=0.0, until_s=90.0)


@pytest.mark.parametrize(
    ("sink", "text", "at_s", "is_met"),
    [
        ("phone", "CRITICAL ETH-USDT-SWAP", 90.0, True),
        ("mail", "CRITICAL ETH-USDT-SWAP", 1.0, False),
        ("phone", "WARNING ETH-USDT-SWAP", 1.0, False),
        ("phone", "CRITICAL ETH-USDT-SWAP", 90.1, False),
    ],
)
def test_a_message_is_expected_there_in_these_words_by_then(
    sink: str, text: str, at_s: float, is_met: bool
) -> None:
    expectations = Expectations()
    expectations.expect(WARNED)
    expectations.heard(sink, text, at_s)
    expectations.judge(100.0)
    assert (expectations.met, expectations.lost) == ((1, []) if is_met else (0, [WARNED]))


def test_what_is_not_due_yet_is_neither_lost_nor_met() -> None:
    expectations = Expectations()
    expectations.expect(WARNED)
    expectations.judge(90.0)
    assert (expectations.met, expectations.lost, expectations.open) == (0, [], [WARNED])


def test_one_message_may_be_what_several_wait_for_and_is_counted_for_each_once() -> None:
    expectations = Expectations()
    expectations.expect(WARNED, Expected("phone", ("ETH",), 0.0, 90.0))
    for _ in range(2):
        expectations.heard("phone", "CRITICAL ETH-USDT-SWAP", 5.0)
    assert (expectations.met, expectations.open) == (2, [])


def test_it_says_who_was_to_hear_what() -> None:
    assert str(WARNED) == "phone: CRITICAL + ETH"
