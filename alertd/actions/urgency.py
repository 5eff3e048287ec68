"""How urgent it is that people hear how far an action has come. Pure."""

from __future__ import annotations

from alertd.domain.action import Intent, IntentState, Mode

INFO, WARNING, CRITICAL = 1, 2, 3  # as the figure `urgency` of every event that has one

# Somebody must answer, or somebody must act: alertd has not done what it was to do.
_NEED_SOMEBODY = frozenset(
    (
        IntentState.AWAITING,
        IntentState.HELD,
        IntentState.BLOCKED,
        IntentState.EXPIRED,
        IntentState.FAILED,
        IntentState.UNCONFIRMED,
    )
)


def urgency_of(intent: Intent) -> int:
    """By its state, and by what is left. A rehearsal that would not work is a warning at most: nothing was to
    be sent.
    """
    if intent.state in _NEED_SOMEBODY:
        return CRITICAL if intent.mode is not Mode.DRY_RUN else WARNING
    return WARNING if intent.is_unsettled and not intent.is_open else INFO
