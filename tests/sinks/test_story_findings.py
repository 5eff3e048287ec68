"""Covers alertd/sinks/story_findings.py and finding_words.py."""

from __future__ import annotations

import re
from typing import Any

import pytest

from alertd.domain.alert import Severity
from alertd.domain.events import Findings, Occasion
from alertd.domain.finding import Finding, Grade
from alertd.sinks.finding_words import words_of
from alertd.sinks.message import Message
from alertd.sinks.texts import TEXTS
from tests.sinks.samples import ANY, alert, coverage, told

OFF = Finding(code="warnings_off", severity=Grade.WARNING, account="main")
UNBOUND = Finding(code="key_unbound", severity=Grade.INFO, account="desk")
NOBODY = Finding(code="no_watcher", severity=Grade.INFO)
WITHDRAW = Finding(code="key_may_withdraw", severity=Grade.BLOCKING, account="main")


def message(*found: Finding, language: Any = "en", **changes: Any) -> Message:
    grades = [one.severity for one in found]
    fields = {
        "worst": max(grades, key=lambda grade: grade.rank, default=Grade.OK),
        "accounts": ("main", "desk"),
        "findings": found,
        **changes,
    }
    event = Findings(**{**ANY, "account": "", "exchange": ""}, **fields)
    return told(alert(event, "findings", severity=Severity.WARNING), language=language)


def test_a_start_with_nothing_to_mend() -> None:
    assert message().title == "WARNING alertd started: 2 accounts, nothing to mend"
    start = message(NOBODY)
    assert start.title == "WARNING alertd started: 2 accounts, nothing urgent"
    assert start.body.startswith("alertd has started and watches: main, desk.\n")
    assert "- INFO No outside watcher: if this server dies, you hear nothing." in start.body


def test_a_start_with_findings_names_each_and_its_cure() -> None:
    start = message(OFF, UNBOUND)
    assert start.title == "WARNING alertd started: 2 accounts, 1 to mend"
    lines = start.body.splitlines()
    assert any(line.startswith("- WARNING main: OKX sends no liquidation warnings") for line in lines)
    assert "1. main: In the OKX app switch the liquidation alerts of this account on." in lines
    assert any(line.startswith("2. desk: On OKX's API page bind") for line in lines)


def test_the_worst_is_counted_in_the_title() -> None:
    assert message(WITHDRAW, OFF).title.endswith("2 accounts, 1 blocking")
    assert message(OFF, OFF, accounts=("main",)).title.endswith("1 account, 2 to mend")


def test_what_is_found_later_and_what_was_asked_for_are_called_so() -> None:
    assert message(OFF, occasion=Occasion.CHANGE).title.startswith("WARNING alertd found something")
    assert "proves that this way to you works" in message(occasion=Occasion.DOCTOR).body


def test_many_findings_are_cut() -> None:
    many = [Finding(code="warnings_off", severity=Grade.WARNING, account=f"a{i}") for i in range(40)]
    start = message(*many, accounts=tuple(f"a{i}" for i in range(40)))
    assert "- and 28 more; they stand in the log" in start.body
    assert "a19, +20" in start.body


def test_in_chinese() -> None:
    start = message(WITHDRAW, NOBODY, language="zh")
    assert "alertd 已启动" in start.title
    assert "- 阻止 main：这个 key 可以提币" in start.body


def test_a_code_without_a_text_is_shown_as_it_is() -> None:
    assert words_of(Finding(code="of_tomorrow", severity=Grade.INFO), "en") == ("INFO", "of_tomorrow", "")


def test_facts_from_outside_are_one_line_and_clipped() -> None:
    facts = {"code": "50030", "detail": "a\nb\x07" + "x" * 900}
    words = words_of(Finding(code="key_refused", severity=Grade.CRITICAL, facts=facts), "en")
    assert "\n" not in words.what
    assert "\x07" not in words.what
    assert len(words.what) < 400


def test_words_of_ours_are_translated_and_names_are_not() -> None:
    facts = {"mode": "portfolio"}
    found = Finding(code="mode_forbids_copying", severity=Grade.WARNING, facts=facts)
    assert "Portfolio margin mode" in words_of(found, "en").what
    assert "组合保证金模式" in words_of(found, "zh").what


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_cure_belongs_to_a_finding(language: Any) -> None:
    keys = TEXTS[language]
    cures = {name.removeprefix("cure_") for name in keys if name.startswith("cure_")}
    assert cures <= {name.removeprefix("finding_") for name in keys if name.startswith("finding_")}


@pytest.mark.parametrize("code", ["60032", "50119", "60005", "50111", "50100", "4007"])
def test_a_lost_key_says_to_assume_theft(code: str) -> None:
    body = told(alert(coverage(code=code), "account_parked")).body
    assert "assume theft: freeze withdrawals at OKX, change the password" in body
    zh = told(alert(coverage(code=code), "account_parked"), language="zh").body
    assert re.search("按被盗处理：在 OKX 冻结提币，修改密码", zh)


@pytest.mark.parametrize("code", ["60024", "50101", "50110", "60009"])
def test_a_slip_in_the_configuration_is_no_theft(code: str) -> None:
    assert "theft" not in told(alert(coverage(code=code), "account_parked")).body


def test_the_address_the_exchange_saw_stands_in_the_alert() -> None:
    seen = coverage(
        code="50110", detail="Your IP 203.0.113.9 is not included in your API key's IP whitelist."
    )
    assert "OKX sees this machine as 203.0.113.9" in told(alert(seen, "account_parked")).body
    unnamed = coverage(code="50110", detail="Your IP is not included.")
    assert "this machine's IP address is not on the key's list" in told(alert(unnamed, "account_parked")).body


@pytest.mark.parametrize(
    ("code", "why", "step"),
    [
        ("may_withdraw", "The key may withdraw money", "make a key with Read only for [accounts.main]"),
        ("same_account", "belongs to the same account of OKX as another one", "Remove [accounts.main]"),
    ],
)
def test_a_key_that_alertd_itself_refuses(code: str, why: str, step: str) -> None:
    body = told(alert(coverage(code=code, detail="x"), "account_parked")).body
    assert why in body
    assert step in body
    assert "refuses the login" not in body
