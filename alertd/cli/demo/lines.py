"""The demo as lines, one for each thing that happens, for pipes and files and above the live view."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from alertd.cli.demo.show import Show
from alertd.cli.demo.summary import STYLES
from alertd.cli.demo.verdict import Begun, Told
from alertd.cli.demo.words import say
from alertd.sinks.texts import Language


class Lines:
    """An audience that reads. Lines are flushed at once and begin with the seconds since the market began."""

    def __init__(self, console: Console, language: Language) -> None:
        self._console = console
        self._language: Language = language

    def began(self, show: Show) -> None:
        """See Audience."""
        self._print(Text(say(self._language, f"{show.scene.carrier}_began", speed=f"{show.speed:.2g}")))

    def step_began(self, show: Show, begun: Begun) -> None:
        """See Audience."""
        number, count = len(show.begun), len(show.scenario.steps)
        words = begun.step.description
        self._print(
            Text.assemble(
                _at(show),
                (say(self._language, "step", number=number, count=count), "bold blue"),
                "  ",
                words.zh if self._language == "zh" else words.en,
            )
        )

    def was_told(self, show: Show, told: Told) -> None:
        """See Audience."""
        style = STYLES[told.notification.alert.severity] if told.is_first_word else "green"
        lateness = say(self._language, "late_by", ms=round(told.late_s * 1000))
        self._print(Text.assemble(_at(show), ">>> ", (told.title, style), "  ", (lateness, "dim")))

    def stream_changed(self, show: Show, stream: str, *, is_up: bool, after_s: float | None) -> None:
        """See Audience."""
        change = "down" if not is_up else "up" if after_s is None else "back"
        carrier = show.scene.carrier
        said = say(self._language, f"{carrier}_{change}", stream=stream, seconds=f"{after_s or 0:.1f}")
        style = "green" if is_up else "bold red"
        self._print(
            Text.assemble(_at(show), (say(self._language, carrier), "bold blue"), "  ", (said, style))
        )

    def time_passed(self, show: Show) -> None:
        """See Audience. Nothing to say."""

    def _print(self, line: Text) -> None:
        self._console.print(line, soft_wrap=not self._console.is_terminal)


def _at(show: Show) -> str:
    """Empty before the market began."""
    elapsed_s = show.market_elapsed_s
    return "" if elapsed_s is None else f"{elapsed_s:5.1f} s  "
