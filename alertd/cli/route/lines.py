"""What `alertd route test` says, for people and for machines. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from alertd.alerts.addressing import is_end
from alertd.cli.route.found import Asked, Found
from alertd.cli.route.verdict import steps_of
from alertd.domain.events import CopyDigest, Summary
from alertd.domain.notification import Address, Reason


def lines_of(found: Found) -> Iterator[str]:
    """What would happen, and why."""
    yield f"{_event(found)}, at {_clock(found.at, found)}"
    yield "\nroutes"
    yield from (f"  {_asked(one)}" for one in found.asked)
    if isinstance(found.notification.alert.event, Summary):
        yield "  a summary goes where critical news of any account would, unless a route names its kind"
    elif isinstance(found.notification.alert.event, CopyDigest):
        yield "  a digest goes where critical news of its account would, unless a route names its kind"
    elif not found.asked:
        yield "  none: everything goes to every sink"
    elif all(one.misfits for one in found.asked):
        yield "  none fits: it goes to every sink that it may go to"
    yield "\nit goes to"
    yield from (f"  {_address(address, found)}" for address in found.addresses)
    if is_end(found.notification):
        yield "  and whoever else was told of it: by a step of the chain, or in place of others"
    elif found.notification.reason is Reason.ACKNOWLEDGED:
        yield "  whom the chain has told, but for sinks that wake a sleeper"
    if found.chain.steps:
        yield "\nwhile nobody acknowledges"
        yield from (f"  after {after_s:g} s: {sinks}" for after_s, sinks in steps_of(found))
        yield "  and so on from the last step"
    if found.wakes_at_once:
        yield f"  at once, liquidation is near: {', '.join(found.wakes_at_once)}"
    if not any(found.remind_s.values()):
        yield "\nreminders: none"
        return
    yield "\nreminders"
    yield from (f"  {sink}: {_reminders(steps_s)}" for sink, steps_s in found.remind_s.items())


def as_json(found: Found) -> dict[str, Any]:
    """The same for machines."""
    alert = found.notification.alert
    return {
        "event": {
            "severity": str(alert.severity),
            "kind": str(alert.fingerprint.kind),
            "account": alert.fingerprint.account,
            "instrument": alert.event.instrument,
            "labels": alert.labels,
            "reason": str(found.notification.reason),
        },
        "at": _iso(found.at, found),
        "routes": [
            {"route": one.place, "fits": not one.misfits, "misfits": dict(one.misfits)} for one in found.asked
        ],
        "addresses": [
            {
                "sink": address.sink,
                "not_before": address.not_before and _iso(address.not_before, found),
                "quiet": address.sink in found.held,
                "batched": address.batched,
                "stands_in_for": [list(group) for group in address.stands_in_for],
            }
            for address in found.addresses
        ],
        "escalate": [{"after_s": step.after_s, "sinks": list(step.sinks)} for step in found.chain.steps],
        "wakes_at_once": list(found.wakes_at_once),
        "remind_s": list(next(filter(None, found.remind_s.values()), ())),  # as it was before there were many
        "reminders": {sink: list(steps_s) for sink, steps_s in found.remind_s.items()},
    }


def _event(found: Found) -> str:
    alert, reason = found.notification.alert, found.notification.reason
    about = [part for part in (alert.fingerprint.account, alert.event.instrument) if part]
    labels = [f"{name}={value}" for name, value in alert.labels.items()]
    what = f"{alert.severity} {alert.fingerprint.kind} ({reason})"
    return " ".join([what, "of " + ", ".join(about) if about else "of no account", *labels])


def _asked(one: Asked) -> str:
    name = f"routes[{one.place}]"
    if not one.misfits:
        return f"{name} fits -> {', '.join(one.route.sinks)}"
    matchers = one.route.match
    why = []
    for key, has in one.misfits.items():
        first, _, label = key.partition(".")
        globs = matchers.labels[label] if label else getattr(matchers, first)
        why.append(f"{key} is {has or 'not given'}, not {' or '.join(globs)}")
    return f"{name} does not fit: {'; '.join(why)}"


def _address(address: Address, found: Found) -> str:
    text = f"{address.sink}: "
    if address.not_before is None:
        text += "at once"
    elif address.sink in found.held:
        text += f"when quiet hours are over, {_clock(address.not_before, found)}"
    else:
        text += f"after {(address.not_before - found.at).total_seconds():g} s"
    if address.batched:
        text += ", in one message with others"
    if address.stands_in_for:
        others = ", and ".join(" or ".join(group) for group in address.stands_in_for)
        text += f", unless {others} has taken it by then"
    return text


def _reminders(delays: Sequence[float]) -> str:
    if not delays:
        return "none"
    return f"after {', '.join(f'{delay:g}' for delay in delays)} s, then every {delays[-1]:g} s"


def _clock(moment: datetime, found: Found) -> str:
    return f"{moment.astimezone(found.timezone):%a %Y-%m-%d %H:%M %Z}"


def _iso(moment: datetime, found: Found) -> str:
    return moment.astimezone(found.timezone).isoformat()
