"""The names of the canary: what only it is called, so that nothing of a person's can be meant by them.

A name in the configuration begins with a letter (`[a-z][a-z0-9_]*`), so no account, rule or sink is called
like these, and no matcher of an account finds them but `*`, which is not asked.
"""

from __future__ import annotations

from alertd.domain.events import Event

CANARY = "!canary"  # the account it is an event of, and the rule that fires for it
CHECK_SINK = "!check"  # takes it within this process; nothing leaves


def is_canary(event: Event) -> bool:
    """Whether it tells of no account of anybody."""
    return event.account == CANARY
