"""What `alertd check` says about rules that compile and yet will not do what was meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from alertd.domain.errors import ConfigError
from alertd.domain.events import REPORTS, EventKind
from alertd.rules.conditions import Conditions
from alertd.rules.settings import AbsenceSettings, AnyRuleSettings, RuleSettings

_LEADING_ROLES = ("lead", "auto")
_COPYING_ROLES = ("lead", "copier", "auto")
_OF_COPYING = (EventKind.COPY_RELATION, EventKind.LEADER_STATE, EventKind.LEADER_CHANGE)
_ALWAYS_ABSENT = ", so it would always be told as absent; narrow the rule with match.account"
# What an exchange tells nobody: Toobit has neither such notices nor a maintenance margin of copies.
_NEVER_AT = {"toobit": (EventKind.LIQUIDATION_WARNING, EventKind.LEAD_TRADE_FAILED)}
_NO_FIGURE_AT = {"toobit": {EventKind.MARGIN_STATE: ("margin_ratio",)}}
_OF_NO_ACCOUNT = (
    EventKind.DELIVERY,
    EventKind.CONFIGURATION,
    EventKind.MAINTENANCE,
    EventKind.SELF_CHECK,
    *REPORTS,
)


class WatchedAccount(Protocol):
    """The part of an account's settings that decides which events it can have."""

    @property
    def exchange(self) -> str:
        """The exchange's name."""

    @property
    def role(self) -> str:
        """auto, copier, lead or trader."""

    @property
    def labels(self) -> Mapping[str, str]:
        """The account's labels."""


def unmatchable(rules: Mapping[str, RuleSettings], accounts: Mapping[str, WatchedAccount]) -> list[str]:
    """One sentence per rule and reason: which accounts an enabled rule can never match.

    Rules that do not compile are left to `compile_problems`.
    """
    sentences: list[str] = []
    for name, settings in rules.items():
        if not settings.enabled or settings.event in _OF_NO_ACCOUNT:
            continue
        try:
            conditions = Conditions(name, settings)
        except ConfigError:
            continue
        reasons: dict[str, list[str]] = {}
        for account, facts in accounts.items():
            reason = _reason(conditions, settings, account, facts)
            if reason is not None:
                reasons.setdefault(reason, []).append(account)
        sentences += [_sentence(name, hit, reason) for reason, hit in reasons.items()]
    return sentences


def reached(
    name: str, settings: AnyRuleSettings, accounts: Mapping[str, WatchedAccount]
) -> tuple[list[str], list[str]]:
    """The accounts whose events a rule can match, and why it cannot match the others, each reason once.

    A rule that does not compile reaches all; one about events of no account, none.
    """
    if names_no_account(settings.event):
        return [], [f"{settings.event} is of no account"]
    try:
        conditions = Conditions(name, settings)
    except ConfigError:
        return list(accounts), []
    reasons = {account: _reason(conditions, settings, account, facts) for account, facts in accounts.items()}
    found = [account for account, reason in reasons.items() if reason is None]
    return found, sorted({reason for reason in reasons.values() if reason is not None})


def names_no_account(kind: EventKind) -> bool:
    """Whether events of this kind are of alertd itself, or of all accounts together."""
    return kind in _OF_NO_ACCOUNT


def doubtful(rules: Mapping[str, RuleSettings]) -> list[str]:
    """One sentence per enabled rule whose `when` fails on events without their optional fields."""
    sentences: list[str] = []
    for name, settings in rules.items():
        if not settings.enabled or settings.when is None:
            continue
        try:
            expression = Conditions(name, settings).when
        except ConfigError:
            continue
        weakness = expression.weakness() if expression is not None else None
        if weakness is not None:
            sentences.append(f"rules.{name}.when: {weakness}")
    return sentences


def _reason(
    conditions: Conditions, settings: AnyRuleSettings, account: str, facts: WatchedAccount
) -> str | None:
    matchers = conditions.matchers
    given = {"account": account, "exchange": str(facts.exchange)}
    for field, terms in matchers.static:
        if not terms.of_value(given[field]):
            return f"match.{field} does not fit"
    for label, terms in matchers.labels:
        if not terms.of_value(facts.labels.get(label)):
            return f"match.labels.{label} does not fit"
    if settings.event in _NEVER_AT.get(facts.exchange, ()):
        return f"{facts.exchange} tells no {settings.event}"
    figure = getattr(settings, "field", None)
    if figure in _NO_FIGURE_AT.get(facts.exchange, {}).get(settings.event, ()):
        return f"{facts.exchange} tells no {figure}"
    if settings.event is EventKind.LEAD_TRADE_FAILED and facts.role not in _LEADING_ROLES:
        reason = f"{settings.event} comes to accounts with role lead only, and theirs is {facts.role}"
        return reason + _ALWAYS_ABSENT if isinstance(settings, AbsenceSettings) else reason
    if settings.event in _OF_COPYING and facts.role not in _COPYING_ROLES:
        return f"{settings.event} comes to accounts with role copier or lead only, and theirs is {facts.role}"
    return None


def _sentence(name: str, accounts: list[str], reason: str) -> str:
    return f"rule {name} can never match {', '.join(accounts)}: {reason}"
