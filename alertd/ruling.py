"""What a configuration says about events: which rules judge them, and who hears of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Self
from zoneinfo import ZoneInfo

import msgspec

from alertd.actions.plans import Plan, Trigger, triggers_of
from alertd.alerts.inhibition import builtin_inhibitions
from alertd.alerts.mute_settings import InhibitSettings
from alertd.alerts.mutes import NO_MUTING, MutingRules
from alertd.alerts.orphans import Configured
from alertd.alerts.routing import UTC_ZONE, Router
from alertd.alerts.settings import RouteSettings
from alertd.alerts.silences import MAX_S
from alertd.domain.evaluation import DAMPING_S
from alertd.domain.recollection import LooksBack
from alertd.rules.engine import RuleEngine
from alertd.rules.settings import LookingBackSettings, RuleSettings


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """Made whole before anything changes, and put in force between two batches. `labels` by account.
    `longest_damping_s`: so long after it recovered an alert may go on.

    `plans`: of actions, by their names; `triggers`: what lets them go, by the rule.
    """

    engine: RuleEngine
    router: Router
    configured: Configured
    labels: Mapping[str, Mapping[str, str]]
    muting: MutingRules = NO_MUTING
    longest_damping_s: float = DAMPING_S
    plans: Mapping[str, Plan] = msgspec.field(default_factory=dict)
    triggers: Mapping[str, Trigger] = msgspec.field(default_factory=dict)

    @classmethod
    def of(
        cls,
        rules: Mapping[str, RuleSettings],
        routes: Sequence[RouteSettings],
        sinks: Collection[str],
        labels: Mapping[str, Mapping[str, str]],
        exchanges: Mapping[str, str] | None = None,
        peers: Collection[str] = (),
        waking: Collection[str] = (),
        timezone: ZoneInfo = UTC_ZONE,
        inhibit: Sequence[InhibitSettings] = (),
        longest_silence_s: float = MAX_S,
        plans: Mapping[str, Plan] | None = None,
    ) -> Self:
        """`labels` and `exchanges` name every account, `peers` every other alertd that is watched, `waking`
        the sinks that ring a telephone. `timezone`: that of quiet hours that name none.

        Raises: ConfigError with one line for each finding.
        """
        enabled = {name: rule for name, rule in rules.items() if rule.enabled}
        kinds = {name: rule.event for name, rule in enabled.items()}
        looking_back = {
            name: LooksBack(rule.type)
            for name, rule in enabled.items()
            if isinstance(rule, LookingBackSettings)
        }
        router = Router(routes, tuple(sinks), labels, exchanges, waking, timezone)
        return cls(
            engine=RuleEngine(enabled, labels),
            router=router,
            configured=Configured(
                rules=kinds,
                looking_back=looking_back,
                accounts=labels,
                sinks=frozenset(sinks),
                peers=frozenset(peers),
            ),
            labels=labels,
            longest_damping_s=max((rule.damping_s for rule in enabled.values()), default=0.0),
            muting=MutingRules(
                inhibitions=(
                    *builtin_inhibitions(),
                    *(one.inhibition(number) for number, one in enumerate(inhibit, 1)),
                ),
                longest_silence_s=longest_silence_s,
                audience=router.audience,
            ),
            plans=plans or {},
            triggers=triggers_of(rules),
        )
