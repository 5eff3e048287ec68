"""The lower part of the terminal."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from alertd.cli.demo.toobit_scene import ToobitScene
from alertd.cli.demo.view import View, panel
from alertd.simulators.toobit.scenario import TOOBIT
from alertd.sinks.texts import Language
from tests.cli.demo.samples import BTC, POSITION, arrived, begun, okx, show, show_of, step
from tests.sinks.samples import margin


def drawn(shown: object, language: Language = "en", width: int = 80, colour: bool = False) -> str:
    system = "standard" if colour else None
    console = Console(file=io.StringIO(), width=width, force_terminal=colour, color_system=system)  # type: ignore[arg-type]
    console.print(panel(shown, language))  # type: ignore[arg-type]
    return console.file.getvalue()  # type: ignore[attr-defined]


async def test_it_shows_prices_positions_streams_the_step_and_the_time() -> None:
    shown = show(step(actions=(POSITION,)), now_s=5.0)
    okx(shown).open_position(BTC, "long", size=10, lever=10)
    okx(shown).set_price(BTC, 92_000)
    shown.streams = {"private": True, "business": False}
    shown.begun.append(begun(shown.scenario.steps[0]))
    shown.told.append(arrived(margin()))
    text = drawn(shown)
    row = next(line for line in text.splitlines() if BTC in line)
    assert row.strip("│ ").split() == [BTC, "long", "isolated", "92,000.00", "483", "%", "1.73", "%"]
    assert "Streams: business DOWN   private live   Notifications delivered: 1" in text
    assert "step 1/1  something falls" in text
    assert "5 of 20 s" in text


@pytest.mark.parametrize("language", ["en", "zh"])
async def test_it_leaves_room_for_lines_on_a_terminal_of_80_by_24(language: Language) -> None:
    shown = show(step(actions=(POSITION,)))
    shown.streams = {"private": True, "business": True}
    shown.begun.append(begun(shown.scenario.steps[0]))
    text = drawn(shown, language)
    assert len(text.splitlines()) <= 9
    assert "无仓位" in text or language == "en"


@pytest.mark.parametrize(
    ("price", "colour"), [(99_000, "\x1b[32m"), (92_000, "\x1b[33m"), (91_000, "\x1b[1;31m")]
)
async def test_the_ratio_has_the_colour_of_its_level(price: int, colour: str) -> None:
    shown = show(step(actions=(POSITION,)))
    okx(shown).open_position(BTC, "long", size=10, lever=10)
    okx(shown).set_price(BTC, price)
    ratio = next(shown.scene.standings()).margin_ratio
    assert ratio is not None
    assert re.search(rf"{re.escape(colour)} *{ratio * 100:,.0f} %", drawn(shown, colour=True))


async def test_the_bar_is_never_longer_than_full() -> None:
    assert "30 of 20 s" in drawn(show(now_s=30.0))


async def test_lines_stay_and_the_view_goes() -> None:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=80)
    shown = show(step(actions=(POSITION,)))
    with View(console, "en") as view:
        view.time_passed(shown)
        drawn_at = file.tell()
        view.stream_changed(shown, "private", is_up=False, after_s=None)
    rest = file.getvalue()[drawn_at:]
    assert "private stream is down" in rest
    assert rest.index("private stream is down") < rest.rindex("Mark price")
    erased = rest[rest.rindex("╯") :]
    assert "\x1b[2K" in erased


async def test_a_leader_and_a_follower_stand_side_by_side() -> None:
    scene = ToobitScene(TOOBIT)
    shown = show_of(scene)
    for number in range(4):
        scene.play(TOOBIT.steps[number])
    shown.streams = {"follower orders": True}
    text = drawn(shown, width=100)
    rows = [line.strip("│ ").split() for line in text.splitlines() if "BTC-SWAP-USDT" in line]
    assert rows == [
        ["leader", "BTC-SWAP-USDT", "long", "isolated", "85,200.00", "-41.4", "%"],
        ["follower", "BTC-SWAP-USDT", "long", "isolated", "85,200.00", "-41.2", "%", "5.66", "%"],
    ]
    assert "Profit on margin" in text
    assert "Margin ratio" not in text
    assert "Asked: follower orders live" in text
