from collections.abc import Collection
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import structs
from msgspec.structs import replace

from alertd.alerts.plans import Plans
from alertd.alerts.routing import REMIND_CRITICAL_S, Router
from alertd.alerts.settings import RouteSettings
from alertd.alerts.states import END_REASONS
from alertd.domain.alert import Alert, Severity
from alertd.domain.canary import CANARY, CHECK_SINK
from alertd.domain.events import CopyDigest, Findings, Maintenance, Stopping, Summary
from alertd.domain.notification import Address, Notification, Reason
from tests.alerts.nouns import (
    ETH,
    START,
    WARNING,
    alert_of,
    coverage,
    cross,
    isolated,
    lead,
    liquidation,
    margin,
    sink_health,
    warning,
)

SINKS = ("phone", "mail", "chat")


def route(*sinks: str, remind_s: Any = None, **match: Any) -> RouteSettings:
    return RouteSettings.model_validate({"sinks": sinks, "match": match, "remind_s": remind_s})


def sinks_for(alert: Alert, *routes: RouteSettings, sinks: tuple[str, ...] = SINKS) -> tuple[str, ...]:
    return Router(routes, sinks).sinks_for(Notification(alert=alert, reason=Reason.NEW, created_at=START))


def test_without_routes_every_sink_hears_everything() -> None:
    assert sinks_for(alert_of(margin())) == SINKS


def test_what_a_route_names_without_more_is_addressed_at_once() -> None:
    notification = Notification(alert=alert_of(margin()), reason=Reason.NEW, created_at=START)
    addresses = Router((route("mail", "phone"),), SINKS).addresses_for(notification, START)
    assert [address.sink for address in addresses] == ["mail", "phone"]
    assert all(address.is_direct for address in addresses)


def test_every_fitting_route_applies_and_a_sink_gets_one_delivery() -> None:
    routes = (route("mail", "phone", severity="critical"), route("chat", severity="warning"), route("phone"))
    assert sinks_for(alert_of(margin()), *routes) == ("mail", "phone")
    assert sinks_for(alert_of(margin(), severity=WARNING), *routes) == ("chat", "phone")


def test_what_fits_no_route_goes_to_every_sink() -> None:
    assert sinks_for(alert_of(margin()), route("mail", severity="info")) == SINKS


LABELLED = alert_of(margin(), labels={"owner": "anna", "desk": ""})
MATCHES: list[tuple[Alert, dict[str, Any], bool]] = [
    (LABELLED, {}, True),
    (LABELLED, {"severity": ["critical"]}, True),
    (LABELLED, {"severity": ["warning", "info"]}, False),
    (LABELLED, {"kind": "margin_*"}, True),
    (LABELLED, {"kind": ["liquidation*"]}, False),
    (alert_of(warning()), {"kind": ["liquidation*"]}, True),
    (LABELLED, {"account": ["two", "mai?"]}, True),
    (LABELLED, {"account": ["main2"]}, False),
    (LABELLED, {"account": ["mai"]}, False),
    (LABELLED, {"exchange": "okx"}, True),
    (LABELLED, {"exchange": "toobit"}, False),
    (LABELLED, {"instrument": "BTC-*"}, True),
    (LABELLED, {"instrument": "btc-*"}, False),
    (LABELLED, {"instrument": ["[!B]*"]}, False),
    (alert_of(margin(position=isolated(ETH))), {"instrument": ["[!B]*"]}, True),
    (LABELLED, {"labels": {"owner": "anna"}}, True),
    (LABELLED, {"labels": {"owner": "a*", "desk": "x"}}, False),
    (LABELLED, {"account": "main", "severity": "info"}, False),
    (LABELLED, {"account": "main", "labels": {"owner": ["bob", "anna"]}}, True),
    # what is absent fits only `*`
    (LABELLED, {"labels": {"desk": "?*"}}, False),
    (LABELLED, {"labels": {"desk": "**"}}, False),
    (LABELLED, {"labels": {"nobody": "*"}}, True),
    (LABELLED, {"labels": {"nobody": ["x", "*"]}}, True),
    (alert_of(margin(position=cross())), {"instrument": "BTC*"}, False),
    (alert_of(margin(position=cross())), {"instrument": "[!B]*"}, False),
    (alert_of(margin(position=cross())), {"instrument": "*"}, True),
    (alert_of(sink_health(sink="none")), {"account": "*"}, True),
    (alert_of(sink_health(sink="none")), {"account": "m*"}, False),
]


