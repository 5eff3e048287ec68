"""What there is to say of the switch: that it was thrown, an account armed, or that actions are off. Pure."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from alertd.actions.plans import Plan
from alertd.domain.action import Mode, Switch
from alertd.domain.command import SwitchActions
from alertd.domain.events import Findings, Occasion
from alertd.domain.finding import Finding, Grade


def thrown(command: SwitchActions, now: datetime) -> Findings:
    """That a person has just changed it: everybody who relies on actions is to know."""
    if command.account:
        code = "account_armed" if command.on else "account_disarmed"
    else:
        code = "actions_on" if command.on else "actions_off"
    found = Finding(
        code=code,
        severity=Grade.WARNING,
        account=command.account,
        facts={"by": command.person, "at": _time(command.at)},
    )
    return Findings(
        event_id=f"findings:switch:{now.timestamp():.6f}",
        exchange="",
        account="",
        received_at=now,
        occasion=Occasion.SWITCHED,
        worst=Grade.WARNING,
        codes=(code,),
        findings=(found,),
    )


def standing(switch: Switch, plans: Collection[Plan]) -> list[Finding]:
    """That actions are off, where one is configured that would do or rehearse something."""
    if switch.on or all(plan.mode is Mode.OFF for plan in plans):
        return []
    facts = {"by": switch.by or "?", "at": _time(switch.at)}
    return [Finding(code="actions_off", severity=Grade.WARNING, facts=facts)]


def _time(at: datetime | None) -> str:
    return "?" if at is None else f"{at:%Y-%m-%d %H:%M:%S} UTC"
