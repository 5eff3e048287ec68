"""Covers alertd/sinks/story_outage.py."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alertd.domain.alert import Severity
from alertd.domain.events import CoverageState
from alertd.domain.notification import Reason
from alertd.sinks.figures import width
from alertd.sinks.message import Message
from alertd.sinks.texts import Language
from alertd.sinks.titles import TITLE_COLUMNS
from tests.sinks.samples import T, alert, coverage, told

THIRTY = ("main", "second", "third", *(f"account{number}" for number in range(4, 31)))
MANY = tuple(f"account{number}" for number in range(420))


def outage(
    reason: Reason = Reason.NEW,
    language: Language = "en",
    accounts: tuple[str, ...] = THIRTY,
    **changes: object,
) -> Message:
    fields = {
        "account": "",
        "stream": "",
        "cause": "connection",
        "accounts": accounts,
        "of_accounts": 30,
        "phase": "unreachable",
        "since": T - timedelta(seconds=60),
    }
    event = coverage(**(fields | changes))
    return told(alert(event, "coverage", severity=Severity.WARNING), reason, language)


def test_one_message_says_since_when_and_whom_it_concerns() -> None:
    message = outage()
    assert message.title == "WARNING OKX unreachable: 30 of 30 accounts"
    first, *lines = message.body.splitlines()
    assert first.startswith(
        "OKX unreachable since 2026-03-01 14:02:05 (CET, Europe/Berlin), 30 accounts:"
        " main, second, third and 27 more."
    )
    assert "silence means nothing" in first
    [names] = [line for line in lines if line.startswith("Accounts: ")]
    assert names == "Accounts: " + ", ".join(THIRTY)
    assert lines[-1].startswith("alertd did: it keeps trying")


def test_a_start_that_takes_long_says_how_long() -> None:
    message = outage(accounts=MANY, of_accounts=500, phase="connecting", seconds_left=250)
    assert message.title == "WARNING OKX connecting: 420 of 500, about 4 min left"
    assert message.body.startswith("Still connecting: 420 of 500 accounts, about 4 min left. OKX allows few")
    assert "account59 and 360 more" in message.body


def test_who_joined_and_who_is_back_is_seen() -> None:
    body = outage(joined=("account29", "account30"), back=("fourth", "fifth")).body
    assert "Joined later: account29, account30.\n" in body
    assert "Watched again meanwhile: fourth, fifth.\n" in body


def test_the_end_says_how_long_it_took_and_who_is_still_missing() -> None:
    message = outage(Reason.RECOVERED, state=CoverageState.WATCHED, back=THIRTY[1:], phase="")
    assert message.title == "RECOVERED OKX: watched again: 29 accounts"
    assert message.body.startswith(
        "Watched again after 1 min, 29 accounts: second, third, account4 and 26 more."
    )
    assert "Not yet, and told by itself from now on: main." in message.body
    assert "does not" not in message.body


def test_what_is_at_stake_and_whose_network_it_is_is_told() -> None:
    body = outage(positions=7, alarmed=True, blame="theirs").body
    assert "Positions open when last seen: 7\nAn alert was open there" in body
    assert "It is not this machine's network" in body
    ended = {"state": CoverageState.WATCHED, "back": THIRTY, "blame": "ours"}
    compared = outage(Reason.RECOVERED, missed=2, **ended).body
    assert "It was this machine's own network" in compared
    assert "Compared with the exchange's records: 2 missed." in compared
    assert "was not compared with the exchange's records" in outage(Reason.RECOVERED, **ended).body


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("phase", ["unreachable", "connecting", "lost", "unheard of"])
@pytest.mark.parametrize("accounts", [("main",), THIRTY, ("x" * 300, "second")])
def test_every_phase_is_told_in_every_language(
    language: Language, phase: str, accounts: tuple[str, ...]
) -> None:
    for reason in (Reason.NEW, Reason.WORSENED, Reason.REMINDER, Reason.RECOVERED):
        message = outage(reason, language, accounts, phase=phase)
        assert width(message.title) <= TITLE_COLUMNS
        assert "OKX" in message.body or reason is Reason.RECOVERED
        assert "{" not in message.body
