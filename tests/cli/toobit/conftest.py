"""A Toobit beside the command line, with its cast in the configuration."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from alertd.simulators.toobit.simulator import ToobitSimulator
from alertd.simulators.toobit.stage import Cast, set_stage
from tests.acceptance.house import Lodging
from tests.cli.console import CommandLine, Said


class Desk:
    """Calls `alertd toobit`; `account` names the account unless it is None."""

    def __init__(self, alertd: CommandLine, lodging: Lodging[ToobitSimulator], cast: Cast) -> None:
        self.alertd = alertd
        self.toobit = lodging.home
        self.cast = cast
        self._lodging = lodging
        self.configure()

    def configure(self, top: str = "") -> None:
        tables = [
            f'[accounts.{one.name}]\nexchange = "toobit"\nrest_url = "{self.toobit.rest_url}"\n'
            for one in self.cast
        ]
        self.alertd.write(top + "".join(tables))
        for one in self.cast:
            prefix = f"ALERTD_ACCOUNTS__{one.name.upper()}__"
            self.alertd.monkeypatch.setenv(f"{prefix}API_KEY", one.api_key)
            self.alertd.monkeypatch.setenv(f"{prefix}API_SECRET", one.api_secret)

    def exchange(self, change: Callable[[ToobitSimulator], object]) -> None:
        """Do something on the exchange's own loop."""

        async def do() -> None:
            change(self.toobit)

        self._lodging.call(do())

    def __call__(self, *args: str, account: str | None = "leader", says: str | None = None) -> Said:
        named = () if account is None else ("--account", account)
        return self.alertd("toobit", *args, *named, says=says)

    def json(self, *args: str, account: str = "leader", code: int = 0) -> Any:
        said = self(*args, "--json", account=account)
        assert said.code == code, said
        return json.loads(said.out)

    def asked(self, method: str) -> int:
        return sum(1 for call in self.toobit.calls if call.startswith(method))

    def record(self) -> list[dict[str, Any]]:
        [file] = self.alertd.folder.rglob("toobit-changes.jsonl")
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def desk(alertd: CommandLine) -> Iterator[Desk]:
    with Lodging(ToobitSimulator) as lodging:
        cast: list[Cast] = []

        async def stage() -> None:
            cast.append(set_stage(lodging.home))

        lodging.call(stage())
        yield Desk(alertd, lodging, cast[0])
