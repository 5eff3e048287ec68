"""When which sinks are reminded of an alert. Pure.

Each route has its waits, and each sink those of a route that reaches it: a `Plan`. How far an alert has come
is one fact of its row: the place, in seconds after it was told, that its next reminder has in the plans.
So neither a restart nor a pause of all of them shifts one plan against another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypedDict

import msgspec

from alertd.domain.alert import Alert


class Plan(msgspec.Struct, frozen=True):
    """Seconds before each reminder of these sinks (at least one wait, and one sink); the last one repeats."""

    steps_s: tuple[float, ...]
    sinks: tuple[str, ...]

    def after(self, place_s: float) -> float:
        """The place of the first reminder after another place."""
        total_s = 0.0
        for step_s in self.steps_s:
            total_s += step_s
            if total_s > place_s:
                return total_s
        last_s = self.steps_s[-1]
        more = int((place_s - total_s) / last_s)
        while total_s + more * last_s <= place_s:
            more += 1
        return total_s + more * last_s

    def before(self, place_s: float) -> float:
        """The place of the last reminder before another place; 0 where there is none."""
        total_s = found_s = 0.0
        for step_s in self.steps_s:
            total_s += step_s
            if total_s >= place_s:
                return found_s
            found_s = total_s
        last_s = self.steps_s[-1]
        more = int((place_s - total_s) / last_s) + 1
        while more and total_s + more * last_s >= place_s:
            more -= 1
        return total_s + more * last_s


class Due(NamedTuple):
    """The sinks to be reminded now, each once, and how far the plans have come then."""

    sinks: tuple[str, ...]
    place_s: float


class Plans(msgspec.Struct, frozen=True):
    """Of one alert, no sink in two of them; none: nobody is reminded."""

    plans: tuple[Plan, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.plans)

    def after(self, place_s: float) -> float:
        """The place of the next reminder, whosesoever. Not where there are no plans."""
        return min(plan.after(place_s) for plan in self.plans)

    def before(self, place_s: float) -> float:
        """The place of the one before; 0: there is none."""
        return max(plan.before(place_s) for plan in self.plans)

    def due(self, place_s: float, late_s: float = 0.0) -> Due:
        """Who is reminded there, or has the next reminder within the time that this one is late; where plans
        have changed and none has one there, all.
        """
        firsts = [(plan.after(plan.before(place_s)), plan) for plan in self.plans]
        here = [(at_s, plan) for at_s, plan in firsts if at_s <= place_s + late_s]
        if not here:
            here = [(place_s, plan) for plan in self.plans]
        return Due(tuple([sink for _, plan in here for sink in plan.sinks]), max(at_s for at_s, _ in here))


NO_PLANS = Plans()


class Reminding(TypedDict):
    """What the row says of the next reminder."""

    remind_at: datetime | None
    remind_s: float


def place_of(alert: Alert, plans: Plans) -> float:
    """The place of the reminder that the row waits for. A row of an earlier version only counts them."""
    place_s = alert.remind_s
    if not place_s:
        for _ in range(alert.reminders + 1):
            place_s = plans.after(place_s)
    return place_s


def from_the_first(plans: Plans, due: datetime, now: datetime) -> Reminding:
    """The reminders begin, or begin anew, `due` when the alert was to be told."""
    return _next(plans, 0.0, due, now)


def due_now(plans: Plans, alert: Alert, now: datetime) -> Due:
    """Of the reminder that the row waits for. After a downtime each sink has one, not all it has missed."""
    late_s = (now - (alert.remind_at or now)).total_seconds()
    return plans.due(place_of(alert, plans), max(late_s, 0.0))


def after_this(plans: Plans, alert: Alert, now: datetime) -> Reminding:
    """The reminder that the row waits for is told.

    The next counts from when it was due, so that late ticks add up to no drift; from `now` where that has
    passed as well.
    """
    if not plans:
        return _next(plans, 0.0, now, now)
    told_s = due_now(plans, alert, now).place_s
    shift = timedelta(seconds=told_s - place_of(alert, plans))
    return _next(plans, told_s, (alert.remind_at or now) + shift, now)


def from_now(plans: Plans, alert: Alert, now: datetime) -> Reminding:
    """The one that the row waits for, after its whole wait."""
    return _next(plans, plans.before(place_of(alert, plans)) if plans else 0.0, now, now)


def _next(plans: Plans, place_s: float, due: datetime, now: datetime) -> Reminding:
    if not plans:
        return {"remind_at": None, "remind_s": 0.0}
    next_s = plans.after(place_s)
    wait = timedelta(seconds=next_s - place_s)
    return {"remind_at": due + wait if due + wait > now else now + wait, "remind_s": next_s}


def grouped(steps_of: Mapping[str, Sequence[float]]) -> Plans:
    """The plans of sinks with these waits; who has none is not reminded."""
    sinks_of: dict[tuple[float, ...], list[str]] = {}
    for sink, steps_s in steps_of.items():
        if steps_s:
            sinks_of.setdefault(tuple(steps_s), []).append(sink)
    return Plans(tuple([Plan(steps_s, tuple(sinks)) for steps_s, sinks in sinks_of.items()]))
