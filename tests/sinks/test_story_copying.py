"""Covers alertd/sinks/story_copying.py"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from alertd.domain.action import ActionType
from alertd.domain.deed import Deed
from alertd.domain.events import CopyChange, CopyParty, CopyRelation
from alertd.sinks.speech import Speech
from alertd.sinks.story import Story
from alertd.sinks.story_copying import copying_story
from tests.sinks.samples import ANY, BERLIN, T

CODE = "25CD5A80241D6FE6"


def told(language: Any = "en", **changes: Any) -> Story:
    usual = {
        "margin_currency": "USDT",
        "trader": CODE,
        "trader_name": "anna",
        "copy_amount": Decimal(500),
        "profit_sharing_ratio": Decimal("0.1"),
        "began_at": T - timedelta(days=3),
    }
    event = CopyRelation(**{**ANY, **usual, **changes})
    return copying_story(Speech(language, BERLIN, T), event)


def test_one_that_alertd_ended_sends_nobody_looking_for_a_thief() -> None:
    deed = Deed(intent_id="k3f9", type=ActionType.STOP_COPYING, trader=CODE, at=T, explains=True)
    event = CopyRelation(**{**ANY, "trader": CODE, "change": CopyChange.LEFT})
    for language, said, denied in (
        ("en", "this was alertd itself", "If you did not end it"),
        ("zh", "这是 alertd 自己做的", "如果不是您结束的"),
    ):
        speech = Speech(language, BERLIN, T)
        steps = "\n".join(copying_story(speech, event, [deed]).steps)
        assert said in steps
        assert "k3f9" in steps
        assert denied not in steps
        assert denied in "\n".join(copying_story(speech, event).steps)


def lines(story: Story) -> str:
    return "\n".join([story.happened, *story.facts, *story.steps, *story.details])


def test_one_that_began() -> None:
    story = told(change=CopyChange.APPEARED)
    assert (story.subject, story.figure) == ("copying anna", "began")
    text = lines(story)
    assert "Amount for copying: 500 USDT" in text
    assert "Share of the profit for the lead trader: 10 %" in text
    assert f"Code of the lead trader: {CODE}" in text
    assert "3 days ago" in text
    assert "before:" not in text


def test_one_that_changed_says_only_what_did() -> None:
    story = told(
        change=CopyChange.CHANGED,
        changed=("copy_amount", "began_at"),
        copy_amount_before=Decimal(200),
        profit_sharing_ratio_before=Decimal("0.1"),
    )
    assert story.facts == [
        "Amount for copying: 500 USDT, before: 200 USDT",
        "It ended and began again meanwhile.",
    ]


def test_one_that_ended_says_what_may_be_left() -> None:
    story = told(change=CopyChange.LEFT)
    assert story.figure == "ended"
    assert "positions opened in copying" in story.steps[0]
    assert "loss limit" in story.steps[1]


@pytest.mark.parametrize(("name", "shown"), [("", CODE), ("evil\nname\u202e" + "x" * 90, "evil name")])
def test_a_name_from_outside_is_cut_to_one_line(name: str, shown: str) -> None:
    story = told(trader_name=name, change=CopyChange.LEFT)
    assert shown in story.subject
    assert "\n" not in story.subject
    assert len(story.subject) < 60


def test_figures_that_are_missing_are_left_out() -> None:
    bare = told(change=CopyChange.APPEARED, copy_amount=None, profit_sharing_ratio=None, began_at=None)
    assert bare.facts == []
    changed = ("copy_amount", "profit_sharing_ratio", "lead_mode")
    story = told(change=CopyChange.CHANGED, changed=changed, copy_amount=None, profit_sharing_ratio=None)
    assert story.facts[0] == "Amount for copying: ?, before: ?"
    assert story.facts[2].endswith("now: ?")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_followers(language: str) -> None:
    given = {"party": CopyParty.FOLLOWERS, "followers": 1200, "followers_before": 900}
    story = told(language, change=CopyChange.APPEARED, **given)
    assert story.figure == "900 -> 1,200"
    assert "1,200" in story.happened
