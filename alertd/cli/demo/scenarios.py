"""Which scenarios can be shown, and the scene of each."""

from __future__ import annotations

from collections.abc import Mapping

from alertd.cli.demo.okx_scene import OkxScene
from alertd.cli.demo.scene import Scene
from alertd.cli.demo.toobit_scene import ToobitScene
from alertd.simulators.okx import scenario as okx
from alertd.simulators.toobit import scenario as toobit

Scenario = okx.Scenario | toobit.Scenario
SCENARIOS: Mapping[str, Scenario] = {**okx.SCENARIOS, **toobit.SCENARIOS}


def scene_of(scenario: Scenario, speed: float) -> Scene:
    """The scenario on its exchange; nothing is served yet."""
    if isinstance(scenario, okx.Scenario):
        return OkxScene(scenario, speed)
    return ToobitScene(scenario)


def exchange_name_of(scenario: Scenario) -> str:
    """For people."""
    return (OkxScene if isinstance(scenario, okx.Scenario) else ToobitScene).exchange_name
