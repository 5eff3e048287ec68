"""What the commands of `alertd simulate` share: where they listen, TLS, and running until a signal comes."""

from __future__ import annotations

import asyncio
import ipaddress
import signal
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import Annotated, NoReturn

import typer

from alertd.simulators.certificate import Throwaway, TlsUnavailable, throwaway

Host = Annotated[str, typer.Option(help="Address to listen on.")]
Port = Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")]
Tls = Annotated[bool, typer.Option("--tls", help="Serve with TLS and a certificate that is thrown away.")]
AddressesAsJson = Annotated[
    bool, typer.Option("--json", help="Print addresses and credentials as one JSON line.")
]
AllowRemote = Annotated[bool, typer.Option("--allow-remote", help="Listen on other than loopback.")]

Serve = Callable[[Throwaway | None, asyncio.Event], Awaitable[None]]


def simulate(host: str, port: int, serve: Serve, *, tls: bool, allow_remote: bool) -> None:
    """Run `serve` until it is interrupted: it is given a certificate if there is one, and the end."""
    if not (allow_remote or _is_loopback(host)):
        _fail(
            f"--host {host} is not loopback: whoever reaches the port could move prices and cut connections, "
            "without a password. Use 127.0.0.1, or add --allow-remote if that is what you want.",
            code=2,
        )
    try:
        with throwaway(host) if tls else nullcontext() as certificate:
            asyncio.run(_until_interrupted(serve, certificate))
    except TlsUnavailable as exc:
        _fail(str(exc), code=2)
    except OSError as exc:
        _fail(
            f"cannot listen on {host}:{port}: {exc.strerror or exc}. Take another --port; 0 is a free one.",
            code=1,
        )


async def _until_interrupted(serve: Serve, certificate: Throwaway | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(certificate, stop)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _fail(text: str, code: int) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(code)
