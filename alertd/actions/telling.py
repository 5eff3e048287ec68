"""What is observed of an intent when it has come a step further. Pure."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from alertd.actions.machine import POLLS_S
from alertd.actions.urgency import urgency_of
from alertd.domain.action import Exposure, Intent, IntentState, Mode
from alertd.domain.events import ActionState

_UNTIL = (IntentState.BLOCKED, IntentState.HELD)


def is_news(before: Intent | None, after: Intent) -> bool:
    """Whether it matters to a person. That a request left is no news: what came of it is, and that it is not
    proved after a whole round of readings.
    """
    if before is None:
        return after.mode is not Mode.DRY_RUN or not after.is_open  # what a rehearsal has come to is told
    if after.state.may_have_been_sent:
        is_reading = after.state is IntentState.VERIFYING and after.readings != before.readings
        return is_reading and after.readings == len(POLLS_S)
    if not before.is_open:
        return before.state is not after.state or _rest(before.left) != _rest(after.left)
    return before.state is not after.state or before.approved_by != after.approved_by


def state_of(intent: Intent, now: datetime) -> ActionState:
    """How far it has come. Its name tells the version, so the same step is one fact."""
    left = intent.left.positions if intent.left is not None else None
    worth, currency = _worth(intent.left)
    return ActionState(
        event_id=f"action:{intent.intent_id}:{intent.version}",
        exchange=intent.exchange,
        account=intent.account,
        received_at=now,
        observed_at=now,
        margin_currency=currency,
        intent_id=intent.intent_id,
        action=intent.action,
        action_type=intent.type,
        state=intent.state,
        mode=intent.mode,
        trader=intent.trader,
        trader_name=intent.trader_name,
        rule=intent.rule,
        reason=intent.reason,
        detail=intent.detail,
        fallback=intent.fallback,
        until=intent.next_at if intent.state in _UNTIL else None,
        open_positions=intent.open_positions or "",
        approvers=intent.approvers,
        approved_by=intent.approved_by,
        expires_at=intent.expires_at,
        requests=intent.requests,
        left=None if left is None else len(left),
        left_notional=worth,
        left_instruments=() if left is None else tuple(one.instrument for one in left),
        urgency=urgency_of(intent),
        settled=not intent.is_unsettled,
    )


def _worth(left: Exposure | None) -> tuple[Decimal | None, str | None]:
    """All of it in one currency; None where that cannot be said."""
    positions = () if left is None or left.positions is None else left.positions
    currencies = {one.currency for one in positions}
    worths = [one.notional for one in positions if one.notional is not None]
    if len(currencies) != 1 or len(worths) < len(positions):
        return None, None
    return sum(worths, Decimal(0)), currencies.pop() or None


def _rest(left: Exposure | None) -> tuple[str, ...] | None:
    """What is left, without its size: that moves with every price."""
    if left is None or left.positions is None:
        return None
    return tuple(sorted(f"{one.instrument}/{one.direction or '-'}" for one in left.positions))
