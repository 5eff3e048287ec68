"""`alertd simulate toobit`: Toobit's copy trading on loopback."""

from __future__ import annotations

import asyncio
import inspect
import json
from pathlib import Path

import typer

from alertd.cli.simulating import AddressesAsJson, AllowRemote, Host, Port, Tls, simulate
from alertd.simulators.certificate import Throwaway
from alertd.simulators.toobit import control
from alertd.simulators.toobit.people import Account
from alertd.simulators.toobit.simulator import ToobitSimulator
from alertd.simulators.toobit.stage import Cast, set_stage

# "\b" keeps the lines of a paragraph as they are.
_ORDERS_HELP = inspect.cleandoc(control.__doc__ or "").replace("\n\n", "\n\n\b\n")
TOOBIT_HELP = f"""A Toobit on loopback: copy trading over REST, leaders and followers, orders to misbehave.

It prints its address and dummy credentials of an account that leads and of one that copies, and runs until
it is interrupted (exit 0).

\b
{_ORDERS_HELP}
"""


def toobit(
    host: Host = "127.0.0.1",
    port: Port = 8791,
    tls: Tls = False,
    as_json: AddressesAsJson = False,
    allow_remote: AllowRemote = False,
) -> None:
    """See TOOBIT_HELP."""

    async def serve(certificate: Throwaway | None, stop: asyncio.Event) -> None:
        simulator = ToobitSimulator(ssl_context=certificate.server if certificate else None)
        cast = set_stage(simulator)
        await simulator.start(host, port)
        ca_file = certificate.ca_file if certificate else None
        typer.echo((_as_json if as_json else _as_text)(simulator.rest_url, cast, ca_file))
        try:
            await stop.wait()
        finally:
            await simulator.stop()

    simulate(host, port, serve, tls=tls, allow_remote=allow_remote)


def _environment(cast: Cast) -> dict[str, str]:
    def keys(account: Account) -> dict[str, str]:
        prefix = f"ALERTD_ACCOUNTS__{account.name.upper()}__"
        return {f"{prefix}API_KEY": account.api_key, f"{prefix}API_SECRET": account.api_secret}

    return keys(cast.leader) | keys(cast.copier)


def _tables(rest_url: str, cast: Cast, ca_file: Path | None) -> list[str]:
    trust = [] if ca_file is None else [f'ca_file = "{ca_file}"']
    return [
        line
        for account in cast
        for line in (
            f"[accounts.{account.name}]", 'exchange = "toobit"', f'rest_url = "{rest_url}"', *trust, "",
        )
    ]  # fmt: skip


def _as_json(rest_url: str, cast: Cast, ca_file: Path | None) -> str:
    return json.dumps(
        {
            "accounts": [account.name for account in cast],
            "environment": _environment(cast),
            "rest_url": rest_url,
            **({} if ca_file is None else {"ca_file": str(ca_file)}),
            "control_url": f"{rest_url}/simulator",
        }
    )


def _as_text(rest_url: str, cast: Cast, ca_file: Path | None) -> str:
    return "\n".join(
        [
            "A Toobit on loopback. The credentials are dummies and open nothing but this.",
            "",
            "# environment of the commands",
            *(f"export {name}={value}" for name, value in _environment(cast).items()),
            "",
            "# their configuration",
            *_tables(rest_url, cast, ca_file),
            "# then for example: alertd toobit orders --account leader",
            f"Orders: POST {rest_url}/simulator/... (see --help). Stop with Ctrl-C.",
        ]
    )
