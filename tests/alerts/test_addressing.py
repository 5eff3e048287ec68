from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from alertd.alerts.addressing import addresses_of, called_off, covers_critical, one_for_each_sink
from alertd.alerts.settings import RouteSettings
from alertd.domain.alert import Alert
from alertd.domain.canary import CANARY
from alertd.domain.events import Drill, SilenceEnding, Stopping, Summary
from alertd.domain.notification import Address, Notification, Reason
from tests.alerts.nouns import CRITICAL, INFO, START, WARNING, alert_of, margin, warning

TOKYO = ZoneInfo("Asia/Tokyo")
NIGHT = {"from": "23:00", "to": "07:00"}
AT_NIGHT = datetime(2026, 3, 1, 15, tzinfo=UTC)  # midnight in Tokyo
MORNING = datetime(2026, 3, 1, 22, tzinfo=UTC)


def route(*sinks: str, **more: Any) -> RouteSettings:
    return RouteSettings.model_validate({"sinks": sinks, **more})


def told(alert: Alert, reason: Reason = Reason.NEW) -> Notification:
    return Notification(alert=alert, reason=reason, created_at=START)


def goes(chosen: RouteSettings, notification: Notification, now: datetime = AT_NIGHT) -> list[Address]:
    return addresses_of(chosen, notification, now, TOKYO)


DIRECT = [Address(sink="phone"), Address(sink="mail")]
HELD = [Address(sink=address.sink, not_before=MORNING, batched=True) for address in DIRECT]
QUIET = route("phone", "mail", quiet_hours=NIGHT)
QUIET_FOR_ALL = route("phone", "mail", match={"severity": ["info", "critical"]}, quiet_hours=NIGHT)
MATCHING_ALL = route("phone", "mail", match={"severity": ["*", "crit*"]}, quiet_hours=NIGHT)
ONE_WARNING, ONE_CRITICAL = alert_of(margin(), severity=WARNING), alert_of(margin())
REPORTS = [
    alert_of(cls(event_id="r", exchange="", account="", received_at=START), severity=severity)
    for cls in (Drill, Summary, Stopping)
    for severity in (INFO, WARNING, CRITICAL)
]
CANARY_ALERT = alert_of(warning(account=CANARY), severity=INFO)

CASES: list[tuple[str, RouteSettings, Notification, bool]] = [
    ("a warning waits", QUIET, told(ONE_WARNING), True),
    ("a reminder of a warning waits", QUIET, told(ONE_WARNING, Reason.REMINDER), True),
    ("what became a warning waits", QUIET, told(ONE_WARNING, Reason.WORSENED), True),
    ("the end of a warning waits", QUIET, told(ONE_WARNING, Reason.RECOVERED), True),
    ("without quiet hours nothing waits", route("phone", "mail"), told(ONE_WARNING), False),
    ("what is critical does not wait", QUIET, told(ONE_CRITICAL), False),
    ("nor do its reminders", QUIET, told(ONE_CRITICAL, Reason.REMINDER), False),
    ("nor where a glob happens to take it", MATCHING_ALL, told(ONE_CRITICAL), False),
    ("it waits where the route names it", QUIET_FOR_ALL, told(ONE_CRITICAL), True),
    ("and so do its reminders", QUIET_FOR_ALL, told(ONE_CRITICAL, Reason.REMINDER), True),
    ("what has become critical does not", QUIET_FOR_ALL, told(ONE_CRITICAL, Reason.WORSENED), False),
    ("the canary does not wait", QUIET, told(CANARY_ALERT), False),
    *[(f"a {report.severity} report", QUIET_FOR_ALL, told(report), False) for report in REPORTS],
]


