"""Covers alertd/canary/line.py, alertd/canary/check_sink.py and alertd/exchanges/okx/canary.py."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

from msgspec import structs

from alertd.canary.check_sink import CheckSink
from alertd.canary.line import events_of, number_of
from alertd.config.settings import Name
from alertd.domain.canary import CANARY, CHECK_SINK, is_canary
from alertd.domain.events import EventKind, LiquidationWarning
from alertd.domain.notification import Delivery, DeliveryState, Outcome
from tests.store.samples import make_alert, told

AT = datetime(2026, 11, 3, 8, 0, 0, 123000, tzinfo=UTC)


def arrived(sink: str = CHECK_SINK, number: str = "7-1") -> LiquidationWarning:
    (event,) = events_of(sink, number, AT, 5.0)
    assert isinstance(event, LiquidationWarning)
    return event


def test_it_comes_out_of_the_real_decoder_as_what_it_was_sent_as() -> None:
    event = arrived("phone", "7-12")
    assert (event.kind, event.exchange, event.account) == (EventKind.LIQUIDATION_WARNING, "okx", CANARY)
    assert (event.instrument, event.observed_at, event.received_at) == ("phone", AT, AT)
    assert is_canary(event)
    assert number_of(event) == "7-12"


def test_what_arrives_damaged_is_no_proof() -> None:
    event = arrived()
    damaged = [
        structs.replace(event, readable=False),
        structs.replace(event, margin_ratio=Decimal(1)),
        structs.replace(event, margin_ratio=None),
        structs.replace(event, account="main"),
        make_alert().event,
    ]
    assert [number_of(one) for one in damaged] == [None] * len(damaged)


def test_nobody_can_be_called_like_it() -> None:
    (pattern,) = [one.pattern for one in Name.__metadata__ if getattr(one, "pattern", None)]
    assert not any(re.match(pattern, name) for name in (CANARY, CHECK_SINK))


async def test_the_check_sink_takes_everything_and_tells_the_numbers() -> None:
    heard: list[str] = []
    sink = CheckSink(heard.append)
    for event in (arrived(), make_alert().event):
        notification = told(make_alert(event=event))
        delivery = Delivery(
            delivery_id=1,
            notification=notification,
            sink=CHECK_SINK,
            state=DeliveryState.SENDING,
            created_at=AT,
            next_attempt_at=AT,
        )
        assert (await sink.send([delivery], AT)).outcome is Outcome.SENT
    assert heard == ["7-1"]
    await sink.close()
