"""Plays a scenario at the exchange, and looks at the daemon's streams meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any, NoReturn

from alertd.cli.demo.show import Audience, Show
from alertd.cli.demo.verdict import Begun, judge
from alertd.clock import Clock
from alertd.simulators.script import Step
from alertd.telemetry import Counters

FIRST_LIVE_WITHIN_S = 15.0
LIVE_AGAIN_WITHIN_S = 75.0  # the daemon's longest wait between two tries, and the try
TOLD_WITHIN_S = 20.0  # three of the longest intervals at which anything is asked
_LOOKS = 2  # the first of them may have begun before the step
_LOOK_S = 0.05


class StreamsDown(Exception):
    """What the daemon sees through is not up, though the exchange takes connections."""


class StreamWatch:
    """Tells the audience when a stream, or what is polled, goes up or down."""

    def __init__(self, counters: Counters, show: Show, audience: Audience, clock: Clock) -> None:
        self._counters = counters
        self._show = show
        self._audience = audience
        self._clock = clock
        self._changed_at_s: dict[str, float] = {}
        self._changed = asyncio.Event()

    async def run(self) -> NoReturn:
        """Look until cancelled."""
        while True:
            for name, is_up in self._show.scene.up(self._counters).items():
                self._look(name, is_up=is_up)
            await asyncio.sleep(_LOOK_S)

    def looks(self) -> float:
        """How often the daemon has looked at the market."""
        return self._show.scene.looks(self._counters)

    async def all_up(self, within_s: float) -> None:
        """Wait until everything that is wanted is up. Raises: StreamsDown."""
        try:
            async with asyncio.timeout(within_s):
                while self._missing():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            names = ", ".join(sorted(self._missing()))
            raise StreamsDown(f"streams not live within {within_s:g} s: {names}") from None

    def _missing(self) -> list[str]:
        return [name for name in self._show.scene.wanted if not self._show.streams.get(name)]

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
    """Plays the show's scenario once. The market waits for streams that have to come back after a cut, and
    where the scene says so for what was to be told, so that no machine is too slow for what follows.
    """

    def __init__(self, show: Show, streams: StreamWatch, audience: Audience, clock: Clock) -> None:
        self._show = show
        self._streams = streams
        self._audience = audience
        self._clock = clock
        self._looks_before = 0.0  # when the last step was played

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
            if show.scene.waits_for_told:
                began_s += await self._told()
            self._play(step)
            is_cut = show.scene.is_cut_after(step, is_cut)
        await self._until(began_s + show.scenario.duration_s / show.speed)

    def _play(self, step: Step[Any]) -> None:
        begun = Begun(step, self._clock.now())
        self._show.begun.append(begun)
        self._audience.step_began(self._show, begun)
        self._show.scene.play(step)
        self._looks_before = self._streams.looks()

    async def _streams_back(self) -> float:
        """How long that took."""
        before_s = self._clock.monotonic_s()
        await self._streams.all_up(LIVE_AGAIN_WITHIN_S)
        return self._clock.monotonic_s() - before_s

    async def _told(self) -> float:
        """How long it took until the last step was looked at, and what must be told of it was.

        TOLD_WITHIN_S at most.
        """
        show, before_s = self._show, self._clock.monotonic_s()
        while self._clock.monotonic_s() - before_s < TOLD_WITHIN_S:
            last = show.begun[-1:]
            verdict = judge([begun.step for begun in last], last, show.told)
            is_seen = not last or self._streams.looks() >= self._looks_before + _LOOKS
            if is_seen and all(finding.told for finding in verdict.certain):
                break
            await asyncio.sleep(_LOOK_S)
        return self._clock.monotonic_s() - before_s

    async def _until(self, at_s: float) -> None:
        await asyncio.sleep(at_s - self._clock.monotonic_s())
