"""Whether news would go where a person expects it to go. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from alertd.cli.route.found import Found
from alertd.cli.route.trial import Expected

_NOBODY = "nobody"


def differences(expected: Expected, found: Found) -> list[str]:
    """One text for each key that is not as expected: `sinks: expected call, phone; found phone`."""
    return [
        f"{key}: expected {want}; found {have}"
        for key, want, have in _compared(expected, found)
        if want != have
    ]


def _compared(expected: Expected, found: Found) -> Iterator[tuple[str, str, str]]:
    for key in ("sinks", "at_once", "fallback"):
        wanted = getattr(expected, key)
        if wanted is not None:
            yield key, _names(wanted), _names(getattr(found, key))
    if expected.held_until is not None:
        yield "held_until", *_held(expected.held_until, found)
    if expected.escalate is not None:
        wanted_steps = sorted((step.after_s, _names(step.sinks)) for step in expected.escalate)
        yield "escalate", _steps(wanted_steps), _steps(steps_of(found))
    if expected.remind_s is not None:
        yield "remind_s", *_reminders(expected.remind_s, found.remind_s)


def steps_of(found: Found) -> list[tuple[float, str]]:
    """The chain: seconds after the alert was told, and the sinks."""
    return [(step.after_s, _names(step.sinks)) for step in found.chain.steps]


def _held(wanted: str | dict[str, str], found: Found) -> tuple[str, str]:
    """Times are compared as far as they were written: `07:00` is that of any day."""
    if isinstance(wanted, dict):
        have = {
            sink: shown_as(wanted.get(sink, ""), until, found.timezone) for sink, until in found.held.items()
        }
        return _table(wanted), _table(have)
    times = sorted({shown_as(wanted, until, found.timezone) for until in found.held.values()})
    at_once = sorted(set(found.sinks) - set(found.held))
    have_text = " and ".join(times) or "none waits"
    if times and at_once and wanted:
        have_text += f", but not at {', '.join(at_once)}"
    return wanted or "none waits", have_text


def shown_as(wanted: str, until: datetime, zone: ZoneInfo) -> str:
    """`until` in the form that `wanted` has: time of the day, or date and time, with an offset or without."""
    local = until.astimezone(zone)
    if len(wanted) == len("07:00"):
        return f"{local:%H:%M}"
    try:
        meant = datetime.fromisoformat(wanted)
    except ValueError:
        return local.isoformat(timespec="minutes")
    aware = meant if meant.tzinfo is not None else meant.replace(tzinfo=zone)
    return wanted if aware == until else local.isoformat(timespec="minutes")


def _names(sinks: Collection[str]) -> str:
    return ", ".join(sorted(sinks)) or _NOBODY


def _steps(steps: Collection[tuple[float, str]]) -> str:
    return "; ".join(f"after {after_s:g} s {names}" for after_s, names in steps) or "no steps"


def _seconds(delays: Collection[float]) -> str:
    return ", ".join(f"{delay:g}" for delay in delays) or "none"


def _reminders(
    wanted: Collection[float] | Mapping[str, Collection[float]], found: Mapping[str, Collection[float]]
) -> tuple[str, str]:
    if isinstance(wanted, Mapping):
        return _plans(wanted), _plans(found)
    different = sorted({_seconds(steps_s) for steps_s in found.values() if steps_s})
    return _seconds(wanted), " and ".join(different) or _seconds(())


def _plans(plans: Mapping[str, Collection[float]]) -> str:
    return "; ".join(f"{sink} {_seconds(plans[sink])}" for sink in sorted(plans) if plans[sink]) or _NOBODY


def _table(table: dict[str, str]) -> str:
    return ", ".join(f"{sink} {until}" for sink, until in sorted(table.items())) or "none waits"
