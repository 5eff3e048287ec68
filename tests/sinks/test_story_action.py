"""What people read of an action: never a success that is not proved, nor a rehearsal taken for the thing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from alertd.actions.guards import Guard
from alertd.actions.moves import Why
from alertd.domain.action import ActionType, IntentState, Mode, OpenPositions
from alertd.domain.events import ActionState
from alertd.domain.notification import Reason
from alertd.sinks.render import document_of
from alertd.sinks.speech import Reader
from alertd.sinks.texts import TEXTS, Language
from tests.sinks.samples import ANY, BERLIN, T, alert, delivery, told

LANGUAGES: tuple[Language, ...] = ("en", "zh")
# Of these one may read that it is done.
PROVED = (IntentState.CONFIRMED, IntentState.NOTHING_TO_DO)


def action(**changes: Any) -> ActionState:
    fields: dict[str, Any] = {
        **ANY,
        "observed_at": T,
        "intent_id": "k3f9abcd",
        "action": "stop_all",
        "action_type": ActionType.STOP_COPYING,
        "mode": Mode.APPROVE,
        "trader": "25CD5A80241D6FE6",
        "trader_name": "BigWhale",
        "rule": "margin_ratio",
        "open_positions": OpenPositions.CLOSE_AT_MARKET,
        **changes,
    }
    return ActionState(**fields)


def text(event: ActionState, reason: Reason = Reason.NEW, language: Language = "en") -> tuple[str, str]:
    message = told(alert(event, "action"), reason, language)
    return message.title, message.body


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("word", [*Guard, *Why])
def test_every_reason_of_ours_has_words(word: str, language: Language) -> None:
    assert f"action_reason_{word}" in TEXTS[language]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("exchange", ["okx", "toobit"])
@pytest.mark.parametrize("kind", list(ActionType))
@pytest.mark.parametrize("state", list(IntentState))
def test_each_state_of_each_action_is_told(
    state: IntentState, kind: ActionType, exchange: str, language: Language
) -> None:
    for reason in ("", "59269", "-120055", "none_of_ours", Guard.COOLDOWN):
        title, body = text(
            action(state=state, action_type=kind, exchange=exchange, reason=reason), language=language
        )
        assert title
        assert "{" not in title + body
        assert "k3f9abcd" in body


@pytest.mark.parametrize("state", [state for state in IntentState if state not in PROVED])
@pytest.mark.parametrize("reason", list(Reason))
def test_what_is_not_proved_is_never_called_done(state: IntentState, reason: Reason) -> None:
    title, body = text(action(state=state), reason)
    assert "DONE" not in title
    assert "stopped copying" not in title + body
    assert "every reading shows that it is done" not in body


@pytest.mark.parametrize("state", list(IntentState))
@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize(
    ("language", "begins"), [("en", "[DRY RUN, nothing sent]"), ("zh", "[演练，未发送]")]
)
def test_a_rehearsal_says_so_first(
    state: IntentState, reason: Reason, language: Language, begins: str
) -> None:
    title, body = text(action(state=state, mode=Mode.DRY_RUN), reason, language)
    assert title.startswith(begins)
    assert "alertd actions approve" not in body


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"state": "blocked", "reason": Guard.COOLDOWN}, "CRITICAL NOT stopped: cooldown: BigWhale, main"),
        (
            {"state": "expired", "reason": "nobody_answered"},
            "CRITICAL NOT stopped: nobody answered: BigWhale",
        ),
        ({"state": "verifying"}, "CRITICAL stopping BigWhale, not proved yet, main"),
        ({"state": "unconfirmed"}, "CRITICAL COULD NOT CONFIRM: stop copying BigWhale, main"),
        ({"state": "confirmed", "left": 2}, "CRITICAL stopped copying BigWhale: 2 left open, main"),
        (
            {"state": "awaiting", "trader": "*", "trader_name": ""},
            "CRITICAL approve? stop copying all traders, main",
        ),
    ],
)
def test_the_title_says_it_all(changes: dict[str, Any], title: str) -> None:
    assert text(action(**changes))[0].startswith(title)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", [state for state in IntentState if state not in PROVED])
@pytest.mark.parametrize("word", [*Guard, *Why])
def test_on_a_lock_screen_one_reads_why_and_of_whom(
    word: str, state: IntentState, language: Language
) -> None:
    title, _ = text(action(state=state, reason=word), language=language)
    assert "BigWhale" in title
    assert ".." not in title


@pytest.mark.parametrize(
    ("changes", "says", "never"),
    [
        ({"state": "held", "reason": "unreadable"}, "cannot be read now", "does not let"),
        ({"state": "failed", "reason": "unreadable"}, "It was not asked", "refuses"),
        ({"state": "held", "reason": "traders_unproved"}, "Take it as still copying", "is so already"),
        ({"state": "failed", "reason": "nobody_shown"}, "Take it as still copying", "refuses"),
        ({"state": "called_off", "reason": "switched_off", "requests": 2}, "was refused", "Nothing was sent"),
        ({"state": "denied", "reason": "denied", "requests": 2}, "was refused", "Nothing was sent"),
        (
            {"state": "unconfirmed", "reason": "positions_open", "requests": 1, "left": 1},
            "are still open",
            "may or may not",
        ),
        (
            {"state": "unconfirmed", "reason": "not_done", "requests": 3, "left": 1},
            "Take it as NOT done",
            "UNMANAGED",
        ),
        ({"state": "blocked", "reason": "no_trader", "trader": "", "trader_name": ""}, "not named", "nobody"),
    ],
)
def test_it_says_what_is_so_and_not_what_usually_is(changes: dict[str, Any], says: str, never: str) -> None:
    title, body = text(action(**changes))
    assert says in body
    assert never not in title + body


@pytest.mark.parametrize("reason", [Reason.NEW, Reason.RECOVERED])
@pytest.mark.parametrize("state", PROVED)
def test_whom_somebody_copies_again_is_not_called_stopped(state: IntentState, reason: Reason) -> None:
    title, body = text(action(state=state, reason="copied_again", left=0), reason)
    assert "BigWhale is copied again" in title
    assert "If you did not do that yourself" in body
    for word in ("DONE", "stopped copying", "No position"):
        assert word not in title + body


def test_a_rehearsal_that_would_fail_says_how_to_mend_it() -> None:
    assert (
        "Make a key with Read and Trade" in text(action(state="failed", mode=Mode.DRY_RUN, reason="50120"))[1]
    )


def test_a_question_says_how_to_answer_and_until_when() -> None:
    asked = action(state="awaiting", approvers=2, approved_by=("anna",), expires_at=T + timedelta(minutes=15))
    _, body = text(asked)
    assert "waits for 1 more of 2 approvals" in body
    assert "Approved by: anna" in body
    assert "Answer before 2026-03-01 14:18:05" in body
    assert "alertd actions approve k3f9abcd" in body
    assert "alertd actions deny k3f9abcd" in body


def test_what_is_left_is_unmanaged_and_named() -> None:
    left = action(
        state="confirmed",
        open_positions="leave_to_me",
        left=2,
        left_notional=Decimal("12345.6"),
        margin_currency="USDT",
        left_instruments=("BTC-USDT-SWAP", "ETH-USDT-SWAP"),
    )
    _, body = text(left)
    assert "Left open, UNMANAGED: 2 (BTC-USDT-SWAP, ETH-USDT-SWAP), worth 12,345.6 USDT" in body
    assert "close it yourself" in body
    hidden = document_of([delivery(alert(left, "action"))], Reader("en", BERLIN, "percent"), T).plain.body
    assert "UNMANAGED: 2" in hidden
    assert "12,345" not in hidden


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_left_to_the_lead_trader_is_not_called_unmanaged(language: Language) -> None:
    given = {"open_positions": "leader_closes", "left": 1, "left_instruments": ("BTC-USDT-SWAP",)}
    _, done = text(action(state="confirmed", **given), language=language)
    _, so_before = text(action(state="nothing_to_do", reason="already_so", **given), language=language)
    words = ("UNMANAGED", "Nobody manages") if language == "en" else ("无人管理",)
    stay = TEXTS[language]["action_open_leader_closes"]
    assert not any(word in done for word in words)
    assert stay in done
    assert all(word in so_before for word in words)
    assert stay not in so_before


def test_positions_that_could_not_be_read_count_as_open() -> None:
    _, body = text(action(state="unconfirmed", reason="positions_unread", left=None))
    assert "take them as open" in body


@pytest.mark.parametrize(
    ("exchange", "code", "said"),
    [("okx", "50018", "50018"), ("toobit", "-120055", "copied positions are still open")],
)
def test_a_refusal_for_now_names_the_code_the_next_try_and_the_place(
    exchange: str, code: str, said: str
) -> None:
    held = action(exchange=exchange, state="held", reason=code, until=T + timedelta(minutes=1))
    _, body = text(held)
    assert said in body
    assert "Tried again at 2026-03-01 14:04:05" in body
    assert "By hand" in body


@pytest.mark.parametrize(
    ("reason", "detail", "english", "chinese"),
    [
        (Guard.COOLDOWN, "confirmed", "The one before: done, and proved", "上一次：已完成并证实"),
        (Guard.COOLDOWN, "verifying", "The one before: verifying", "上一次：verifying"),
        (Guard.DENIED, "anna", "Denied by anna", "由 anna 拒绝"),
        (Guard.SWITCHED_OFF, "anna", "Switched off by anna", "由 anna 关闭"),
        (Guard.MAX_TRADERS, "10 < 12", "Traders at once, at most: 10 < 12", "同时处理的交易员上限：10 < 12"),
    ],
)
def test_what_the_guard_looked_at_is_said_in_words(
    reason: Guard, detail: str, english: str, chinese: str
) -> None:
    blocked = action(state=IntentState.BLOCKED, reason=reason, detail=detail)
    assert english in text(blocked)[1]
    assert chinese in text(blocked, language="zh")[1]


def test_a_reason_is_said_once() -> None:
    asked = text(action(state=IntentState.AWAITING, reason=Guard.NOT_ARMED, fallback=Guard.NOT_ARMED))[1]
    assert asked.count("the account is not armed") == 1
    for state, reason in (
        (IntentState.DENIED, Guard.DENIED),
        (IntentState.EXPIRED, Guard.NOBODY_ANSWERED),
        (IntentState.BLOCKED, Guard.COOLDOWN),
    ):
        assert "Why:" not in text(action(state=state, reason=reason))[1]
