from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from alertd.domain.errors import ConfigError
from alertd.domain.events import Event
from alertd.rules.conditions import Conditions


@pytest.mark.parametrize(
    ("keys", "fields", "holds"),
    [
        ({}, {}, True),
        ({"match": {"leverage": "> 5"}}, {"leverage": 6.0}, True),
        ({"match": {"leverage": "> 5"}}, {"leverage": 5.0}, False),
        ({"match": {"leverage": "> 5"}}, {}, None),
        ({"match": {"instrument": "ETH"}}, {}, False),
        ({"match": {"instrument": "BTC*"}, "when": "leverage == 6.0"}, {"leverage": 6.0}, True),
        ({"match": {"instrument": "ETH*"}, "when": "leverage == 6.0"}, {"leverage": 6.0}, False),
        ({"when": "leverage == 6.0"}, {"leverage": 5.0}, False),
    ],
)
def test_conditions(
    make_event: Callable[..., Event],
    make_rule: Callable[..., Any],
    keys: dict[str, Any],
    fields: dict[str, Any],
    holds: bool | None,
) -> None:
    verdict = Conditions("r", make_rule(**keys)).judge(make_event("margin_state", **fields))
    assert (verdict.holds, verdict.error) == (holds, None)


def test_problems_name_rule_and_key(make_rule: Callable[..., Any]) -> None:
    with pytest.raises(ConfigError) as refused:
        Conditions("mine", make_rule(match={"x": "1", "leverage": "!"}, when="y > 1"))
    assert [line.partition(": ")[0] for line in refused.value.problems] == [
        "rules.mine.match.x",
        "rules.mine.match.leverage",
        "rules.mine.when",
    ]
