"""Whatever comes in, a message goes out."""

import re
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints
from zoneinfo import ZoneInfo

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from alertd.domain.alert import Alert, AlertState, Fingerprint, Severity
from alertd.domain.events import EVENT_TYPES, Event
from alertd.domain.finding import Finding, Grade
from alertd.domain.notification import Delivery, DeliveryState, Notification, Reason
from alertd.domain.recollection import Recollection
from alertd.sinks.figures import width
from alertd.sinks.message import Markup
from alertd.sinks.render import document_of, render
from alertd.sinks.shorten import Limits, shorten
from alertd.sinks.speech import Reader
from alertd.sinks.texts import TEXTS
from alertd.sinks.titles import TITLE_COLUMNS
from tests.sinks.marked import read_commonmark, read_html

# Letters that cannot spell what the test looks for.
words = st.text(alphabet="xyzXYZ019-_.{}<>&%\n\u202e严重", max_size=80)
times = st.datetimes(timezones=st.just(UTC))  # all of the calendar
decimals = st.decimals(allow_nan=True, allow_infinity=True)
codes = sorted(key.removeprefix("finding_") for key in TEXTS["en"] if key.startswith("finding_"))
facts = st.dictionaries(st.sampled_from(["code", "detail", "role", "mode", "offset"]), words, max_size=3)
findings = st.builds(
    Finding,
    code=st.sampled_from(codes) | words,
    severity=st.sampled_from(Grade),
    account=words,
    facts=facts,
)


def of_type(hint: Any) -> st.SearchStrategy[Any]:
    if hint is type(None):
        return st.none()
    if get_origin(hint) is tuple:
        one = get_args(hint)[0]
        return st.lists(findings if one is Finding else of_type(one), max_size=4).map(tuple)
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        return structs(hint)
    if get_args(hint) and get_origin(hint) is not frozenset:
        return st.one_of(*map(of_type, get_args(hint)))
    if isinstance(hint, type) and issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    known = {
        float: st.floats(-1e15, 1e15),
        str: words,
        bool: st.booleans(),
        int: st.integers(-5, 99),
        datetime: times,
        bytes: st.just(b""),
    }
    return known.get(hint, st.just(frozenset()) if get_origin(hint) is frozenset else decimals)


@cache  # made anew for each example they would cost more than the examples
def structs(cls: type[Any]) -> st.SearchStrategy[Any]:
    hints = get_type_hints(cls)
    return st.builds(cls, **{name: of_type(hints[name]) for name in cls.__struct_fields__})


def any_event() -> st.SearchStrategy[Event]:
    return st.sampled_from(list(EVENT_TYPES.values())).flatmap(structs)


recollections = structs(Recollection)


@st.composite
def alerts(draw: st.DrawFn, events: st.SearchStrategy[Event] | None = None) -> Alert:
    event = draw(any_event() if events is None else events)
    figures = list(event.__struct_fields__)
    return Alert(
        fingerprint=Fingerprint(event.account, event.kind, draw(words), event.subject),
        episode=1,
        state=AlertState.FIRING,
        severity=draw(st.sampled_from(Severity)),
        event=event,
        since=draw(times),
        updated_at=draw(times),
        figure=draw(st.none() | st.sampled_from(figures)),
        value=draw(st.none() | decimals),
        threshold=draw(st.none() | decimals),
        error=draw(st.none() | words),
        occurrences=draw(st.integers(1, 10**6)),
        recollection=draw(st.none() | recollections),
    )


@st.composite
def deliveries(draw: st.DrawFn) -> Delivery:
    notification = Notification(
        alert=draw(alerts()),
        reason=draw(st.sampled_from(Reason)),
        created_at=draw(times),
        previous_severity=draw(st.none() | st.sampled_from(Severity)),
        also=tuple(draw(st.lists(alerts(), max_size=2))),
    )
    return Delivery(
        delivery_id=0,
        notification=notification,
        sink="x",
        state=DeliveryState.SENDING,
        created_at=draw(times),
        next_attempt_at=draw(times),
        possible_duplicate=draw(st.booleans()),
    )


@settings(max_examples=300, deadline=timedelta(seconds=2))
@given(
    delivery=deliveries(),
    language=st.sampled_from(["en", "zh"]),
    zone=st.sampled_from(["UTC", "Asia/Shanghai", "America/Caracas"]),
    now=times,
)
def test_any_delivery_can_be_told(delivery: Delivery, language: Any, zone: str, now: datetime) -> None:
    message = render(delivery, language=language, timezone=ZoneInfo(zone), now=now)
    whole = f"{message.title}\n{message.body}"
    assert message.body
    assert width(message.title) <= TITLE_COLUMNS
    assert not re.search(r"None|E\+|\bsafe|protected|NaN|Infinity", whole)
    assert len(message.body) < 12_000


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


SERVICES = {
    "telegram": (Limits(0, 4096, 0, _utf16, Markup.HTML), read_html),
    "telegram 2": (Limits(0, 4096, 0, _utf16, Markup.MARKDOWN), read_commonmark),
    "discord": (Limits(0, 2000, 0, _utf16, Markup.MARKDOWN), read_commonmark),
    "mail": (Limits(250, 32_768, 0, _utf16, Markup.HTML), read_html),
    "pager": (Limits(250, 1024, 0, _utf16), lambda text: (text, [])),
    "text message": (Limits(0, 160, 0, _utf16), lambda text: (text, [])),
}


@settings(max_examples=150, deadline=timedelta(seconds=4))
@given(
    members=st.lists(deliveries(), min_size=1, max_size=3),
    language=st.sampled_from(["en", "zh"]),
    privacy=st.sampled_from(["full", "percent"]),
    service=st.sampled_from(sorted(SERVICES)),
    now=times,
)
def test_every_service_gets_a_message_that_fits_with_its_title_and_severity(
    members: list[Delivery], language: Any, privacy: Any, service: str, now: datetime
) -> None:
    limits, read = SERVICES[service]
    document = document_of(members, Reader(language, ZoneInfo("UTC"), privacy), now)
    assert document.severity in {member.notification.alert.severity for member in members}
    assert width(document.title) <= TITLE_COLUMNS
    message = shorten(document, limits)
    text, _ = read(message.body)
    first = message.title or text.splitlines()[0].replace("\u2060", "")
    assert first.split() == document.title.split()
    assert limits.length(message.body) + (0 if limits.title else limits.length(message.title)) <= limits.body
    assert len(text.strip()) > 0
