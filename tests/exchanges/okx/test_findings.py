"""Covers alertd/exchanges/okx/findings.py: every finding, and that each can be said in both languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alertd.domain.finding import Finding, Grade
from alertd.exchanges.okx import findings, hosts
from alertd.exchanges.okx.codes import CODES
from alertd.exchanges.okx.findings import Wanted
from alertd.exchanges.okx.rest import AccountConfig
from alertd.sinks.finding_words import words_of

OK, INFO, WARNING, CRITICAL, BLOCKING = Grade
CLEAN = AccountConfig(
    uid="1",
    role="trader",
    account_mode="futures",
    position_mode="net_mode",
    permissions=frozenset({"read_only"}),
    liquidation_gear="3",
    ip=("203.0.113.7",),
)
MAIN = Wanted(account="main")
READ, TRADE, WITHDRAW = "read_only", "trade", "withdraw"


def said(finding: Finding) -> Finding:
    """The finding, after both languages have told it without a blank left over."""
    for language in ("en", "zh"):
        words = words_of(finding, language)  # type: ignore[arg-type]
        assert words.what != finding.code
        assert "{" not in words.what + words.cure
        assert bool(words.cure) == (finding.severity is not Grade.OK)
    return finding


ACCOUNTS: list[tuple[dict[str, Any], dict[str, Any], dict[str, Grade]]] = [
    ({}, {}, {}),
    ({"liquidation_gear": "-1"}, {}, {}),
    ({"liquidation_gear": ""}, {}, {}),
    ({"liquidation_gear": "0"}, {}, {"warnings_off": WARNING}),
    ({"role": "copier"}, {}, {}),
    ({"role": "copier", "account_mode": "spot"}, {}, {"mode_spot_only": INFO}),
    ({"role": "copier", "account_mode": "multi_currency"}, {}, {"mode_forbids_copying": WARNING}),
    ({"role": "lead", "account_mode": "portfolio"}, {}, {"mode_forbids_copying": WARNING}),
    ({"role": "trader", "account_mode": "portfolio"}, {}, {}),
    ({"account_mode": "portfolio"}, {"role": "trader"}, {}),
    (
        {"account_mode": "portfolio"},
        {"role": "copier"},
        {"role_differs": WARNING, "mode_forbids_copying": WARNING},
    ),
    ({"role": "lead"}, {"role": "lead"}, {}),
    ({"role": "lead"}, {"role": "copier"}, {"role_differs": WARNING}),
    ({"permissions": frozenset()}, {}, {"scopes_untold": WARNING}),
    ({"permissions": frozenset({TRADE})}, {}, {"key_cannot_read": CRITICAL, "key_may_trade": WARNING}),
    ({"permissions": frozenset({READ, TRADE})}, {}, {"key_may_trade": WARNING}),
    ({"permissions": frozenset({READ, TRADE})}, {"has_actions": True}, {}),
    ({"permissions": frozenset({READ, WITHDRAW})}, {}, {"key_may_withdraw": BLOCKING}),
    (
        {"permissions": frozenset({READ, WITHDRAW})},
        {"allow_withdraw_key": True},
        {"key_may_withdraw_allowed": WARNING},
    ),
    ({"ip": ()}, {}, {"key_unbound": INFO}),
    (
        {"ip": (), "permissions": frozenset({READ, TRADE})},
        {"has_actions": True},
        {"key_unbound_expires": WARNING},
    ),
    (
        {"ip": (), "permissions": frozenset({READ, TRADE})},
        {"has_actions": True, "environment": "demo"},
        {"key_unbound": INFO},
    ),
]


@pytest.mark.parametrize(("seen", "configured", "found"), ACCOUNTS)
def test_what_an_account_gives_away(
    seen: dict[str, Any], configured: dict[str, Any], found: dict[str, Grade]
) -> None:
    given = findings.of_account(replace(CLEAN, **seen), replace(MAIN, **configured))
    assert {one.account for one in given} == {"main"}
    assert {one.code: one.severity for one in map(said, given)} == {"account_reached": OK, **found}


REFUSALS = [
    ("50119", "API key doesn't exist", "key_unknown"),
    ("60032", "API key doesn't exist", "key_unknown"),
    ("60005", "Invalid apiKey", "key_unknown"),
    ("50111", "Invalid OK-ACCESS-KEY", "key_unknown"),
    ("50101", "APIKey does not match current environment.", "environment_mixed"),
    ("50110", "Your IP 203.0.113.9 is not included in your API key's IP whitelist.", "address_refused"),
    ("50110", "Your IP is not included in your API key's IP whitelist.", "address_refused_unnamed"),
    ("50035", "This endpoint requires that APIKey must be bound to IP", "address_needed"),
    ("50105", "passphrase incorrect", "passphrase_wrong"),
    ("60024", "Wrong passphrase", "passphrase_wrong"),
    ("50113", "Invalid Sign", "secret_wrong"),
    ("60007", "Invalid sign", "secret_wrong"),
    ("50100", "API frozen", "key_frozen"),
    ("50114", "Invalid authorization", "key_frozen"),
    ("50030", "no permission", "permission_missing"),
    ("50120", "no permission", "permission_missing"),
    ("50051", "compliance", "region_refused"),
    ("50067", "cross-site", "region_refused"),
    ("50027", "restricted", "key_refused"),
    ("60009", "Login failed.", "key_refused"),
    ("50102", "Timestamp request expired", "clock_refused"),
    ("60006", "Timestamp request expired", "clock_refused"),
    ("50011", "Too Many Requests", "request_refused"),
    ("50001", "unavailable", "request_refused"),
    ("404", "Not Found", "request_refused"),
    ("99999", "", "request_refused"),
]


@pytest.mark.parametrize(("code", "detail", "wanted"), REFUSALS)
def test_what_a_refusal_means(code: str, detail: str, wanted: str) -> None:
    found = said(findings.of_refusal(code, detail, replace(MAIN, region="eea", environment="demo")))
    assert found.code == wanted
    assert found.severity is (WARNING if wanted == "request_refused" else CRITICAL)
    assert found.facts["code"] == code


def test_every_known_code_can_be_told() -> None:
    for code in CODES:
        said(findings.of_refusal(code, "words", MAIN))


def test_the_address_the_exchange_saw_is_named() -> None:
    found = findings.of_refusal("50110", "Your IP 203.0.113.9 is not included", MAIN)
    words = words_of(found, "en")
    assert "sees this machine as 203.0.113.9" in words.what
    assert "add 203.0.113.9 to the key" in words.cure


def test_the_regions_are_named_for_a_key_that_is_not_known() -> None:
    words = words_of(findings.of_refusal("50119", "API key doesn't exist", MAIN), "en")
    assert "region global, production" in words.what
    for hint in ("my.okx.com", '"eea"', "app.okx.com", '"us"', "assume theft"):
        assert hint in words.cure


def test_the_other_environment_is_named() -> None:
    for ours, other in (("production", "demo"), ("demo", "production")):
        found = findings.of_refusal("50101", "x", replace(MAIN, environment=ours))  # type: ignore[arg-type]
        assert f'"{other}"' in words_of(found, "en").cure


@pytest.mark.parametrize(
    ("offset_s", "code", "grade"),
    [
        (0.0, "clock_fine", OK),
        (5.0, "clock_fine", OK),
        (5.1, "clock_off", WARNING),
        (-5.1, "clock_off", WARNING),
        (-86400.0, "clock_off", WARNING),
        (None, "clock_unmeasured", WARNING),
    ],
)
def test_the_clock(offset_s: float | None, code: str, grade: Grade) -> None:
    found = said(findings.of_offset(offset_s, MAIN))
    assert (found.code, found.severity) == (code, grade)


@pytest.mark.parametrize(
    ("region", "environment", "url", "mixed"),
    [
        ("global", "production", {}, ""),
        ("global", "production", {"rest_url": "https://www.okx.com"}, ""),
        ("global", "production", {"rest_url": "https://eea.okx.com"}, "eea.okx.com"),
        ("eea", "production", {"rest_url": "https://www.okx.com"}, "www.okx.com"),
        ("eea", "demo", {"private_ws_url": "wss://wseea.okx.com/ws/v5/private"}, "wseea.okx.com"),
        ("us", "production", {"private_ws_url": "wss://proxy.example.org/ws"}, ""),
        ("us", "production", {"rest_url": "http://127.0.0.1:1"}, ""),
    ],
)
def test_addresses_of_another_region(region: Any, environment: Any, url: dict[str, str], mixed: str) -> None:
    given = hosts.endpoints(region, environment)._replace(**url)
    found = findings.of_addresses(given, replace(MAIN, region=region, environment=environment))
    assert [said(one).facts["hosts"] for one in found] == ([mixed] if mixed else [])


def test_what_else_can_be_said() -> None:
    assert said(findings.same_account(MAIN, "other")).severity is BLOCKING
    assert said(findings.of_silence("no route", MAIN)).severity is WARNING


AT = datetime(2026, 11, 3, tzinfo=UTC)


@pytest.mark.parametrize(
    ("hours", "due"), [(None, True), (0, False), (19.9, False), (20, True), (24 * 13, True), (-1, False)]
)
def test_a_signed_call_is_due_before_a_day_is_over(hours: float | None, due: bool) -> None:
    last = None if hours is None else AT - timedelta(hours=hours)
    assert findings.is_call_due(last, AT) is due
