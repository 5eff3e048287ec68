"""What a try without sending shows about an action: ready, or why it would fail when it is needed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from alertd.actions.machine import after_reading
from alertd.actions.moves import Patience
from alertd.actions.performing import Reading
from alertd.actions.plans import Plan
from alertd.domain.action import NO_TRADER, ActionType, Intent, IntentState, Mode
from alertd.domain.alert import Fingerprint, Severity
from alertd.domain.events import EventKind, Tick
from alertd.domain.finding import Finding, Grade

RULE = "self-test"
PART = "actions"  # of an account's findings

_OKX: Mapping[str, str] = {
    "50120": "action_key_read_only",
    "50030": "action_key_read_only",
    "other_account": "action_other_account",
    "may_withdraw": "action_key_may_withdraw",
    "59258": "action_role_leads",
    "59283": "action_mode_wrong",
    "59269": "action_trader_missing",
    **dict.fromkeys(("59273", "59285"), "action_copies_nobody"),
    "59292": "action_trader_smart_sync",
    "59264": "action_trader_spot",
    **dict.fromkeys(("50119", "50111"), "action_key_unknown"),
    **dict.fromkeys(("50051", "50052", "50067", "50121"), "action_region_wrong"),
}


def rehearsal(plan: Plan, account: str, trader: str, now: datetime) -> Intent:
    """A case that no alert has triggered and no journal holds."""
    return Intent(
        intent_id=RULE,
        action=plan.action,
        type=plan.type,
        mode=Mode.DRY_RUN,
        exchange=plan.accounts[account],
        account=account,
        trader=trader,
        rule=RULE,
        fingerprint=Fingerprint(account, EventKind.TICK, RULE, trader),
        episode=0,
        severity=Severity.INFO,
        event=Tick(event_id=RULE, exchange="", account=account, received_at=now),
        planned_at=now,
        state=IntentState.PLANNED,
        open_positions=plan.open_positions,
    )


def awaited(plans: Mapping[str, Plan]) -> set[tuple[str, str]]:
    """What a look reports, as account and part, whatever it finds."""
    return {
        (account, PART) for plan in plans.values() if plan.mode is not Mode.OFF for account in plan.accounts
    }


def of_code(plan: Plan, account: str, code: str, trader: str = NO_TRADER, detail: str = "") -> Finding:
    """The exchange says, before anything is sent, that it would refuse."""
    name = _OKX.get(code, "") if plan.accounts[account] == "okx" else ""
    grade = Grade.WARNING if plan.mode is Mode.DRY_RUN else Grade.CRITICAL
    return _finding(plan, account, name or "action_refused", grade, trader, code=code, detail=detail)


def of_reading(plan: Plan, intent: Intent, reading: Reading, now: datetime) -> Finding:
    """What would become of the case: decided as it is when it counts."""
    account, trader = intent.account, intent.trader
    state = after_reading(intent, reading, now, Patience()).intent.state
    if state is IntentState.REHEARSED:
        return _ready(plan, account, trader)
    if reading.code and not reading.exists:
        return of_code(plan, account, reading.code, trader, reading.detail)
    if state is IntentState.NOTHING_TO_DO:
        is_copying = plan.type is ActionType.STOP_COPYING
        if not is_copying:
            return _ready(plan, account, trader)
        return _finding(plan, account, "action_trader_not_copied", Grade.INFO, trader)
    if _OKX.get(reading.code):
        return of_code(plan, account, reading.code, trader, reading.detail)
    detail = reading.detail or reading.code or reading.answer
    return _finding(plan, account, "action_unread", Grade.WARNING, trader, detail=detail)


def _ready(plan: Plan, account: str, trader: str) -> Finding:
    """Of Toobit's keys nobody learns whether they may trade but by a change; OKX tells it."""
    if plan.accounts[account] == "okx":
        return _finding(plan, account, "action_ready", Grade.OK, trader)
    return _finding(plan, account, "action_ready_unasked", Grade.INFO, trader)


def _finding(
    plan: Plan, account: str, name: str, grade: Grade, trader: str = NO_TRADER, /, **facts: str
) -> Finding:
    return Finding(
        code=name,
        severity=grade,
        account=account,
        part=":".join(part for part in (plan.action, trader) if part),
        facts={"action": plan.action, "trader": trader, **facts},
    )
