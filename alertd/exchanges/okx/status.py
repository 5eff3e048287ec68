"""What OKX announces of its maintenance: rows of `system/status` -> windows. Pure.

Source: OKX API guide, "Status" (read July 2026). Times are milliseconds and may be empty; rows have no id.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from msgspec import structs

from alertd.domain.errors import DecodeError
from alertd.domain.maintenance import Service, Window, WindowState
from alertd.exchanges.okx import answer_rows, fields, wire

LONGEST_TITLE = 200
# Other rows of the list: these are shown only to who asks for them by state.
ENDED_STATES = ("completed", "canceled")
_STATES = {
    "scheduled": WindowState.SCHEDULED,
    "ongoing": WindowState.RUNNING,
    "pre_open": WindowState.RUNNING,
    "completed": WindowState.OVER,
    "canceled": WindowState.CANCELLED,
}
# 8 and 9: trading, by batches of accounts or of products; which ones is not said.
_SERVICES = {
    "0": Service.STREAMS,
    "5": Service.TRADING,
    "8": Service.TRADING,
    "9": Service.TRADING,
    "11": Service.COPYING,
}
_NO_CONCERN = frozenset({"6", "7", "10"})  # block trading, bots, spread trading
_ENVIRONMENTS = {"1": False, "2": True}  # whether it is the demo one
_PLANNED = "1"


class Announced(NamedTuple):
    """What was announced, and a reason for each row that cannot be read."""

    windows: tuple[Window, ...]
    unreadable: tuple[str, ...] = ()


def read_windows(
    rows: Iterable[answer_rows.StatusRow], bad: Iterable[wire.BadRow], *, demo: bool
) -> Announced:
    """The windows that concern an environment. Rows that differ in their service only are one."""
    found: dict[tuple[str, str, datetime | None, datetime | None], Window] = {}
    unreadable = [f"maintenance: {item.reason}" for item in bad]
    for row in rows:
        try:
            window = _window(row, demo=demo)
        except DecodeError as exc:
            unreadable.append(f"maintenance {fields.shown(row.title)}: {exc.detail}")
            continue
        if window is not None:
            key = window.title, window.system, window.begin, window.end
            found[key] = _joined(found[key], window) if key in found else window
    return Announced(tuple(found.values()), tuple(unreadable))


def _window(row: answer_rows.StatusRow, *, demo: bool) -> Window | None:
    """None where it is no concern of ours. Raises: DecodeError."""
    service = _text(row.serviceType)
    if service in _NO_CONCERN or _ENVIRONMENTS.get(_text(row.env), demo) is not demo:
        return None
    word = _text(row.state)
    state = _STATES.get(word)
    if state is None:
        raise DecodeError(f"state is not known: {fields.shown(word)}")
    begin = fields.moment(_text(row.begin), "begin")
    if begin is None and state is WindowState.SCHEDULED:
        raise DecodeError("begin is missing")
    end = fields.moment(_text(row.end), "end")
    if begin is not None and end is not None and end <= begin:
        end = None  # no end that could be told
    kind = _text(row.maintType)
    return Window(
        title=_plain(row.title),
        begin=begin,
        end=end,
        state=state,
        # What is announced for later is planned, whether that is said or not.
        planned=kind == _PLANNED or (not kind and state is WindowState.SCHEDULED),
        services=(_SERVICES.get(service, Service.OTHER),),
        system=_plain(row.system),
    )


def _joined(one: Window, other: Window) -> Window:
    """One maintenance of several services lasts until the last of them is back."""
    if one.is_ended != other.is_ended:
        return other if one.is_ended else one
    services = tuple(service for service in Service if service in {*one.services, *other.services})
    state = WindowState.RUNNING if WindowState.RUNNING in (one.state, other.state) else one.state
    return structs.replace(one, services=services, state=state, planned=one.planned and other.planned)


def _plain(value: str | int | None) -> str:
    """A text for people: on one line, and nothing in it that is no character."""
    line = " ".join(_text(value).split())
    return "".join(one for one in line if one.isprintable())[:LONGEST_TITLE]


def _text(value: str | int | None) -> str:
    return "" if value is None else str(value)
