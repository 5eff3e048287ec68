"""Sample events of a kind, to try an expression on when the configuration is read."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from msgspec.structs import fields, replace

from alertd.domain.events import EVENT_TYPES, Event, EventKind, field_types

# "1" for other texts: expressions may read a number from an id or a code.
_TEXTS = {
    "exchange": "okx",
    "account": "main",
    "instrument": "BTC-USDT-SWAP",
    "cause": "connection",
    "side": "buy",
}
_VARIED_TEXTS: dict[str, tuple[str, ...]] = {"info_type": ("2", "3", "9"), "cause": ("credentials", "stale")}


def filled_event(kind: EventKind) -> Event:
    """An event of the kind with every field present."""
    return EVENT_TYPES[kind](**{name: _sample(name, kept) for name, kept in field_types(kind).items()})


def bare_event(kind: EventKind) -> Event:
    """An event of the kind that lacks every field that may be absent."""
    absent = may_be_absent(kind)
    given: dict[str, Any] = {
        name: _sample(name, kept) for name, kept in field_types(kind).items() if name not in absent
    }
    return EVENT_TYPES[kind](**given)


def varied_events(kind: EventKind, names: frozenset[str]) -> list[Event]:
    """The filled event, and once more for every other value of the fields named.

    So that the second half of `a && b` is reached too.
    """
    event = filled_event(kind)
    changes = [{name: value} for name in sorted(names) for value in _values(name, field_types(kind)[name])]
    return [event, *(replace(event, **change) for change in changes)]


def may_be_absent(kind: EventKind) -> frozenset[str]:
    """The fields of a kind that an event may lack."""
    return frozenset(item.name for item in fields(EVENT_TYPES[kind]) if item.default is None)


def _values(name: str, kept: type) -> tuple[Any, ...]:
    if kept is bool:
        return (True, False)
    if issubclass(kept, StrEnum):
        return tuple(kept)
    return _VARIED_TEXTS.get(name, ())


def _sample(name: str, kept: type) -> Any:
    if kept is bool:
        return True
    if kept is int:
        return 1
    if kept is Decimal:
        return Decimal("1.5")
    if kept is datetime:
        return datetime(2026, 1, 1, tzinfo=UTC)
    if kept is tuple:
        return (_TEXTS["instrument"],)
    if issubclass(kept, StrEnum):
        return next(iter(kept))
    return _TEXTS.get(name, "1")
