"""Covers alertd/web/drilling.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alertd.alerts.lifecycle import Changes
from alertd.domain.command import CommandRefused, StartDrill
from tests.store.samples import NOW, make_alert
from tests.web.office import ANNA, VIEWER, office

DRILLS = "/api/v1/drills"


@pytest.mark.parametrize("body", [{}, {"account": "main", "comment": "monthly"}, {"sink": "deputy"}])
async def test_it_starts_one_and_says_what_it_is_called(tmp_path: Path, body: dict[str, Any]) -> None:
    async with office(tmp_path) as (shown, http):
        shown.changes = Changes(alerts=[make_alert(1)])
        said = await (await http.post(DRILLS, json=body, headers=ANNA)).json()
        assert shown.obeyed == [StartDrill(person="anna", at=NOW, **body)]
        assert said["drill"]["id"] == make_alert(1).short_id


async def test_what_is_refused_is_said(tmp_path: Path) -> None:
    async with office(tmp_path) as (shown, http):
        shown.refusal = CommandRefused("this drill goes on", "acknowledge it")
        answer = await http.post(DRILLS, json={}, headers=ANNA)
        assert (answer.status, (await answer.json())["problems"]) == (
            409,
            ["this drill goes on; acknowledge it"],
        )


async def test_who_may_only_look_starts_none(tmp_path: Path) -> None:
    async with office(tmp_path) as (shown, http):
        assert (await http.post(DRILLS, json={}, headers=VIEWER)).status == 403
        assert shown.obeyed == []
