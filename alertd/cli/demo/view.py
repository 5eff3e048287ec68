"""The demo on a terminal: lines that scroll, and below them how prices, positions and streams stand now."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from alertd.cli.demo.lines import Lines
from alertd.cli.demo.scene import Standing
from alertd.cli.demo.show import Show
from alertd.cli.demo.words import say
from alertd.sinks.texts import Language

# As the built-in ladder colours it.
_WARNING_RATIO, _CRITICAL_RATIO = 5, 3


class View(Lines):
    """An audience that looks. Entered, it holds the lower part of the terminal; what it leaves are lines."""

    def __init__(self, console: Console, language: Language) -> None:
        super().__init__(console, language)
        self._show: Show | None = None
        # Each line that is printed draws it anew, so it is asked for and never kept.
        self._live = Live(
            console=console, auto_refresh=False, transient=True, get_renderable=self._as_it_stands
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def time_passed(self, show: Show) -> None:
        """See Audience."""
        self._show = show
        self._live.refresh()

    def _as_it_stands(self) -> RenderableType:
        return "" if self._show is None else panel(self._show, self._language)


def panel(show: Show, language: Language) -> RenderableType:
    """How everything stands now."""
    rows: list[RenderableType] = [_positions(show, language), _streams(show, language)]
    if show.begun:
        words = show.begun[-1].step.description
        number = say(language, "step", number=len(show.begun), count=len(show.scenario.steps))
        rows.append(Text(f"{number}  {words.zh if language == 'zh' else words.en}", style="bold"))
    rows.append(_time(show, language))
    return Panel(Group(*rows), box=box.ROUNDED, expand=True)


def _positions(show: Show, language: Language) -> Table:
    table = Table(box=None, expand=True, padding=(0, 1))
    table.add_column(say(language, "position"))
    for key in ("mark_price", *show.scene.figures):
        table.add_column(say(language, key), justify="right")
    for standing in show.scene.standings():
        table.add_row(*_cells(standing, show.scene.figures, language))
    return table


def _cells(standing: Standing, figures: tuple[str, ...], language: Language) -> tuple[RenderableType, ...]:
    owner = f"{say(language, standing.owner)} " if standing.owner else ""
    side, mode = say(language, standing.side), say(language, standing.margin_mode)
    name = f"{owner}{standing.instrument} {side} {mode}"
    price = f"{standing.mark_price:,.2f}"
    if not standing.is_open:
        return name, price, Text(say(language, "gone"), style="dim"), *[""] * (len(figures) - 1)
    ratio, distance, rate = standing.margin_ratio, standing.distance, standing.profit_rate
    shown: dict[str, RenderableType] = {
        "margin_ratio": "" if ratio is None else Text(f"{ratio * 100:,.0f} %", style=_ratio_style(standing)),
        "distance": "" if distance is None else f"{distance * 100:.2f} %",
        "profit_rate": "" if rate is None else f"{rate * 100:+.1f} %",
    }
    return name, price, *(shown[key] for key in figures)


def _ratio_style(standing: Standing) -> str:
    ratio = standing.margin_ratio
    if ratio is None or ratio >= _WARNING_RATIO:
        return "green"
    return "yellow" if ratio >= _CRITICAL_RATIO else "bold red"


def _streams(show: Show, language: Language) -> Text:
    line = Text(f"{say(language, f'{show.scene.carrier}s')}: ")
    for name, is_up in sorted(show.streams.items()):
        word, style = ("up", "green") if is_up else ("down", "bold white on red")
        line.append(f"{name} ").append(say(language, word), style=style).append("   ")
    return line.append(f"{say(language, 'told')}: ").append(str(len(show.told)), style="bold")


def _time(show: Show, language: Language) -> Table:
    elapsed_s = show.elapsed_s
    row = Table.grid(expand=True, padding=(0, 1))
    row.add_column(ratio=1)
    row.add_column(justify="right")
    text = say(language, "time", elapsed=f"{elapsed_s:.0f}", total=f"{show.total_s:.0f}")
    row.add_row(ProgressBar(total=show.total_s, completed=min(elapsed_s, show.total_s)), text)
    return row
