"""The open alerts in memory, with the few ways they are looked up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Container

from alertd.domain.alert import Alert, AlertState, Fingerprint, Severity
from alertd.domain.events import EventKind, MarginMode

# Kinds that tell of a position and end when it is gone.
POSITION_KINDS = frozenset({EventKind.MARGIN_STATE, EventKind.LIQUIDATION_WARNING})

_NO_DANGER = frozenset({EventKind.COVERAGE, EventKind.DRILL, EventKind.AWAY})

# What is told in one message: the alerts of an account; a drill never stands beside a danger.
Company = tuple[str, bool]

# A dict for a set: the order of iteration, and so of notifications, stays the same from run to run.
_Set = dict[Fingerprint, None]


class Register:
    """Open alerts by fingerprint, by account, and by the position they tell of. Rows as stored.

    `vanished`: those that wait for the reason their position is gone.
    """

    def __init__(self) -> None:
        self._alerts: dict[Fingerprint, Alert] = {}
        self._of_account: dict[str, _Set] = {}
        self._of_position: dict[str, dict[str, _Set]] = {}
        self.vanished: _Set = {}
        self._dangers: dict[str, Counter[Severity]] = {}  # told and not over, by account

    def put(self, alert: Alert) -> None:
        """Add an open alert, or replace its older version."""
        name = alert.fingerprint
        older = self._alerts.get(name)
        self._count(older, alert)
        if older is None:
            self._of_account.setdefault(name.account, {})[name] = None
            if names_position(name):
                subjects = self._of_position.setdefault(name.account, {})
                subjects.setdefault(name.subject, {})[name] = None
        self._alerts[name] = alert
        if alert.vanished_at is None:
            self.vanished.pop(name, None)
        else:
            self.vanished[name] = None

    def remove(self, name: Fingerprint) -> None:
        """Forget an alert that is resolved."""
        self._count(self._alerts.pop(name), None)
        self.vanished.pop(name, None)
        _discard(self._of_account, name.account, name)
        subjects = self._of_position.get(name.account)
        if subjects and name in subjects.get(name.subject, {}):
            _discard(subjects, name.subject, name)
            if not subjects:
                del self._of_position[name.account]

    def get(self, name: Fingerprint) -> Alert | None:
        """The open alert of this fingerprint."""
        return self._alerts.get(name)

    def __contains__(self, name: object) -> bool:
        return name in self._alerts

    def all(self) -> Collection[Alert]:
        """A view of all open alerts."""
        return self._alerts.values()

    def accounts(self) -> Container[str]:
        """A view of the accounts that have open alerts."""
        return self._of_account.keys()

    def of_account(self, account: str) -> list[Alert]:
        """The open alerts of an account, oldest in memory first."""
        return [self._alerts[name] for name in self._of_account.get(account, ())]

    def company(self, company: Company) -> list[Alert]:
        """The open alerts that may be told in one message."""
        account, is_drill = company
        return [one for one in self.of_account(account) if company_of(one.fingerprint)[1] is is_drill]

    def worst_danger(self, account: str) -> Severity | None:
        """The worst severity told of the account, our own blindness apart. Looks at no alert."""
        told = self._dangers.get(account)
        return max(told, key=lambda severity: severity.rank, default=None) if told else None

    def of_position(self, account: str, subject: str) -> list[Alert]:
        """The open alerts that tell of this position (or of this currency's cross positions)."""
        return [self._alerts[name] for name in self._of_position.get(account, {}).get(subject, ())]

    def positions(self, account: str) -> list[str]:
        """The subjects of this account's positions that have open alerts."""
        return list(self._of_position.get(account, ()))

    def _count(self, older: Alert | None, newer: Alert | None) -> None:
        """One version of an alert takes the place of another; None: there is none."""
        if older is not None and _is_told_danger(older):
            told = self._dangers[older.fingerprint.account]
            told[older.severity] -= 1
            if not told[older.severity]:
                del told[older.severity]
            if not told:
                del self._dangers[older.fingerprint.account]
        if newer is not None and _is_told_danger(newer):
            self._dangers.setdefault(newer.fingerprint.account, Counter())[newer.severity] += 1


def names_position(name: Fingerprint) -> bool:
    """Whether the subject names one position or one currency: what could not be read has `*` in it."""
    if name.kind not in POSITION_KINDS or "*" in name.subject:
        return False
    parts = name.subject.split("/")
    # A trader may follow, whose position it is a copy of.
    if parts[0] == MarginMode.CROSS:
        return len(parts) in (2, 3)
    return len(parts) in (3, 4) and parts[2] == MarginMode.ISOLATED


def company_of(name: Fingerprint) -> Company:
    """Whom an alert of this name may be told together with."""
    return name.account, name.kind is EventKind.DRILL


def _is_told_danger(alert: Alert) -> bool:
    return alert.state is not AlertState.PENDING and alert.fingerprint.kind not in _NO_DANGER


def _discard(index: dict[str, _Set], key: str, name: Fingerprint) -> None:
    names = index[key]
    del names[name]
    if not names:
        del index[key]
