"""One alert keeps another quiet: what was told of it makes the other say nothing new. Pure.

As in Alertmanager an inhibition has a source, a target, and what must be equal in both. Otherwise than there
a source counts only once it was told (a muted one would leave people with nothing at all), and what gets
worse is told whatever inhibits it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from alertd.alerts.endings import REMEMBERED_FOR_S
from alertd.alerts.matching import FIELDS, Accepts, Field, accepting, label, readings
from alertd.domain.alert import Alert, AlertState, Fingerprint
from alertd.domain.events import Coverage, CoverageState, EventKind, Liquidation, MarginMode, MarginState
from alertd.domain.silence import Matchers

# Of cross positions only the one was liquidated: the others may be next, and share the margin ratio.
CROSS_FOR_S = 60.0

PREFIX = "inhibit:"
LIQUIDATION = f"{PREFIX}liquidation"
BLIND = f"{PREFIX}blind"

_NEVER = datetime.min.replace(tzinfo=UTC)
_ALWAYS = datetime.max.replace(tzinfo=UTC)
_Until = Callable[[Alert, Alert], datetime]
_Key = tuple[str | None, ...]
_Place = tuple[int, _Key]  # which inhibition, and what is equal


class Inhibition(msgspec.Struct, frozen=True, kw_only=True):
    """`until`: how long this source keeps this target quiet, both as they stand.

    `reminders_only`: of the target only its reminders are left out, each judged when it is due.
    """

    name: str
    source: Accepts
    target: Accepts
    equal: tuple[Field, ...]
    until: _Until = lambda source, target: _ALWAYS  # noqa: ARG005
    reminders_only: bool = False


class _Index:
    """Alerts by the places they stand at."""

    def __init__(self) -> None:
        self._at: dict[_Place, dict[Fingerprint, Alert]] = {}
        self._places: dict[Fingerprint, tuple[_Place, ...]] = {}

    def __bool__(self) -> bool:
        return bool(self._at)

    def at(self, place: _Place) -> Iterable[Alert]:
        """The alerts there, as they were put."""
        return self._at.get(place, {}).values()

    def put(self, alert: Alert, places: Iterable[_Place]) -> tuple[_Place, ...]:
        """Move an alert. Returns where it stood before."""
        name = alert.fingerprint
        former = self._places.pop(name, ())
        for place in former:
            del self._at[place][name]
            if not self._at[place]:
                del self._at[place]
        if now := tuple(dict.fromkeys(places)):
            self._places[name] = now
        for place in now:
            self._at.setdefault(place, {})[name] = alert
        return former


class Inhibitions:
    """Which open alerts keep others quiet. `labels` by account."""

    def __init__(
        self, inhibitions: Sequence[Inhibition], labels: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        self._inhibitions = tuple(inhibitions)
        self._labels = labels or {}
        self._sources = _Index()
        self._targets = _Index()  # those kept quiet now

    def __bool__(self) -> bool:
        """Whether any alert may keep others quiet."""
        return bool(self._sources)

    def see(self, alert: Alert) -> list[Fingerprint]:
        """Take the newest version of an alert. Returns those it kept quiet until now, if it did."""
        touched = self._sources.put(alert, self._places_as_source(alert))
        if self._targets or alert.muted_by:
            self._targets.put(alert, self._places_as_target(alert))
        return [target.fingerprint for place in touched for target in self._targets.at(place)]

    def inhibiting(self, target: Alert, now: datetime) -> Iterator[tuple[str, datetime | None]]:
        """What keeps the target quiet: the name of each inhibition, and until when at the latest (None: its
        source's end).
        """
        if not self._sources:
            return
        for at, inhibition in enumerate(self._inhibitions):
            if not inhibition.reminders_only and inhibition.target(target):
                until = self._until(at, target, _as_it_is)
                if until > now:
                    yield inhibition.name, None if until == _ALWAYS else until

    def skips_reminder(self, target: Alert, shown: Callable[[Alert], Alert]) -> bool:
        """Whether a reminder would only repeat figures known to be old. `shown`: with the newest."""
        return bool(self._sources) and any(
            inhibition.reminders_only
            and inhibition.target(target)
            and self._until(at, target, shown) == _ALWAYS
            for at, inhibition in enumerate(self._inhibitions)
        )

    def _until(self, at: int, target: Alert, shown: Callable[[Alert], Alert]) -> datetime:
        """Of trouble of several accounts the shortest time of any of them."""
        inhibition = self._inhibitions[at]
        is_both = inhibition.source(target)
        return min(
            max(
                (
                    inhibition.until(shown(source), target)
                    for source in self._sources.at(place)
                    # what is source and target is kept quiet by nothing that is both: never by itself
                    if not (is_both and inhibition.target(source))
                ),
                default=_NEVER,
            )
            for place in self._places_of(at, target)
        )

    def _places_as_source(self, alert: Alert) -> Iterator[_Place]:
        if _counts(alert):
            for at, inhibition in enumerate(self._inhibitions):
                if inhibition.source(alert):
                    yield from self._places_of(at, alert)

    def _places_as_target(self, alert: Alert) -> Iterator[_Place]:
        if alert.muted_by and alert.is_open:
            for at, inhibition in enumerate(self._inhibitions):
                if inhibition.name in alert.muted_by:
                    yield from self._places_of(at, alert)

    def _places_of(self, at: int, alert: Alert) -> Iterator[_Place]:
        inhibition = self._inhibitions[at]
        return ((at, _key(inhibition, reading)) for reading in readings(alert, self._labels))


def inhibition_of(name: str, source: Matchers, target: Matchers, equal: Iterable[str]) -> Inhibition:
    """One of the configuration. `equal`: fields of an alert, `subject`, or `labels.NAME`."""
    return Inhibition(
        name=f"{PREFIX}{name}",
        source=accepting(source),
        target=accepting(target),
        equal=tuple(map(_field, equal)),
    )


def builtin_inhibitions() -> tuple[Inhibition, ...]:
    """Those that hold without configuration."""
    same_account = (FIELDS["account"],)
    return (
        Inhibition(
            name=LIQUIDATION,
            source=_is_of(EventKind.LIQUIDATION),
            target=_is_of(EventKind.MARGIN_STATE),
            equal=(*same_account, _subject),
            until=_while_it_may_be_the_same,
        ),
        Inhibition(
            name=BLIND,
            source=_is_of(EventKind.COVERAGE),
            target=_is_of(EventKind.MARGIN_STATE),
            equal=same_account,
            until=_while_blind,
            reminders_only=True,
        ),
    )


def _counts(alert: Alert) -> bool:
    """Whether people know of it, and it is not over."""
    is_over = alert.state in (AlertState.PENDING, AlertState.RESOLVED)
    return not is_over and alert.told_at is not None and not alert.muted_by


def _while_it_may_be_the_same(source: Alert, target: Alert) -> datetime:
    """As long as the figures may be those of what was liquidated: never silent about what was opened since.

    Where the times do not tell that, so long as a liquidation may explain an end.
    """
    event, figures = source.event, target.event
    if not isinstance(event, Liquidation) or not isinstance(figures, MarginState):
        return _NEVER
    if event.was_a_part or (event.remaining_size or 0) > 0:
        return _NEVER
    if figures.margin_mode is MarginMode.CROSS:
        return event.received_at + timedelta(seconds=CROSS_FOR_S)
    if figures.opened_at is None or event.observed_at is None:
        return event.received_at + timedelta(seconds=REMEMBERED_FOR_S)
    return _ALWAYS if figures.opened_at <= event.observed_at else _NEVER


def _while_blind(source: Alert, target: Alert) -> datetime:
    """The coverage alert speaks for the account, unless it is milder than what it would keep quiet."""
    event = source.event
    is_blind = isinstance(event, Coverage) and event.state is CoverageState.BLIND
    return _ALWAYS if is_blind and source.severity.rank >= target.severity.rank else _NEVER


def _is_of(kind: EventKind) -> Accepts:
    return lambda alert: alert.fingerprint.kind is kind


def _as_it_is(alert: Alert) -> Alert:
    return alert


def _subject(alert: Alert) -> str:
    return alert.fingerprint.subject


def _field(name: str) -> Field:
    if name == "subject":
        return _subject
    return FIELDS[name] if name in FIELDS else label(name.removeprefix("labels."))


def _key(inhibition: Inhibition, alert: Alert) -> _Key:
    return tuple(field(alert) for field in inhibition.equal)