@pytest.mark.parametrize(
    ("chosen", "notification", "waits"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_what_waits_for_the_end_of_quiet_hours(
    chosen: RouteSettings, notification: Notification, waits: bool
) -> None:
    assert goes(chosen, notification) == (HELD if waits else DIRECT)


def test_when_it_is_not_quiet_nothing_waits() -> None:
    assert goes(QUIET, told(ONE_WARNING), MORNING) == DIRECT
    assert goes(QUIET, told(ONE_WARNING), MORNING - timedelta(seconds=1)) == HELD


@pytest.mark.parametrize(
    ("match", "quiet_hours", "covers"),
    [
        ({"severity": ["warning", "critical"]}, NIGHT, True),
        ({"severity": "critical"}, NIGHT, True),
        ({"severity": "critical"}, None, False),
        ({"severity": ["warning"]}, NIGHT, False),
        ({"severity": "*"}, NIGHT, False),
        ({"severity": "crit*"}, NIGHT, False),
        ({}, NIGHT, False),
    ],
)
def test_a_route_is_quiet_for_critical_news_only_where_it_names_them(
    match: dict[str, Any], quiet_hours: Any, covers: bool
) -> None:
    assert covers_critical(route("phone", match=match, quiet_hours=quiet_hours)) is covers


ADDRESSES = st.builds(
    Address,
    sink=st.sampled_from(["phone", "mail", "call"]),
    not_before=st.none() | st.integers(0, 3).map(lambda minutes: START + timedelta(minutes=minutes)),
    batched=st.booleans(),
    stands_in_for=st.sampled_from([(), (), (("chat",),), (("hook",),), (("chat", "hook"),)]),
)


def bare(address: Address) -> Address:
    return replace(address, stands_in_for=())


def at_least_as_urgent(one: Address, other: Address) -> bool:
    """As it is told to users, in as many words."""
    if bool(one.stands_in_for) is not bool(other.stands_in_for):
        return not one.stands_in_for
    if one.not_before != other.not_before:
        if one.not_before is None or other.not_before is None:
            return one.not_before is None
        return one.not_before < other.not_before
    return not one.batched or other.batched


@given(st.lists(ADDRESSES, max_size=8))
def test_a_sink_gets_one_delivery_the_most_urgent_of_all(wanted: Sequence[Address]) -> None:
    chosen = one_for_each_sink(wanted)
    assert [address.sink for address in chosen] == list(dict.fromkeys(address.sink for address in wanted))
    for address in chosen:
        alike = [one for one in wanted if bare(one) == bare(address)]
        assert any(bool(one.stands_in_for) is bool(address.stands_in_for) for one in alike)
        assert all(at_least_as_urgent(address, other) for other in wanted if other.sink == address.sink)
    assert one_for_each_sink(chosen) == chosen


BATCHED = route("phone", batch_s=5)
ONE_INFO = alert_of(margin(), severity=INFO)


@pytest.mark.parametrize("alert", [ONE_WARNING, ONE_INFO])
@pytest.mark.parametrize(("told_s", "leaves_s"), [(0, 5), (0.000001, 5), (4.999999, 5), (5, 10), (7, 10)])
def test_what_is_told_in_one_window_leaves_at_its_end(alert: Alert, told_s: float, leaves_s: float) -> None:
    end = START + timedelta(seconds=leaves_s)
    assert goes(BATCHED, told(alert), START + timedelta(seconds=told_s)) == [
        Address(sink="phone", not_before=end, batched=True)
    ]


@pytest.mark.parametrize("alert", [ONE_CRITICAL, CANARY_ALERT, *REPORTS])
def test_what_is_critical_or_void_when_late_waits_for_no_others(alert: Alert) -> None:
    assert goes(BATCHED, told(alert)) == [Address(sink="phone")]


def test_that_a_silence_ends_soon_waits_for_no_others_but_wakes_nobody() -> None:
    event = SilenceEnding(event_id="r", exchange="", account="", received_at=START, silence_id="k3")
    ends_soon = told(alert_of(event, severity=INFO))
    assert goes(BATCHED, ends_soon) == [Address(sink="phone")]
    both = route("phone", batch_s=5, quiet_hours=NIGHT)
    assert goes(both, ends_soon) == [Address(sink="phone", not_before=MORNING, batched=True)]


@pytest.mark.parametrize(("told_s", "leaves_s"), [(0, 5), (4.999, 5), (5, 10)])
@pytest.mark.parametrize("reason", [Reason.RECOVERED, Reason.CLOSED])
def test_a_telephone_rings_once_for_what_ends_well_within_seconds(
    reason: Reason, told_s: float, leaves_s: float
) -> None:
    now, end = START + timedelta(seconds=told_s), START + timedelta(seconds=leaves_s)
    found = called_off("call", told(ONE_CRITICAL, reason), now)
    assert found == Address(sink="call", not_before=end, batched=True, if_heard=True)


@pytest.mark.parametrize(
    "notification",
    [
        *(told(ONE_CRITICAL, reason) for reason in (Reason.LIQUIDATED, Reason.REDUCED, Reason.UNKNOWN)),
        told(REPORTS[0], Reason.RECOVERED),
    ],
)
def test_a_bad_end_and_that_of_a_drill_ring_at_once(notification: Notification) -> None:
    assert called_off("call", notification, START) == Address(sink="call", if_heard=True)


def test_quiet_hours_last_longer_than_a_batch() -> None:
    both = route("phone", batch_s=5, quiet_hours=NIGHT)
    assert goes(both, told(ONE_WARNING)) == [Address(sink="phone", not_before=MORNING, batched=True)]


@given(st.floats(1e-6, 86_400), st.floats(0, 1e6))
def test_nothing_waits_longer_than_its_batch(batch_s: float, told_s: float) -> None:
    now = START + timedelta(seconds=told_s)
    (address,) = goes(route("phone", batch_s=batch_s), told(ONE_WARNING), now)
    assert address.not_before is not None
    assert now < address.not_before <= now + timedelta(seconds=batch_s)


def test_nothing_is_addressed_where_no_route_fits() -> None:
    assert one_for_each_sink([]) == ()


def test_the_severity_that_is_told_decides_not_the_one_before() -> None:
    eased = replace(told(ONE_WARNING), previous_severity=CRITICAL)
    assert goes(QUIET, eased) == HELD


STANDING_IN = route("phone", "chat", fallback=["mail", "phone"], fallback_after_s=90)


def test_a_fallback_waits_and_says_for_whom_it_stands_in() -> None:
    mail = Address(sink="mail", not_before=START + timedelta(seconds=90), stands_in_for=(("phone", "chat"),))
    found = one_for_each_sink(addresses_of(STANDING_IN, told(ONE_CRITICAL), START, ZoneInfo("UTC")))
    assert found == (Address(sink="phone"), Address(sink="chat"), mail)


def test_where_the_others_wait_for_the_morning_its_time_counts_from_then() -> None:
    held = route("phone", fallback="mail", quiet_hours=NIGHT)
    first, last = goes(held, told(ONE_WARNING))
    assert first.not_before is not None
    assert last.not_before == first.not_before + timedelta(seconds=60)
    assert last.batched


@pytest.mark.parametrize(
    ("groups", "stood_for"),
    [
        ([("phone", "chat"), ("chat", "hook")], (("phone", "chat"), ("chat", "hook"))),
        ([("phone",), ("hook",)], (("phone",), ("hook",))),
        ([("phone",), ("phone",)], (("phone",),)),
    ],
)
def test_for_whom_a_fallback_of_two_routes_stands_in(
    groups: Sequence[tuple[str, ...]], stood_for: tuple[tuple[str, ...], ...]
) -> None:
    wanted = [
        Address(sink="mail", not_before=START + timedelta(seconds=60 - 10 * place), stands_in_for=(group,))
        for place, group in enumerate(groups)
    ]
    (mail,) = one_for_each_sink(wanted)
    assert (mail.stands_in_for, mail.not_before) == (stood_for, START + timedelta(seconds=50))


def test_a_fallback_that_another_route_names_itself_is_told_at_once() -> None:
    found = addresses_of(STANDING_IN, told(ONE_CRITICAL), START, ZoneInfo("UTC"))
    found += addresses_of(route("mail"), told(ONE_CRITICAL), START, ZoneInfo("UTC"))
    assert Address(sink="mail") in one_for_each_sink(found)


def test_a_window_of_no_time_is_none() -> None:
    assert goes(route("phone", batch_s=1e-9), told(ONE_WARNING)) == [Address(sink="phone")]
