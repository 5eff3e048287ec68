"""Covers alertd/sinks/story_leader.py"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from alertd.domain.alert import Alert
from alertd.domain.events import Direction, LeaderChange, LeaderMove, LeaderState
from alertd.domain.notification import Reason
from alertd.sinks.speech import Speech
from alertd.sinks.stories import heard, story_of
from alertd.sinks.story import Story
from tests.sinks.samples import ANY, BERLIN, T, alert

WHO = {"trader": "25CD5A80241D6FE6", "trader_name": "anna", "margin_currency": "USDT"}
ORDER = {"instrument": "BTC-USDT-SWAP", "direction": Direction.LONG}


def change(move: LeaderMove, **given: Any) -> LeaderChange:
    return LeaderChange(**{**ANY, **WHO, "change": move, **given})


def state(**given: Any) -> LeaderState:
    return LeaderState(**{**ANY, **WHO, **given})


def story(told: Alert, language: Any = "en", reason: Reason = Reason.NEW, privacy: Any = "full") -> Story:
    speech = Speech(language, BERLIN, T, privacy)
    return story_of(speech, heard(speech, told), reason)


def lines(one: Story) -> str:
    return "\n".join([one.subject, one.figure, one.happened, *one.facts, *one.steps, *one.details])


def test_an_order_that_is_opened() -> None:
    told = story(
        alert(
            change(
                LeaderMove.ORDER_OPENED, **ORDER, leverage=Decimal(20), median_leverage=Decimal(5),
                size=Decimal(3), entry_price=Decimal(64000), mark_price=Decimal(63000),
                price_move=Decimal("-0.015625"), opened_at=T - timedelta(hours=3),
            ),
            "mine",
        )
    )  # fmt: skip
    assert (told.subject, told.figure) == ("lead trader anna, BTC-USDT-SWAP long", "opened")
    assert told.happened == "anna opened BTC-USDT-SWAP long."
    assert "Leverage: 20x" in told.facts
    assert "Usual leverage of this trader: 5x" in told.facts
    assert "Entry 64,000, mark 63,000: -1.6 % in its favour" in told.facts
    assert "Opened:" in lines(told)


def test_a_jump_is_said_first() -> None:
    jumped = change(LeaderMove.ORDER_OPENED, **ORDER, leverage=Decimal(20), leverage_jump=Decimal(4))
    told = story(alert(jumped, "leader_leverage", figure="leverage_jump", value=Decimal(4)))
    assert told.figure == "4 times its usual leverage"
    assert told.happened == "anna uses 4 times its usual leverage on BTC-USDT-SWAP long."


def test_adding_to_a_loser_is_said_and_adding_to_a_winner_is_not() -> None:
    losing = change(
        LeaderMove.ORDER_GROWN, **ORDER, profit_rate=Decimal("-0.3"), size=Decimal(4), size_before=Decimal(2)
    )
    assert "while it loses" in story(alert(losing, "leader_adds_to_loser")).happened
    assert "Size: 4, before: 2" in story(alert(losing, "leader_adds_to_loser")).facts
    winning = change(LeaderMove.ORDER_GROWN, **ORDER, profit_rate=Decimal("0.3"))
    assert "loses" not in story(alert(winning, "mine")).happened


def test_a_result() -> None:
    closed = change(
        LeaderMove.ORDER_CLOSED,
        **ORDER,
        profit=Decimal("-12.5"),
        entry_price=Decimal(10),
        close_price=Decimal(9),
    )
    text = lines(story(alert(closed, "mine")))
    assert "Result: -12.5 USDT" in text
    assert "Entry 10, closed at 9" in text


def test_followers_are_told_as_the_least_it_can_be() -> None:
    left = change(LeaderMove.FOLLOWERS_LEFT, left=7, joined=2, followers=10, followers_before=15)
    told = story(alert(left, "mine"))
    assert told.happened == "At least 7 people stopped copying anna."
    assert "Followers: 10, before: 15" in told.facts


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("move", LeaderMove)
def test_every_change_has_its_words(move: LeaderMove, language: Any) -> None:
    told = story(alert(change(move, changed=("a", "b"), detail="why"), "mine"), language)
    assert told.happened
    assert told.figure
    assert "{" not in lines(told)


@pytest.mark.parametrize(
    ("figure", "value", "wanted"),
    [
        ("equity_share", "1.1", "near the minimum"),
        ("day_share", "0.9", "most of today's number"),
        ("silent_for_s", "864000", "has not traded for 10 days"),
        ("hold_ratio", "6", "far longer than it usually does"),
        ("worst_profit_rate", "-0.7", "Your rule mine fired"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_how_a_trader_stands_is_told_by_what_the_rule_looked_at(
    figure: str, value: str, wanted: str, language: Any
) -> None:
    event = state(**ORDER, **{figure: Decimal(value)}, equity=Decimal(110), equity_minimum=Decimal(100))
    told = story(alert(event, "mine", figure=figure, value=Decimal(value)), language)
    assert "{" not in lines(told)
    assert told.figure
    if language == "en":
        assert wanted in told.happened
    over = story(alert(event, "mine", figure=figure, value=Decimal(value)), language, Reason.RECOVERED)
    assert over.figure == ""
    assert over.steps == []


def test_who_may_see_no_money_hears_of_shares_only() -> None:
    event = state(equity=Decimal(787878), equity_minimum=Decimal(787870), equity_share=Decimal("1.1"))
    told = lines(story(alert(event, "mine", figure="equity_share", value=Decimal("1.1")), privacy="percent"))
    assert "7878" not in told.replace(",", "")
    assert "110 %" in told
    assert "anna" in told


def test_of_the_account_itself_nobody_is_told_to_stop_copying() -> None:
    grown = change(LeaderMove.ORDER_GROWN, **ORDER, is_own=True, profit_rate=Decimal("-0.3"))
    told = story(alert(grown, "leader_adds_to_loser"))
    assert told.subject == "lead trading, BTC-USDT-SWAP long"
    assert told.happened == "This account added to BTC-USDT-SWAP long while it loses."
    assert told.steps == [
        "If it was neither you nor your bot: look at the OKX app now, and at your API keys."
    ]
    low = state(equity_share=Decimal("1.1"), is_own=True)
    told = story(alert(low, "lead_equity_low", figure="equity_share", value=Decimal("1.1")))
    assert told.subject == "lead trading"
    assert told.steps == ["Move money into the account that leads, or expect that the next trade is not led."]
    silent = state(silent_for_s=Decimal(864000), is_own=True)
    told = story(alert(silent, "leader_silent", figure="silent_for_s", value=Decimal(864000)))
    assert "copying" not in " ".join(told.steps)