@pytest.mark.parametrize(("alert", "match", "fits"), MATCHES, ids=[str(case[1:]) for case in MATCHES])
def test_what_a_match_takes(alert: Alert, match: dict[str, Any], fits: bool) -> None:
    found = sinks_for(alert, route("phone", **match), route("mail"))
    assert found == (("phone", "mail") if fits else ("mail",))


@pytest.mark.parametrize(
    ("sinks", "routes", "expected"),
    [
        (SINKS, (), ("mail", "chat")),
        (SINKS, (route("phone", "mail"),), ("mail",)),
        (SINKS, (route("phone"),), ("mail", "chat")),
        (SINKS, (route("chat", severity="info"),), ("mail", "chat")),
        (("phone",), (), ("phone",)),
        (("phone",), (route("phone"),), ("phone",)),
    ],
)
def test_news_of_a_broken_sink_does_not_go_to_it(
    sinks: tuple[str, ...], routes: tuple[RouteSettings, ...], expected: tuple[str, ...]
) -> None:
    assert sinks_for(alert_of(sink_health(sink="phone")), *routes, sinks=sinks) == expected


LATER = START + timedelta(seconds=15)


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        # for the broken one alone: nobody else can take it
        ([["phone"]], (Address(sink="mail"), Address(sink="zh"))),
        # another sink of the route may still take it
        (
            [["phone", "chat"]],
            (
                Address(sink="chat"),
                Address(sink="mail", not_before=LATER, stands_in_for=(("chat",),)),
                Address(sink="zh"),
            ),
        ),
        ([["phone", "chat"], ["phone"]], (Address(sink="chat"), Address(sink="mail"), Address(sink="zh"))),
        # of a route without it all stays
        (
            [["chat"]],
            (
                Address(sink="chat"),
                Address(sink="mail", not_before=LATER, stands_in_for=(("chat",),)),
                Address(sink="zh"),
            ),
        ),
    ],
)
def test_nobody_stands_in_for_a_sink_that_is_not_told_of_itself(
    groups: list[list[str]], expected: tuple[Address, ...]
) -> None:
    more = {"fallback": ["mail"], "fallback_after_s": 15}
    routes = [RouteSettings.model_validate({"sinks": group, **more}) for group in groups]
    router = Router([*routes, route("zh")], (*SINKS, "zh"))
    told = Notification(alert=alert_of(sink_health(sink="phone")), reason=Reason.NEW, created_at=START)
    assert router.addresses_for(told, START) == expected


STAYING = alert_of(liquidation(), kept_s=86_400.0)


@pytest.mark.parametrize(
    ("routes", "alert", "expected"),
    [
        ((), alert_of(margin()), REMIND_CRITICAL_S),
        ((), alert_of(margin(), severity=WARNING), ()),
        ((route("phone"),), alert_of(margin()), REMIND_CRITICAL_S),
        ((route("phone", remind_s=[60]),), alert_of(lead(), severity=WARNING), (60.0,)),
        ((route("phone", remind_s=[]),), alert_of(margin()), ()),
        # the first fitting one that reminds decides, also by saying nothing
        ((route("phone"), route("phone", remind_s=[60])), alert_of(margin()), REMIND_CRITICAL_S),
        ((route("phone", remind_s=[]), route("phone", remind_s=[60])), alert_of(margin()), (60.0,)),
        ((route("x", severity="info", remind_s=[9]), route("y", remind_s=[60])), alert_of(margin()), (60.0,)),
        ((route("phone", severity="info", remind_s=[9]),), alert_of(margin()), REMIND_CRITICAL_S),
        # what stays until somebody acknowledges it: ever more rarely, never after less than the route says
        ((route("phone", remind_s=[60, 30_000]),), STAYING, (60, 30_000, 60_000, 86_400)),
        ((route("phone", remind_s=[90_000]),), STAYING, (90_000,)),
        ((route("phone", remind_s=[]),), STAYING, ()),
        ((), STAYING, (*REMIND_CRITICAL_S, 7200, 14_400, 28_800, 57_600, 86_400)),
    ],
)
def test_how_often_an_alert_is_told_again(
    routes: tuple[RouteSettings, ...], alert: Alert, expected: tuple[float, ...]
) -> None:
    assert only_plan(Router(routes, SINKS).remind_after(alert)) == expected


def only_plan(plans: Plans) -> tuple[float, ...]:
    return plans.plans[0].steps_s if len(plans.plans) == 1 else () if not plans else pytest.fail(str(plans))


