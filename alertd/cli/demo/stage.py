"""Puts the demo on: a simulated exchange, the real daemon on a real store, and a receiver, in one loop."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import structlog

from alertd.app import App
from alertd.cli.demo.inbox import Inbox
from alertd.cli.demo.pacing import Pacing
from alertd.cli.demo.player import Player, StreamsDown, StreamWatch
from alertd.cli.demo.receiver import Receiver
from alertd.cli.demo.scenarios import Scenario, scene_of
from alertd.cli.demo.scene import Scene
from alertd.cli.demo.show import Audience, Show
from alertd.cli.demo.surroundings import last_lines, logs_in, no_proxy
from alertd.cli.demo.verdict import Told, Verdict, judge
from alertd.clock import Clock
from alertd.config import Settings
from alertd.domain.errors import AlertdError
from alertd.sinks.choosing import validate
from alertd.sinks.settings import SinkSettings
from alertd.sinks.texts import Language
from alertd.systemd import ServiceManager

log = structlog.get_logger(__name__)

LAST_ARRIVALS_S = 3.0
LOG_LINES_SHOWN = 15
_REFRESH_S = 0.2
_OF_ITSELF = ("started", "findings", "stopping", "stopping_exposed", "summary", "copy_digest")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be shown, and to whom."""

    scenario: Scenario
    pacing: Pacing
    language: Language
    audience: Audience
    clock: Clock


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended. `failures`: why there is no verdict. `log_lines`: the end of the daemon's log, unless all
    was well.
    """

    show: Show | None = None
    verdict: Verdict | None = None
    failures: tuple[str, ...] = ()
    log_lines: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Everything that had to be delivered was."""
        return self.verdict is not None and self.verdict.is_good


async def put_on(asked: Asked) -> Outcome:
    """The whole demo. Leaves nothing behind: what is written stands in a temporary folder.

    Raises: OSError where there is no place for one.
    """
    began_s = asked.clock.monotonic_s()
    with TemporaryDirectory(prefix="alertd-demo-") as name, no_proxy():
        folder = Path(name)
        log_file = folder / "demo.log"
        with logs_in(log_file):
            try:
                outcome = await _put_on(asked, folder, began_s)
            except (AlertdError, OSError, ExceptionGroup) as exc:
                log.error("the demo failed", exc_info=exc)
                outcome = Outcome(failures=tuple(_reasons(exc)))
        if outcome.is_good:
            return outcome
        lines = tuple(last_lines(log_file, LOG_LINES_SHOWN))
        return Outcome(outcome.show, outcome.verdict, outcome.failures, lines)


async def _put_on(asked: Asked, folder: Path, began_s: float) -> Outcome:
    async with Receiver(asked.clock) as receiver:
        sink = SinkSettings.model_validate({"url": receiver.url})
        # Loads what the sink needs, before the market's time is shared out.
        await asyncio.to_thread(validate, "demo", sink)
        spent_s = asked.clock.monotonic_s() - began_s
        scenario = asked.scenario
        speed = asked.pacing.market_speed(scenario.duration_s, spent_s)
        scene = scene_of(scenario, speed)
        total_s = asked.pacing.total_s(scenario.duration_s, spent_s)
        show = Show(scene, speed, began_s, total_s, asked.clock.monotonic_s)
        async with scene.served():
            settings = _settings(scene, sink, folder, asked.language)
            app = App(settings, clock=asked.clock, manager=ServiceManager({}))
            inbox = _inbox(asked, app, receiver, folder, show)
            await _perform(asked, app, inbox, show)
    return Outcome(show, judge(scenario.steps, show.begun, inbox.told, inbox.unsent, inbox.nameless))


async def _perform(asked: Asked, app: App, inbox: Inbox, show: Show) -> None:
    """The daemon from start to stop, and the scenario between."""
    streams = StreamWatch(app.counters, show, asked.audience, asked.clock)
    async with asyncio.TaskGroup() as tasks:
        daemon = tasks.create_task(app.run(), name="demo:daemon")
        beside = [
            tasks.create_task(streams.run(), name="demo:streams"),
            tasks.create_task(inbox.run(), name="demo:inbox"),
            tasks.create_task(_refresh(asked, show), name="demo:view"),
        ]
        await Player(show, streams, asked.audience, asked.clock).run()
        await _last_arrivals(show, inbox)
        app.stop.set()
        await daemon
        for task in beside:
            task.cancel()
    await inbox.close()


async def _refresh(asked: Asked, show: Show) -> NoReturn:
    while True:
        asked.audience.time_passed(show)
        await asyncio.sleep(_REFRESH_S)


async def _last_arrivals(show: Show, inbox: Inbox) -> None:
    """Wait a little for what is still on its way."""

    def all_arrived() -> bool:
        found = judge(show.scenario.steps, show.begun, inbox.told)
        return all(finding.told for finding in found.certain)

    waited_s = 0.0
    while not all_arrived() and waited_s < LAST_ARRIVALS_S:
        await asyncio.sleep(_REFRESH_S)
        waited_s += _REFRESH_S


def _inbox(asked: Asked, app: App, receiver: Receiver, folder: Path, show: Show) -> Inbox:
    def was_told(told: Told) -> None:
        show.told.append(told)
        asked.audience.was_told(show, told)

    return Inbox(receiver, folder / "alertd.db", asked.language, app.settings.timezone, was_told)


def _settings(scene: Scene, sink: SinkSettings, folder: Path, language: Language) -> Settings:
    """As a configuration file would say it; nothing of this machine's own is read."""
    return Settings.model_validate(
        {
            "language": language,
            "store": {"url": f"sqlite:///{folder / 'alertd.db'}"},
            "web": {"port": 0},
            "accounts": scene.accounts(),
            "sinks": {"demo": sink},
            # What alertd tells of itself is none of what the scenario is to be judged by.
            "canary": {"enabled": False},
            "rules": {name: {"enabled": False} for name in _OF_ITSELF},
        }
    ).kept_in(folder)


def _reasons(exc: BaseException) -> Iterator[str]:
    if isinstance(exc, BaseExceptionGroup):
        for inner in exc.exceptions:
            yield from _reasons(inner)
    elif isinstance(exc, AlertdError | StreamsDown):
        yield str(exc)
    else:
        yield f"{type(exc).__name__}: {exc}"
