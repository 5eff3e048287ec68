"""Who dials next, of all streams that wait for it. Pure.

The exchange takes few connects a second, so after a cut the last of a thousand streams waits for minutes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

from alertd.domain.alert import Severity

# Blind for about as long: then what they miss decides, not which socket was found broken first.
TOGETHER_S = 5.0


class Standing(msgspec.Struct, frozen=True):
    """What is known of an account: the worst danger told, and whether positions were open when last seen."""

    severity: Severity | None = None
    has_positions: bool = False


class Caller(msgspec.Struct, frozen=True):
    """A stream that wants to dial.

    `place`: among the streams of its account, the most important one is 0. `origin`: scheme, host and port.
    `blind_since_s`: monotonic; None where an older connection still sees.
    """

    account: str
    place: int = 0
    origin: str = ""
    blind_since_s: float | None = None


class Waiter(msgspec.Struct, frozen=True):
    """A caller in the queue. `ticket` numbers them in the order they came."""

    caller: Caller
    ticket: int


Precedence = tuple[int, bool, float, int, int]


def next_to_dial(
    waiters: Iterable[Waiter],
    standing_of: Callable[[str], Standing],
    held_until_s: Mapping[str, float],
    now_s: float,
) -> Waiter | None:
    """The one whose turn it is; None where nobody may dial now.

    A firing critical alert comes first, then a warning, then open positions; then who is blind longest, and
    last who still sees. Among equals an account's most important stream, then the order they came.
    `held_until_s`: origins that must not be dialled before.
    """
    ready = [one for one in waiters if held_until_s.get(one.caller.origin, now_s) <= now_s]
    blind_since = _blind_since(ready)
    urgency = {account: _urgency(standing_of(account)) for account in blind_since}

    def precedence(one: Waiter) -> Precedence:
        since_s = blind_since[one.caller.account]
        together = 0.0 if since_s is None else since_s // TOGETHER_S
        return urgency[one.caller.account], since_s is None, together, one.caller.place, one.ticket

    return min(ready, key=precedence, default=None)


def _blind_since(waiters: Iterable[Waiter]) -> dict[str, float | None]:
    """By account: from when on one of its streams that wait saw nothing; None: all of them still see."""
    found: dict[str, float | None] = {}
    for one in waiters:
        account, since_s = one.caller.account, one.caller.blind_since_s
        known = found.setdefault(account, since_s)
        if since_s is not None and (known is None or since_s < known):
            found[account] = since_s
    return found


def _urgency(standing: Standing) -> int:
    if standing.severity is Severity.CRITICAL:
        return 0
    if standing.severity is Severity.WARNING:
        return 1
    return 2 if standing.has_positions else 3
