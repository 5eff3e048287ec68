"""`alertd demo`: simulators and daemon in one, no credentials."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from enum import StrEnum
from typing import Annotated

import typer
from rich.console import Console

from alertd.cli.demo.lines import Lines
from alertd.cli.demo.pacing import Pacing
from alertd.cli.demo.scenarios import SCENARIOS, Scenario, exchange_name_of
from alertd.cli.demo.stage import Asked, Outcome, put_on
from alertd.cli.demo.summary import summary
from alertd.cli.demo.view import View
from alertd.cli.demo.words import say
from alertd.cli.options import TextLanguage
from alertd.cli.output import FAILED, UNUSABLE, err
from alertd.cli.safety import SAFETY_IN_SHORT
from alertd.clock import Clock
from alertd.sinks.texts import Language

_PIPE_WIDTH = 110
_SCENARIO_HELP = (
    "fall: prices fall to a liquidation (OKX). quiet: they wander, and nothing is told (OKX). "
    "toobit: a leader's bad day, seen by the leader and by a follower (Toobit)."
)
_SIGNALLED = 128  # and the signal's number, as shells do


class ScenarioName(StrEnum):
    """What happens in the market."""

    FALL = "fall"
    QUIET = "quiet"
    TOOBIT = "toobit"


def demo(
    seconds: Annotated[
        float | None, typer.Option(help="How long it takes, 15 to 3600. Default: 45.", metavar="N")
    ] = None,
    scenario: Annotated[
        ScenarioName,
        typer.Option(help=_SCENARIO_HELP),
    ] = ScenarioName.FALL,
    speed: Annotated[
        float | None,
        typer.Option(help="Market seconds per second, instead of --seconds.", metavar="X"),
    ] = None,
    language: TextLanguage = "en",
) -> None:
    """A market falls and alerts arrive: a simulated exchange and the real daemon.

    Needs no credentials and no network, and leaves nothing behind.
    Exit code 0 if every expected notification was delivered, else 1.
    """
    chosen = SCENARIOS[scenario.value]
    pacing = Pacing(seconds, speed)
    if problem := pacing.problem(chosen.duration_s):
        err().print(f"error: {problem}", style="red", markup=False)
        raise typer.Exit(UNUSABLE)
    raise typer.Exit(show_demo(chosen, pacing, language))


def show_demo(scenario: Scenario, pacing: Pacing, language: Language) -> int:
    """Play `scenario` to standard output. Returns the exit code."""
    console = _console()
    audience: Lines = View(console, language) if is_live(console, os.environ) else Lines(console, language)
    asked = Asked(scenario, pacing, language, audience, Clock())
    stopped_by: list[int] = []
    try:
        outcome = asyncio.run(_until_signal(console, asked, stopped_by))
    except (asyncio.CancelledError, KeyboardInterrupt):
        console.print(say(language, "interrupted"))
        return _SIGNALLED + (stopped_by or [signal.SIGINT])[0]
    _conclude(console, outcome, language)
    return 0 if outcome.is_good else FAILED


async def _until_signal(console: Console, asked: Asked, stopped_by: list[int]) -> Outcome:
    """Raises: CancelledError once a signal came; its number is then in `stopped_by`."""
    shown = asyncio.current_task()
    loop = asyncio.get_running_loop()

    def stop(number: int) -> None:
        stopped_by.append(number)
        if shown is not None:
            shown.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop, number)
    _introduce(console, asked)
    on_screen = asked.audience if isinstance(asked.audience, View) else nullcontext()
    with on_screen:
        return await put_on(asked)


def _introduce(console: Console, asked: Asked) -> None:
    soft_wrap = not console.is_terminal
    seconds = round(asked.pacing.total_s(asked.scenario.duration_s, 0))
    title = say(asked.language, "title", exchange=exchange_name_of(asked.scenario))
    console.print(title, style="bold", soft_wrap=soft_wrap)
    console.print(SAFETY_IN_SHORT, style="dim", soft_wrap=soft_wrap)
    console.print(say(asked.language, "starting", seconds=seconds), soft_wrap=soft_wrap)


def _conclude(console: Console, outcome: Outcome, language: Language) -> None:
    for reason in outcome.failures:
        console.print(say(language, "failed", reason=reason), style="bold red", markup=False, soft_wrap=True)
    if outcome.log_lines:
        console.print(say(language, "log"))
        for line in outcome.log_lines:
            console.print(f"  {line}", style="dim", markup=False, soft_wrap=True)
    if outcome.verdict is not None and outcome.show is not None:
        for part in summary(outcome.verdict, outcome.show.speed, language, outcome.show.scene.carrier):
            console.print(part)


def _console() -> Console:
    """For standard output. What its encoding lacks is replaced; a pipe gets lines that are not cut at 80."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=_PIPE_WIDTH)


def is_live(console: Console, environ: Mapping[str, str]) -> bool:
    """Whether it is a terminal that can move its cursor and may be coloured."""
    return (
        console.is_terminal
        and not console.is_dumb_terminal
        and bool(environ.get("TERM"))
        and "NO_COLOR" not in environ
    )
