"""What one key of `match` asks for, read and made into tests of a value."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from fnmatch import translate
from typing import Any

import msgspec

from alertd.domain.events import EventKind
from alertd.rules.figures import read_figure
from alertd.rules.nearest import did_you_mean

Test = Callable[[Any], bool]  # of a value that is there

_COMPARISON = re.compile(r"(<=|>=|==|<|>|=)?\s*(.+)", re.DOTALL)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}


class Terms(msgspec.Struct, frozen=True):
    """What one key of `match` asks for. `literals` are set where the plain entries are whole texts only."""

    plain: tuple[Test, ...]
    negated: tuple[Test, ...]
    star: bool
    literals: frozenset[str] | None = None
    comparison: tuple[str, Decimal] | None = None

    def of_value(self, value: object) -> bool:
        """Whether a value, or its absence (None), is matched."""
        if value is None:
            return self.star
        if self.plain and not self.star and not any(test(value) for test in self.plain):
            return False
        return not any(test(value) for test in self.negated)


def read_terms(kind: EventKind, name: str, kept: type, wanted: object) -> Terms:
    """What the key of the field `name`, kept as `kept`, asks for. Raises: ValueError with the cure."""
    if kept is bool:
        closed = any(entry in (False, "false", "!true") for entry in _entries(wanted))
        if kind is EventKind.MARGIN_STATE and name == "open" and closed:
            raise ValueError("rules judge open positions only; the end of a position is told by its alert")
        return _split(wanted, _truth_test)
    if kept in (Decimal, int):
        return _number_terms(name, wanted)
    if issubclass(kept, datetime):
        if wanted != "*":
            raise ValueError(
                'a time cannot be matched; write it into when: timestamp("2026-01-01T00:00:00Z")'
            )
        return Terms((), (), star=True)
    values = [str(value) for value in kept] if issubclass(kept, StrEnum) else None
    return read_text_terms(wanted, values)


def _split(wanted: object, read: Callable[[str | None, object], Test]) -> Terms:
    """Entries by their sign. `read` makes a test of one entry: its text without the sign (or None)."""
    plain: list[Test] = []
    negated: list[Test] = []
    star = False
    for entry in _entries(wanted):
        text = entry.strip() if isinstance(entry, str) else None
        if text == "*":
            star = True
        elif text is not None and text.startswith("!"):
            negated.append(read(text[1:].strip(), entry))
        else:
            plain.append(read(text, entry))
    return Terms(tuple(plain), tuple(negated), star)


def _entries(wanted: object) -> list[object]:
    if isinstance(wanted, Mapping):
        raise ValueError("a table is taken for labels only; write a text, a number or a list")
    entries = list(wanted) if isinstance(wanted, list | tuple) else [wanted]
    if not entries:
        raise ValueError('an empty list matches nothing; remove the key or write "*"')
    if "!*" in entries:
        raise ValueError('"!*" matches nothing; remove it')
    return entries


def read_text_terms(wanted: object, values: list[str] | None = None) -> Terms:
    """Globs over a text, which is one of `values` where these are given. Raises: ValueError with the cure."""
    texts = [_text(entry) for entry in _entries(wanted)]
    negated = [text[1:].strip() for text in texts if text.startswith("!")]
    plain = [text for text in texts if text != "*" and not text.startswith("!")]
    for text in plain + negated:
        if values is not None and not any(_glob_test([text])(value) for value in values):
            raise ValueError(f'"{text}" is none of its values{did_you_mean(text, values)}')
    star = "*" in texts
    whole = not star and not negated and not any(_is_glob(text) for text in plain)
    return Terms(
        plain=(_glob_test(plain),) if plain else (),
        negated=(_glob_test(negated),) if negated else (),
        star=star,
        literals=frozenset(plain) if whole else None,
    )


def _text(entry: object) -> str:
    if isinstance(entry, bool) or not isinstance(entry, str | int):
        raise ValueError(f'{entry} must be a text here: write "{str(entry).lower()}"')
    return str(entry).strip()


def _is_glob(text: str) -> bool:
    return any(sign in text for sign in "*?[")


def _glob_test(patterns: list[str]) -> Test:
    """Whether a pattern fits as `fnmatch.fnmatchcase` says; the usual shapes by something faster."""
    if not any(_is_glob(pattern) for pattern in patterns):
        literals = frozenset(patterns)
        return lambda value: value in literals
    prefixes = tuple(pattern[:-1] for pattern in patterns)
    if all(pattern.endswith("*") and not _is_glob(pattern[:-1]) for pattern in patterns):
        return lambda value: str.startswith(value, prefixes)
    fits = re.compile("|".join(translate(pattern) for pattern in patterns)).match
    return lambda value: fits(value) is not None


def _truth_test(text: str | None, entry: object) -> Test:
    wanted = {"true": True, "false": False}.get(text or "", entry)
    if not isinstance(wanted, bool):
        raise ValueError(f"{entry} must be true or false here")
    return lambda value: value is wanted


def _number_terms(name: str, wanted: object) -> Terms:
    read: list[tuple[str, Decimal]] = []

    def test(text: str | None, entry: object) -> Test:
        if isinstance(entry, bool):
            raise ValueError(f'{entry} must be a number or a comparison here: "<= 3.0"')
        found = _COMPARISON.fullmatch(text) if text is not None else None
        sign, figure = (found[1] or "==", found[2]) if found else ("==", entry)
        sign = "==" if sign == "=" else sign
        bound = read_figure(name, figure)
        read.append((sign, bound))
        compare = _COMPARE[sign]
        return lambda value: compare(value, bound)

    terms = _split(wanted, test)
    only = len(terms.plain) == 1 and not terms.negated and not terms.star
    return Terms(terms.plain, terms.negated, terms.star, comparison=read[0] if only else None)
