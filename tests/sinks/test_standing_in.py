"""Covers alertd/sinks/standing_in.py."""

from __future__ import annotations

from msgspec.structs import replace

from alertd.sinks.render import document_of
from alertd.sinks.speech import Reader
from tests.sinks.samples import BERLIN, T, delivery, margin, ratio_alert

READER = Reader("en", BERLIN)


def test_a_fallback_says_for_whom_it_stands_in() -> None:
    held = replace(delivery(ratio_alert()), stands_in_for=(("phone", "mail"), ("mail",)))
    expected = "You get this because it is not known to have arrived at: phone, mail."
    assert expected in document_of([held], READER, T).plain.body.splitlines()
    other = delivery(ratio_alert(margin(instrument="ETH-USDT-SWAP")))
    assert expected in document_of([held, other], READER, T).plain.body.splitlines()


def test_what_is_meant_for_this_sink_says_nothing_of_it() -> None:
    assert "not known to have arrived" not in document_of([delivery(ratio_alert())], READER, T).plain.body
