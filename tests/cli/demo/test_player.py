"""The scenario is played in time; after a cut it waits for the streams."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from msgspec import structs

from alertd.cli.demo.player import LIVE_AGAIN_WITHIN_S, TOLD_WITHIN_S, Player, StreamsDown, StreamWatch
from alertd.cli.demo.show import Show
from alertd.cli.demo.verdict import Begun, Told
from alertd.clock import Clock
from alertd.simulators.okx.scenario import CutStreams, Heal
from alertd.simulators.script import Expected
from alertd.telemetry import Counters
from tests.cli.demo.samples import BTC, arrived, okx, show, step
from tests.sinks.samples import margin

pytestmark = pytest.mark.looptime


class LoopClock(Clock):
    def monotonic_s(self) -> float:
        return asyncio.get_running_loop().time()


@dataclass
class Spectator:
    """Notes what it is told, and when."""

    began_s: float = field(default_factory=lambda: asyncio.get_running_loop().time())
    seen: list[str] = field(default_factory=list)
    waits: list[float | None] = field(default_factory=list)

    def began(self, show: Show) -> None:
        self._note("began")

    def step_began(self, show: Show, begun: Begun) -> None:
        self._note(f"step {begun.step.at_s:g}")

    def was_told(self, show: Show, told: Told) -> None: ...

    def stream_changed(self, show: Show, stream: str, *, is_up: bool, after_s: float | None) -> None:
        self._note(f"{stream} {'up' if is_up else 'down'}")
        self.waits.append(after_s)

    def time_passed(self, show: Show) -> None: ...

    def _note(self, what: str) -> None:
        self.seen.append(f"{asyncio.get_running_loop().time() - self.began_s:.2f} {what}")


class Rig:
    def __init__(
        self, *steps: object, wanted: tuple[str, ...] = ("private",), waits_for_told: bool = False
    ) -> None:
        self.spectator = Spectator()
        self.counters = Counters()
        self.show = show(*steps, speed=2.0)  # type: ignore[arg-type]
        clock = LoopClock()
        self.show.scene.wanted, self.show.scene.waits_for_told = frozenset(wanted), waits_for_told
        self.watch = StreamWatch(self.counters, self.show, self.spectator, clock)
        self.player = Player(self.show, self.watch, self.spectator, clock)

    def set(self, stream: str, value: int) -> None:
        self.counters.set("stream_live", value, account="main", stream=stream)

    async def play(self, *changes: tuple[float, str, int]) -> None:
        """`changes`: at which second a stream goes up (1) or down (0)."""
        async with asyncio.TaskGroup() as tasks:
            beside = [tasks.create_task(self.watch.run()), tasks.create_task(self._change(changes))]
            await self.player.run()
            for task in beside:
                task.cancel()

    async def _change(self, changes: tuple[tuple[float, str, int], ...]) -> None:
        for at_s, stream, value in changes:
            await asyncio.sleep(self.spectator.began_s + at_s - asyncio.get_running_loop().time())
            self.set(stream, value)


async def test_steps_are_played_at_the_shows_speed_once_all_streams_are_live() -> None:
    rig = Rig(step(at_s=0), step(at_s=3), wanted=("private", "business"))
    rig.set("private", 1)
    rig.set("business", 0)
    await rig.play((0.98, "business", 1))
    assert rig.spectator.seen == [
        "0.00 private up",
        "1.00 business up",
        "1.00 began",
        "1.00 step 0",
        "2.50 step 3",
    ]
    assert [one.step.at_s for one in rig.show.begun] == [0, 3]
    ended_s = asyncio.get_running_loop().time() - rig.spectator.began_s
    assert ended_s == pytest.approx(1 + 4 / 2, abs=0.01)


async def test_after_a_cut_the_market_waits_for_the_streams_and_not_before_it_heals() -> None:
    rig = Rig(step(at_s=0, actions=(CutStreams(),)), step(at_s=2, actions=(Heal(),)), step(at_s=4))
    rig.set("private", 1)
    await rig.play((0.01, "private", 0), (5.98, "private", 1))
    assert rig.spectator.seen == [
        "0.00 private up",
        "0.00 began",
        "0.00 step 0",
        "0.05 private down",
        "1.00 step 2",
        "6.00 private up",
        "6.00 step 4",
    ]
    assert rig.spectator.waits == [None, pytest.approx(0.05), pytest.approx(5.95)]


async def test_the_actions_of_a_step_are_done() -> None:
    rig = Rig(step(at_s=0, actions=(CutStreams(),)))
    rig.set("private", 1)
    await rig.play()
    assert okx(rig.show).refused_connects is not None


async def test_streams_that_never_come_up_end_it_by_name() -> None:
    rig = Rig(step(), wanted=("private", "business"))
    rig.set("private", 1)
    with pytest.raises(ExceptionGroup) as caught:
        await rig.play()
    assert caught.group_contains(StreamsDown, match="not live within 15 s: business")
    assert rig.show.begun == []


async def test_streams_that_do_not_come_back_end_it_too() -> None:
    rig = Rig(step(at_s=0), step(at_s=2))
    rig.set("private", 1)
    with pytest.raises(ExceptionGroup) as caught:
        await rig.play((0.5, "private", 0))
    assert caught.group_contains(StreamsDown, match=f"not live within {LIVE_AGAIN_WITHIN_S:g} s: private")
    assert len(rig.show.begun) == 1


async def test_where_the_scene_says_so_the_market_waits_for_what_is_told() -> None:
    certain = Expected("margin_state", "critical", "margin_ratio", BTC)
    perhaps = Expected("coverage", "warning", is_certain=False)
    rig = Rig(step(certain, perhaps, at_s=0), step(at_s=2), waits_for_told=True)
    rig.set("private", 1)

    async def tell() -> None:
        await asyncio.sleep(3)
        told = arrived(margin())
        begun_at = rig.show.begun[0].at
        notification = structs.replace(told.notification, created_at=begun_at + timedelta(seconds=1))
        rig.show.told.append(replace(told, notification=notification, arrived_at=begun_at))

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(tell())
        await rig.play()
    moments = [float(line.split()[0]) for line in rig.spectator.seen if "step" in line]
    assert moments == [pytest.approx(0, abs=0.1), pytest.approx(3, abs=0.1)]


async def test_and_goes_on_in_the_end_where_nothing_is_told() -> None:
    certain = Expected("margin_state", "critical", "margin_ratio", BTC)
    rig = Rig(step(certain, at_s=0), step(at_s=2), waits_for_told=True)
    rig.set("private", 1)
    await rig.play()
    moments = [float(line.split()[0]) for line in rig.spectator.seen if "step" in line]
    assert moments[1] == pytest.approx(1 + TOLD_WITHIN_S, abs=0.1)


async def test_and_for_looks_where_all_is_asked_at_intervals() -> None:
    rig = Rig(step(at_s=0), step(at_s=2), waits_for_told=True)
    rig.set("private", 1)
    looks = iter([5.0, 5.0, 6.0, 7.0])
    rig.show.scene.looks = lambda _counters: next(looks, 7.0)  # type: ignore[method-assign]
    await rig.play()
    moments = [float(line.split()[0]) for line in rig.spectator.seen if "step" in line]
    assert moments == [pytest.approx(0, abs=0.1), pytest.approx(1.1, abs=0.05)]
