"""Covers alertd/actions/readiness.py."""

from __future__ import annotations

from typing import Any

import pytest

from alertd.actions.performing import Reading, Seen
from alertd.actions.readiness import of_code, of_reading, rehearsal
from alertd.domain.action import ActionType, Mode
from alertd.domain.finding import Grade
from alertd.sinks.finding_words import words_of
from alertd.sinks.texts import Language
from tests.actions.nouns import ANN, at, plan

LANGUAGES: tuple[tuple[Language, str], ...] = (("en", "if its key may trade"), ("zh", "若 key 有交易权限"))


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("50120", "action_key_read_only"),
        ("59258", "action_role_leads"),
        ("59283", "action_mode_wrong"),
        ("50121", "action_region_wrong"),
        ("50119", "action_key_unknown"),
        ("59269", "action_trader_missing"),
        ("59273", "action_copies_nobody"),
        ("59292", "action_trader_smart_sync"),
        ("59264", "action_trader_spot"),
        ("other_account", "action_other_account"),
        ("may_withdraw", "action_key_may_withdraw"),
        ("59999", "action_refused"),
    ],
)
def test_each_reason_has_a_message_and_a_cure_of_its_own(code: str, name: str) -> None:
    found = of_code(plan(), "main", code, ANN, "words of OKX")
    assert (found.code, found.account, found.part) == (name, "main", f"stop:{ANN}")
    for language in ("en", "zh"):
        told = words_of(found, language)
        assert told.what != name
        assert "stop" in told.what
        assert told.cure
        assert "?" not in told.what


def test_codes_of_another_exchange_are_not_taken_for_okx_s() -> None:
    made = plan(accounts={"main": "toobit"})
    assert of_code(made, "main", "50120").code == "action_refused"


@pytest.mark.parametrize(("mode", "grade"), [(Mode.DRY_RUN, Grade.WARNING), (Mode.AUTO, Grade.CRITICAL)])
def test_it_is_worse_where_it_counts(mode: Mode, grade: Grade) -> None:
    assert of_code(plan(mode=mode), "main", "50120").severity is grade


@pytest.mark.parametrize(
    ("reading", "name", "grade"),
    [
        ({"seen": Seen.NOT_DONE}, "action_ready", Grade.OK),
        ({"seen": Seen.DONE}, "action_trader_not_copied", Grade.INFO),
        ({"seen": Seen.DONE, "exists": False, "code": "59269"}, "action_trader_missing", Grade.CRITICAL),
        ({"seen": Seen.DONE, "exists": False, "code": "59285"}, "action_copies_nobody", Grade.CRITICAL),
        ({"seen": Seen.UNREADABLE, "code": "59292"}, "action_trader_smart_sync", Grade.CRITICAL),
        ({"seen": Seen.UNREADABLE, "code": "59264"}, "action_trader_spot", Grade.CRITICAL),
        ({"seen": Seen.UNREADABLE, "detail": "no route"}, "action_unread", Grade.WARNING),
        ({"seen": Seen.MIXED, "answer": "list: copying"}, "action_unread", Grade.WARNING),
    ],
)
def test_what_a_reading_says_beforehand(reading: dict[str, Any], name: str, grade: Grade) -> None:
    made = plan()
    found = of_reading(made, rehearsal(made, "main", ANN, at(0)), Reading(**reading), at(0))
    assert (found.code, found.severity) == (name, grade)


def test_what_is_so_already_is_fine_where_nobody_is_copied() -> None:
    made = plan(
        type=ActionType.PAUSE_LEADING, accounts={"main": "toobit"}, traders=("",), open_positions=None
    )
    found = of_reading(made, rehearsal(made, "main", "", at(0)), Reading(seen=Seen.DONE), at(0))
    assert (found.code, found.part) == ("action_ready_unasked", "stop")


def test_of_toobit_s_keys_nobody_learns_beforehand_whether_they_may_trade() -> None:
    made = plan(accounts={"main": "toobit"}, open_positions=None)
    found = of_reading(made, rehearsal(made, "main", ANN, at(0)), Reading(seen=Seen.NOT_DONE), at(0))
    assert (found.code, found.severity) == ("action_ready_unasked", Grade.INFO)
    for language, may_trade in LANGUAGES:
        words = words_of(found, language)
        assert may_trade in words.what
        assert "action_api_key" in words.cure
