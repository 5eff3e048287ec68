"""What the rules that look back remember and say: one step for each event.

Pure: no clock, no I/O. Memories live on over a change of the configuration, and what the store has of them
over a restart, as long as their rule looks at the same events in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from alertd.domain.alert import Fingerprint
from alertd.domain.evaluation import Evaluation
from alertd.domain.events import (
    EVENT_TYPES,
    Coverage,
    Event,
    EventKind,
    LeaderState,
    MarginState,
    PositionSnapshot,
    Tick,
)
from alertd.domain.recollection import RuleMemory
from alertd.rules.absence import AbsenceRule, unwatched
from alertd.rules.drawdown import DrawdownRule
from alertd.rules.judging import judges_stale
from alertd.rules.kept import Kept, Key
from alertd.rules.remembering import ACCOUNT, RememberingRule, Step
from alertd.rules.sight import Sight

SWEPT_EVERY_S = 600.0

IsOpen = Callable[[Fingerprint], bool]
Labels = Mapping[str, Mapping[str, str]]

_SWEPT_EVERY = timedelta(seconds=SWEPT_EVERY_S)


class _Scope(msgspec.Struct, frozen=True):
    """The rules for one event type of one account: which concern it, and which do not (any more)."""

    rules: tuple[RememberingRule, ...]
    others: tuple[RememberingRule, ...]


class Memories:
    """All memories of the process. `labels` names every account.

    `kinds`: the types of event that must be handed to `judge`; it has nothing to say of others.
    """

    def __init__(self, rules: Sequence[RememberingRule], labels: Labels) -> None:
        self._kept = Kept()
        self._sight = Sight()
        self._swept_at: datetime | None = None
        self._use(rules, labels)

    def restore(self, stored: Iterable[RuleMemory]) -> list[str]:
        """Take what the store has. Returns the rules that start afresh, because they were others then."""
        afresh: dict[str, None] = {}
        for row in stored:
            key, rule = Key(row.rule, row.account, row.subject), self._rules.get(row.rule)
            concerned = rule is not None and self._has(row.account)
            memory = _decoded(rule, row) if rule is not None and concerned else None
            if memory is not None:
                self._kept.restore(key, memory)
                continue
            self._kept.forget(key)
            if concerned:
                afresh[row.rule] = None
        return list(afresh)

    def reconfigure(self, rules: Sequence[RememberingRule], labels: Labels) -> list[str]:
        """Go on under another configuration. Returns the rules that start afresh, because they changed."""
        former = self._rules
        self._use(rules, labels)
        afresh: dict[str, None] = {}
        for key in self._kept.all():
            rule = self._rules.get(key.rule)
            if rule is not None and self._has(key.account):
                if rule.definition == former[key.rule].definition:
                    continue
                afresh[key.rule] = None
            self._kept.forget(key)
        self._sight.keep_only(labels)
        return list(afresh)

    def judge(self, event: Event, is_open: IsOpen, open_accounts: Container[str]) -> list[Evaluation]:
        """What the rules that look back say of one event."""
        if isinstance(event, Coverage):
            self._note_coverage(event)
        elif isinstance(event, PositionSnapshot):
            self._forget_positions(event.account, event.tells_gone)
        elif isinstance(event, MarginState) and not event.open:
            self._forget_positions(event.account, lambda subject: subject == event.subject)
            return []
        elif isinstance(event, LeaderState) and not event.followed:
            self._forget_leader(event)
            return []
        scope = self._scopes.get((type(event), event.account, event.exchange)) or self._scope(event)
        has_open = event.account in open_accounts
        found: list[Evaluation] = []
        for rule in scope.rules:
            if judges_stale(event, rule.figures) or (not has_open and not rule.may_concern(event)):
                continue
            key = Key(rule.name, event.account, rule.subject(event))
            opened = has_open and is_open(_name(rule, key))
            step = rule.evaluate(self._kept.get(key), event, is_open=opened)
            if step is not None and (evaluation := self._take(key, step, event, opened)) is not None:
                found.append(evaluation)
        if has_open:
            found += _standing_down(scope.others, event, is_open)
        return found

    def is_untouched_by(self, event: Event, open_accounts: Container[str]) -> bool:
        """Whether `judge` would change nothing and say nothing. Keeps nothing."""
        if type(event) not in self.kinds:
            return True
        if not isinstance(event, MarginState) or not event.open or event.account in open_accounts:
            return False
        scope = self._scopes.get((type(event), event.account, event.exchange)) or self._scope(event)
        for rule in scope.rules:
            if rule.may_concern(event) and not judges_stale(event, rule.figures):
                memory = self._kept.get(Key(rule.name, event.account, rule.subject(event)))
                if rule.evaluate(memory, event, is_open=False) is not None:
                    return False
        return True

    @property
    def has_to_store(self) -> bool:
        """Whether something must be stored with the next transaction."""
        return self._kept.is_due

    def tick(self, tick: Event, is_open: IsOpen) -> list[Evaluation]:
        """Let watched time pass for the absences, up to the tick's `received_at`."""
        found: list[Evaluation] = []
        if self._absences:
            for account, exchange in self._sight.watched():
                found += self._tick_account(_tick_of(account, exchange, tick), is_open)
        self._kept.tick(tick.received_at)
        self._sweep(tick)
        return found

    def to_store(self, *, everything: bool = False) -> list[RuleMemory]:
        """What is to be stored with this transaction; with `everything` all that is not stored yet."""
        rows = self._kept.to_store(
            lambda key, memory: self._rules[key.rule].encode(memory), everything=everything
        )
        return [
            RuleMemory(
                rule=key.rule,
                account=key.account,
                subject=key.subject,
                definition="" if body is None else self._rules[key.rule].definition,
                body=body,
            )
            for key, body in rows
        ]

    # --- one step -----------------------------------------------------------------------------------

    def _take(self, key: Key, step: Step, event: Event, opened: bool) -> Evaluation | None:
        if step.memory is not self._kept.get(key):
            self._kept.put(key, step.memory, event.received_at, is_urgent=step.is_urgent)
        evaluation = step.evaluation
        if evaluation is not None and evaluation.severity is not None and not opened:
            self._kept.store_now(key)  # what raises an alert stands in the store with it
        return evaluation

    def _tick_account(self, tick: Event, is_open: IsOpen) -> list[Evaluation]:
        found = []
        scope = self._scopes.get((Tick, tick.account, tick.exchange)) or self._scope(tick)
        for rule in scope.rules:
            assert isinstance(rule, AbsenceRule)  # noqa: S101 - for the type checker: see `_scope`
            key = Key(rule.name, tick.account, ACCOUNT)
            opened = is_open(_name(rule, key))
            step = rule.tick(self._kept.get(key), tick)
            if (evaluation := self._take(key, step, tick, opened)) is not None:
                found.append(evaluation)
        return found + _standing_down(scope.others, tick, is_open)

    def _note_coverage(self, event: Coverage) -> None:
        """Time without a view of the account is no absence: only what is wholly watched counts."""
        if event.account in self._labels and self._sight.note(event):
            for key in self._kept.of_account(event.account):
                if isinstance(self._rules[key.rule], AbsenceRule):
                    lost = unwatched(self._kept.get(key), event.received_at)
                    self._kept.put(key, lost, event.received_at, is_urgent=False)

    # --- ends ---------------------------------------------------------------------------------------

    def _forget_positions(self, account: str, is_gone: Callable[[str], bool]) -> None:
        """A figure's peak belongs to one position, or to one currency's cross positions."""
        for key in self._kept.of_account(account):
            rule = self._rules[key.rule]
            is_of_positions = isinstance(rule, DrawdownRule) and rule.kind is EventKind.MARGIN_STATE
            if is_of_positions and is_gone(key.subject):
                self._kept.forget(key)

    def _forget_leader(self, event: LeaderState) -> None:
        """Who is followed again later begins anew."""
        for key in self._kept.of_account(event.account):
            if self._rules[key.rule].kind is EventKind.LEADER_STATE and key.subject == event.subject:
                self._kept.forget(key)

    def _sweep(self, tick: Event) -> None:
        """Forget what has grown too old to matter."""
        at = tick.received_at
        if self._swept_at is not None and abs(at - self._swept_at) < _SWEPT_EVERY:
            return
        self._swept_at = at
        for key in self._kept.all():
            if self._rules[key.rule].is_stale(self._kept.get(key), tick):
                self._kept.forget(key)

    # --- what there is to judge by ------------------------------------------------------------------

    def _use(self, rules: Sequence[RememberingRule], labels: Labels) -> None:
        self._rules = {rule.name: rule for rule in rules}
        self._labels = labels
        self._scopes: dict[tuple[type[Event], str, str], _Scope] = {}
        self._absences = [rule for rule in rules if isinstance(rule, AbsenceRule)]
        kinds: set[type[Event]] = {Coverage, *(EVENT_TYPES[rule.kind] for rule in rules)}
        if any(isinstance(rule, DrawdownRule) and rule.kind is EventKind.MARGIN_STATE for rule in rules):
            kinds |= {PositionSnapshot, MarginState}
        self.kinds = frozenset(kinds)

    def _scope(self, event: Event) -> _Scope:
        """The rules that an event concerns: a tick the absences, whatever they wait for."""
        labels = self._labels.get(event.account, {})
        rules = [rule for rule in self._rules.values() if EVENT_TYPES[rule.kind] is type(event)]
        asked = self._absences if isinstance(event, Tick) else rules
        covering = [rule for rule in asked if rule.covers(event.account, event.exchange, labels)]
        scope = _Scope(tuple(covering), tuple(rule for rule in asked if rule not in covering))
        self._scopes[type(event), event.account, event.exchange] = scope
        return scope

    def _has(self, account: str) -> bool:
        """Whether it is configured. What concerns no account belongs to all of them."""
        return not account or account in self._labels


def _standing_down(rules: Sequence[RememberingRule], event: Event, is_open: IsOpen) -> list[Evaluation]:
    keys = ((rule, Key(rule.name, event.account, rule.subject(event))) for rule in rules)
    said = (rule.stand_down(event) for rule, key in keys if is_open(_name(rule, key)))
    return [evaluation for evaluation in said if evaluation is not None]


def _name(rule: RememberingRule, key: Key) -> Fingerprint:
    return Fingerprint(key.account, rule.kind, rule.name, key.subject)


def _tick_of(account: str, exchange: str, tick: Event) -> Tick:
    at = tick.received_at
    return Tick(event_id=f"{tick.event_id}:{account}", exchange=exchange, account=account, received_at=at)


def _decoded(rule: RememberingRule, row: RuleMemory) -> Any:
    """None where it was gathered under other keys, or cannot be read."""
    if row.body is None or row.definition != rule.definition:
        return None
    try:
        return rule.decode(row.body)
    except ValueError:
        return None
