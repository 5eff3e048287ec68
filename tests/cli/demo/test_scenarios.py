"""Which scenarios can be shown."""

from __future__ import annotations

import pytest

from alertd.cli.demo.command import ScenarioName
from alertd.cli.demo.scenarios import SCENARIOS, exchange_name_of, scene_of


def test_each_name_of_the_command_line_has_its_scenario() -> None:
    assert {one.value for one in ScenarioName} == SCENARIOS.keys()


@pytest.mark.parametrize(("name", "exchange"), [("fall", "OKX"), ("quiet", "OKX"), ("toobit", "Toobit")])
async def test_each_scenario_is_played_at_its_exchange(name: str, exchange: str) -> None:
    scene = scene_of(SCENARIOS[name], 2.0)
    assert scene.exchange_name == exchange == exchange_name_of(SCENARIOS[name])
    assert scene.scenario is SCENARIOS[name]
