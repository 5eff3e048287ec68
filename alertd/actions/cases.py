"""Whom an alert's actions concern, and the first version of an intent. Pure."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import blake2b

from alertd.actions.book import Key
from alertd.actions.guards import Block, Case
from alertd.actions.plans import Plan
from alertd.domain.action import NO_TRADER, Intent, IntentState
from alertd.domain.alert import Alert
from alertd.domain.events import CopyParty, CopyRelation, Event, LeadTradeFailed

_ID_BYTES = 6


def cases_of(plan: Plan, alert: Alert, now: datetime) -> Iterator[Case]:
    """One for each account and trader. An event that names none is a case all the same: that is told.

    Traders have ids of their exchange: what happens at another one names nobody here.
    """
    event = alert.event
    accounts = [event.account] if plan.of_event else list(plan.accounts)
    for account in accounts:
        exchange = plan.accounts.get(account, "")
        if plan.traders is None and exchange and event.exchange != exchange:
            continue
        named, name = named_trader(event)
        for trader in (named,) if plan.traders is None else plan.traders:
            yield Case(
                plan=plan,
                key=Key(plan.action, account, trader),
                exchange=exchange,
                trader_name=name if trader == named else "",
                fingerprint=alert.fingerprint,
                episode=alert.episode,
                severity=alert.severity,
                event=event,
                now=now,
            )


def part_of(parent: Intent, plan: Plan, trader: str, trader_name: str, now: datetime) -> Case:
    """One of all the traders that an intent concerns."""
    return Case(
        plan=plan,
        key=Key(parent.action, parent.account, trader),
        exchange=parent.exchange,
        trader_name=trader_name,
        fingerprint=parent.fingerprint,
        episode=parent.episode,
        severity=parent.severity,
        event=parent.event,
        now=now,
    )


def named_trader(event: Event) -> tuple[str, str]:
    """The id and the name of the lead trader that the account copies and the event is about; empty: none.

    An account that leads is no trader that it copies.
    """
    is_own = getattr(event, "is_own", False) or isinstance(event, LeadTradeFailed)
    if is_own or (isinstance(event, CopyRelation) and event.party is not CopyParty.LEAD_TRADER):
        return NO_TRADER, ""
    trader = getattr(event, "trader", None) or NO_TRADER
    return trader, (getattr(event, "trader_name", None) or "") if trader else ""


def begun(
    case: Case,
    state: IntentState,
    *,
    fallback: str = "",
    block: Block | None = None,
    parent: Intent | None = None,
) -> Intent:
    """The first version of it. What was approved for all traders is approved for each."""
    plan, key = case.plan, case.key
    asked = state is IntentState.AWAITING
    return Intent(
        intent_id=_id_of(case),
        action=key.action,
        type=plan.type,
        mode=plan.mode if parent is None else parent.mode,
        exchange=case.exchange,
        account=key.account,
        trader=key.trader,
        rule=case.fingerprint.rule,
        fingerprint=case.fingerprint,
        episode=case.episode,
        severity=case.severity,
        event=case.event,
        planned_at=case.now,
        state=state,
        trader_name=case.trader_name,
        open_positions=plan.open_positions if parent is None else parent.open_positions,
        config_hash=plan.config_hash if parent is None else parent.config_hash,
        reason=block.guard if block is not None else fallback if asked else "",
        detail=block.detail if block is not None else "",
        parent="" if parent is None else parent.intent_id,
        fallback=fallback if parent is None else parent.fallback,
        approvers=plan.approvers if asked else 0 if parent is None else parent.approvers,
        approved_by=() if parent is None else parent.approved_by,
        expires_at=case.now + timedelta(seconds=plan.approval_ttl_s) if asked else None,
        next_at=None if block is None else block.until,
        ended_at=None if state.is_open else case.now,
    )


def _id_of(case: Case) -> str:
    """Ten letters and digits (a-z, 2-7): the same for the same case, in every process."""
    told = (case.plan.mode, str(case.fingerprint), str(case.episode), case.severity, case.now.isoformat())
    named = "\0".join((*case.key, *told))
    digest = blake2b(named.encode("utf-8", "replace"), digest_size=_ID_BYTES).digest()
    return b32encode(digest).decode().rstrip("=").lower()
