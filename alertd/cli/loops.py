"""Which event loop runs the daemon: uvloop where it is installed, else asyncio's own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib.util import find_spec
from typing import Annotated, Literal

import typer

from alertd.domain.errors import ConfigError

LoopName = Literal["auto", "asyncio", "uvloop"]
LoopChoice = Annotated[
    LoopName,
    typer.Option(
        "--loop",
        envvar="ALERTD_LOOP",
        help="The event loop. auto: uvloop where it is installed, which takes less memory for each stream.",
    ),
]


def loop_factory(name: LoopName) -> Callable[[], asyncio.AbstractEventLoop]:
    """Makes the loop of that name. Raises: ConfigError where it is not installed."""
    if name == "asyncio" or (name == "auto" and find_spec("uvloop") is None):
        return asyncio.new_event_loop
    try:
        import uvloop
    except ImportError as exc:
        raise ConfigError([f"--loop {name}: uvloop cannot be used ({exc}); use --loop asyncio"]) from exc
    return uvloop.new_event_loop
