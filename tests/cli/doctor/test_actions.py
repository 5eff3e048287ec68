"""Covers alertd/cli/doctor/actions.py"""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from alertd.cli.doctor.actions import of_actions
from alertd.clock import Clock
from alertd.domain.action import ActionChanges, Switch
from alertd.store.database import Database
from tests.acceptance.acting_house import copier
from tests.test_rehearsing import rehearsing


@pytest.mark.parametrize(
    ("switch", "codes"),
    [
        (None, ["action_ready"]),
        (Switch(on=True, by="anna"), ["action_ready"]),
        (Switch(on=False, by="anna"), ["actions_off", "action_ready_off"]),
    ],
)
async def test_nothing_could_be_carried_out_while_actions_are_off(
    tmp_path: Path, switch: Switch | None, codes: list[str]
) -> None:
    url = f"sqlite:///{tmp_path}/alertd.db"
    if switch is not None:
        database = await Database.open(url)
        await database.load()
        await database.commit([], [], Clock().now(), actions=ActionChanges(switch=switch))
        await database.close()
    async with rehearsing(copier()) as (_, _, _, settings):
        store = settings.store.model_copy(update={"url": SecretStr(url)})
        found = await of_actions(settings.model_copy(update={"store": store}), Clock())
    assert [one.code for one in found] == codes
    if switch is not None and not switch.on:
        assert found[0].facts["by"] == "anna"
