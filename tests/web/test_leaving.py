"""Covers alertd/web/leaving.py."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from alertd.alerts.away import DeputyUntested
from alertd.alerts.lifecycle import Changes
from alertd.domain.alert import Alert
from alertd.domain.command import AnyCommand, ComeBack, CommandRefused, GoAway, StartDrill
from alertd.domain.events import Away, Drill
from alertd.web.leaving import absence
from tests.store.samples import NOW, make_alert
from tests.web.office import ANNA, VIEWER, Office, office

AWAY, END = "/api/v1/away", "/api/v1/away/end"
UNTIL = NOW + timedelta(hours=8)
BODY = {"until": UNTIL.isoformat(), "deputy": "bobs_phone"}
OURS: dict[str, Any] = {"event_id": "x", "exchange": "", "account": "", "received_at": NOW}
ABSENCE = make_alert(1, event=Away(**OURS, person="anna", deputy="bobs_phone", until=UNTIL))
TEST = make_alert(2, event=Drill(**OURS, to_sink="bobs_phone"))


class Untested(Office):
    """The deputy has not answered yet."""

    async def _command(self, command: AnyCommand) -> Changes:
        if isinstance(command, GoAway):
            raise DeputyUntested("not tested", "test it")
        return await super()._command(command)


async def test_it_names_the_deputy_and_the_end(tmp_path: Path) -> None:
    async with office(tmp_path) as (shown, http):
        shown.changes = Changes(alerts=[ABSENCE])
        said = await (await http.post(AWAY, json=BODY, headers=ANNA)).json()
        assert shown.obeyed == [GoAway(person="anna", at=NOW, until=UNTIL, deputy="bobs_phone")]
        assert (said["away"]["deputy"], said["away"]["until"], said["drill"]) == (
            "bobs_phone",
            UNTIL.isoformat(),
            None,
        )


@pytest.mark.parametrize("going_on", [[], [TEST]])
async def test_a_deputy_who_was_not_tested_is_sent_one_test(tmp_path: Path, going_on: list[Alert]) -> None:
    async with office(tmp_path, Untested) as (shown, http):
        shown.open, shown.changes = going_on, Changes(alerts=[TEST])
        said = await (await http.post(AWAY, json=BODY, headers=ANNA)).json()
        assert (said["away"], said["drill"]["id"]) == (None, TEST.short_id)
        started = [] if going_on else [StartDrill(person="anna", at=NOW, sink="bobs_phone")]
        assert shown.obeyed == started


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"until": "2026-11-21T08:00:00", "deputy": "x"},
        {"until": "soon", "deputy": "x"},
        {**BODY, "to": 1},
    ],
)
async def test_what_cannot_be_read_is_refused(tmp_path: Path, body: dict[str, Any]) -> None:
    async with office(tmp_path) as (shown, http):
        assert (await http.post(AWAY, json=body, headers=ANNA)).status == 400
        assert shown.obeyed == []


async def test_it_ends_earlier(tmp_path: Path) -> None:
    async with office(tmp_path) as (shown, http):
        shown.changes = Changes(alerts=[ABSENCE])
        said = await (await http.post(END, json={}, headers=ANNA)).json()
        assert shown.obeyed == [ComeBack(person="anna", at=NOW)]
        assert said["away"]["person"] == "anna"


async def test_what_is_refused_is_said_and_who_only_looks_stays(tmp_path: Path) -> None:
    async with office(tmp_path) as (shown, http):
        shown.refusal = CommandRefused("nobody is away")
        assert (await http.post(END, json={}, headers=ANNA)).status == 409
        for path, body in ((AWAY, BODY), (END, {})):
            assert (await http.post(path, json=body, headers=VIEWER)).status == 403


@pytest.mark.parametrize(
    ("alerts", "deputy"), [([make_alert(2), ABSENCE], "bobs_phone"), ([make_alert(2)], None)]
)
def test_the_absence_in_force_is_found_among_what_is_open(alerts: list[Alert], deputy: str | None) -> None:
    found = absence(alerts)
    assert (found and found["deputy"]) == deputy
    assert found is None or (found["person"], found["until"]) == ("anna", UNTIL.isoformat())
