"""Covers alertd/web/acknowledging.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alertd.alerts.lifecycle import Changes
from alertd.domain.alert import AlertState
from alertd.domain.command import Acknowledge
from tests.store.samples import NOW, make_alert, resolved
from tests.web.office import ANNA, office

ACK = "/api/v1/alerts/ack"


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"alerts": ["abcd", "efgh"]}, {"alerts": ("abcd", "efgh")}),
        ({"account": "main", "comment": "mine"}, {"account": "main", "comment": "mine"}),
        ({"all": True}, {}),
    ],
)
async def test_it_says_which_alerts_are_meant(
    tmp_path: Path, body: dict[str, Any], wanted: dict[str, Any]
) -> None:
    async with office(tmp_path) as (shown, http):
        state = {"state": AlertState.ACKNOWLEDGED, "acknowledged_by": "anna", "acknowledged_at": NOW}
        shown.changes = Changes(alerts=[make_alert(1, **state)])
        said = await (await http.post(ACK, json=body, headers=ANNA)).json()
        assert shown.obeyed == [Acknowledge(person="anna", at=NOW, **wanted)]
        [one] = said["acknowledged"]
        assert said["count"] == 1
        assert (one["id"], one["state"]) == (make_alert(1).short_id, "acknowledged")
        assert one["acknowledged"]["by"] == "anna"


@pytest.mark.parametrize(
    "body",
    [{}, {"all": False}, {"alerts": []}, {"all": True, "account": "main"}, {"alerts": ["a"], "all": True}],
)
async def test_what_is_not_clear_is_refused(tmp_path: Path, body: dict[str, Any]) -> None:
    async with office(tmp_path) as (shown, http):
        answer = await http.post(ACK, json=body, headers=ANNA)
        assert (answer.status, shown.obeyed) == (409, [])
        assert "not clear which alerts are meant" in (await answer.json())["problems"][0]


OVER = [resolved(n, NOW) for n in (1, 2)]
ENDED = "alert {} is over since 2026-03-01 12:00:00 UTC (recovered)"


@pytest.mark.parametrize(
    ("names", "status", "said"),
    [
        ([OVER[0].short_id], 409, f"{ENDED.format(OVER[0].short_id)}; nothing is to be done"),
        (
            [OVER[0].short_id, OVER[1].short_id[:5]],
            409,
            ENDED.format(OVER[0].short_id),
        ),
        (["zzzz"], 404, "no open alert has the id 'zzzz'; no alert is open"),
        ([OVER[0].short_id, "zzzz"], 404, "no open alert has the id 'zzzz'"),
    ],
)
async def test_what_is_over_is_told_from_what_never_was(
    tmp_path: Path, names: list[str], status: int, said: str
) -> None:
    async with office(tmp_path) as (shown, http):
        await shown.store(OVER)
        shown.unknown = set(names)
        answer = await http.post(ACK, json={"alerts": names}, headers=ANNA)
        [problem] = (await answer.json())["problems"]
        assert (answer.status, shown.obeyed, said in problem) == (status, [], True), problem


async def test_what_is_over_does_not_keep_the_others_from_being_taken_care_of(tmp_path: Path) -> None:
    async with office(tmp_path) as (shown, http):
        await shown.store(OVER)
        shown.unknown = {alert.short_id for alert in OVER}
        names = [OVER[0].short_id, "abcd", OVER[1].short_id, "efgh"]
        said = await (await http.post(ACK, json={"alerts": names}, headers=ANNA)).json()
        assert shown.obeyed == [Acknowledge(person="anna", at=NOW, alerts=("abcd", "efgh"))]
        assert sorted(one["id"] for one in said["over"]) == sorted(alert.short_id for alert in OVER)
