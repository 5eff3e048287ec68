"""PURE: what may be meant as it stands in `[actions]`, and must not be mistaken for more than it is."""

from __future__ import annotations

from collections.abc import Iterator

from alertd.actions.plans import concerned
from alertd.actions.settings import AnyAction, RemoveFollower, StopCopying
from alertd.config.settings import Settings
from alertd.domain.action import Mode


def action_cautions(settings: Settings) -> list[str]:
    """One line for each: the key, what is the matter, a cure."""
    found: list[str] = []
    for name, action in settings.actions.items():
        found += [f"actions.{name}{line}" for line in _of_action(name, action, settings)]
    for name, rule in settings.rules.items():
        if rule.actions and not rule.enabled:
            found.append(f"rules.{name}.actions: the rule is off, so it triggers nothing; enable it")
    return found


def _of_action(name: str, action: AnyAction, settings: Settings) -> Iterator[str]:
    naming = [rule for rule in settings.rules.values() if rule.enabled and name in rule.actions]
    if not naming:
        yield f': no rule names it, so it is never triggered; write actions = ["{name}"] in a rule'
    if action.mode is Mode.OFF:
        yield '.mode: is off, so nothing happens at all; write mode = "dry_run" to see what would happen'
        return
    accounts = concerned(name, action, settings.rules, settings.accounts)
    toobit = [account for account, facts in accounts.items() if facts.exchange == "toobit"]
    if isinstance(action, StopCopying) and toobit:
        yield (
            f": this is no emergency brake on {', '.join(toobit)}: Toobit refuses to stop copying while "
            f"copied positions are open, so alertd tells you at once, asks again every {action.retry_s:g} s "
            f"and gives up after {action.retry_for_s:g} s; close positions in the app"
        )
    if isinstance(action, RemoveFollower):
        yield (
            ": Toobit refuses to remove a follower whose copied positions are open, and names no followers: "
            "that one is gone is seen by their number alone"
        )
    if action.mode is Mode.AUTO:
        yield from _of_auto(action, list(accounts))


def _of_auto(action: AnyAction, accounts: list[str]) -> Iterator[str]:
    which = ", ".join(accounts) or "ACCOUNT"
    yield (
        f".mode: goes without asking only for accounts that were armed (alertd actions on {which}), and only "
        "on fresh figures of a watched account; otherwise persons are asked"
    )
    if action.cooldown_s == 0:
        yield ".cooldown_s: is 0, so it may be done again and again; write 60 at least"
    if action.auto_after_runs == 0:
        yield ".auto_after_runs: is 0, so the first time is the real one; write 1 at least"
