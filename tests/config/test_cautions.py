"""Covers alertd/config/cautions.py."""

from __future__ import annotations

from typing import Any

import pytest

from alertd.config import Settings
from alertd.config.cautions import cautions

SINKS = {
    "phone": "tgram://123:abc/1",
    "chat": "tgram://456:def/2",
    "mail": "mailtos://user:pass@example.org",
    "other_mail": "mailto://someone:else@example.org:587",
    "far_mail": "mailto://user:pass@example.org?smtp=mail.example.net",
    "hook": "json://example.org/x",
    "secure_hook": "jsons://example.org:8443/y",
    "call": "twilio://sid:token@15551234567/15557654321",
    "topic": "ntfy://first",
    "other_topic": "ntfys://second",
    "own_topic": "ntfy://ntfy.example.net/first",
}
CALLED = [{"after_s": 60, "sinks": ["call"]}]


def said(*routes: dict[str, Any], sinks: tuple[str, ...] = tuple(SINKS)) -> list[str]:
    tables = {"sinks": {name: {"url": SINKS[name]} for name in sinks}, "routes": list(routes)}
    return cautions(Settings(**tables))


def route(*sinks: str, **more: Any) -> dict[str, Any]:
    return {"sinks": sinks, "match": {"severity": ["warning"]}, **more}


# --- a sleeping phone ---------------------------------------------------------------------------------

MUTED = "routes[{}].sinks: a critical alert at night reaches only what a sleeping phone may mute ({}); "


@pytest.mark.parametrize(
    ("routes", "numbers"),
    [
        ([{"sinks": ["phone", "mail"]}], [0]),
        ([{"sinks": ["phone"], "match": {"severity": "crit*"}}], [0]),
        ([{"sinks": ["phone"], "match": {"severity": ["warning", "info"]}}], []),
        ([{"sinks": ["phone", "call"]}], []),
        ([{"sinks": ["phone"], "escalate": CALLED}], []),
        # what is critical everywhere goes to a sink that wakes
        ([{"sinks": ["phone"]}, {"sinks": ["call"], "match": {"severity": "critical", "account": "*"}}], []),
        # but not so of a single account
        ([{"sinks": ["phone"]}, {"sinks": ["call"], "match": {"account": "main"}}], [0]),
        ([{"sinks": ["phone"]}, {"sinks": ["call"], "match": {"labels": {"owner": "a"}}}], [0]),
        ([{"sinks": ["phone"]}, {"sinks": ["mail"]}], [0, 1]),
        # the other one is a log
        ([{"sinks": ["phone"], "match": {"severity": "critical"}}, {"sinks": ["hook"]}], [0]),
    ],
)
def test_a_critical_route_that_only_sleeping_phones_hear(
    routes: list[dict[str, Any]], numbers: list[int]
) -> None:
    wanted = [MUTED.format(number, ", ".join(routes[number]["sinks"])) for number in numbers]
    found = said(*routes)
    assert len(found) == len(wanted)
    assert all(
        line.startswith(start) and "escalate" in line for line, start in zip(found, wanted, strict=True)
    )


def test_who_names_no_routes_is_not_told_of_the_only_sinks_there_are() -> None:
    assert said(sinks=("phone",)) == []
    assert cautions(Settings()) == []


# --- failing together ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("primary", "spare", "shared"),
    [
        ("phone", "chat", "the same service (tgram)"),
        ("mail", "other_mail", "the same server"),
        ("hook", "secure_hook", "the same server"),
        ("topic", "other_topic", "the same server"),
        ("topic", "own_topic", ""),
        ("mail", "far_mail", ""),
        ("phone", "mail", ""),
        ("mail", "phone", ""),
    ],
)
def test_a_fallback_that_fails_with_what_it_stands_in_for(primary: str, spare: str, shared: str) -> None:
    found = said(route("call", primary, fallback=[spare]))
    line = (
        f"routes[0].fallback: {spare} fails together with {primary}: {shared}; name a sink of another service"
    )
    assert found == ([line] if shared else [])


def test_no_line_shows_a_secret() -> None:
    lines = said(
        route("phone", "mail", "hook", fallback=["chat", "other_mail", "secure_hook"]), {"sinks": ["phone"]}
    )
    assert len(lines) == 4
    for secret in ("123:abc", "pass", "else", "def/2", "/x"):
        assert not any(secret in line for line in lines)


def test_a_fallback_that_is_told_anyway() -> None:
    (line,) = said(route("phone", "mail", fallback="mail"))
    assert line.startswith("routes[0].fallback: mail is one of the route's own sinks and")


# --- quiet hours --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("severity", "is_told"), [(["critical", "warning"], True), (["warning"], False)])
def test_quiet_hours_over_critical_alerts(severity: list[str], is_told: bool) -> None:
    quiet = {"from": "23:00", "to": "07:00"}
    found = said({"sinks": ["call"], "match": {"severity": severity}, "quiet_hours": quiet})
    assert [line.startswith("routes[0].quiet_hours: critical alerts wait") for line in found] == [
        True
    ] * is_told


# --- people -------------------------------------------------------------------------------------------


def test_a_person_without_a_token_can_do_nothing() -> None:
    people = {"anna": {"token": "annas-own-token-1"}, "ben": {"telegram_user_id": 7}}
    [line] = cautions(Settings.model_validate({"people": people}))
    assert line.startswith("people.ben.token: is not given, so nobody can act as ben; set the secret")
