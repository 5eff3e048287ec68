"""PURE: what an inhibition or a route names, and no alert can ever have; `alertd check` says it.

None of it ends a start: a rule may be off for a while, an account with that label yet to come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

from alertd.alerts import away, drills
from alertd.alerts.mute_settings import InhibitSettings, MuteMatch
from alertd.alerts.settings import RouteMatch
from alertd.config.settings import Settings
from alertd.domain.events import EventKind
from alertd.rules.nearest import did_you_mean
from alertd.rules.reach import WatchedAccount
from alertd.rules.settings import RuleSettings

_OWN_RULES = {drills.RULE: EventKind.DRILL, away.RULE: EventKind.AWAY}
_LABEL = "labels."

Rules = Mapping[str, RuleSettings]
Accounts = Mapping[str, WatchedAccount]


def unmatched(settings: Settings) -> list[str]:
    """One sentence for each name or glob that fits nothing."""
    rules, accounts = settings.rules, settings.accounts
    found: list[str] = []
    for number, route in enumerate(settings.routes):
        found += _of_match(f"routes[{number}].match", route.match, accounts)
    for number, one in enumerate(settings.inhibit):
        found += _of_inhibition(f"inhibit[{number}]", one, rules, accounts)
    return found


def _of_inhibition(at: str, one: InhibitSettings, rules: Rules, accounts: Accounts) -> Iterator[str]:
    for side, match in (("source", one.source), ("target", one.target)):
        yield from _of_rules(f"{at}.{side}", match, rules)
        yield from _of_match(f"{at}.{side}", match, accounts)
    for name in one.equal:
        if name.startswith(_LABEL) and (missing := _no_label(name.removeprefix(_LABEL), accounts)):
            yield f"{at}.equal: all alerts are alike in {name}: {missing}"


def _of_rules(at: str, match: MuteMatch, rules: Rules) -> Iterator[str]:
    kinds = {**{name: rule.event for name, rule in rules.items() if rule.enabled}, **_OWN_RULES}
    names = _narrow(match.rule)
    unknown = [glob for glob in names if not _fits_any(glob, kinds)]
    for glob in unknown:
        is_off = _fits_any(glob, rules)
        reason = "that rule is off" if is_off else f"there is no such rule{did_you_mean(glob, kinds)}"
        yield f'{at}.rule: "{glob}" can never match: {reason}'
    told = {kind for name, kind in kinds.items() if any(fnmatchcase(name, glob) for glob in names)}
    wanted = _narrow(match.kind)
    if told and wanted and not any(_fits_any(glob, told) for glob in wanted):
        yield f"{at}: kind and rule can never match together: of these rules come {', '.join(sorted(told))}"


def _of_match(at: str, match: RouteMatch, accounts: Accounts) -> Iterator[str]:
    found = [*_names(at, match, accounts), *_labels(at, match, accounts)]
    yield from found
    if accounts and not found and not any(_is_of(match, name, facts) for name, facts in accounts.items()):
        yield f"{at}: can never match: no account has all of it (account, exchange, labels)"


def _names(at: str, match: RouteMatch, accounts: Accounts) -> Iterator[str]:
    exchanges = {str(facts.exchange) for facts in accounts.values()}
    for key, globs, known in (
        ("account", match.account, set(accounts)),
        ("exchange", match.exchange, exchanges),
    ):
        for glob in _narrow(globs):
            if not _fits_any(glob, known):
                reason = f"there is no such {key}{did_you_mean(glob, known)}"
                yield f'{at}.{key}: "{glob}" can never match: {reason}'


def _labels(at: str, match: RouteMatch, accounts: Accounts) -> Iterator[str]:
    for label, globs in match.labels.items():
        if not _narrow(globs):
            continue
        if missing := _no_label(label, accounts):
            yield f"{at}.labels.{label}: can never match: {missing}"
            continue
        known = {facts.labels[label] for facts in accounts.values() if label in facts.labels}
        for glob in globs:
            if not _fits_any(glob, known):
                yield (
                    f'{at}.labels.{label}: "{glob}" can never match: no account has this value'
                    f"{did_you_mean(glob, known)}"
                )


def _no_label(label: str, accounts: Accounts) -> str:
    """Why no account has it; empty where one does."""
    known = {name for facts in accounts.values() for name in facts.labels}
    if label in known:
        return ""
    return f'no account has the label "{label}"{did_you_mean(label, known) if known else ""}'


def _is_of(match: RouteMatch, name: str, facts: WatchedAccount) -> bool:
    """Whether an alert of this account can fit, as far as the account decides."""
    asked = [(match.account, name), (match.exchange, str(facts.exchange))]
    asked += [(globs, facts.labels.get(label, "")) for label, globs in match.labels.items()]
    return all(
        not _narrow(globs) or any(value and fnmatchcase(value, glob) for glob in _narrow(globs))
        for globs, value in asked
    )


def _narrow(globs: Sequence[str] | None) -> Sequence[str]:
    """The globs, none where everything fits: `*` takes what is absent too."""
    return () if globs is None or "*" in globs else globs


def _fits_any(glob: str, known: Iterable[str]) -> bool:
    return any(fnmatchcase(name, glob) for name in known)
