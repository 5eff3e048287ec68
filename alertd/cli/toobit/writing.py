"""Changes: shown first, asked about, written down before they are sent and after."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, TypeVar

import typer

from alertd.cli.output import err, out
from alertd.cli.toobit.door import Calls, Door
from alertd.cli.toobit.record import ChangeRecord
from alertd.clock import Clock
from alertd.domain.errors import ChangeRefused, OutcomeUnknown, RequestRefused, RequestUnavailable

Item = TypeVar("Item")
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]


def show_differences(differences: Mapping[str, tuple[str, str]]) -> None:
    """What would change: before and after."""
    console = err()
    for name, (before, after) in differences.items():
        console.print(f"  {name}: {before} -> {after}", markup=False)


def confirm(question: str, *, yes: bool) -> None:
    """Ends the command (exit code 1) unless somebody says yes."""
    if not yes:
        typer.confirm(question, abort=True, err=True)


def make(door: Door, record: ChangeRecord, work: Callable[[Calls], Awaitable[Item]]) -> Item:
    """Make the change: its intent is on disk before anything is sent, and then what became of it."""
    clock = Clock()

    def outcome(step: str, note: str = "") -> None:
        try:
            record.write(step, clock.now(), note)
        except OSError as exc:
            err().print(f"warning: {record.file}: cannot be written ({exc.strerror or exc})", markup=False)

    async def recorded(calls: Calls) -> Item:
        try:
            record.write("intent", clock.now())
        except OSError as exc:
            raise ChangeRefused([f"{record.file}: cannot be written ({exc.strerror or exc})"]) from exc
        try:
            done = await work(calls)
        except OutcomeUnknown as exc:
            outcome("unknown", str(exc))
            raise
        except (ChangeRefused, RequestRefused, RequestUnavailable) as exc:
            outcome("refused", str(exc))
            raise
        outcome("done")
        return done

    return door.ask(recorded)


def tell_done(door: Door, text: str) -> None:
    """To people; machines read the JSON."""
    if not door.as_json:
        out().print(text, markup=False)
