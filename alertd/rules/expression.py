"""`when`: an expression in CEL, the Common Expression Language, over the fields of one event.

CEL sees a Decimal as a double, an absent figure as null, an enumeration as its text and a time as a
timestamp; comparing null is an error, in CEL as here. Money comparisons belong in matchers and ladders.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec

from alertd.domain.events import Event, EventKind, field_types
from alertd.rules.nearest import did_you_mean
from alertd.rules.samples import bare_event, varied_events

if TYPE_CHECKING:
    import cel

# What the library raises; it documents ValueError, TypeError and RuntimeError, and raises KeyError and
# ZeroDivisionError too.
_CEL_ERRORS = (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError)

_FUNCTIONS = frozenset(
    {"size", "contains", "startsWith", "endsWith", "matches", "timestamp", "duration", "type", "dyn"}
    | {"int", "uint", "double", "string", "bytes", "all", "exists", "exists_one", "map", "filter"}
    | {"getFullYear", "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear"}
    | {"getHours", "getMinutes", "getSeconds", "getMilliseconds"}
)
_WORD = re.compile(r"[A-Za-z]\w*")
# Names that a macro binds: the library lists them among the variables.
_BOUND = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(\s*([A-Za-z_]\w*)\s*,")
_SHOWN_CHARACTERS = 160


class Verdict(msgspec.Struct, frozen=True):
    """Whether a condition holds. `holds` None: it cannot be said; `error` says why where it is a failure."""

    holds: bool | None
    error: str | None = None


HOLDS = Verdict(holds=True)
FAILS = Verdict(holds=False)


class Expression:
    """One compiled expression for events of one kind.

    Compiled, checked against the fields of the kind and tried on sample events when it is made: it must give
    true or false on an event with every field present. That it fails on one without the optional fields is
    no error then (see `weakness`), because such events may never come; a live one that does is told.

    Raises: ValueError with the cure.
    """

    def __init__(self, kind: EventKind, source: str) -> None:
        self._kind = kind
        self._program = _compile(source)
        names = _variables(self._program, source, kind)
        self._readers = [(name, attrgetter(name), _as_cel(field_types(kind)[name])) for name in names]
        self.names = frozenset(names)
        self._try_on_samples(self.names)

    def judge(self, event: Event) -> Verdict:
        """Whether the expression holds for a live event. A failure is told, never taken for "no"."""
        values = {}
        for name, get, convert in self._readers:
            value = get(event)
            values[name] = value if value is None or convert is None else convert(value)
        try:
            result = self._program.execute(values)
        except _CEL_ERRORS as error:
            return Verdict(None, _explain(error, values))
        if result is True:
            return HOLDS
        if result is False:
            return FAILS
        return Verdict(None, f"when gave {type(result).__name__}, not true or false")

    def weakness(self) -> str | None:
        """What goes wrong on events without their optional fields, with the cure; None = nothing."""
        error = self.judge(bare_event(self._kind)).error
        if error is None:
            return None
        return f"fails on events that lack a field ({error}); guard it: x != null && x < 3.0"

    def _try_on_samples(self, names: frozenset[str]) -> None:
        for sample in varied_events(self._kind, names):
            error = self.judge(sample).error
            if error is not None:
                raise ValueError(f"when fails on a sample event: {error}")


def _compile(source: str) -> cel.Program:
    # The package brings its own command line with it: 8 MB and 0.1 s that no rule without `when` needs.
    import cel

    try:
        return cel.compile(source)
    except _CEL_ERRORS as error:
        reason = str(error).partition("ERROR: <input>:")[2] or str(error)
        raise ValueError(f"when is no CEL expression: {_clip(reason)}") from error


def _variables(program: cel.Program, source: str, kind: EventKind) -> list[str]:
    """The fields of the event that the expression names."""
    references = program.references()
    fields = field_types(kind)
    bound = set(_BOUND.findall(source))
    for name in references["variables"]:
        if name not in fields and name not in bound:
            raise ValueError(f'{kind} has no field "{name}"{did_you_mean(name, fields)}')
    for name in references["functions"]:
        if _WORD.fullmatch(name) and name not in _FUNCTIONS:
            raise ValueError(f'CEL has no function "{name}"{did_you_mean(name, _FUNCTIONS)}')
    return [name for name in references["variables"] if name in fields]


def _as_cel(kept: type) -> Callable[[Any], object] | None:
    """How a value of a field is handed over; None = as it is."""
    if kept is Decimal:
        return float
    if kept is tuple:
        return list
    if kept in (bool, int, datetime):
        return None
    return _plain_text


def _plain_text(value: str) -> str:
    """A field kept as text may hold an enumeration's member."""
    return value.value if isinstance(value, StrEnum) else value


def _explain(error: Exception, values: Mapping[str, object]) -> str:
    text = f"{type(error).__name__}: {_clip(str(error))}"
    absent = [name for name, value in values.items() if value is None]
    return f"{text} (absent: {', '.join(absent)})" if absent else text


def _clip(text: str) -> str:
    first = text.strip().splitlines()[0] if text.strip() else ""
    sentence = first.partition(". ")[0]
    return sentence if len(sentence) <= _SHOWN_CHARACTERS else f"{sentence[:_SHOWN_CHARACTERS]}..."
