"""alertd/store/codec.py"""

from __future__ import annotations

import types
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from alertd.domain.action import Intent, Step, Switch
from alertd.domain.alert import Alert, Fingerprint
from alertd.domain.events import EVENT_TYPES, Event, LeadTradeFailed
from alertd.domain.notification import Notification
from alertd.store.codec import (
    RAW_KEPT,
    CodecError,
    decode_alert,
    decode_event,
    decode_intent,
    decode_notification,
    decode_step,
    decode_switch,
    encode_alert,
    encode_event,
    encode_intent,
    encode_notification,
    encode_step,
    encode_switch,
)
from tests.store.samples import NOW, make_alert, told

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    bool: st.booleans(),
    int: st.integers(-(2**62), 2**62),
    float: st.floats(allow_nan=False, allow_infinity=False),
    bytes: st.binary(max_size=20),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    datetime: st.datetimes(timezones=st.just(UTC)),
    type(None): st.none(),
}


def values_of(hint: Any) -> st.SearchStrategy[Any]:
    """Any value a field of the domain may hold."""
    if hint in PLAIN:
        return PLAIN[hint]
    if hint is Event:
        return st.one_of([objects_of(cls) for cls in EVENT_TYPES.values()])
    if get_origin(hint) in (Union, types.UnionType):
        return st.one_of([values_of(arg) for arg in get_args(hint)])
    if get_origin(hint) is tuple:
        return st.lists(values_of(get_args(hint)[0]), max_size=2).map(tuple)
    if get_origin(hint) is frozenset:
        return st.frozensets(values_of(get_args(hint)[0]), max_size=3)
    if get_origin(hint) is dict:
        keys, values = get_args(hint)
        return st.dictionaries(values_of(keys), values_of(values), max_size=3)
    if hint is Fingerprint:
        return st.builds(Fingerprint, TEXT, st.sampled_from(list(EVENT_TYPES)), TEXT, TEXT)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    return objects_of(hint)


@cache  # made anew for each example they would cost more than the examples
def objects_of(cls: type[Any]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(cls)
    return st.builds(cls, **{name: values_of(hints[name]) for name in cls.__struct_fields__})


@pytest.mark.parametrize("cls", EVENT_TYPES.values(), ids=lambda cls: cls.kind)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_event_returns_as_it_was(cls: type[Event], data: st.DataObject) -> None:
    event = data.draw(objects_of(cls))
    found = decode_event(encode_event(event))
    assert found == event
    assert type(found) is cls
    assert found.raw == event.raw  # which `==` does not look at


@settings(max_examples=60, deadline=None)
@given(objects_of(Alert))
def test_alert_returns_as_it_was(alert: Alert) -> None:
    found = decode_alert(encode_alert(alert))
    assert found == alert
    assert isinstance(found.fingerprint, Fingerprint)
    assert found.event.raw == alert.event.raw


@settings(max_examples=40, deadline=None)
@given(objects_of(Notification))
def test_notification_returns_as_it_was(notification: Notification) -> None:
    assert decode_notification(encode_notification(notification)) == notification


@settings(max_examples=60, deadline=None)
@given(objects_of(Intent))
def test_intent_returns_as_it_was(intent: Intent) -> None:
    found = decode_intent(encode_intent(intent))
    assert found == intent
    assert isinstance(found.fingerprint, Fingerprint)
    assert found.event.raw == intent.event.raw


@settings(max_examples=40, deadline=None)
@given(objects_of(Step), objects_of(Switch))
def test_step_and_switch_return_as_they_were(step: Step, switch: Switch) -> None:
    assert decode_step(encode_step(step)) == step
    assert decode_switch(encode_switch(switch)) == switch


@pytest.mark.parametrize("text", ["0.1", "1E+3", "100.00", "-0", "1.000000000000000000000000001"])
def test_decimals_keep_every_digit(text: str) -> None:
    alert = make_alert(value=Decimal(text))
    assert str(decode_alert(encode_alert(alert)).value) == text


def test_times_are_aware_to_the_microsecond() -> None:
    at = NOW.replace(microsecond=123_456)
    found = decode_alert(encode_alert(make_alert(remind_at=at))).remind_at
    assert found == at
    assert found is not None
    assert found.tzinfo is UTC


def test_an_oversized_raw_payload_is_cut() -> None:
    alert = make_alert()
    alert = replace(alert, event=replace(alert.event, raw=b"x" * (RAW_KEPT + 1)))
    assert decode_alert(encode_alert(alert)).event.raw == b"x" * RAW_KEPT


def test_a_notification_leaves_the_raw_payload_to_the_alert_row() -> None:
    alert = make_alert()
    assert decode_notification(encode_notification(told(alert))).alert.event.raw == b""


def test_what_utf8_cannot_hold_costs_no_alert() -> None:
    event = LeadTradeFailed(
        event_id="1", exchange="okx", account="main", received_at=NOW, info_type="\ud800", raw=b"abc"
    )
    found = decode_event(encode_event(event))
    assert found == replace(event, info_type="?")
    assert found.raw == b"abc"


def test_a_field_that_is_not_stored_gets_its_default() -> None:
    alert = make_alert()
    assert '"reminders"' not in encode_alert(alert)
    assert decode_alert(encode_alert(alert)).reminders == 0


@settings(max_examples=100)
@given(st.one_of(st.text(), st.just('{"kind":"margin_state"}'), st.just('{"kind":"nothing_known"}')))
def test_foreign_text_raises_only_codec_error(text: str) -> None:
    for decode in (decode_event, decode_alert, decode_notification, decode_intent, decode_step):
        with pytest.raises(CodecError):
            decode(text)
