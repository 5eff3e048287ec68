"""Changes: shown first, asked about, written down before they are sent and after."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Protocol, TypeVar

import typer

from alertd.cli.output import err, out, print_json
from alertd.cli.toobit.door import ToobitCalls, ToobitDoor
from alertd.cli.toobit.record import ChangeRecord
from alertd.clock import Clock
from alertd.domain.errors import ChangeRefused, OutcomeUnknown, RequestRefused, RequestUnavailable

Item = TypeVar("Item")
Config = TypeVar("Config")
Config_co = TypeVar("Config_co", covariant=True)
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")]


class Planned(Protocol[Config_co]):
    """A change of settings: what they are after it, what of them differs, and the bytes that are sent."""

    @property
    def after(self) -> Config_co: ...
    @property
    def differences(self) -> Mapping[str, tuple[str, str]]: ...
    @property
    def body(self) -> bytes: ...


Plan = TypeVar("Plan", bound=Planned[object])


def show_differences(differences: Mapping[str, tuple[str, str]]) -> None:
    """What would change: before and after."""
    console = err()
    for name, (before, after) in differences.items():
        console.print(f"  {name}: {before} -> {after}", markup=False)


def confirm(question: str, *, yes: bool) -> None:
    """Ends the command (exit code 1) unless somebody says yes."""
    if not yes:
        typer.confirm(question, abort=True, err=True)


def make(door: ToobitDoor, record: ChangeRecord, work: Callable[[ToobitCalls], Awaitable[Item]]) -> Item:
    """Make the change: its intent is on disk before anything is sent, and then what became of it."""
    clock = Clock()

    def outcome(step: str, note: str = "") -> None:
        try:
            record.write(step, clock.now(), note)
        except OSError as exc:
            err().print(f"warning: {record.file}: cannot be written ({exc.strerror or exc})", markup=False)

    async def recorded(calls: ToobitCalls) -> Item:
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


def tell_done(door: ToobitDoor, text: str) -> None:
    """To people; machines read the JSON."""
    if not door.as_json:
        out().print(text, markup=False)


def change_settings(
    door: ToobitDoor,
    what: str,
    plan: Callable[[ToobitCalls], Awaitable[Plan]],
    send: Callable[[ToobitCalls, Plan], Awaitable[object | None]],
    *,
    yes: bool,
    dry_run: bool,
    untold: Mapping[str, str] | None = None,
) -> None:
    """Show, ask, write down, send, and say what became of it.

    `send` gives the settings as they are read back, None where they could not be read. `untold`: what is sent
    though the exchange does not tell how it stands.
    """
    shown = door.ask(plan)
    differences = {name: ("?", value) for name, value in (untold or {}).items()} | dict(shown.differences)
    show_differences(differences)
    if dry_run:
        _tell(door, shown, differences, None, done=False)
        return
    confirm(f"{door.name}: change these settings?", yes=yes)
    details = {"differences": differences, "sent": json.loads(shown.body)}
    record = ChangeRecord(door.settings.state_dir, door.name, what, details)
    after = make(door, record, lambda calls: send(calls, shown))
    _tell(door, shown, differences, after, done=True)


def _tell(
    door: ToobitDoor,
    shown: Planned[object],
    differences: Mapping[str, tuple[str, str]],
    after: object | None,
    *,
    done: bool,
) -> None:
    wrong = after is not None and after != shown.after
    if door.as_json:
        print_json(
            {
                "ok": True,
                "account": door.name,
                "changed": done,
                "differences": {name: list(pair) for name, pair in differences.items()},
                "read_back": None if after is None else not wrong,
            }
        )
    elif done:
        tell_done(door, "changed" if after is None or wrong else "changed, and read back as wanted")
    if done and after is None:
        err().print("warning: the change was made; the settings could not be read back", markup=False)
    if wrong:
        err().print("warning: the exchange now shows other settings than were sent", markup=False)