BY_SINK = (
    route("phone", severity="critical", remind_s=[120, 300]),
    route("phone", "bo", account="main", remind_s=[60]),
    route("log", remind_s=[]),
    route("mail"),
)


@pytest.mark.parametrize(
    ("routes", "alert", "expected"),
    [
        (
            BY_SINK,
            alert_of(margin()),
            {"phone": (120, 300), "bo": (60,), "mail": REMIND_CRITICAL_S},
        ),
        (BY_SINK, alert_of(margin(account="two")), {"phone": (120, 300), "mail": REMIND_CRITICAL_S}),
        (BY_SINK, alert_of(margin(), severity=WARNING), {"phone": (60,), "bo": (60,)}),
        (BY_SINK[2:3], alert_of(margin()), {}),
        ((), alert_of(margin()), dict.fromkeys(SINKS, REMIND_CRITICAL_S)),
        # the sink that fails hears nothing of it: see addresses_for
        (BY_SINK, alert_of(sink_health(sink="phone")), {"mail": REMIND_CRITICAL_S}),
        (BY_SINK[:1], alert_of(sink_health(sink="phone")), {"mail": (120, 300), "chat": (120, 300)}),
        ((), alert_of(sink_health(sink="phone")), dict.fromkeys(("mail", "chat"), REMIND_CRITICAL_S)),
    ],
)
def test_each_sink_is_reminded_by_a_route_that_reaches_it(
    routes: tuple[RouteSettings, ...], alert: Alert, expected: dict[str, tuple[float, ...]]
) -> None:
    plans = Router(routes, SINKS).remind_after(alert)
    assert {sink: plan.steps_s for plan in plans.plans for sink in plan.sinks} == expected


@pytest.mark.parametrize(
    ("among", "expected"),
    [
        ((), {"phone": (), "bo": (), "log": (), "mail": (("phone", "bo"),)}),
        (("phone",), {"phone": (), "mail": (("phone",),)}),
        (("log",), {"log": ()}),
        (("phone", "log"), {"phone": (), "log": (), "mail": (("phone",),)}),
    ],
)
def test_what_is_for_some_goes_the_ways_of_these(
    among: tuple[str, ...], expected: dict[str, tuple[tuple[str, ...], ...]]
) -> None:
    first = RouteSettings.model_validate({"sinks": ["phone", "bo"], "fallback": ["mail"]})
    told = Notification(alert=alert_of(margin()), reason=Reason.REMINDER, created_at=START, among=among)
    found = Router([first, route("log")], SINKS).addresses_for(told, START)
    assert {one.sink: one.stands_in_for for one in found} == expected


def test_an_alert_of_several_accounts_goes_wherever_one_of_any_of_them_would() -> None:
    routes = (
        route("phone", account="main", remind_s=[60]),
        route("mail", labels={"owner": "ben"}),
        route("chat", account="third"),
    )
    labels = {"main": {"owner": "anna"}, "second": {"owner": "ben"}, "third": {"owner": "anna"}}
    outage = structs.replace(coverage(account=""), accounts=("main", "second"))
    router = Router(routes, SINKS, labels)
    told = Notification(alert=alert_of(outage), reason=Reason.NEW, created_at=START)
    assert router.sinks_for(told) == ("phone", "mail")
    plans = router.remind_after(told.alert)
    assert {sink: plan.steps_s for plan in plans.plans for sink in plan.sinks} == {
        "phone": (60.0,),
        "mail": REMIND_CRITICAL_S,
    }
    nobody = structs.replace(outage, accounts=("fourth",))
    assert router.sinks_for(replace(told, alert=alert_of(nobody))) == SINKS


SUMMARY = alert_of(Summary(event_id="s", exchange="", account="", received_at=START), severity=Severity.INFO)
ACCOUNTS = {"main": {"owner": "anna"}, "desk": {"owner": "ben"}}
EVERY_CRITICAL = route("phone", severity="critical")
ALL_INFO = route("log", severity="info")


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ((), SINKS),
        ((EVERY_CRITICAL, ALL_INFO), ("phone",)),  # not where information goes
        ((route("chat", severity="critical", account="desk"), ALL_INFO), SINKS),  # main fits none: to all
        (
            (
                route("chat", severity="critical", labels={"owner": "ben"}),
                route("mail", severity="critical", exchange="okx", account="main"),
            ),
            ("mail", "chat"),
        ),
        ((EVERY_CRITICAL, route("log", kind=["*"])), ("phone", "log")),
        ((EVERY_CRITICAL, route("mail", kind="summary")), ("mail",)),
        ((EVERY_CRITICAL, route("mail", kind=["sum*", "coverage_report"], severity="info")), ("mail",)),
        ((EVERY_CRITICAL, route("mail", kind="summary", severity="critical")), ("phone",)),
    ],
)
def test_the_summary_goes_where_critical_news_of_any_account_go(
    routes: tuple[RouteSettings, ...], expected: tuple[str, ...]
) -> None:
    router = Router(routes, SINKS, ACCOUNTS, dict.fromkeys(ACCOUNTS, "okx"))
    told = Notification(alert=SUMMARY, reason=Reason.NEW, created_at=START)
    assert sorted(router.sinks_for(told)) == sorted(expected)


