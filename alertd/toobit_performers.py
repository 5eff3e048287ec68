"""Who carries out what can be done to an account at Toobit."""

from __future__ import annotations

import ssl
from collections.abc import Callable

from alertd.actions.copied import Remembered
from alertd.actions.performing import Performer
from alertd.actions.settings import AnyAction, PauseLeading, RemoveFollower, StopCopying
from alertd.actions.toobit_pause import ToobitPause
from alertd.actions.toobit_remove import ToobitRemove
from alertd.actions.toobit_stop import ToobitStop
from alertd.exchanges.toobit.follower import FollowerCalls
from alertd.exchanges.toobit.leader import LeaderCalls
from alertd.exchanges.toobit.settings import ToobitAccount
from alertd.polled_accounts import rest_of
from alertd.surroundings import Reaching


def toobit_performer(
    account: ToobitAccount,
    action: AnyAction,
    tls: ssl.SSLContext | None,
    shared: Reaching,
    may_send: Callable[[], bool],
    remembered: Remembered,
) -> Performer:
    """`may_send`: asked right before a request leaves. `remembered`: whom the account copied before."""
    rest = rest_of(account.for_actions(), shared, tls)
    match action:
        case StopCopying():
            return ToobitStop(FollowerCalls(rest), shared.clock, remembered)
        case PauseLeading():
            return ToobitPause(LeaderCalls(rest), rest, action.pause_s, shared.clock, may_send)
        case RemoveFollower():
            return ToobitRemove(LeaderCalls(rest), action.followers, shared.clock)
