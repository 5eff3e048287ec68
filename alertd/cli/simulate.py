"""`alertd simulate`: an exchange on loopback for others to test against."""

from __future__ import annotations

import asyncio
import inspect
import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from alertd.cli.simulate_toobit import TOOBIT_HELP, toobit
from alertd.cli.simulating import AddressesAsJson, AllowRemote, Host, Port, Tls, simulate
from alertd.simulators.certificate import Throwaway
from alertd.simulators.okx import control
from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.scenario import SCENARIOS, Action, Scenario, play
from alertd.simulators.okx.scenario_maintenance import MAINTENANCE
from alertd.simulators.okx.simulator import OkxSimulator
from alertd.simulators.script import Step

simulate_app = typer.Typer(no_args_is_help=True, help="An exchange on loopback, to test against.")


_SCENARIOS = {**SCENARIOS, MAINTENANCE.name: MAINTENANCE}
_SCENARIO_HELP = (
    "fall: prices fall to a liquidation. quiet: they wander. maintenance: announced, and a liquidation in it."
)


class ScenarioName(StrEnum):
    """What happens by itself."""

    FALL = "fall"
    QUIET = "quiet"
    MAINTENANCE = "maintenance"


@simulate_app.callback()
def _simulate() -> None:
    """An exchange on loopback, to test against. Dummy credentials, no real market."""


# "\b" keeps the lines of a paragraph as they are.
_ORDERS_HELP = inspect.cleandoc(control.__doc__ or "").replace("\n\n", "\n\n\b\n")
_OKX_HELP = f"""An OKX on loopback: WebSocket services and REST, a small market, and orders to misbehave.

It prints its addresses and dummy credentials, and runs until it is interrupted (exit 0).

\b
{_ORDERS_HELP}
"""


@simulate_app.command(help=_OKX_HELP)
def okx(
    host: Host = "127.0.0.1",
    port: Port = 8790,
    scenario: Annotated[ScenarioName | None, typer.Option(help=_SCENARIO_HELP)] = None,
    speed: Annotated[float, typer.Option(min=0.01, max=1000, help="Market seconds per second.")] = 1.0,
    tls: Tls = False,
    as_json: AddressesAsJson = False,
    allow_remote: AllowRemote = False,
) -> None:
    chosen = _SCENARIOS[scenario.value] if scenario else None

    async def serve(certificate: Throwaway | None, stop: asyncio.Event) -> None:
        await _serve(host, port, chosen, speed, certificate, stop, as_json=as_json)

    simulate(host, port, serve, tls=tls, allow_remote=allow_remote)


async def _serve(
    host: str,
    port: int,
    scenario: Scenario | None,
    speed: float,
    certificate: Throwaway | None,
    stop: asyncio.Event,
    *,
    as_json: bool,
) -> None:
    simulator = OkxSimulator(
        speed=speed,
        limits=scenario.limits(speed) if scenario else None,
        ssl_context=certificate.server if certificate else None,
    )
    account = simulator.add_account(scenario.account() if scenario else SCENARIOS["quiet"].account())
    await simulator.start(host, port)
    ca_file = certificate.ca_file if certificate else None
    typer.echo((_as_json if as_json else _as_text)(simulator, account, ca_file))

    async def perform(chosen: Scenario) -> None:
        await play(simulator, chosen, on_step=_tell if not as_json else lambda _step: None)

    try:
        async with asyncio.TaskGroup() as tasks:
            player = tasks.create_task(perform(scenario), name="scenario") if scenario else None
            await stop.wait()
            if player is not None:
                player.cancel()
    finally:
        await simulator.stop()


def _tell(step: Step[Action]) -> None:
    typer.echo(f"{step.at_s:6.1f} s  {step.description.en}")


def _environment(account: Account) -> dict[str, str]:
    keys = {"API_KEY": account.api_key, "API_SECRET": account.api_secret, "PASSPHRASE": account.passphrase}
    return {f"ALERTD_ACCOUNTS__{account.name.upper()}__{name}": value for name, value in keys.items()}


def _endpoints(simulator: OkxSimulator, ca_file: Path | None) -> dict[str, str]:
    """The keys of the account's table."""
    trust = {} if ca_file is None else {"ca_file": str(ca_file)}
    return trust | {
        "private_ws_url": simulator.private_ws_url,
        "business_ws_url": simulator.business_ws_url,
        "rest_url": simulator.rest_url,
    }


def _as_json(simulator: OkxSimulator, account: Account, ca_file: Path | None) -> str:
    control_url = f"{simulator.rest_url}/simulator"
    return json.dumps(
        {
            "account": account.name,
            "environment": _environment(account),
            **_endpoints(simulator, ca_file),
            "control_url": control_url,
        }
    )


def _as_text(simulator: OkxSimulator, account: Account, ca_file: Path | None) -> str:
    exports = [f"export {name}={value}" for name, value in _environment(account).items()]
    settings = [f'{name} = "{url}"' for name, url in _endpoints(simulator, ca_file).items()]
    return "\n".join(
        [
            "An OKX on loopback. The credentials are dummies and open nothing but this.",
            "",
            "# environment of the daemon",
            *exports,
            "",
            "# its configuration",
            f"[accounts.{account.name}]",
            'exchange = "okx"',
            *settings,
            "",
            f"Orders: POST {simulator.rest_url}/simulator/... (see --help). Stop with Ctrl-C.",
        ]
    )


simulate_app.command(help=TOOBIT_HELP)(toobit)