@pytest.mark.parametrize(
    ("routes", "waking", "expected"),
    [
        ((), {"phone"}, set(SINKS) - {"phone"}),
        ((EVERY_CRITICAL, ALL_INFO), {"phone"}, set(SINKS) - {"phone"}),  # where else it may be seen
        ((route("phone", "mail", severity="critical"),), {"phone"}, {"mail"}),
        ((route("phone", kind="summary"),), {"phone"}, {"phone"}),  # whoever writes that means it
        ((), SINKS, set()),
    ],
)
def test_no_telephone_rings_every_morning(
    routes: tuple[RouteSettings, ...], waking: Collection[str], expected: set[str]
) -> None:
    router = Router(routes, SINKS, ACCOUNTS, dict.fromkeys(ACCOUNTS, "okx"), waking)
    told = Notification(alert=SUMMARY, reason=Reason.NEW, created_at=START)
    assert set(router.sinks_for(told)) == expected


@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ((EVERY_CRITICAL, ALL_INFO), ("phone",)),
        ((route("chat", severity="critical", account="desk"), EVERY_CRITICAL), ("phone",)),
        ((route("mail", severity="critical", labels={"owner": "anna"}), ALL_INFO), ("mail",)),
        ((EVERY_CRITICAL, route("mail", kind="summary")), ("phone",)),
        ((EVERY_CRITICAL, route("mail", kind="copy_digest")), ("mail",)),
        ((EVERY_CRITICAL, route("mail", kind="copy_digest", account="desk")), ("phone",)),
    ],
)
def test_a_digest_goes_where_critical_news_of_its_account_go(
    routes: tuple[RouteSettings, ...], expected: tuple[str, ...]
) -> None:
    router = Router(routes, SINKS, ACCOUNTS, dict.fromkeys(ACCOUNTS, "okx"))
    event = CopyDigest(event_id="d", exchange="okx", account="main", received_at=START)
    told = Notification(alert=alert_of(event, severity=Severity.INFO), reason=Reason.NEW, created_at=START)
    assert router.sinks_for(told) == expected


@pytest.mark.parametrize("cls", [Summary, CopyDigest, Stopping, Findings])
def test_of_what_only_reports_nobody_is_reminded(cls: type[Any]) -> None:
    report = alert_of(cls(event_id="s", exchange="", account="", received_at=START))
    assert not Router((route("phone", remind_s=[60]),), SINKS).remind_after(report)


def test_maintenance_goes_wherever_news_of_one_concerned_would() -> None:
    routes = [route("phone", account=["main"]), route("mail", account=["second"])]
    event = Maintenance(
        event_id="1", exchange="okx", account="", received_at=START, accounts=("second", "third")
    )
    assert sinks_for(alert_of(event), *routes) == ("mail",)


@pytest.mark.parametrize(("named", "sinks"), [(CHECK_SINK, (CHECK_SINK,)), ("mail", ("mail",)), ("gone", ())])
def test_a_canary_goes_where_it_names_and_nowhere_else(named: str, sinks: tuple[str, ...]) -> None:
    everything = route("phone", remind_s=[10.0])
    alert = alert_of(warning(account=CANARY, position={**isolated(), "instrument": named}))
    assert sinks_for(alert, everything) == sinks
    assert not Router([everything], SINKS).remind_after(alert)


NIGHT = {"from": "11:00", "to": "13:00"}  # START is noon
WAYS = st.fixed_dictionaries(
    {"sinks": st.lists(st.sampled_from(SINKS), min_size=1, max_size=3, unique=True)},
    optional={
        "match": st.sampled_from(
            [{}, {"severity": ["warning"]}, {"severity": ["critical"]}, {"account": "main"}, {"kind": "cov*"}]
        ),
        "quiet_hours": st.sampled_from([NIGHT, {**NIGHT, "to": "14:00"}, {"from": "13:00", "to": "14:00"}]),
        "batch_s": st.sampled_from([0, 5, 3600]),
        "fallback": st.lists(st.sampled_from(SINKS), max_size=2, unique=True),
        "fallback_after_s": st.sampled_from([30, 60, 7200]),
    },
)


