"""PURE: what no single table of `[actions]` can see: accounts, rules, people and other exchanges' words.

An action that could never do what it is meant for is refused: somebody relies on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Self, TypeVar

import msgspec
from pydantic import TypeAdapter, ValidationError

from alertd.actions.plans import concerned
from alertd.actions.settings import OF_EVENT, ActionSettings, AnyAction, PauseLeading, StopCopying
from alertd.config.coming import EXCHANGES
from alertd.config.toml_lines import Path
from alertd.domain.action import Mode
from alertd.domain.alert import Severity
from alertd.domain.events import REPORTS, EventKind, field_types
from alertd.domain.people import Right
from alertd.rules.nearest import did_you_mean
from alertd.rules.reach import WatchedAccount, names_no_account, reached
from alertd.rules.settings import AnyRuleSettings, LadderSettings, RuleSettings

T = TypeVar("T")
Finding = tuple[Path, str]

_ACTION: TypeAdapter[AnyAction] = TypeAdapter(ActionSettings)
_RULE: TypeAdapter[AnyRuleSettings] = TypeAdapter(RuleSettings)
_IDS = {
    "okx": (re.compile(r"[A-Za-z0-9]{16}([A-Za-z0-9]{2})?"), "16 or 18 letters and digits (uniqueCode)"),
    "toobit": (re.compile(r"[1-9][0-9]{0,18}"), "digits only"),
}
_WORDS = {
    "stop_copying": "stop copying",
    "pause_leading": "pause leading",
    "remove_follower": "lose followers",
}
TELLING = "action"  # the built-in rule that tells of actions
_NO_TRIGGERS = (EventKind.ACTION, *REPORTS)
_OPEN_POSITIONS = '"close_at_market", "leader_closes" or "leave_to_me"'
# On OKX the copies of all traders share the account's margin.
_NAMED_ON = {EventKind.MARGIN_STATE: ("toobit",), EventKind.LIQUIDATION: ("toobit",)}


class Facts(msgspec.Struct, frozen=True):
    """What stands in an account's table that decides what it can have."""

    exchange: str
    role: str
    labels: dict[str, str]


class Known(msgspec.Struct, frozen=True):
    """What the models take of the configuration. `named`: all actions, also those that they refuse."""

    accounts: Mapping[str, Facts]
    actions: Mapping[str, AnyAction]
    rules: Mapping[str, AnyRuleSettings]
    named: Mapping[str, Any]
    can_approve: int

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> Self:
        tables = {name: _table(account) for name, account in _table(values.get("accounts")).items()}
        return cls(
            accounts={
                name: _facts(table) for name, table in tables.items() if table.get("exchange") in EXCHANGES
            },
            actions=_valid(values.get("actions"), _ACTION),
            rules=_valid(values.get("rules"), _RULE),
            named=_table(values.get("actions")),
            can_approve=_can_approve(values),
        )


def action_findings(values: Mapping[str, Any]) -> Iterator[Finding]:
    """The key and what is wrong with it. Tables that the models refuse are left to them."""
    known = Known.of(values)
    for name, rule in known.rules.items():
        for text in _of_rule(name, rule, known):
            yield ("rules", name, "actions"), text
    for name, action in known.actions.items():
        for key, text in _of_action(name, action, known):
            yield ("actions", name, key), text
    yield from _of_telling(known)


def _of_telling(known: Known) -> Iterator[Finding]:
    """Nothing is done to an account that no person hears of."""
    built_in = known.rules.get(TELLING)
    if built_in is None or built_in.enabled:
        return
    telling = any(rule.enabled and rule.event is EventKind.ACTION for rule in known.rules.values())
    if not telling and any(action.mode is not Mode.OFF for action in known.actions.values()):
        yield (
            ("rules", TELLING, "enabled"),
            "nobody would be asked for approval or hear what was done; remove it, or write a rule of your "
            f'own with event = "{EventKind.ACTION}"',
        )


def _of_rule(name: str, rule: AnyRuleSettings, known: Known) -> Iterator[str]:
    for action in rule.actions:
        if action not in known.named:
            yield f'there is no action "{action}"{did_you_mean(action, known.named)}'
    if not rule.actions or not rule.enabled:
        return
    if rule.event in _NO_TRIGGERS:
        yield f"{rule.event} triggers nothing: it tells of what alertd did, or reports; remove the key"
        return
    worst = _worst(rule)
    if worst.rank < rule.actions_from.rank:
        yield (
            f"the rule is never {rule.actions_from}, so it would never trigger them; "
            f'write actions_from = "{worst}"'
        )
    found, reasons = reached(name, rule, known.accounts)
    if known.accounts and not found and not names_no_account(rule.event):
        yield f"the rule can never match any account, so it would never trigger them: {'; '.join(reasons)}"
        return
    for action in rule.actions:
        if action in known.actions:
            yield from _of_event(rule.event, action, {known.accounts[one].exchange for one in found}, known)


