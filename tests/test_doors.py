"""Covers alertd/doors.py; what is done behind them stands in tests/acceptance/test_people.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from structlog.testing import capture_logs

from alertd.clock import Clock
from alertd.config import Settings
from alertd.doors import open_doors
from alertd.web.doors import Doors


def settings(folder: Path, **more: Any) -> Settings:
    made = Settings(**more)
    return made.kept_in(folder)


class House:
    """Whatever is not asked while the doors are opened."""

    def __getattr__(self, name: str) -> Any:
        return None


async def opened(*in_force: Settings) -> Doors:
    """Doors of a daemon that is reloaded each time it is asked."""
    rest = iter((*in_force, *[in_force[-1]] * 9))
    house = cast("Any", House())
    return await open_doors(lambda: next(rest), house, house, house, Clock())


def name_of(doors: Doors, token: str) -> str | None:
    caller = doors.callers().who(f"Bearer {token}")
    return None if caller is None else caller.name


async def test_without_a_web_token_one_is_kept_for_this_machine(tmp_path: Path) -> None:
    doors = await opened(settings(tmp_path))
    token = (tmp_path / "web.token").read_text().strip()
    assert name_of(doors, token) == "admin"
    assert name_of(await opened(settings(tmp_path)), token) == "admin"  # the next start


async def test_a_web_token_takes_its_place_and_people_come_and_go_with_a_reload(tmp_path: Path) -> None:
    anna = {"anna": {"token": "annas-own-token-1"}}
    before, after = settings(tmp_path), settings(tmp_path, web={"token": "given"}, people=anna)
    doors = await opened(before, before, after)
    token = (tmp_path / "web.token").read_text().strip()
    assert name_of(doors, token) == "admin"
    assert name_of(doors, token) is None
    assert name_of(doors, "given") == "admin"
    assert name_of(doors, "annas-own-token-1") == "anna"


async def test_what_may_be_named_follows_the_configuration(tmp_path: Path) -> None:
    account = {"exchange": "okx", "api_key": "k", "api_secret": "s", "passphrase": "p"}
    accounts = {"main": {**account, "labels": {"owner": "anna"}}}
    first = settings(tmp_path, accounts=accounts, rules={"minutes_to_liquidation": {"enabled": False}})
    doors = await opened(first, first, settings(tmp_path, accounts={"other": account}))
    names = doors.names()
    assert ([*names.accounts], names.labels) == (["main"], {"owner": {"anna"}})
    assert {"minutes_to_liquidation", "sink_dead", "drill", "away"} <= {*names.rules}
    assert [*doors.names().accounts] == ["other"]


async def test_a_folder_that_cannot_be_written_ends_nothing(tmp_path: Path) -> None:
    with capture_logs() as said:
        doors = await opened(settings(tmp_path / "nowhere"))
    assert said[0]["event"] == "no token for the command line: set web.token (a secret)"
    assert name_of(doors, "None") is None
