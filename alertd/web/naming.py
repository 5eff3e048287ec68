"""What people name must be there: a slip in a name must not be answered like an all-clear. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

import msgspec

from alertd.alerts.matching import FIELDS, label
from alertd.domain.alert import Alert, Severity
from alertd.domain.command import CommandRefused
from alertd.domain.event import EventKind
from alertd.domain.silence import Matchers
from alertd.rules.nearest import did_you_mean

_GLOB_MARKS = frozenset("*?[")


class UnknownName(CommandRefused):
    """Neither the configuration nor an open alert knows what is named."""


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What the configuration in force knows. `labels`: of its accounts, each with the values it has.

    `open_alerts`: an account or rule that left the configuration is still known by those that are open.
    """

    accounts: Collection[str]
    exchanges: Collection[str]
    rules: Collection[str]
    sinks: Collection[str]
    labels: Mapping[str, Collection[str]]
    open_alerts: Callable[[], Collection[Alert]]

    def check_asked_for(self, account: str | None = None, sink: str | None = None) -> None:
        """Those that a question names. Raises: UnknownName."""
        if account is not None:
            self.check_account(account)
        if sink is not None and sink not in self.sinks:
            raise UnknownName(f'there is no sink "{sink}"{did_you_mean(sink, self.sinks)}')

    def check_account(self, name: str) -> None:
        """Raises: UnknownName."""
        self._check("account", [name])

    def check_matchers(self, matchers: Matchers) -> None:
        """Every name without `*`, `?` and `[`; an instrument may be any. Raises: UnknownName."""
        for key in ("severity", "kind", "account", "exchange", "rule"):
            self._check(key, _exact(getattr(matchers, key)))
        for name, globs in matchers.labels.items():
            if name not in self.labels and not self._has_an_alert(label(name)):
                raise UnknownName(f'no account has the label "{name}"{did_you_mean(name, self.labels)}')
            known = self.labels.get(name, ())
            for value in _exact(globs):
                if value not in known and not self._has_an_alert(label(name), value):
                    raise UnknownName(
                        f'no account has the label {name} = "{value}"{did_you_mean(value, known)}'
                    )

    def _check(self, key: str, names: Iterable[str]) -> None:
        known = self._known(key)
        for name in names:
            if not name or (name not in known and not self._has_an_alert(FIELDS[key], name)):
                raise UnknownName(f'there is no {key} "{name}"{did_you_mean(name, known)}')

    def _known(self, key: str) -> Collection[str]:
        return {
            "severity": tuple(Severity),
            "kind": tuple(EventKind),
            "account": self.accounts,
            "exchange": self.exchanges,
            "rule": self.rules,
        }[key]

    def _has_an_alert(self, field: Callable[[Alert], str | None], value: str | None = None) -> bool:
        found = map(field, self.open_alerts())
        return any(found) if value is None else value in found


def labels_of(accounts: Iterable[Mapping[str, str]]) -> dict[str, set[str]]:
    """The labels of all accounts, each with the values it has."""
    found: dict[str, set[str]] = {}
    for labels in accounts:
        for name, value in labels.items():
            found.setdefault(name, set()).add(value)
    return found


def _exact(globs: Iterable[str]) -> list[str]:
    return [glob for glob in globs if not _GLOB_MARKS & set(glob)]
