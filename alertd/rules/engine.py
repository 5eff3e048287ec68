"""Every rule against one event, and the check of all rules when the configuration is read."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from decimal import Decimal
from operator import attrgetter

import msgspec

from alertd.domain.alert import Fingerprint, Severity
from alertd.domain.canary import CANARY, is_canary
from alertd.domain.errors import ConfigError
from alertd.domain.evaluation import Evaluation
from alertd.domain.events import EVENT_TYPES, Event, EventKind, LiquidationWarning, MarginState
from alertd.rules.absence import AbsenceRule
from alertd.rules.count import CountRule
from alertd.rules.drawdown import DrawdownRule
from alertd.rules.judging import Rule, judges_stale
from alertd.rules.ladder import LadderRule
from alertd.rules.match import MatchRule
from alertd.rules.remembering import RememberingRule
from alertd.rules.settings import (
    AbsenceSettings,
    AnyRuleSettings,
    CountSettings,
    LadderSettings,
    LookingBackSettings,
    MatchSettings,
    RuleSettings,
)

MOST_SCOPES = 20_000
_NO_LABELS: Mapping[str, str] = {}
# The next canary is another episode: a tick ends this one.
_OF_CANARY = MatchSettings(
    type="match", event=EventKind.LIQUIDATION_WARNING, severity=Severity.INFO, resolve_after_s=1.0
)


def compile_rule(name: str, settings: LadderSettings | MatchSettings) -> Rule:
    """One rule. Raises: ConfigError with one line per finding."""
    if isinstance(settings, LadderSettings):
        return LadderRule(name, settings)
    return MatchRule(name, settings)


def compile_remembering(name: str, settings: LookingBackSettings) -> RememberingRule:
    """One rule that looks back. Raises: ConfigError with one line per finding."""
    if isinstance(settings, CountSettings):
        return CountRule(name, settings)
    return (
        AbsenceRule(name, settings) if isinstance(settings, AbsenceSettings) else DrawdownRule(name, settings)
    )


def _compiled(name: str, settings: AnyRuleSettings) -> Rule | RememberingRule:
    if isinstance(settings, LadderSettings | MatchSettings):
        return compile_rule(name, settings)
    return compile_remembering(name, settings)


def compile_problems(rules: Mapping[str, RuleSettings]) -> list[str]:
    """One line per finding in matchers and expressions, naming rule and key, with the cure."""
    problems: list[str] = []
    for name, settings in rules.items():
        try:
            _compiled(name, settings)
        except ConfigError as found:
            problems += found.problems
    return problems


# How to read a field, a bound, and rules of which none can fire while the field is not beyond it. A plain
# tuple: a named one is unpacked many times as slowly.
_Gated = tuple[Callable[[Event], Decimal | int | None], Decimal, tuple[Rule, ...]]


class _Scope(msgspec.Struct, frozen=True):
    """The rules for one event type of one account, instrument, side and margin, sorted for the quiet path.

    `rules` are those that concern the account, `others` those that do not but may have an open alert from
    a former configuration. What can fire on such an event stands in `below`, `above` and `free`.
    """

    tells_state: bool
    rules: tuple[Rule, ...]
    others: tuple[Rule, ...]
    below: tuple[_Gated, ...]
    above: tuple[_Gated, ...]
    free: tuple[Rule, ...]

    def firing(self, event: Event) -> list[Rule]:
        """The rules that the event may fire."""
        found: list[Rule] = []
        for rule in self.free:  # loops: a comprehension is a call, and nothing is found as a rule
            if rule.may_fire(event):
                found.append(rule)
        for read, bound, rules in self.below:
            value = read(event)
            if value is not None and value <= bound:
                found += [rule for rule in rules if rule.may_fire(event)]
        for read, bound, rules in self.above:
            value = read(event)
            if value is not None and value >= bound:
                found += [rule for rule in rules if rule.may_fire(event)]
        return found


class RuleEngine:
    """All enabled rules, compiled. `labels` are by account.

    Judging keeps nothing: the same event gives the same answer. The canary is judged by a rule of its own and
    by no other. Raises: ConfigError as `compile_problems`.
    """

    def __init__(self, rules: Mapping[str, RuleSettings], labels: Mapping[str, Mapping[str, str]]) -> None:
        enabled = {name: settings for name, settings in rules.items() if settings.enabled}
        problems = compile_problems(enabled)
        if problems:
            raise ConfigError(problems)
        self._labels = labels
        self._rules: dict[type[Event], list[Rule]] = {}
        self._canary: dict[type[Event], list[Rule]] = {LiquidationWarning: [compile_rule(CANARY, _OF_CANARY)]}
        looking_back: list[RememberingRule] = []  # judged by `Memories`, not here
        for name, settings in enabled.items():
            if isinstance(settings, LadderSettings | MatchSettings):
                self._rules.setdefault(EVENT_TYPES[settings.event], []).append(compile_rule(name, settings))
            else:
                looking_back.append(compile_remembering(name, settings))
        self.looking_back = tuple(looking_back)
        self._scopes: dict[tuple[object, ...], _Scope] = {}
        # By its rules, of which each lives as long as we do: most accounts and instruments share one.
        self._alike: dict[tuple[int, ...], _Scope] = {}

    def evaluate(
        self,
        event: Event,
        is_open: Callable[[Fingerprint], bool],
        open_accounts: Container[str] | None = None,
    ) -> list[Evaluation]:
        """What fires, and what does not (any more) although its alert is open.

        `open_accounts`: the accounts that have an open alert at all; given, it spares quiet accounts the
        question `is_open` for every rule. A position that is gone is not judged: the life cycle ends it.
        """
        if event.__class__ is not MarginState and not event.tells_state:
            return self._evaluate_occurrence(event)
        name = (
            event.__class__, event.account, event.exchange,
            event.instrument, event.direction, event.margin_mode, event.margin_currency,
        )  # fmt: skip
        scope = self._scopes.get(name) or self._scope(event, name)
        if isinstance(event, MarginState) and not event.open:
            return []
        if not scope.tells_state or (open_accounts is not None and event.account not in open_accounts):
            firing = scope.firing(event)
            if not firing:
                return []
            fresh = (rule for rule in firing if not judges_stale(event, rule.figures))
            return _said(rule.evaluate(event, is_open=False) for rule in fresh)
        return self._evaluate_with_open(scope, event, is_open)

    def _evaluate_occurrence(self, event: Event) -> list[Evaluation]:
        """What happened once. The next is hardly of the same instrument: nothing is sorted for it."""
        labels = self._labels.get(event.account, _NO_LABELS)
        found: list[Evaluation] = []
        for rule in self._rules_for(event):
            if not (rule.covers(event.account, event.exchange, labels) and rule.covers_like(event)):
                continue
            if rule.may_fire(event) and not judges_stale(event, rule.figures):
                evaluation = rule.evaluate(event, is_open=False)
                if evaluation is not None:
                    found.append(evaluation)
        return found

    def _rules_for(self, event: Event) -> list[Rule]:
        return (self._canary if is_canary(event) else self._rules).get(type(event), [])

    def _evaluate_with_open(
        self, scope: _Scope, event: Event, is_open: Callable[[Fingerprint], bool]
    ) -> list[Evaluation]:
        found: list[Evaluation] = []
        account, kind, subject = event.account, event.kind, event.subject
        for rule in scope.rules:
            if judges_stale(event, rule.figures):
                continue
            opened = is_open(Fingerprint(account, kind, rule.name, subject))
            if opened or rule.may_fire(event):
                evaluation = rule.evaluate(event, is_open=opened)
                if evaluation is not None:
                    found.append(evaluation)
        for rule in scope.others:
            if is_open(Fingerprint(account, kind, rule.name, subject)):
                found.append(rule.stand_down(event))
        return found

    def _scope(self, event: Event, name: tuple[object, ...]) -> _Scope:
        labels = self._labels.get(event.account, _NO_LABELS)
        rules = self._rules_for(event)
        covering = [rule for rule in rules if rule.covers(event.account, event.exchange, labels)]
        able = [rule for rule in covering if rule.covers_like(event)]
        others = [rule for rule in rules if rule not in covering]
        same = (event.tells_state, *map(id, covering), 0, *map(id, others), 0, *map(id, able))
        scope = self._alike.get(same)
        if scope is None:
            scope = self._alike[same] = _Scope(
                tells_state=event.tells_state,
                rules=tuple(covering),
                others=tuple(others),
                below=_gated(able, below=True),
                above=_gated(able, below=False),
                free=tuple(rule for rule in able if rule.gate is None),
            )
        if len(self._scopes) >= MOST_SCOPES:  # names come from outside
            self._scopes.clear()
            self._alike.clear()
        self._scopes[name] = scope
        return scope


def _said(evaluations: Iterable[Evaluation | None]) -> list[Evaluation]:
    return [evaluation for evaluation in evaluations if evaluation is not None]


def _gated(rules: Iterable[Rule], *, below: bool) -> tuple[_Gated, ...]:
    """Rules by the field of their gate, each group behind the bound that lets all of them through."""
    groups: dict[str, list[tuple[Decimal, Rule]]] = {}
    for rule in rules:
        if rule.gate is not None and rule.gate.below is below:
            groups.setdefault(rule.gate.field, []).append((rule.gate.bound, rule))
    outermost = max if below else min
    return tuple(
        (attrgetter(field), outermost(bound for bound, _ in group), tuple(rule for _, rule in group))
        for field, group in groups.items()
    )
