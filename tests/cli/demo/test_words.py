"""Both languages say the same."""

from __future__ import annotations

from string import Formatter

import pytest

from alertd.cli.demo.scenarios import SCENARIOS
from alertd.cli.demo.words import WORDS, say
from alertd.simulators.script import Expected


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_every_text_exists_in_both_languages_with_the_same_placeholders() -> None:
    english, chinese = ({key: placeholders(text) for key, text in words.items()} for words in WORDS.values())
    assert english == chinese


@pytest.mark.parametrize(
    "expected", [one for scenario in SCENARIOS.values() for step in scenario.steps for one in step.expected]
)
def test_everything_a_scenario_expects_has_a_name(expected: Expected) -> None:
    assert f"name_{expected.rule or expected.kind}" in WORDS["en"]


def test_say_fills_placeholders() -> None:
    assert say("en", "step", number=2, count=12) == "step 2/12"
    assert say("zh", "step", number=2, count=12) == "步骤 2/12"