@given(st.lists(WAYS, max_size=4), st.sampled_from(list(Severity)))
def test_each_sink_of_every_fitting_route_gets_one_delivery_as_soon_as_any_route_wants(
    ways: list[dict[str, Any]], severity: Severity
) -> None:
    told = Notification(alert=alert_of(margin(), severity=severity), reason=Reason.NEW, created_at=START)
    assume(not any(way.get("batch_s") and way.get("match") == {"severity": ["critical"]} for way in ways))
    routes = [RouteSettings.model_validate(way) for way in ways]
    together = {address.sink: address for address in Router(routes, SINKS).addresses_for(told, START)}
    alone = [Router([one], SINKS).addresses_for(told, START) for one in routes if fits(one, severity)]
    wanted = [address for addresses in alone for address in addresses]
    assert len(together) == len(Router(routes, SINKS).addresses_for(told, START))
    assert set(together) == ({address.sink for address in wanted} or set(SINKS))
    for sink, address in together.items():
        asked = [one for one in wanted if one.sink == sink] or [Address(sink=sink)]
        telling = [one for one in asked if not one.stands_in_for]
        assert bool(telling) is not bool(address.stands_in_for)
        soonest = min(one.not_before or START for one in telling or asked)
        assert (address.not_before or START) == soonest
        assert address.batched is all(
            one.batched for one in telling or asked if (one.not_before or START) == soonest
        )


def fits(route: RouteSettings, severity: Severity) -> bool:
    match = route.match
    return match.kind is None and (match.severity is None or str(severity) in match.severity)


BY_SEVERITY = (
    route("phone", severity="critical"),
    route("mail", severity="warning"),
    route("chat", severity="info"),
)
INFO, WARN, CRIT = Severity.INFO, Severity.WARNING, Severity.CRITICAL


@pytest.mark.parametrize("reason", list(END_REASONS.values()))
@pytest.mark.parametrize(
    ("told_as", "severity", "expected"),
    [
        ((CRIT,), INFO, {"phone"}),  # it was woken by it
        ((WARN, CRIT), CRIT, {"phone", "mail"}),
        ((WARN, CRIT), WARN, {"phone", "mail"}),
        ((WARN,), WARN, {"mail"}),
        ((), WARN, {"mail"}),  # of a version that did not write down how it was told
    ],
)
def test_an_end_is_told_to_all_who_heard_of_what_ends(
    reason: Reason, told_as: tuple[Severity, ...], severity: Severity, expected: set[str]
) -> None:
    alert = alert_of(margin(), severity=severity, told_as=told_as)
    told = Notification(alert=alert, reason=reason, created_at=START)
    addresses = Router(BY_SEVERITY, SINKS).addresses_for(told, START)
    assert {address.sink for address in addresses} == expected
    reminder = structs.replace(told, reason=Reason.REMINDER)
    now = {CRIT: "phone", WARN: "mail", INFO: "chat"}[severity]
    assert [one.sink for one in Router(BY_SEVERITY, SINKS).addresses_for(reminder, START)] == [now]


def test_the_end_of_several_is_told_to_all_who_heard_of_any() -> None:
    own = alert_of(margin(), severity=WARN, told_as=(WARN,))
    theirs = alert_of(warning(), severity=WARN, told_as=(WARN, CRIT))
    told = Notification(alert=own, reason=Reason.CLOSED, created_at=START, also=(theirs,))
    routes = (*BY_SEVERITY, route("hook", kind="liquidation_warning"))
    addresses = Router(routes, (*SINKS, "hook")).addresses_for(told, START)
    assert {address.sink for address in addresses} == {"phone", "mail", "hook"}


def test_who_is_woken_at_night_hears_at_night_that_it_is_over() -> None:
    night = RouteSettings.model_validate({"sinks": ["phone"], "quiet_hours": NIGHT})
    alert = alert_of(margin(), severity=WARN, told_as=(WARN, CRIT))
    told = Notification(alert=alert, reason=Reason.RECOVERED, created_at=START)
    assert Router([night], SINKS).addresses_for(told, START) == (Address(sink="phone"),)
    mild = structs.replace(told, alert=structs.replace(alert, told_as=(WARN,)))
    (held,) = Router([night], SINKS).addresses_for(mild, START)
    assert held.batched
