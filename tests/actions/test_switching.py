"""Covers alertd/actions/switching.py"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from alertd.actions.switching import standing, thrown
from alertd.domain.action import Mode, Switch
from alertd.domain.command import SwitchActions
from alertd.domain.events import Occasion
from alertd.domain.finding import Grade
from alertd.sinks.finding_words import words_of
from alertd.sinks.speech import Speech
from alertd.sinks.story_findings import findings_story
from alertd.sinks.texts import Language
from tests.actions.nouns import START, World, desk, plan

LANGUAGES: tuple[Language, ...] = ("en", "zh")
OFF = SwitchActions(person="anna", at=START, on=False)


def test_that_actions_are_off_is_said_with_who_and_since_when() -> None:
    [found] = standing(Switch(on=False, by="anna", at=START), [plan()])
    for language in LANGUAGES:
        words = words_of(found, language)
        assert "anna" in words.what
        assert "2026-03-01 12:00:00 UTC" in words.what
        assert "alertd actions on" in words.cure
    assert found.severity is Grade.WARNING


@pytest.mark.parametrize(
    ("switch", "mode"), [(Switch(), Mode.AUTO), (Switch(on=False, by="anna", at=START), Mode.OFF)]
)
def test_nothing_is_said_where_it_changes_nothing(switch: Switch, mode: Mode) -> None:
    assert standing(switch, [plan(mode=mode)]) == []


@pytest.mark.parametrize(
    ("on", "account", "code"),
    [
        (False, "", "actions_off"),
        (True, "", "actions_on"),
        (True, "main", "account_armed"),
        (False, "main", "account_disarmed"),
    ],
)
def test_whoever_throws_it_is_named_to_everybody(on: bool, account: str, code: str) -> None:
    event = thrown(SwitchActions(person="anna", at=START, on=on, account=account), START)
    assert (event.codes, event.occasion, event.worst) == ((code,), Occasion.SWITCHED, "warning")
    for language in LANGUAGES:
        story = findings_story(Speech(language, ZoneInfo("UTC"), START), event)
        assert "anna" in story.happened
        assert account in story.subject
        assert "{" not in story.subject + story.happened + story.steps[0]


def test_only_what_changes_something_is_told() -> None:
    made = desk(World())
    [told] = made.obey(OFF, START).events
    assert told == thrown(OFF, START)
    assert made.obey(OFF, START).events == ()
