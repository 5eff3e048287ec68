"""What alertd tells of its own actions."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from alertd.domain.event import Event, EventKind

_ENDS = ("confirmed", "nothing_to_do", "split", "denied", "called_off")


class ActionState(Event, frozen=True, kw_only=True, gc=False, tag="action"):
    """How far an action has come with one trader. Told at every step that matters to a person.

    `state`, `mode`, `action_type`, `open_positions`: words of `domain.action`. `rule`: what triggered it.
    `reason`: why it stands so, a stable word or the exchange's code; `detail`: text, no secrets.
    `fallback`: why persons are asked although the action may go without. `until`: what is blocked would be
    let through from then on; what is held is tried again then.
    `left`: so many positions of that trader are open, worth `left_notional` in `margin_currency`; None: not
    known.
    """

    kind: ClassVar[EventKind] = EventKind.ACTION
    tells_state: ClassVar[bool] = True

    intent_id: str = ""
    action: str = ""
    action_type: str = ""
    state: str = ""
    mode: str = ""
    trader: str = ""
    trader_name: str = ""
    rule: str = ""
    reason: str = ""
    detail: str = ""
    fallback: str = ""
    until: datetime | None = None
    open_positions: str = ""
    approvers: int = 0
    approved_by: tuple[str, ...] = ()
    expires_at: datetime | None = None
    requests: int = 0
    left: int | None = None
    left_notional: Decimal | None = None
    left_instruments: tuple[str, ...] = ()
    urgency: int = 1  # 1 info, 2 warning, 3 critical
    settled: bool = False  # nothing is to come, and no position is left to be watched

    @property
    def step(self) -> str:
        """What tells one step that matters from the next: held up again for the same reason is no other."""
        return f"action:{self.intent_id}:held:{self.reason}" if self.state == "held" else self.event_id

    @property
    def is_over(self) -> bool:
        """How it ended: what went wrong stays told until somebody acknowledges it."""
        return self.settled

    @property
    def ends(self) -> bool:
        """It stands as it was wanted, or it was not wanted any more. A rehearsal ends no danger."""
        return self.settled and self.state in _ENDS

    @property
    def subject(self) -> str:
        """The action and the trader: one alert for both, whatever becomes of it."""
        return f"action/{self.action}/{self.trader or '-'}"
