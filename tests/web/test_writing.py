"""Covers alertd/web/writing.py, alertd/web/answers.py and alertd/web/commands.py, by the path of `ack`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from alertd.domain.command import CommandRefused
from alertd.web.commands import WRITES
from alertd.web.writing import Write
from tests.web.office import ADMIN, AFAR, ANNA, VIEWER, WRITER, WRONG, Office, office

ACK = "/api/v1/alerts/ack"


@pytest.fixture
async def asked(tmp_path: Path) -> AsyncIterator[tuple[Office, TestClient]]:
    async with office(tmp_path) as shown:
        yield shown


Asked = tuple[Office, TestClient]


@pytest.mark.parametrize(
    ("headers", "status", "problem"),
    [
        ({}, 401, "show a token: Authorization: Bearer TOKEN"),  # also at this machine
        (WRONG, 401, "show a token"),
        ({"Authorization": "Basic YTpi"}, 401, "show a token"),
        (VIEWER, 403, 'vera may not do this: people.vera.can lacks "{right}"'),
    ],
)
@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.path)
async def test_a_write_needs_a_person_who_may(
    asked: Asked, write: Write[Any], headers: dict[str, str], status: int, problem: str
) -> None:
    shown, http = asked
    answer = await http.post(write.path, json={"all": True}, headers=headers)
    said = await answer.json()
    assert (answer.status, said["ok"], shown.obeyed) == (status, False, [])
    assert said["problems"][0].startswith(problem.format(right=write.right))
    assert (answer.headers.get("WWW-Authenticate") == "Bearer") == (status == 401)


@pytest.mark.parametrize("headers", [WRITER, ANNA, ADMIN | AFAR])
async def test_who_may_is_obeyed(asked: Asked, headers: dict[str, str]) -> None:
    shown, http = asked
    assert (await http.post(ACK, json={"all": True}, headers=headers)).status == 200
    assert len(shown.obeyed) == 1


async def test_the_person_stands_in_the_command(asked: Asked) -> None:
    shown, http = asked
    said = await (await http.post(ACK, json={"account": "main", "comment": "hi"}, headers=ANNA)).json()
    assert (said["ok"], said["person"], said["acknowledged"]) == (True, "anna", [])
    [command] = shown.obeyed
    assert (command.person, command.comment) == ("anna", "hi")


@pytest.mark.parametrize(
    ("sent", "status", "problem"),
    [
        ({"data": b"{}", "headers": {"Content-Type": "text/plain"}}, 415, "send JSON"),
        ({"data": {"all": "true"}}, 415, "send JSON"),  # a form, which any page can send
        ({"data": b"", "headers": {"Content-Type": "application/json"}}, 400, "the body: is no JSON ("),
        ({"data": b"\xff", "headers": {"Content-Type": "application/json"}}, 400, "the body: is no JSON ("),
        ({"json": []}, 400, "the body: must be an object, not a list"),
        ({"json": {"alert": ["x"]}}, 400, 'the body: unknown key "alert"; did you mean "alerts"?'),
        ({"json": {"alerts": "x"}}, 400, "alerts: must be a list, not a text"),
        ({"json": {"alerts": ["abcd"] * 101}}, 400, "alerts: must hold at most 100 entries"),
        ({"json": {"all": True, "comment": "x" * 501}}, 400, "comment: must have at most 500 letters"),
        ({"json": {"all": True, "comment": "x" * 70_000}}, 413, "longer than 65536 bytes"),
    ],
)
async def test_what_cannot_be_read_is_refused_with_the_reason(
    asked: Asked, sent: dict[str, Any], status: int, problem: str
) -> None:
    shown, http = asked
    headers = ANNA | sent.pop("headers", {})
    answer = await http.post(ACK, headers=headers, **sent)
    said = await answer.json()
    assert (answer.status, said["ok"], shown.obeyed) == (status, False, [])
    assert problem in said["problems"][0]


async def test_a_refusal_says_why_and_what_to_do(asked: Asked) -> None:
    shown, http = asked
    shown.refusal = CommandRefused("not now", "try later")
    answer = await http.post(ACK, json={"all": True}, headers=ANNA)
    assert (answer.status, await answer.json()) == (409, {"ok": False, "problems": ["not now; try later"]})


async def test_a_write_cannot_be_done_by_reading(asked: Asked) -> None:
    shown, http = asked
    assert (await http.get(ACK, headers=ANNA)).status == 400  # taken for an alert called `ack`
    assert (await http.put(ACK, json={"all": True}, headers=ANNA)).status == 405
    assert shown.obeyed == []


_TEXTS = st.text(max_size=12) | st.sampled_from(["abcd", "main", "\0", "x" * 101])
_VALUES = st.none() | st.booleans() | st.integers() | _TEXTS | st.lists(_TEXTS, max_size=4)
_BODIES = st.dictionaries(
    st.sampled_from(["alerts", "account", "all", "comment", "other"]), _VALUES, max_size=4
)
_SENT = st.binary(max_size=40) | _BODIES.map(lambda body: json.dumps(body).encode())


@settings(max_examples=15, deadline=None)
@given(st.lists(_SENT, min_size=1, max_size=25))
def test_whatever_is_sent_is_obeyed_or_refused(bodies: list[bytes]) -> None:
    async def send(folder: Path) -> None:
        async with office(folder) as (shown, http):
            shown.unknown = {"abcd"}
            for body in bodies:
                before = len(shown.obeyed)
                answer = await http.post(ACK, data=body, headers=ANNA | {"Content-Type": "application/json"})
                said = await answer.json()
                assert answer.status in (200, 400, 404, 409), (body, said)
                assert said["ok"] is (answer.status == 200)
                assert len(shown.obeyed) == before + (answer.status == 200)

    with TemporaryDirectory() as folder:
        asyncio.run(send(Path(folder)))
