"""What the configuration says about actions, ready to be asked: what each may do, and which rules trigger it.

Pure. A `Plan` holds no account that its exchange or its role cannot serve.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from hashlib import blake2b

import msgspec

from alertd.actions.settings import OF_EVENT, AnyAction, StopCopying
from alertd.domain.action import ALL_TRADERS, ActionType, Intent, Mode, OpenPositions
from alertd.domain.alert import Severity
from alertd.rules.reach import WatchedAccount, reached
from alertd.rules.settings import AnyRuleSettings

_HASH_BYTES = 6


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One action. `accounts`: the exchange of each that it may concern.

    `of_event`: of them only the account that the event names. `traders`: the exchange's ids, or ALL_TRADERS
    alone; None: the trader that the event names, which must be one of `allowed` where that is given.
    """

    action: str
    type: ActionType
    mode: Mode
    accounts: Mapping[str, str]
    of_event: bool
    traders: tuple[str, ...] | None
    allowed: frozenset[str] | None = None
    open_positions: OpenPositions | None = None
    cooldown_s: float
    max_per_day: int
    max_per_day_total: int
    max_traders: int
    approval_ttl_s: float
    approvers: int
    auto_after_runs: int
    config_hash: str = ""

    def allows(self, intent: Intent) -> bool:
        """Whether what was planned is still what the configuration wants, and for whom."""
        if self.mode is Mode.OFF or (self.mode is Mode.DRY_RUN) != (intent.mode is Mode.DRY_RUN):
            return False
        same = (self.type, self.open_positions) == (intent.type, intent.open_positions)
        return same and intent.account in self.accounts and self._concerns(intent.trader)

    def _concerns(self, trader: str) -> bool:
        if self.traders is None:
            return self.allowed is None or trader in self.allowed
        return trader in self.traders or ALL_TRADERS in self.traders


class Trigger(msgspec.Struct, frozen=True):
    """What a rule's alerts trigger, from which severity on."""

    actions: tuple[str, ...]
    actions_from: Severity = Severity.CRITICAL


def plans_of(
    actions: Mapping[str, AnyAction],
    rules: Mapping[str, AnyRuleSettings],
    accounts: Mapping[str, WatchedAccount],
) -> dict[str, Plan]:
    """A plan for each action by its name. The hash changes with the action, and with what triggers it."""
    return {
        name: _plan(name, one, _hash(name, one, rules), concerned(name, one, rules, accounts))
        for name, one in actions.items()
    }


def triggers_of(rules: Mapping[str, AnyRuleSettings]) -> dict[str, Trigger]:
    """What each enabled rule triggers, by the rule's name; rules without actions are not in it."""
    return {
        name: Trigger(rule.actions, rule.actions_from)
        for name, rule in rules.items()
        if rule.enabled and rule.actions
    }


def concerned(
    name: str,
    action: AnyAction,
    rules: Mapping[str, AnyRuleSettings],
    accounts: Mapping[str, WatchedAccount],
) -> dict[str, WatchedAccount]:
    """The accounts that the action may concern: those that `account` fits, or those whose events the rules
    that name it can match.
    """
    if action.account != OF_EVENT:
        return {one: facts for one, facts in accounts.items() if fnmatchcase(one, action.account)}
    naming = {rule: given for rule, given in rules.items() if given.enabled and name in given.actions}
    found = {account for rule, given in naming.items() for account in reached(rule, given, accounts)[0]}
    return {one: facts for one, facts in accounts.items() if one in found}


def serves(action: AnyAction, account: WatchedAccount) -> bool:
    """Whether the account's exchange and role know this kind of action."""
    return account.exchange in action.exchanges and account.role in action.roles


def _plan(name: str, one: AnyAction, config_hash: str, accounts: Mapping[str, WatchedAccount]) -> Plan:
    parties = one.parties
    allowed = one.allowed_traders if isinstance(one, StopCopying) else None
    traders = (ALL_TRADERS,) if parties == "all" else None if parties == "event" else tuple(parties)
    return Plan(
        action=name,
        type=ActionType(one.type),
        mode=one.mode,
        accounts={account: facts.exchange for account, facts in accounts.items() if serves(one, facts)},
        of_event=one.account == OF_EVENT,
        traders=traders,
        allowed=None if allowed is None else frozenset(allowed),
        open_positions=one.open_positions if isinstance(one, StopCopying) else None,
        cooldown_s=one.cooldown_s,
        max_per_day=one.max_per_day,
        max_per_day_total=one.max_per_day_total,
        max_traders=one.max_traders,
        approval_ttl_s=one.approval_ttl_s,
        approvers=one.approvers,
        auto_after_runs=one.auto_after_runs,
        config_hash=config_hash,
    )


def _hash(name: str, one: AnyAction, rules: Mapping[str, AnyRuleSettings]) -> str:
    triggering = {rule: given for rule, given in rules.items() if name in given.actions}
    said = [one.model_dump(mode="json"), {rule: x.model_dump(mode="json") for rule, x in triggering.items()}]
    return blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=_HASH_BYTES).hexdigest()
