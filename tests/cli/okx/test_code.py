"""`alertd okx code`."""

from __future__ import annotations

import json

import pytest

from alertd.exchanges.okx.texts import copy_trading_text
from tests.cli.console import CommandLine


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    ("code", "message"), [("59130", ""), ("59130", "take profit too high"), ("59259", "")]
)
def test_meaning_and_cure(code: str, message: str, language: str, alertd: CommandLine) -> None:
    text = copy_trading_text(code, message, "zh" if language == "zh" else "en")
    said = alertd("okx", "code", code, "--message", message, "--language", language)
    assert (said.code, said.err) == (0, "")
    assert f"meaning: {text.meaning}\ncure: {text.cure}\n" in said.out


def test_the_message_chooses_between_two_meanings(alertd: CommandLine) -> None:
    first = alertd("okx", "code", "59130", "--message", "The take profit percentage is too high")
    second = alertd("okx", "code", "59130", "--message", "You cannot repay in the borrowed currency")
    assert first.out != second.out


def test_what_alertd_does_about_a_code_it_can_meet(alertd: CommandLine) -> None:
    said = alertd("okx", "code", "60024", "--json")
    answer = json.loads(said.out)
    assert answer["ok"] is True
    assert answer["classification"] == "credentials"
    assert answer["reason"]


def test_a_copy_trading_code_is_not_given_a_classification_it_has_not(alertd: CommandLine) -> None:
    assert "classification" not in json.loads(alertd("okx", "code", "59130", "--json").out)


def test_an_unknown_code_fails(alertd: CommandLine) -> None:
    said = alertd("okx", "code", "1")
    assert (said.code, said.out) == (1, "")
    assert "unknown code 1" in said.err
    as_json = alertd("okx", "code", "1", "--json")
    assert (as_json.code, json.loads(as_json.out)) == (1, {"ok": False, "code": "1"})
