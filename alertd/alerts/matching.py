"""Whether an alert is one of those that a route, a silence or an inhibition means. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import translate

from msgspec.structs import replace

from alertd.domain.alert import Alert
from alertd.domain.events import Coverage, Maintenance, SilenceEnding
from alertd.domain.silence import Matchers

Accepts = Callable[[Alert], bool]
Field = Callable[[Alert], str | None]

FIELDS: Mapping[str, Field] = {
    "severity": lambda alert: alert.severity,
    "kind": lambda alert: alert.fingerprint.kind,
    "account": lambda alert: alert.fingerprint.account,
    "exchange": lambda alert: alert.event.exchange,
    "instrument": lambda alert: alert.event.instrument,
    "rule": lambda alert: alert.fingerprint.rule,
}


def accepting(matchers: Matchers) -> Accepts:
    """The matchers as one check of an alert: every key given must fit."""
    checks = [check for name, field in FIELDS.items() for check in _check(getattr(matchers, name), field)]
    for name, globs in matchers.labels.items():
        checks += _check(globs, label(name))
    return lambda alert: all(check(alert) for check in checks)


def misfits(matchers: Matchers, alert: Alert) -> dict[str, str | None]:
    """The keys that do not fit, each with what the alert has instead; empty: all fit."""
    keys = [(name, getattr(matchers, name), field) for name, field in FIELDS.items()]
    keys += [(f"labels.{name}", globs, label(name)) for name, globs in matchers.labels.items()]
    return {
        name: field(alert)
        for name, globs, field in keys
        if not all(check(alert) for check in _check(globs, field))
    }


def label(name: str) -> Field:
    """The field that holds a label of the account."""
    return lambda alert: alert.labels.get(name)


def readings(alert: Alert, labels: Mapping[str, Mapping[str, str]]) -> list[Alert]:
    """The alert; one for each account where it is about several. `labels` by account."""
    event = alert.event
    if not isinstance(event, Coverage | Maintenance | SilenceEnding) or not event.accounts:
        return [alert]
    name = alert.fingerprint
    return [
        replace(alert, fingerprint=name._replace(account=one), labels=dict(labels.get(one, {})))
        for one in event.accounts
    ]


def _check(globs: Sequence[str], value_of: Field) -> list[Accepts]:
    """One check, or none where everything fits: only `*` takes what is absent too."""
    if not globs or "*" in globs:
        return []
    fits = re.compile("|".join(translate(glob) for glob in globs)).match

    def accepts(alert: Alert) -> bool:
        value = value_of(alert)
        return bool(value) and fits(value or "") is not None

    return [accepts]
