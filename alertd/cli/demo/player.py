"""Plays a scenario at the exchange, and looks at the daemon's streams meanwhile."""

from __future__ import annotations

import asyncio
from typing import NoReturn

from alertd.cli.demo.show import Audience, Show
from alertd.cli.demo.verdict import Begun
from alertd.clock import Clock
from alertd.simulators.okx.scenario import CutStreams, Heal, Step, perform
from alertd.telemetry import Counters

FIRST_LIVE_WITHIN_S = 15.0
LIVE_AGAIN_WITHIN_S = 75.0  # the daemon's longest wait between two tries, and the try
_LOOK_S = 0.05


class StreamsDown(Exception):
    """The daemon's streams are not live, though the exchange takes connections."""


class StreamWatch:
    """Tells the audience when a stream goes up or down. `wanted`: the names of those that must be up."""

    def __init__(
        self, counters: Counters, wanted: frozenset[str], show: Show, audience: Audience, clock: Clock
    ) -> None:
        self._counters = counters
        self._wanted = wanted
        self._show = show
        self._audience = audience
        self._clock = clock
        self._changed_at_s: dict[str, float] = {}
        self._changed = asyncio.Event()

    async def run(self) -> NoReturn:
        """Look until cancelled."""
        while True:
            for labels, cell in self._counters.cells("stream_live").items():
                self._look(dict(labels)["stream"], is_up=cell.value > 0)
            await asyncio.sleep(_LOOK_S)

    async def all_up(self, within_s: float) -> None:
        """Wait until every wanted stream is live. Raises: StreamsDown."""
        try:
            async with asyncio.timeout(within_s):
                while self._missing():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            names = ", ".join(sorted(self._missing()))
            raise StreamsDown(f"streams not live within {within_s:g} s: {names}") from None

    def _missing(self) -> list[str]:
        return [name for name in self._wanted if not self._show.streams.get(name)]

    def _look(self, stream: str, *, is_up: bool) -> None:
        before = self._show.streams.get(stream)
        if before is is_up or (before is None and not is_up):
            return
        now_s = self._clock.monotonic_s()
        changed_at_s = self._changed_at_s.get(stream)
        after_s = None if changed_at_s is None else now_s - changed_at_s
        self._changed_at_s[stream] = now_s
        self._show.streams[stream] = is_up
        self._changed.set()
        self._audience.stream_changed(self._show, stream, is_up=is_up, after_s=after_s)


class Player:
    """Plays the show's scenario once. The market waits for streams that have to come back after a cut, so
    that no machine is too slow for what follows.
    """

    def __init__(self, show: Show, streams: StreamWatch, audience: Audience, clock: Clock) -> None:
        self._show = show
        self._streams = streams
        self._audience = audience
        self._clock = clock

    async def run(self) -> None:
        """Returns when the scenario is over. Raises: StreamsDown."""
        await self._streams.all_up(FIRST_LIVE_WITHIN_S)
        show = self._show
        show.market_began_s = began_s = self._clock.monotonic_s()
        self._audience.began(show)
        is_cut = False
        for step in show.scenario.steps:
            await self._until(began_s + step.at_s / show.speed)
            if not is_cut:
                began_s += await self._streams_back()
            self._play(step)
            is_cut = _is_cut_after(step, is_cut)
        await self._until(began_s + show.scenario.duration_s / show.speed)

    def _play(self, step: Step) -> None:
        begun = Begun(step, self._clock.now())
        self._show.begun.append(begun)
        self._audience.step_began(self._show, begun)
        for action in step.actions:
            perform(self._show.exchange, action)

    async def _streams_back(self) -> float:
        """How long that took."""
        before_s = self._clock.monotonic_s()
        await self._streams.all_up(LIVE_AGAIN_WITHIN_S)
        return self._clock.monotonic_s() - before_s

    async def _until(self, at_s: float) -> None:
        await asyncio.sleep(at_s - self._clock.monotonic_s())


def _is_cut_after(step: Step, was_cut: bool) -> bool:
    if any(isinstance(action, Heal) for action in step.actions):
        return False
    return was_cut or any(isinstance(action, CutStreams) for action in step.actions)
