"""`match` and `when` of one rule, taken together."""

from __future__ import annotations

from collections.abc import Mapping
from operator import attrgetter

from alertd.domain.errors import ConfigError
from alertd.domain.events import Event
from alertd.rules.common import CommonSettings
from alertd.rules.expression import FAILS, HOLDS, Expression, Verdict
from alertd.rules.matchers import compile_matchers

CANNOT_SAY = Verdict(holds=None)


class Conditions:
    """What besides its figure a rule asks of an event.

    Raises: ConfigError with one line per finding, each naming rule and key.
    """

    def __init__(self, name: str, settings: CommonSettings) -> None:
        self.matchers, found = compile_matchers(settings.event, settings.match)
        problems = [f"rules.{name}.match.{key}: {text}" for key, text in found]
        self.when: Expression | None = None
        if settings.when is not None:
            try:
                self.when = Expression(settings.event, settings.when)
            except ValueError as problem:
                problems.append(f"rules.{name}.when: {problem}")
        if problems:
            raise ConfigError(problems)
        self.may_hold = self.matchers.live or _always
        self.names = frozenset(self.matchers.figures) | (self.when.names if self.when else frozenset())
        self._figures = [attrgetter(figure) for figure in self.matchers.figures]

    def covers(self, account: str, exchange: str, labels: Mapping[str, str]) -> bool:
        """Whether events of this account can meet the conditions at all."""
        return self.matchers.covers(account, exchange, labels)

    def covers_like(self, event: Event) -> bool:
        """Whether events on the same instrument, side and margin can meet them at all."""
        return self.matchers.covers_like(event)

    def judge(self, event: Event) -> Verdict:
        """Whether the event meets them. A compared figure that is absent says nothing, neither yes nor no."""
        if self.may_hold(event):
            return HOLDS if self.when is None else self.when.judge(event)
        return CANNOT_SAY if any(get(event) is None for get in self._figures) else FAILS


def _always(_: Event) -> bool:
    return True
