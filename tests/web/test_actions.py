"""Covers alertd/web/actions.py: who may decide about actions, and what is shown of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from msgspec.structs import replace

from alertd.actions.desk import ActionDesk
from alertd.alerts.lifecycle import Changes
from alertd.cli.actions import switched_lines
from alertd.domain.action import ALL_TRADERS, ActionChanges, IntentState, Mode
from alertd.domain.command import AnyCommand
from tests.actions.nouns import ANN, BOB, World, alert, at, desk, moved, plan
from tests.web.office import ADMIN, AFAR, ANNA, BEN, CARA, VIEWER, Office, office

PATH = "/api/v1/actions"


class Deciding(Office):
    """Has a desk that asks two persons whether to stop copying two traders."""

    desk: ActionDesk

    def doors(self) -> Any:
        world = World(people={"admin", "ben", "cara"})
        self.desk = desk(world, plan(traders=(ANN, BOB), approvers=2, mode=Mode.APPROVE))
        return replace(super().doors(), now=lambda: at(2), switch=lambda: self.desk.switch)

    async def _command(self, command: AnyCommand) -> Changes:
        changes = self.desk.obey(command, at(2))
        await self.database.commit([], [], at(2), actions=changes)
        return Changes()

    async def triggered(self) -> str:
        """The id of the question about the first trader."""
        changes = self.desk.triggered(alert(), at(1))
        await self.database.commit([], [], at(1), actions=changes)
        return next(one.intent_id for one in changes.intents if one.trader == ANN)


async def asked(http: TestClient, path: str = PATH, **headers: str) -> tuple[int, Any]:
    async with http.get(path, headers=headers) as answer:
        return answer.status, await answer.json()


async def told(http: TestClient, what: str, who: Mapping[str, str], **body: Any) -> tuple[int, Any]:
    async with http.post(f"{PATH}/{what}", json=body, headers=dict(who)) as answer:
        return answer.status, await answer.json()


async def test_two_persons_let_it_go_and_every_step_names_its_person(tmp_path: Path) -> None:
    async with office(tmp_path, Deciding) as (shown, http):
        name = await shown.triggered()
        status, said = await told(http, "approve", BEN, id=name[:5], comment="go")
        assert (status, said["action"]["state"], said["action"]["approved_by"]) == (200, "awaiting", ["ben"])
        status, said = await told(http, "approve", BEN, id=name)
        assert (status, "ben has approved" in said["problems"][0]) == (409, True)
        status, said = await told(http, "approve", CARA, id=name)
        assert (status, said["action"]["state"]) == (200, "planned")
        status, said = await asked(http, f"{PATH}/{name}")
        assert status == 200
        assert [(one["number"], one["actor"], one["state"]) for one in said["steps"]] == [
            (0, "alertd", "awaiting"),
            (1, "ben", "awaiting"),
            (2, "cara", "planned"),
        ]
        assert said["action"]["event"]["instrument"] == "BTC-USDT-SWAP"
        assert said["action"]["config_hash"] == "c0ffee"


class ForAll(Deciding):
    """Has a desk that stops copying all traders."""

    def doors(self) -> Any:
        doors = super().doors()
        self.desk = desk(World(), plan(traders=(ALL_TRADERS,), mode=Mode.DRY_RUN))
        return doors


async def test_one_for_all_traders_is_shown_with_those_that_took_its_place(tmp_path: Path) -> None:
    async with office(tmp_path, ForAll) as (shown, http):
        changes = shown.desk.triggered(alert(), at(1))
        await shown.database.commit([], [], at(1), actions=changes)
        (parent,) = changes.intents
        changes = shown.desk.split(parent, {ANN: "Ann", BOB: ""}, at(2))
        await shown.database.commit([], [], at(2), actions=changes)
        _, said = await asked(http, f"{PATH}/{parent.intent_id}")
        assert sorted(one["trader"] for one in said["parts"]) == sorted((ANN, BOB))
        name = said["parts"][0]["id"]
        _, said = await asked(http, f"{PATH}/{name}")
        assert (said["action"]["parent"], said["parts"]) == (parent.intent_id, [])


async def test_one_person_forbids_it_and_the_other_question_stays(tmp_path: Path) -> None:
    async with office(tmp_path, Deciding) as (shown, http):
        name = await shown.triggered()
        status, said = await told(http, "deny", CARA, id=name, comment="I watch it")
        assert (status, said["action"]["state"], said["action"]["reason"]) == (200, "denied", "denied")
        _, said = await asked(http)
        assert [(one["trader"], one["state"]) for one in said["actions"]] == [(BOB, "awaiting")]
        _, said = await asked(http, f"{PATH}?state=denied")
        assert [one["id"] for one in said["actions"]] == [name]
        _, said = await asked(http, f"{PATH}?state=all&account=main&limit=1")
        assert len(said["actions"]) == 1
        assert (await asked(http, f"{PATH}?account=spare"))[1]["actions"] == []


@pytest.mark.parametrize("what", ["approve", "deny", "switch"])
@pytest.mark.parametrize(("who", "status"), [({}, 401), (VIEWER, 403), (ANNA, 403)])
async def test_nobody_decides_without_the_right_also_not_on_this_machine(
    tmp_path: Path, what: str, who: Mapping[str, str], status: int
) -> None:
    async with office(tmp_path, Deciding) as (shown, http):
        name = await shown.triggered()
        body: dict[str, Any] = {"on": False} if what == "switch" else {"id": name}
        assert (await told(http, what, who, **body))[0] == status
        assert [one.state for one in shown.desk.intents()] == ["awaiting", "awaiting"]
        assert shown.desk.switch.on


async def test_the_switch_calls_off_what_asks_and_says_who(tmp_path: Path) -> None:
    async with office(tmp_path, Deciding) as (shown, http):
        await shown.triggered()
        status, said = await told(http, "switch", ADMIN, on=False)
        assert (status, said["switch"]["on"], said["switch"]["by"]) == (200, False, "admin")
        assert said["may_have_been_sent"] == []
        _, said = await asked(http)
        assert (said["switch"]["on"], said["actions"]) == (False, [])
        status, said = await told(http, "switch", BEN, on=True, account="main")
        assert (status, said["switch"]["armed"]) == (200, ["main"])
        status, said = await told(http, "switch", BEN, on=True, account="nowhere")
        assert (status, "nowhere" in said["problems"][0]) == (409, True)


async def test_a_few_letters_are_enough_though_an_old_one_begins_alike(tmp_path: Path) -> None:
    async with office(tmp_path, Deciding) as (shown, http):
        name = await shown.triggered()
        old = replace(
            next(one for one in shown.desk.intents() if one.intent_id == name),
            intent_id=f"{name[:4]}222222",
            planned_at=at(-86400),
            ended_at=at(-86400),
            state=IntentState.DENIED,
        )
        await shown.database.commit([], [], at(1), actions=ActionChanges(intents=[old]))
        status, said = await told(http, "approve", BEN, id=name[:4])
        assert (status, said["action"]["id"], said["action"]["approved_by"]) == (200, name, ["ben"])


async def test_off_names_what_it_came_too_late_for(tmp_path: Path) -> None:
    async with office(tmp_path, Deciding) as (shown, http):
        name = await shown.triggered()
        for who in (BEN, CARA):
            await told(http, "approve", who, id=name)
        (planned,) = shown.desk.ready(at(2))
        changes = shown.desk.progressed(*moved(planned, IntentState.SENDING, at(3), requests=1), at(3))
        await shown.database.commit([], [], at(3), actions=changes)
        _, said = await told(http, "switch", ADMIN, on=False)
        assert [(one["id"], one["state"]) for one in said["may_have_been_sent"]] == [(name, "sending")]
        assert [line for line in switched_lines(said) if name in line]
        _, said = await told(http, "switch", ADMIN, on=True)
        assert not [line for line in switched_lines(said) if name in line]


@pytest.mark.parametrize(
    ("name", "status", "part"),
    [
        ("abc", 400, "too short"),
        ("zzzzzzzz", 404, "no action has the id"),
        ("%2F%2F%2F%2F%2F", 404, "no action"),
    ],
)
async def test_an_id_that_means_none_is_refused(tmp_path: Path, name: str, status: int, part: str) -> None:
    async with office(tmp_path, Deciding) as (_, http):
        found, said = await asked(http, f"{PATH}/{name}")
        assert (found, part in said["problems"][0]) == (status, True)
        found, said = await told(http, "approve", BEN, id="zzzzzzzz")
        assert (found, "no action has the id" in said["problems"][0]) == (404, True)


@pytest.mark.parametrize("body", [{}, {"id": 5}, {"id": "abcd", "force": True}, {"id": "a" * 101}])
async def test_a_body_that_cannot_be_read_is_refused(tmp_path: Path, body: dict[str, Any]) -> None:
    async with office(tmp_path, Deciding) as (_, http):
        assert (await told(http, "approve", BEN, **body))[0] == 400


async def test_from_afar_it_is_shown_to_those_who_may_read(tmp_path: Path) -> None:
    async with office(tmp_path, Deciding) as (_, http):
        assert (await asked(http, **AFAR))[0] == 401
        assert (await asked(http, **AFAR, **VIEWER))[0] == 200
        assert (await asked(http, f"{PATH}?state=going"))[0] == 400