def _of_event(kind: EventKind, action: str, seen_at: set[str], known: Known) -> Iterator[str]:
    """What the action takes from the event, and such events do not have. `seen_at`: their exchanges."""
    given = known.actions[action]
    if given.account == OF_EVENT and names_no_account(kind):
        yield f"{kind} is of no account, and actions.{action}.account is that of the event; name one"
    if given.parties != "event":
        return
    those = concerned(action, given, known.rules, known.accounts)
    exchanges = sorted(seen_at & {facts.exchange for facts in those.values()})
    if not any(_names_a_trader(kind, exchange) for exchange in exchanges):
        where = f" on {' and '.join(exchanges)}" if kind in _NAMED_ON and exchanges else ""
        yield (
            f"{kind}{where} names no lead trader of its accounts, and actions.{action}.lead_traders are "
            'those of the event; write "all" there, or ids'
        )


def _of_action(name: str, action: AnyAction, known: Known) -> Iterator[tuple[str, str]]:
    accounts = known.accounts
    if OF_EVENT in accounts and action.account == OF_EVENT:
        yield "account", f'means that of the event, and one of the accounts is called "{OF_EVENT}": rename it'
        return
    those = concerned(name, action, known.rules, accounts)
    if accounts and not those and action.account != OF_EVENT:
        yield "account", f'there is no account "{action.account}"{did_you_mean(action.account, accounts)}'
    wrong = [(one, why) for one, facts in those.items() if (why := _cannot(action, facts))]
    for account, why in wrong:
        yield "account", f"accounts.{account} {why}"
    if not wrong:
        yield from _of_exchanges(action, sorted({facts.exchange for facts in those.values()}))
    named = 0 if isinstance(action.parties, str) else len(action.parties)
    for key, most in (("max_traders", action.max_traders), ("max_per_day_total", action.max_per_day_total)):
        if named > most:
            yield key, f"is {most}, and {named} are named: it would never run for all of them"
    if action.approvers > max(1, known.can_approve):
        yield (
            "approvers",
            f"{action.approvers} persons must approve, and {known.can_approve} of [people] may, "
            'with a token and can = ["approve"] (the web token is nobody\'s own and does not count)',
        )


def _cannot(action: AnyAction, facts: WatchedAccount) -> str:
    """Why the action is not for this account; empty where it is."""
    if facts.exchange not in action.exchanges:
        served = " and ".join(action.exchanges)
        return f"is at {facts.exchange}, and {action.type} is there on {served} only; name others"
    if facts.role not in action.roles:
        fitting = " or ".join(f'"{role}"' for role in action.roles)
        return (
            f'has role "{facts.role}" and cannot {_WORDS[action.type]}, which role {fitting} can; '
            'name others (with account = "event": narrow the rule by match.account)'
        )
    return ""


def _of_exchanges(action: AnyAction, exchanges: list[str]) -> Iterator[tuple[str, str]]:
    if isinstance(action, PauseLeading) or not exchanges:
        return
    if len(exchanges) > 1:
        yield "account", f"fits accounts of {' and '.join(exchanges)}, which differ: one action for each"
        return
    (exchange,) = exchanges
    if isinstance(action, StopCopying):
        if exchange == "okx" and action.open_positions is None:
            yield "open_positions", f"is missing, and there is no default: write one of {_OPEN_POSITIONS}"
        if exchange == "toobit" and action.open_positions is not None:
            yield (
                "open_positions",
                "is for OKX only: Toobit refuses to stop copying while copied positions are open; remove it",
            )
        ids = (("lead_traders", action.parties), ("allowed_traders", action.allowed_traders or ()))
    else:
        ids = (("followers", action.parties), ("followers", ()))
    form, text = _IDS[exchange]
    for key, given in ids:
        for one in () if isinstance(given, str) else given:
            if not form.fullmatch(one):
                yield key, f'"{one}" is no id of {exchange}: {text}'


def _names_a_trader(kind: EventKind, exchange: str) -> bool:
    """Whether such events can name a lead trader that the account copies."""
    if kind is EventKind.LEAD_TRADE_FAILED or "trader" not in field_types(kind):
        return False
    return exchange in _NAMED_ON.get(kind, (exchange,))


def _worst(rule: AnyRuleSettings) -> Severity:
    return (
        max(rule.levels, key=lambda level: level.rank) if isinstance(rule, LadderSettings) else rule.severity
    )


def _can_approve(values: Mapping[str, Any]) -> int:
    """How many persons: those with the right and a token of their own."""
    people = (_table(person) for person in _table(values.get("people")).values())
    return sum(bool(person.get("token")) and Right.APPROVE in _list(person.get("can")) for person in people)


def _valid(tables: object, kind: TypeAdapter[T]) -> dict[str, T]:
    found: dict[str, T] = {}
    for name, table in _table(tables).items():
        try:
            found[name] = kind.validate_python(table)
        except ValidationError:  # reported by the models
            continue
    return found


def _facts(account: Mapping[str, Any]) -> Facts:
    labels = {str(key): str(value) for key, value in _table(account.get("labels")).items()}
    return Facts(str(account.get("exchange", "")), str(account.get("role", "auto")), labels)


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else []


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
