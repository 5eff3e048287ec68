"""The part of `alertd check` that shows what alertd may do itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alertd.config import Settings

_PARTIES = ("lead_traders", "followers")
_SHOWN = 3


def actions_of(settings: Settings) -> dict[str, Any]:
    """Each action with the accounts it concerns and the rules that trigger it; no secret in it."""
    from alertd.actions.plans import plans_of

    rules = {name: rule for name, rule in settings.rules.items() if rule.enabled}
    return {
        name: {
            **settings.actions[name].model_dump(mode="json", exclude_none=True),
            "accounts": list(plan.accounts),
            "triggered_by": {
                rule: str(given.actions_from) for rule, given in rules.items() if name in given.actions
            },
        }
        for name, plan in plans_of(settings.actions, rules, settings.accounts).items()
    }


def action_lines(actions: Mapping[str, Any]) -> Iterator[str]:
    """For people."""
    if actions:
        yield "\nactions"
    for name, one in actions.items():
        where = ", ".join(one["accounts"]) or "no account"
        yield f"  {name}: {one['type']}{_whom(one)} on {where}{_then(one)}, mode {one['mode']}"
        by = ", ".join(f"{rule} (from {severity})" for rule, severity in one["triggered_by"].items())
        yield f"      triggered by {by or 'nothing'}"
        if one["mode"] != "off":
            yield f"      {_limits(one)}"


def _whom(one: Mapping[str, Any]) -> str:
    given = next((one[key] for key in _PARTIES if key in one), None)
    if given is None:
        return f" for {one['pause_s']:g} s" if "pause_s" in one else ""
    if given == "event":
        allowed = one.get("allowed_traders")
        return " of the trader the event names" + (f", if one of {_listed(allowed)}" if allowed else "")
    return " of all traders" if given == "all" else f" of {_listed(given)}"


def _then(one: Mapping[str, Any]) -> str:
    return f", open positions: {one['open_positions']}" if "open_positions" in one else ""


def _limits(one: Mapping[str, Any]) -> str:
    asked = f"{one['approvers']} to approve within {one['approval_ttl_s']:g} s"
    return (
        f"{asked}; cooldown {one['cooldown_s']:g} s; in 24 h {one['max_per_day']} for each, "
        f"{one['max_per_day_total']} in all; {one['max_traders']} at once"
    )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
