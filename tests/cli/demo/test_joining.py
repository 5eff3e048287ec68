"""Which delivery a message was."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from alertd.cli.demo.joining import delivery_of
from alertd.cli.demo.receiver import Received
from alertd.domain.alert import Severity
from alertd.sinks.render import render
from alertd.sinks.texts import Language
from tests.cli.demo.samples import after
from tests.sinks.samples import BERLIN, T, alert, delivery, margin, ratio_alert

RATIO = delivery(ratio_alert())
BUFFER = delivery(alert(margin(), "buffer_used"))
WARNING = delivery(ratio_alert(severity=Severity.WARNING))
OTHER = delivery(ratio_alert(margin(instrument="ETH-USDT-SWAP")))
ALL = [RATIO, BUFFER, WARNING, OTHER]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("wanted", ALL, ids=["ratio", "buffer", "warning", "other"])
def test_each_message_finds_its_own_delivery_although_it_arrived_later(
    wanted: object, language: Language
) -> None:
    sent = render(wanted, language=language, timezone=BERLIN, now=T)
    received = Received(sent.title, sent.body, after(0.7))
    assert delivery_of(received, ALL, language, BERLIN) is wanted


def test_of_two_that_read_alike_it_is_the_first() -> None:
    sent = render(RATIO, language="en", timezone=BERLIN, now=T)
    twin = replace(RATIO, delivery_id=2)
    assert delivery_of(Received(sent.title, sent.body, T), [twin, RATIO], "en", BERLIN) is twin


@pytest.mark.parametrize(
    "received",
    [
        Received("something else", "", T),
        Received(render(RATIO, language="en", timezone=BERLIN, now=T).title, "", T),
    ],
)
def test_what_reads_like_none_was_none(received: Received) -> None:
    assert delivery_of(received, ALL, "en", BERLIN) is None


def test_another_rule_is_another_delivery() -> None:
    sent = render(BUFFER, language="en", timezone=BERLIN, now=T)
    assert delivery_of(Received(sent.title, sent.body, T), [RATIO], "en", BERLIN) is None
