"""Somebody takes care: an acknowledged alert is not reminded of and not escalated until it gets worse.

What ends it is told as before, and what is worse (a higher severity, a new fact) is told at once and makes
it fire again: the table of moves says so.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from difflib import get_close_matches
from itertools import islice
from operator import itemgetter
from typing import Self

from alertd.alerts.ledger import Draft, Ledger
from alertd.alerts.pausing import Pausing, each
from alertd.alerts.register import Company, company_of
from alertd.alerts.reminders import ALSO_AT_MOST
from alertd.alerts.rings import Shared, answered, shared, unanswered
from alertd.alerts.states import Move, state_after
from alertd.domain.alert import Alert, AlertState, Fingerprint
from alertd.domain.canary import is_canary
from alertd.domain.command import Acknowledge, CommandRefused
from alertd.domain.events import REPORTS, Drill
from alertd.domain.notification import Notification, Reason

SHORTEST_ID = 4  # letters of an id that name an alert, where no other one begins with them
_NEAREST = 3
_SHOWN = 20  # letters of what was given, in a refusal
_BEYOND = "{"  # after every letter of an id


class NoSuchAlert(CommandRefused):
    """No open alert is called so: it is over, or there never was one. `name`: as it was given; `among`: what
    was looked through.
    """

    def __init__(self, name: str, cure: str, among: str = "open alert") -> None:
        super().__init__(f"no {among} has the id {name[:_SHOWN]!r}", cure)
        self.name = name


def acknowledge(command: Acknowledge, ledger: Ledger, draft: Draft) -> Pausing[None]:
    """Acknowledge what of the chosen alerts fires; those that somebody has already stay as they are. Whom the
    escalation has told of them is told that somebody takes care.

    Raises: CommandRefused where an id is unknown or means several, or where none of them fires.
    """
    chosen = yield from _chosen(command, ledger)
    firing = [alert for alert in chosen if can_be_acknowledged(alert)]
    if not firing:
        raise _nothing_to_acknowledge(command, chosen)

    messages = yield from _to_whom(firing, ledger, draft)
    carried = {one.carrier.fingerprint for one in messages}
    taken: dict[Fingerprint, Alert] = {}

    def take_care_of(alert: Alert) -> None:
        taken[alert.fingerprint] = ledger.edit(
            alert,
            draft,
            state=state_after(alert.state, Move.ACKNOWLEDGE),
            acknowledged_by=command.person,
            acknowledged_at=draft.now,
            acknowledged_comment=command.comment,
            remind_at=None,
            expires_at=_ends_at(alert, draft),
            rung=answered(alert),
            sequence=alert.sequence + (alert.fingerprint in carried),
        )

    yield from each(firing, take_care_of)
    draft.notifications += [_told(one, taken, draft) for one in messages]


def _to_whom(firing: Iterable[Alert], ledger: Ledger, draft: Draft) -> Pausing[list[Shared]]:
    """Whom the escalation has told of these and nothing mutes: they need not get up. The end of a drill says
    itself who answered.
    """
    rung = [(alert, sinks) for alert in firing if (sinks := unanswered(alert))]
    of_company: defaultdict[Company, list[tuple[Alert, list[str]]]] = defaultdict(list)
    for alert, sinks in rung:
        if not (isinstance(alert.event, Drill) or ledger.mutes.of(alert, draft.now).by):
            of_company[company_of(alert.fingerprint)].append((alert, sinks))
    messages: list[Shared] = []
    for told in of_company.values():
        messages += yield from shared(told)
    return messages


def _told(message: Shared, taken: Mapping[Fingerprint, Alert], draft: Draft) -> Notification:
    others = islice(message.others, ALSO_AT_MOST)
    return Notification(
        alert=taken[message.carrier.fingerprint],
        reason=Reason.ACKNOWLEDGED,
        created_at=draft.now,
        also=tuple([taken[name] for name in others]),
        only_to=tuple(message.sinks),
    )


def can_be_acknowledged(alert: Alert) -> bool:
    """It fires, and is no mere report: of that nobody need take care."""
    return alert.state is AlertState.FIRING and alert.event.kind not in REPORTS


def _ends_at(alert: Alert, draft: Draft) -> datetime | None:
    """What stays until somebody takes care ends by itself from then on."""
    return alert.expires_at if alert.kept_s is None else draft.now + timedelta(seconds=alert.kept_s)


class ByShortId:
    """Alerts by what people call them. Made once for a question, by `of`: each name costs microseconds."""

    @classmethod
    def of(cls, alerts: Iterable[Alert]) -> Pausing[Self]:
        """Of these alerts, in any order."""
        return cls((yield from each(alerts, lambda alert: (alert.short_id, alert))))

    def __init__(self, named: Iterable[tuple[str, Alert]]) -> None:
        named = sorted(named, key=itemgetter(0))
        self._ids = [name for name, _ in named]
        self._alerts = [alert for _, alert in named]

    def find(self, name: str) -> Alert:
        """The one whose id begins with `name`.

        Raises: NoSuchAlert with the nearest ids; CommandRefused where there are several, or `name` is too
        short.
        """
        wanted = name.strip().lower()
        if len(wanted) < SHORTEST_ID:
            raise CommandRefused(
                f"the id {name!r} is too short", f"give at least {SHORTEST_ID} of its letters"
            )
        first, last = bisect_left(self._ids, wanted), bisect_left(self._ids, wanted + _BEYOND)
        if last - first > 1:
            raise CommandRefused(
                f"the id {name!r} means several alerts", f"give more of {_listed(self._ids[first:last])}"
            )
        if last == first:
            raise NoSuchAlert(name, _nearest(wanted[:_SHOWN], self._ids))
        return self._alerts[first]


def _chosen(command: Acknowledge, ledger: Ledger) -> Pausing[list[Alert]]:
    alerts = [alert for alert in ledger.open.all() if not is_canary(alert.event)]
    if command.alerts:
        known = yield from ByShortId.of(alerts)
        found = (known.find(name) for name in command.alerts)
        return list({alert.fingerprint: alert for alert in found}.values())
    if command.account is None:
        return alerts
    return [alert for alert in alerts if alert.fingerprint.account == command.account]


def _nothing_to_acknowledge(command: Acknowledge, chosen: list[Alert]) -> CommandRefused:
    if not command.alerts:
        where = "" if command.account is None else f" of account {command.account!r}"
        return CommandRefused(f"no alert{where} waits for an acknowledgement")
    return CommandRefused("; ".join(_why_not(alert) for alert in chosen), "nothing is to be done")


def _why_not(alert: Alert) -> str:
    if alert.state is AlertState.ACKNOWLEDGED:
        at = "" if alert.acknowledged_at is None else f" at {alert.acknowledged_at:%Y-%m-%d %H:%M:%S} UTC"
        return f"alert {alert.short_id} is acknowledged already, by {alert.acknowledged_by}{at}"
    if alert.event.kind in REPORTS:
        return f"alert {alert.short_id} is a report, which ends by itself"
    return f"alert {alert.short_id} is {alert.state}: nobody was told of it yet"


def _nearest(wanted: str, known: list[str]) -> str:
    if not known:
        return "no alert is open"
    near = get_close_matches(wanted, known, n=_NEAREST, cutoff=0.5)
    return f"the nearest: {_listed(near)}" if near else f"{len(known)} alerts are open: alertd alerts"


def _listed(names: Iterable[str]) -> str:
    listed = sorted(names)
    more = f" and {len(listed) - _NEAREST} more" if len(listed) > _NEAREST else ""
    return ", ".join(listed[:_NEAREST]) + more
