"""Whom an escalation has told: facts of the row, so that they hear who takes care. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import itemgetter

import msgspec
from msgspec.structs import replace

from alertd.alerts.pausing import Pausing, each
from alertd.alerts.reminders import urgency
from alertd.domain.alert import Alert, Fingerprint, Ring


class Shared(msgspec.Struct):
    """One message: its carrier, the sinks it is for, and the others that it tells of, the worst first."""

    carrier: Alert
    sinks: list[str]
    others: dict[Fingerprint, Alert]


def rung_by(alert: Alert, carrier: Alert, sinks: Iterable[str]) -> tuple[Ring, ...]:
    """What the row of `alert` says once these sinks are told of it in the message of `carrier`."""
    rings = {ring.sink: ring for ring in alert.rung}
    name = str(carrier.fingerprint)
    rings |= {sink: Ring(sink, name, carrier.episode) for sink in sinks}
    return tuple(rings.values())


def answered(alert: Alert) -> tuple[Ring, ...]:
    """The same rings, once all of them are told that somebody takes care."""
    return tuple([ring if ring.is_answered else replace(ring, is_answered=True) for ring in alert.rung])


def unanswered(alert: Alert) -> list[str]:
    """The sinks that do not know yet that somebody takes care."""
    return [ring.sink for ring in alert.rung if not ring.is_answered]


def shared(told: Iterable[tuple[Alert, Sequence[str]]]) -> Pausing[list[Shared]]:
    """As few messages as tell each sink of its alerts, and of none that is not for it: the most urgent one of
    a sink carries its message.
    """
    ranked = yield from each(told, lambda one: (urgency(one[0]), one))
    of_sink: dict[str, list[Alert]] = {}
    for _, (alert, sinks) in sorted(ranked, key=itemgetter(0)):
        for sink in sinks:
            of_sink.setdefault(sink, []).append(alert)
    messages: dict[Fingerprint, Shared] = {}
    for sink, (carrier, *others) in of_sink.items():
        message = messages.setdefault(carrier.fingerprint, Shared(carrier, [], {}))
        message.sinks.append(sink)
        message.others |= {other.fingerprint: other for other in others}
    return list(messages.values())
