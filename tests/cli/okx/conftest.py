"""An OKX beside the command line: an account that copies two lead traders, and one that leads."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from alertd.simulators.okx.accounts import Account, LeadTrader
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import Lodging
from tests.cli.console import CommandLine, Said

FIRST = LeadTrader(unique_code="25CD5A80241D6FE6", nick_name="whale")
SECOND = LeadTrader(unique_code="381749205163847291", nick_name="dolphin")
BTC, ETH, SOL = "BTC-USDT-SWAP", "ETH-USDT-SWAP", "SOL-USDT-SWAP"


class Desk:
    """Calls `alertd okx`; `account` names the account unless it is None."""

    def __init__(self, alertd: CommandLine, lodging: Lodging[OkxSimulator]) -> None:
        self.alertd = alertd
        self.okx = lodging.home
        self._lodging = lodging
        self.accounts = [
            Account(role_type="2", lead_traders=(FIRST, SECOND)),
            Account(
                "leader", "lead-key", "lead-secret", "lead-phrase", "7" * 18, role_type="1", followers=7,
                unique_code=FIRST.unique_code,
            ),
        ]  # fmt: skip
        self.exchange(self._set_stage)
        self.configure()

    def _set_stage(self, okx: OkxSimulator) -> None:
        for one in self.accounts:
            okx.add_account(one)
        okx.open_position(SOL, size=3, lever=5, lead_trader=SECOND.unique_code, account="main")
        okx.set_price(SOL, okx.market.mark(SOL) * 2)
        okx.close_position(SOL, account="main")
        okx.open_position(BTC, lead_trader=FIRST.unique_code, account="main")
        second = {"lead_trader": SECOND.unique_code, "account": "main"}
        okx.open_position(ETH, "short", size=2, mgn_mode="cross", **second)
        okx.open_position(SOL, account="main")  # its own
        okx.open_position(BTC, size=5, lever=20, account="leader")

    def configure(self, top: str = "", **keys: str) -> None:
        more = "".join(f'{name} = "{value}"\n' for name, value in keys.items())
        tables = [
            f'[accounts.{one.name}]\nexchange = "okx"\nrest_url = "{self.okx.rest_url}"\n{more}'
            for one in self.accounts
        ]
        self.alertd.write(top + "".join(tables))
        for one in self.accounts:
            prefix = f"ALERTD_ACCOUNTS__{one.name.upper()}__"
            self.alertd.monkeypatch.setenv(f"{prefix}API_KEY", one.api_key)
            self.alertd.monkeypatch.setenv(f"{prefix}API_SECRET", one.api_secret)
            self.alertd.monkeypatch.setenv(f"{prefix}PASSPHRASE", one.passphrase)

    def exchange(self, change: Callable[[OkxSimulator], object]) -> None:
        """Do something on the exchange's own loop."""

        async def do() -> None:
            change(self.okx)

        self._lodging.call(do())

    def __call__(self, *args: str, account: str | None = "main") -> Said:
        named = () if account is None else ("--account", account)
        return self.alertd("okx", *args, *named)

    def json(self, *args: str, account: str = "main", code: int = 0) -> Any:
        said = self(*args, "--json", account=account)
        assert said.code == code, said
        return json.loads(said.out)


@pytest.fixture
def desk(alertd: CommandLine) -> Iterator[Desk]:
    with Lodging(OkxSimulator) as lodging:
        yield Desk(alertd, lodging)
