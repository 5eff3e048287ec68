"""What is shown of an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from alertd.alerts.chain import Chain, Step
from alertd.alerts.settings import RouteSettings
from alertd.cli.route.found import Asked, Found
from alertd.cli.route.lines import as_json, lines_of
from alertd.domain.events import CopyDigest, Summary
from alertd.domain.notification import Address, Notification, Reason
from tests.alerts.nouns import START, alert_of, coverage
from tests.cli.route.answers import found

ROUTE = RouteSettings.model_validate(
    {"match": {"severity": ["info", "warning"], "labels": {"owner": "bo"}}, "sinks": ["phone", "mail"]}
)
FITS = Asked(0, ROUTE, {})
DOES_NOT = Asked(1, ROUTE, {"severity": "critical", "labels.owner": None})
ADDRESSES = (
    Address(sink="phone"),
    Address(sink="mail", not_before=START + timedelta(hours=3), batched=True),
    Address(sink="chat", not_before=START + timedelta(seconds=5), batched=True),
    Address(
        sink="call", not_before=START + timedelta(seconds=60), stands_in_for=(("phone", "mail"), ("chat",))
    ),
)
HELD = {"mail": START + timedelta(hours=3)}


def test_an_answer_for_people() -> None:
    one = found(*ADDRESSES, held=HELD, asked=[FITS, DOES_NOT], wakes_at_once=("call",))
    assert list(lines_of(one)) == [
        "critical margin_state (new) of main, BTC-USDT-SWAP, at Sun 2026-03-01 13:00 CET",
        "\nroutes",
        "  routes[0] fits -> phone, mail",
        "  routes[1] does not fit: severity is critical, not info or warning; "
        "labels.owner is not given, not bo",
        "\nit goes to",
        "  phone: at once",
        "  mail: when quiet hours are over, Sun 2026-03-01 16:00 CET, in one message with others",
        "  chat: after 5 s, in one message with others",
        "  call: after 60 s, unless phone or mail, and chat has taken it by then",
        "\nwhile nobody acknowledges",
        "  after 60 s: beep, call",
        "  after 300 s: desk",
        "  and so on from the last step",
        "  at once, liquidation is near: call",
        "\nreminders",
        "  phone: after 120, 300.5 s, then every 300.5 s",
        "  mail: none",
    ]


SUMMARY = Notification(
    alert=alert_of(Summary(event_id="s", exchange="", account="", received_at=START)),
    reason=Reason.NEW,
    created_at=START,
)


DIGEST = Notification(
    alert=alert_of(CopyDigest(event_id="d", exchange="okx", account="main", received_at=START)),
    reason=Reason.NEW,
    created_at=START,
)


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ({"asked": []}, "  none: everything goes to every sink"),
        ({"asked": [DOES_NOT]}, "  none fits: it goes to every sink that it may go to"),
        (
            {"notification": SUMMARY, "asked": [FITS]},
            "  a summary goes where critical news of any account would, unless a route names its kind",
        ),
        (
            {"notification": DIGEST, "asked": [DOES_NOT]},
            "  a digest goes where critical news of its account would, unless a route names its kind",
        ),
        ({"remind_s": {"phone": ()}, "chain": Chain()}, "\nreminders: none"),
    ],
)
def test_what_else_decides_is_said(more: dict[str, Any], line: str) -> None:
    assert line in list(lines_of(found(Address(sink="phone"), **more)))


def test_an_answer_for_machines() -> None:
    one: Found = found(
        *ADDRESSES[1:], held=HELD, asked=[FITS, DOES_NOT], chain=Chain((Step(60.0, ("call",)),))
    )
    assert as_json(one) == {
        "event": {
            "severity": "critical",
            "kind": "margin_state",
            "account": "main",
            "instrument": "BTC-USDT-SWAP",
            "labels": {},
            "reason": "new",
        },
        "at": "2026-03-01T13:00:00+01:00",
        "routes": [
            {"route": 0, "fits": True, "misfits": {}},
            {"route": 1, "fits": False, "misfits": {"severity": "critical", "labels.owner": None}},
        ],
        "addresses": [
            {
                "sink": "mail",
                "not_before": "2026-03-01T16:00:00+01:00",
                "quiet": True,
                "batched": True,
                "stands_in_for": [],
            },
            {
                "sink": "chat",
                "not_before": "2026-03-01T13:00:05+01:00",
                "quiet": False,
                "batched": True,
                "stands_in_for": [],
            },
            {
                "sink": "call",
                "not_before": "2026-03-01T13:01:00+01:00",
                "quiet": False,
                "batched": False,
                "stands_in_for": [["phone", "mail"], ["chat"]],
            },
        ],
        "escalate": [{"after_s": 60.0, "sinks": ["call"]}],
        "wakes_at_once": [],
        "remind_s": [120.0, 300.5],
        "reminders": {"phone": [120.0, 300.5], "mail": []},
    }


def test_what_is_of_no_account_says_so() -> None:
    assert next(lines_of(found(notification=SUMMARY))).startswith("critical summary (new) of no account, at ")


def test_without_an_instrument_none_is_shown() -> None:
    told = Notification(
        alert=alert_of(coverage(), labels={"owner": "anna"}),
        reason=Reason.WORSENED,
        created_at=START,
    )
    assert next(lines_of(found(notification=told))).startswith(
        "critical coverage (worsened) of main owner=anna, at "
    )


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (
            Reason.RECOVERED,
            "  and whoever else was told of it: by a step of the chain, or in place of others",
        ),
        (Reason.ACKNOWLEDGED, "  whom the chain has told, but for sinks that wake a sleeper"),
    ],
)
def test_what_only_the_store_knows_is_said_so(reason: Reason, words: str) -> None:
    told = Notification(alert=alert_of(coverage()), reason=reason, created_at=START)
    assert words in list(lines_of(found(notification=told)))
    assert words not in list(lines_of(found()))
