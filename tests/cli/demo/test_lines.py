"""The demo as lines."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from alertd.cli.demo.lines import Lines
from alertd.cli.demo.toobit_scene import ToobitScene
from alertd.domain.notification import Reason
from alertd.simulators.toobit.scenario import TOOBIT
from alertd.sinks.texts import Language
from tests.cli.demo.samples import arrived, begun, show, show_of, step
from tests.sinks.samples import margin


class Written(io.StringIO):
    """Remembers what had been flushed."""

    flushed = ""

    def flush(self) -> None:
        self.flushed = self.getvalue()


def lines(language: Language = "en") -> tuple[Lines, Written]:
    file = Written()
    return Lines(Console(file=file, width=40), language), file


async def test_each_thing_is_one_line_flushed_at_once() -> None:
    shown = show(step(), step(), now_s=12.34)
    reader, file = lines()
    reader.stream_changed(shown, "private", is_up=True, after_s=None)
    reader.began(shown)
    shown.market_began_s = 10.0
    shown.begun.append(begun(shown.scenario.steps[0]))
    reader.step_began(shown, shown.begun[0])
    reader.was_told(shown, arrived(margin(), title="CRITICAL [b]BTC[/b] " + "x" * 60))
    reader.was_told(shown, arrived(margin(), reason=Reason.LIQUIDATED))
    reader.stream_changed(shown, "private", is_up=False, after_s=3.0)
    reader.stream_changed(shown, "private", is_up=True, after_s=1.25)
    reader.time_passed(shown)
    assert file.flushed.splitlines() == [
        "stream  private stream is live",
        "The streams are live; the market runs at 2 times real time. "
        "Alerts (>>>) show how long they took from the push to the receiver.",
        "  2.3 s  step 1/2  something falls",
        "  2.3 s  >>> CRITICAL [b]BTC[/b] " + "x" * 60 + "  1100 ms",
        "  2.3 s  >>> a title  100 ms",
        "  2.3 s  stream  private stream is down",
        "  2.3 s  stream  private stream is live again after 1.2 s",
    ]


async def test_chinese() -> None:
    shown = show(step())
    shown.begun.append(begun(shown.scenario.steps[0]))
    reader, file = lines("zh")
    reader.step_began(shown, shown.begun[0])
    reader.stream_changed(shown, "private", is_up=False, after_s=1.0)
    assert file.flushed.splitlines() == ["步骤 1/1  下跌", "连接  private 连接已断开"]


@pytest.mark.parametrize("speed", [0.125, 1, 5.21])
async def test_the_speed_is_said(speed: float) -> None:
    reader, file = lines()
    reader.began(show(speed=speed))
    assert f"at {speed:.2g} times" in file.flushed


@pytest.mark.parametrize(
    ("language", "wanted"),
    [("en", "poll  leader followers was answered"), ("zh", "查询  leader followers 已得到应答")],
)
async def test_what_is_asked_at_intervals_is_called_so(language: Language, wanted: str) -> None:
    reader, file = lines(language)
    reader.stream_changed(show_of(ToobitScene(TOOBIT)), "leader followers", is_up=True, after_s=None)
    assert file.flushed.splitlines() == [wanted]
