"""Covers alertd/web/silences.py."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from msgspec.structs import replace

from alertd.alerts.lifecycle import Changes
from alertd.alerts.silences import Silences
from alertd.domain.alert import Alert
from alertd.domain.command import AddSilence, AnyCommand, CommandRefused, ExpireSilence
from alertd.domain.silence import Matchers, Silence
from alertd.web.silences import listed
from tests.store.samples import NOW, make_alert
from tests.web.office import ANNA, VIEWER, Office, office

PATH, EXPIRE = "/api/v1/silences", "/api/v1/silences/expire"
BODY: dict[str, Any] = {"comment": "works", "for_s": 7200, "matchers": {"account": ["main"]}}


class Quiet(Office):
    """Makes the silences it is asked for, which cover two alerts each."""

    def __init__(self, database: Any) -> None:
        super().__init__(database)
        self.silences = Silences()

    def doors(self) -> Any:
        return replace(super().doors(), silences=self.silences.all)

    async def _command(self, command: AnyCommand) -> Changes:
        await super()._command(command)
        if isinstance(command, AddSilence):
            made = self.silences.made(command, [], NOW)
            self.silences.put(replace(made, began_at=NOW))
            self.open = [_muted(number, command.silence_id) for number in (1, 2)]
            return Changes(alerts=self.open, silences=[made, replace(made, began_at=NOW)])
        assert isinstance(command, ExpireSilence)
        over = replace(self.silences.running_one(command.silence_id), ended_at=NOW)
        self.silences.put(over)
        return Changes(silences=[over])


def _muted(number: int, silence_id: str) -> Alert:
    return make_alert(number, muted_by=(f"silence:{silence_id}",))


async def added(http: TestClient, **more: Any) -> tuple[int, Any]:
    async with http.post(PATH, json=BODY | more, headers=ANNA) as answer:
        return answer.status, await answer.json()


async def test_it_is_handed_on_and_shows_what_it_covers(tmp_path: Path) -> None:
    async with office(tmp_path, Quiet) as (shown, http):
        status, said = await added(http)
        assert (status, said["covers"], len(said["alerts"])) == (200, 2, 2)
        (command,) = shown.obeyed
        assert isinstance(command, AddSilence)
        assert (command.person, command.comment, command.forced) == ("anna", "works", False)
        assert command.matchers == Matchers(account=("main",))
        assert command.ends_at == NOW + timedelta(hours=2)
        assert (said["silence"]["id"], said["silence"]["state"]) == (command.silence_id, "active")
        assert said["silence"]["matchers"] == {"account": ["main"]}
        assert said["silence"]["mutes"] == 2


async def test_everything_that_can_be_said(tmp_path: Path) -> None:
    async with office(tmp_path, Quiet) as (shown, http):
        starts = NOW + timedelta(hours=1)
        matchers = {"rule": ["r*"], "severity": ["info", "warning"], "labels": {"owner": ["anna"]}}
        more = {"matchers": matchers, "force": True, "starts_at": starts.isoformat()}
        status, said = await added(http, **more)
        (command,) = shown.obeyed
        assert isinstance(command, AddSilence)
        assert (status, command.forced, command.starts_at) == (200, True, starts)
        assert command.ends_at == starts + timedelta(hours=2)
        assert command.matchers.labels == {"owner": ("anna",)}
        assert (said["silence"]["state"], said["silence"]["matchers"]) == ("coming", matchers)
        until = NOW + timedelta(hours=3)
        status, said = await added(http, for_s=None, until=until.isoformat())
        assert (status, said["silence"]["ends_at"]) == (200, until.isoformat())


@pytest.mark.parametrize(
    ("more", "status", "part"),
    [
        ({"comment": ""}, 400, "comment"),
        ({"for_s": None}, 409, "not clear how long"),
        ({"until": "2030-01-01T00:00:00+00:00"}, 409, "not clear how long"),
        ({"for_s": -1}, 400, "for_s"),
        ({"for_s": 1e300}, 400, "for_s"),
        ({"until": "2030-01-01T00:00:00", "for_s": None}, 400, "until"),
        ({"matchers": {"acount": ["main"]}}, 400, "acount"),
        ({"matchers": {"account": "main"}}, 400, "account"),
        ({"matchers": {}}, 409, "match every alert"),
        ({"for_s": 90_000}, 409, "longer than a silence may be (24 h)"),
    ],
)
async def test_what_cannot_be_meant_is_refused(
    tmp_path: Path, more: dict[str, Any], status: int, part: str
) -> None:
    async with office(tmp_path, Quiet) as (shown, http):
        found, said = await added(http, **more)
        assert (found, said["ok"]) == (status, False)
        assert part in said["problems"][0]
        assert shown.silences.all() == []


async def test_who_may_only_read_makes_and_ends_none(tmp_path: Path) -> None:
    async with office(tmp_path, Quiet) as (shown, http):
        for path, body in ((PATH, BODY), (EXPIRE, {"id": "x"})):
            async with http.post(path, json=body, headers=VIEWER) as answer:
                assert answer.status == 403
        assert shown.obeyed == []


async def test_it_is_listed_and_ended_once(tmp_path: Path) -> None:
    async with office(tmp_path, Quiet) as (_, http):
        _, said = await added(http)
        name = said["silence"]["id"]
        async with http.get(PATH) as answer:
            (one,) = (await answer.json())["silences"]
            assert (one["id"], one["mutes"], one["person"], one["comment"]) == (name, 2, "anna", "works")
        async with http.post(EXPIRE, json={"id": name}, headers=ANNA) as answer:
            ended = await answer.json()
            assert (ended["silence"]["state"], ended["told"]) == ("over", 0)
        async with http.post(EXPIRE, json={"id": name}, headers=ANNA) as answer:
            assert answer.status == 409
            assert f"silence {name} ended already" in (await answer.json())["problems"][0]
        async with http.get(PATH) as answer:
            assert (await answer.json())["silences"] == []
        async with http.get(PATH, params={"state": "all"}) as answer:
            assert [one["id"] for one in (await answer.json())["silences"]] == [name]
        async with http.get(PATH, params={"severity": "info"}) as answer:
            assert answer.status == 400


async def test_a_refusal_says_why(tmp_path: Path) -> None:
    async with office(tmp_path, Quiet) as (shown, http):
        shown.refusal = CommandRefused("it matches what is critical now: main r", "force it")
        status, said = await added(http)
        assert (status, said["problems"]) == (409, ["it matches what is critical now: main r; force it"])


def test_those_that_run_stand_first_by_their_ends_then_the_newest_of_the_others() -> None:
    def silence(name: str, ends_h: float, ended_h: float | None = None) -> Silence:
        return Silence(
            silence_id=name,
            matchers=Matchers(),
            person="anna",
            comment="",
            created_at=NOW,
            starts_at=NOW,
            ends_at=NOW + timedelta(hours=ends_h),
            ended_at=None if ended_h is None else NOW + timedelta(hours=ended_h),
        )

    all_of_them = [silence("old", 1, 1), silence("late", 9), silence("new", 8, 2), silence("soon", 3)]
    assert [one["id"] for one in listed(all_of_them, [], NOW)] == ["soon", "late", "new", "old"]
