"""`alertd drill` and `alertd away`, against a daemon that runs."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from alertd.cli.drill import _moment_of, result_lines
from tests.acceptance.house import House, Lodging, house, stored
from tests.cli.console import CommandLine, Said

NOON = datetime(2026, 12, 24, 12, tzinfo=UTC)


@pytest.fixture
def lodging(tmp_path: Path) -> Iterator[Lodging[House]]:
    with Lodging(lambda: house(tmp_path)) as lodging:
        yield lodging


@pytest.fixture
def tell(alertd: CommandLine, lodging: Lodging[House], tmp_path: Path) -> Callable[..., Said]:
    """A command to the daemon, with the token it keeps."""
    where = (
        "--url",
        f"http://127.0.0.1:{lodging.home.app.web_port}",
        "--token-file",
        str(tmp_path / "web.token"),
    )
    return lambda *args: alertd(*args, *where)


def test_a_drill_says_how_it_is_ended_and_waits_for_that_if_asked(
    tell: Callable[..., Said], lodging: Lodging[House], tmp_path: Path
) -> None:
    said = tell("drill", "--account", "main")
    started = re.search(r"drill (\w{8}) is on its way.*alertd ack \1", said.out)
    assert started is not None, said
    assert said.code == 0

    said = tell("drill", "--account", "main")
    assert (said.code, f"acknowledge it: alertd ack {started[1]}" in said.err) == (1, True), said
    assert tell("ack", started[1]).code == 0

    said = tell("drill", "--wait", "0.5")
    waited = re.search(r"nobody has acknowledged (\w{8}) yet", said.out)
    assert (said.code, waited is not None) == (1, True), said
    assert waited is not None
    assert tell("ack", waited[1]).code == 0

    # somebody answers a second one while this one waits
    with answering_thread(lodging, tmp_path):
        said = tell("drill", "--wait", "60")
    assert (said.code, "acknowledged by admin at " in said.out) == (0, True), said


@contextmanager
def answering_thread(lodging: Lodging[House], folder: Path) -> Iterator[None]:
    """A person who acknowledges a drill as soon as there is one."""

    async def answer() -> None:
        token = (folder / "web.token").read_text().strip()
        headers = {"Authorization": f"Bearer {token}"}
        alerts = f"http://127.0.0.1:{lodging.home.app.web_port}/api/v1/alerts"
        async with ClientSession(headers=headers) as http:
            found: list[dict[str, Any]] = []
            while not found:
                await asyncio.sleep(0.05)
                async with http.get(alerts) as listed:
                    found = (await listed.json())["alerts"]
            async with http.post(f"{alerts}/ack", json={"all": True}) as done:
                assert done.status == 200

    person = threading.Thread(target=lambda: lodging.call(answer()))
    person.start()
    yield
    person.join()


def test_what_does_not_exist_is_refused(tell: Callable[..., Said]) -> None:
    for args, says in (
        (("drill", "--sink", "fone"), "there is no sink 'fone'"),
        (("drill", "--account", "two"), "there is no account 'two'"),
        (("away", "--until", "8h", "--deputy", "fone"), "there is no sink 'fone'"),
        (("away", "--until", "1999-01-01T00:00", "--deputy", "hook"), "has passed already"),
        (("away", "--end"), "nobody is away"),
    ):
        said = tell(*args)
        assert (said.code, says in said.err) == (1, True), said


def test_a_deputy_is_tested_first(tell: Callable[..., Said], tmp_path: Path) -> None:
    going = ("away", "--until", "3d", "--deputy", "hook")
    said = tell(*going, "--wait", "0")
    tested = re.search(r"alertd ack (\w{8})", said.out)
    assert (said.code, "a test went to hook" in said.out, tested is not None) == (1, True, True), said
    assert tested is not None
    assert "nobody has acknowledged" in said.out
    assert tell("ack", tested[1]).code == 0

    said = tell(*going)
    assert (said.code, "admin is away until" in said.out) == (0, True), said
    said = tell("away", "--end")
    assert (said.code, "admin is back: escalations go to the usual" in said.out) == (0, True), said
    kinds = [kind for (kind,) in stored(tmp_path, "select kind from commands order by command_id")]
    assert kinds == ["StartDrill", "Acknowledge", "GoAway", "ComeBack"]


@pytest.mark.parametrize(
    "args",
    [
        (),
        ("--until", "8h"),
        ("--deputy", "hook"),
        ("--end", "--until", "8h"),
        ("--until", "tomorrow", "--deputy", "hook"),
        ("--until", "99999999d", "--deputy", "hook"),
    ],
)
def test_what_is_not_clear_asks_nobody(alertd: CommandLine, args: tuple[str, ...]) -> None:
    assert alertd("away", *args).code == 2


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("90m", NOON + timedelta(minutes=90)),
        ("8h", NOON + timedelta(hours=8)),
        (" 3d ", NOON + timedelta(days=3)),
        ("2026-12-27T18:00+01:00", datetime(2026, 12, 27, 17, tzinfo=UTC)),
        ("2026-12-27T18:00", datetime.fromisoformat("2026-12-27T18:00").astimezone()),
    ],
)
def test_times_and_spans(text: str, wanted: datetime) -> None:
    assert _moment_of(text, NOON) == wanted


def test_a_result_without_anything_has_no_lines() -> None:
    answer: dict[str, Any] = {}
    assert list(result_lines(answer)) == []
