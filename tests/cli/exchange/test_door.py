"""What goes wrong at an exchange, as words and exit codes."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import typer

from alertd.cli.exchange.door import Door
from alertd.domain.errors import (
    ChangeRefused,
    ConfigError,
    Disposition,
    OutcomeUnknown,
    RequestRefused,
    RequestUnavailable,
)
from alertd.exchanges.toobit.settings import ToobitAccount
from tests.cli.console import CommandLine

BOTH = "".join(
    f'[accounts.{name}]\nexchange = "{exchange}"\n'
    for name, exchange in (("anna", "toobit"), ("ben", "toobit"), ("main", "okx"))
)


class SomeDoor(Door[ToobitAccount, str]):
    """To an exchange whose only call is a word."""

    kind = ToobitAccount
    exchange = "toobit"

    @asynccontextmanager
    async def calls(self) -> AsyncIterator[str]:
        await self.trusted()
        yield "asked"

    def refusal(self, refused: RequestRefused) -> str:
        return f"refused as {refused.code}"


@pytest.fixture
def configured(alertd: CommandLine) -> CommandLine:
    alertd.write(BOTH)
    names = [f"{who}__API_{key}" for who in ("ANNA", "BEN") for key in ("KEY", "SECRET")]
    secrets = {f"ALERTD_ACCOUNTS__{name}": f"dummy-{name}" for name in names}
    alertd.env(**secrets)
    alertd.monkeypatch.delenv("ALERTD_SINKS__PHONE__URL")
    return alertd


@pytest.fixture
def door(configured: CommandLine) -> SomeDoor:
    return SomeDoor.found("anna", None, None, as_json=False)


def test_the_named_account_is_asked(door: SomeDoor) -> None:
    async def work(calls: str) -> str:
        return f"{calls} for {door.name}"

    assert door.ask(work) == "asked for anna"


@pytest.mark.parametrize("name", [None, "main", "nobody"])
def test_an_account_of_another_exchange_is_none_of_this(
    name: str | None, configured: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as left:
        SomeDoor.found(name, None, None, as_json=False)
    assert left.value.exit_code == 2
    assert "there are: anna, ben; name it with --account" in capsys.readouterr().err


FAILURES: dict[str, tuple[Exception, int, str]] = {
    "refused": (RequestRefused("-1", "no", Disposition.BUG), 1, "error: anna: refused as -1"),
    "unavailable": (RequestUnavailable("no route"), 1, "anna: the exchange could not be asked: no route"),
    "unknown": (OutcomeUnknown("timeout"), 1, "nobody knows whether the change was made: timeout"),
    "against a rule": (ChangeRefused(["too much", "too little"]), 2, "error: too much\nerror: too"),
    "configuration": (ConfigError(["accounts.anna.ca_file: bad"]), 2, "error: accounts.anna.ca_file: bad"),
}  # fmt: skip


@pytest.mark.parametrize(("failure", "code", "said"), FAILURES.values(), ids=FAILURES.keys())
def test_what_goes_wrong(
    failure: Exception, code: int, said: str, door: SomeDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    async def work(_calls: str) -> None:
        raise failure

    with pytest.raises(typer.Exit) as left:
        door.ask(work)
    assert left.value.exit_code == code
    assert said in capsys.readouterr().err


def test_what_goes_wrong_as_json(configured: CommandLine, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        SomeDoor.found("anna", None, None, as_json=True).fail("no", "-1")
    assert json.loads(capsys.readouterr().out) == {
        "ok": False,
        "account": "anna",
        "code": "-1",
        "error": "no",
    }
