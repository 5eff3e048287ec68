"""Covers alertd/alerts/silences.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from alertd.alerts.silences import Silences, is_in_force, named_one, next_look, warn_at
from alertd.domain.alert import Alert
from alertd.domain.command import AddSilence, CommandRefused
from alertd.domain.silence import Matchers, Silence
from tests.alerts.nouns import (
    CRITICAL,
    ETH,
    INFO,
    START,
    WARNING,
    alert_of,
    at,
    coverage,
    isolated,
    margin,
)

ETH_WARNING = alert_of(margin(position=isolated(ETH)), severity=WARNING)
BTC_CRITICAL = alert_of(margin(), severity=CRITICAL)


def wish(for_s: float = 3600, now_s: float = 0, **more: Any) -> AddSilence:
    fields: dict[str, Any] = {
        "person": "anna",
        "at": at(now_s),
        "comment": "works",
        "silence_id": "s1",
        "matchers": Matchers(account=("main",)),
        "ends_at": at(now_s + for_s),
    }
    return AddSilence(**(fields | more))


def made(command: AddSilence, *open_alerts: Alert, max_s: float = 86_400, now_s: float = 0) -> Silence:
    return Silences(max_s=max_s).made(command, open_alerts, at(now_s))


def test_who_why_and_when_stand_in_it() -> None:
    silence = made(wish(forced=True), BTC_CRITICAL, now_s=2)
    assert (silence.person, silence.comment, silence.forced) == ("anna", "works", True)
    assert (silence.created_at, silence.starts_at, silence.ends_at) == (at(2), at(2), at(3600))


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        (wish(matchers=Matchers()), "it would match every alert, critical ones too; say which, or force it"),
        (wish(matchers=Matchers(severity=("critical",))), "it names critical alerts"),
        (wish(matchers=Matchers(severity=("*",), account=("main",))), "it names critical alerts"),
        (wish(matchers=Matchers(severity=("warning", "cr*"))), "it names critical alerts"),
        (wish(), "it matches what is critical now: main r BTC-USDT-SWAP/long/isolated; force it"),
        (wish(86_401, forced=True), r"24 h is longer than a silence may be \(24 h\); make it shorter"),
        (wish(0, forced=True), "the silence would end at 2026-03-01 12:00:00 UTC; give a time to come"),
        (wish(starts_at=at(4000), forced=True), "give a time to come"),
    ],
)
def test_what_is_refused_and_why(command: AddSilence, problem: str) -> None:
    with pytest.raises(CommandRefused, match=problem):
        made(command, ETH_WARNING, BTC_CRITICAL)


@pytest.mark.parametrize(
    "matchers",
    [
        Matchers(severity=("info", "warning")),
        Matchers(instrument=(ETH,)),
        Matchers(account=("two",)),
    ],
)
def test_what_needs_no_force(matchers: Matchers) -> None:
    assert not made(wish(matchers=matchers), ETH_WARNING, BTC_CRITICAL).forced


def test_of_many_that_are_critical_some_are_named() -> None:
    alerts = [alert_of(margin(position=isolated(f"C{number}"))) for number in range(5)]
    with pytest.raises(CommandRefused, match=r"C0/.*, main r C1/.*, main r C2/.* and 2 more; force"):
        made(wish(), *alerts)


def test_the_longest_is_that_of_the_configuration() -> None:
    assert made(wish(60), max_s=60)
    with pytest.raises(CommandRefused, match=r"1\.017 min is longer than a silence may be \(1 min\)"):
        made(wish(61), max_s=60)


def test_an_id_is_given_once() -> None:
    silences = Silences([made(wish())])
    with pytest.raises(CommandRefused, match="there is a silence 's1' already"):
        silences.made(wish(), [], START)


def test_it_covers_from_its_beginning_until_before_its_end() -> None:
    silences = Silences([made(wish(starts_at=at(60)))])
    found = [silences.covering(ETH_WARNING, at(seconds)) for seconds in (59, 60, 3599, 3600)]
    assert found == [(), ("s1",), ("s1",), ()]
    assert not is_in_force(replace(made(wish()), ended_at=at(1)), at(2))


@pytest.mark.parametrize(
    ("forced", "alert", "covers"),
    [
        (False, ETH_WARNING, True),
        (False, BTC_CRITICAL, False),
        (True, BTC_CRITICAL, True),
        (True, alert_of(margin(account="two")), False),
        (False, alert_of(margin(), severity=INFO), True),
    ],
)
def test_critical_is_covered_by_force_alone(forced: bool, alert: Alert, covers: bool) -> None:
    assert bool(Silences([made(wish(forced=forced))]).covering(alert, at(1))) is covers


def test_trouble_of_several_accounts_is_covered_where_each_of_them_is() -> None:
    event = coverage(account="")
    names = ("event_id", "exchange", "account", "received_at")
    shared = type(event)(**{name: getattr(event, name) for name in names}, accounts=("main", "two"))
    alert = alert_of(shared, severity=WARNING)
    labels = {"main": {"owner": "anna"}, "two": {"owner": "anna"}}
    of_one = made(wish(matchers=Matchers(account=("main",))))
    of_both = made(wish(matchers=Matchers(labels={"owner": ("anna",)})))
    assert Silences([of_one], labels).covering(alert, at(1)) == ()
    assert Silences([of_both], labels).covering(alert, at(1)) == ("s1",)


@pytest.mark.parametrize(("for_s", "before_s"), [(3600, 360), (86_400, 600), (100, 10)])
def test_it_is_told_some_minutes_before_or_a_tenth_of_its_length(for_s: float, before_s: float) -> None:
    assert warn_at(made(wish(for_s))) == at(for_s - before_s)


def test_what_it_wants_next() -> None:
    silence = made(wish(starts_at=at(60)))
    assert next_look(silence) == at(60)
    begun = replace(silence, began_at=at(60))
    assert next_look(begun) == at(3600) - timedelta(seconds=354)
    assert next_look(replace(begun, warned_at=at(3300))) == at(3600)


def test_only_those_that_run_are_looked_at_and_all_are_known() -> None:
    silences = Silences([made(wish()), replace(made(wish(silence_id="over")), ended_at=at(3))])
    assert [one.silence_id for one in silences.running()] == ["s1"]
    assert {one.silence_id for one in silences.all()} == {"s1", "over"}
    with pytest.raises(CommandRefused, match="silence over ended already, at 2026-03-01 12:00:03 UTC"):
        silences.running_one("over")
    with pytest.raises(CommandRefused, match="there is no silence 'x'; see alertd silence list"):
        silences.running_one("x")


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("abcdefgh", "abcdefgh"),
        ("abcd", "abcdefgh"),  # of the two that begin so, one is over
        (" ABCD ", "abcdefgh"),
        ("abcdx", "abcdxxxx"),
        ("gone", "gonegone"),
        ("s1", "s1"),
    ],
)
def test_a_silence_is_called_by_how_its_id_begins(name: str, found: str) -> None:
    assert named_one(name, _several()).silence_id == found


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("abc", "the id 'abc' is too short; give at least 4 of its letters"),
        ("hhhh", "the id 'hhhh' means several silences; give more of hhhhaaaa, hhhhbbbb"),
        ("zzzz", "there is no silence 'zzzz'; see alertd silence list"),
    ],
)
def test_a_silence_that_is_not_clear(name: str, problem: str) -> None:
    with pytest.raises(CommandRefused, match=problem):
        named_one(name, _several())


def _several() -> list[Silence]:
    running = [made(wish(silence_id=name)) for name in ("s1", "abcdefgh", "hhhhaaaa", "hhhhbbbb")]
    over = [replace(made(wish(silence_id=name)), ended_at=at(3)) for name in ("abcdxxxx", "gonegone")]
    return [*running, *over]
