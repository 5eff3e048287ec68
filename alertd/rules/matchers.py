"""Structured matchers, compiled to closures once.

`match = { instrument = ["BTC-*", "!BTC-USDC-*"], margin_ratio = "<= 300%", labels = { owner = "anna" } }`

- Every key must hold. A list holds if any of its plain entries holds and none of those with a leading `!`.
- Text fields take globs; numbers take a comparison (`<`, `<=`, `>`, `>=`, `==`) or a number to equal; truth
  values take true or false. A field of several texts holds if one of them does.
- A field the event lacks (`None`, or no text at all) is matched by `*` only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from operator import attrgetter

import msgspec

from alertd.domain.events import Event, EventKind, field_types
from alertd.rules.nearest import did_you_mean
from alertd.rules.terms import Terms, read_terms, read_text_terms

EventTest = Callable[[Event], bool]

_STATIC_FIELDS = ("account", "exchange")
# What every kind of event has, and all events on one position have in common.
STANDING_FIELDS = ("instrument", "direction", "margin_mode", "margin_currency")
_LABELS = "labels"
_LABEL_PREFIX = "labels."


class Gate(msgspec.Struct, frozen=True):
    """A rule can only fire while `field` is at or beyond `bound`: lets many rules be passed over at once."""

    field: str
    below: bool
    bound: Decimal


class Matchers(msgspec.Struct, frozen=True):
    """A compiled `match`.

    `account`, `exchange` and labels do not change while an account is watched, so they are asked once
    (`covers`); `live` is asked for every event, None = nothing to ask. `standing` is part of it, by itself
    for those who ask once for all events on the same instrument, side and margin (`covers_like`). `figures`
    are the numeric fields it compares, `figure` the first with its bound.
    """

    static: tuple[tuple[str, Terms], ...]
    standing: tuple[tuple[str, Terms], ...]
    labels: tuple[tuple[str, Terms], ...]
    live: EventTest | None
    figures: tuple[str, ...]
    figure: tuple[str, Decimal] | None
    gate: Gate | None

    def covers(self, account: str, exchange: str, labels: Mapping[str, str]) -> bool:
        """Whether events of this account can match at all."""
        facts = {"account": account, "exchange": exchange}
        return all(terms.of_value(facts[name]) for name, terms in self.static) and all(
            terms.of_value(labels.get(name)) for name, terms in self.labels
        )

    def covers_like(self, event: Event) -> bool:
        """Whether events on the same instrument, side and margin can match at all."""
        return all(terms.of_value(getattr(event, name)) for name, terms in self.standing)


def compile_matchers(kind: EventKind, match: Mapping[str, object]) -> tuple[Matchers, list[tuple[str, str]]]:
    """The compiled matchers and the problems found: (key, text with the cure)."""
    known = field_types(kind)
    problems: list[tuple[str, str]] = []
    found: dict[str, Terms] = {}
    labels: dict[str, Terms] = {}
    for key, wanted in _flat(match):
        try:
            if key == _LABELS:
                raise ValueError('labels takes a table: labels = { owner = "anna" }')
            if key.startswith(_LABEL_PREFIX):
                labels[key.removeprefix(_LABEL_PREFIX)] = read_text_terms(wanted)
            elif key not in known:
                raise ValueError(f'{kind} has no field "{key}"{did_you_mean(key, [*known, _LABELS])}')
            else:
                found[key] = read_terms(kind, key, known[key], wanted)
        except ValueError as problem:
            problems.append((key, str(problem)))
    return _assemble(found, labels, known), problems


def _flat(match: Mapping[str, object]) -> Iterable[tuple[str, object]]:
    """`labels = { owner = "x" }` as `labels.owner = "x"`."""
    for key, wanted in match.items():
        if key == _LABELS and isinstance(wanted, Mapping):
            yield from ((f"{_LABEL_PREFIX}{name}", value) for name, value in wanted.items())
        else:
            yield key, wanted


def _assemble(found: Mapping[str, Terms], labels: Mapping[str, Terms], known: Mapping[str, type]) -> Matchers:
    live = {
        name: terms
        for name, terms in found.items()
        if name not in _STATIC_FIELDS and not (terms.star and not terms.negated)
    }
    figures = tuple(name for name in live if known[name] in (Decimal, int))
    figure = gate = None
    for name in figures:
        comparison = live[name].comparison
        if comparison is not None:
            sign, bound = comparison
            figure = figure or (name, bound)
            gate = gate or Gate(name, below=sign in ("<", "<="), bound=bound)
    return Matchers(
        static=tuple((name, found[name]) for name in _STATIC_FIELDS if name in found),
        standing=tuple((name, live[name]) for name in STANDING_FIELDS if name in live),
        labels=tuple(labels.items()),
        live=_all_of([_event_test(name, terms, known[name]) for name, terms in live.items()]),
        figures=figures,
        figure=figure,
        gate=gate,
    )


def _event_test(name: str, terms: Terms, kept: type) -> EventTest:
    get = attrgetter(name)
    if kept is tuple:
        return _several_test(get, terms)
    if terms.literals is not None:
        return _literal_test(get, terms.literals)
    if terms.star or len(terms.plain) + len(terms.negated) != 1:
        return lambda event: terms.of_value(get(event))
    if terms.comparison is not None:
        sign, bound = terms.comparison
        return _compare_test(get, sign, bound)
    test = (terms.plain or terms.negated)[0]
    if terms.plain:
        return lambda event: (value := get(event)) is not None and test(value)
    return lambda event: (value := get(event)) is not None and not test(value)


def _several_test(get: Callable[[Event], tuple[str, ...]], terms: Terms) -> EventTest:
    def holds(event: Event) -> bool:
        values = get(event)
        if not values:
            return terms.star
        plain = not terms.plain or terms.star or any(test(value) for test in terms.plain for value in values)
        return plain and not any(test(value) for test in terms.negated for value in values)

    return holds


def _literal_test(get: Callable[[Event], object], literals: frozenset[str]) -> EventTest:
    if len(literals) == 1:
        (only,) = literals
        return lambda event: get(event) == only
    return lambda event: get(event) in literals


def _compare_test(get: Callable[[Event], Decimal | int | None], sign: str, bound: Decimal) -> EventTest:
    if sign == "<":
        return lambda event: (value := get(event)) is not None and value < bound
    if sign == "<=":
        return lambda event: (value := get(event)) is not None and value <= bound
    if sign == ">":
        return lambda event: (value := get(event)) is not None and value > bound
    if sign == ">=":
        return lambda event: (value := get(event)) is not None and value >= bound
    return lambda event: get(event) == bound


def _all_of(tests: list[EventTest]) -> EventTest | None:
    if not tests:
        return None
    if len(tests) == 1:
        return tests[0]
    if len(tests) == 2:
        first, second = tests
        return lambda event: first(event) and second(event)

    def holds(event: Event) -> bool:
        for test in tests:  # noqa: SIM110 - `all()` with a generator costs four times as much
            if not test(event):
                return False
        return True

    return holds
