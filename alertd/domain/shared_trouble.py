"""One cause over several accounts, told as one trouble with a list. Pure.

Nothing here knows what the cause is: give it, again and again, who has it now and since when. Two or more
accounts make it a shared one; it is over when all are rid of it, or when the last one lags so long that the
trouble is its own. Who joins a trouble that was told already is told again, all joiners of a minute together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

SEVERAL = 2
LAST_ONE_S = 60.0  # how long the last account may take after the others
JOIN_S = 60.0  # as long as an account of its own would wait until it is told

_LAST_ONE, _JOIN = timedelta(seconds=LAST_ONE_S), timedelta(seconds=JOIN_S)


@dataclass(frozen=True, slots=True)
class SharedTrouble:
    """Several accounts with one cause.

    `members`: who has it now, and since when, the longest first. `joined_at`: when each came in. `formed_at`:
    when the first of them were found to have it together. `back`: who
    was in it and is rid of it, in order. `wave`: counts the groups of joiners; those that joined up to
    `wave_ends` belong to it. `alone_since`: from when on fewer than two had it. `everyone`: all
    that ever were in it.
    """

    since: datetime
    members: Mapping[str, datetime]
    joined_at: Mapping[str, datetime]
    formed_at: datetime
    wave_ends: datetime
    back: tuple[str, ...] = ()
    wave: int = 1
    alone_since: datetime | None = None
    everyone: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Who has it now."""
        return tuple(self.members)

    @property
    def joined_later(self) -> tuple[str, ...]:
        """Who of them was not there when it began."""
        return tuple(name for name in self.members if self.joined_at[name] - self.formed_at > _JOIN)


def follow(
    shared: SharedTrouble | None, troubles: Mapping[str, datetime], now: datetime
) -> SharedTrouble | None:
    """What becomes of it. `troubles`: every account that has the cause at `now`, and since when.

    None: it is not, or no longer, shared; who is left in `troubles` then is told by himself.
    """
    if shared is None:
        return _begun(troubles, now) if len(troubles) >= SEVERAL else None
    alone_since = None if len(troubles) >= SEVERAL else shared.alone_since or now
    if not troubles or (alone_since is not None and now - alone_since >= _LAST_ONE):
        return None
    if troubles == shared.members:
        return _next_wave(replace(shared, alone_since=alone_since), now)
    gone = [name for name in shared.members if name not in troubles]
    changed = replace(
        shared,
        members=_longest_first(troubles),
        joined_at={name: shared.joined_at.get(name, now) for name in troubles},
        back=(*(name for name in shared.back if name not in troubles), *gone),
        everyone=tuple(dict.fromkeys((*shared.everyone, *troubles))),
        alone_since=alone_since,
    )
    return _next_wave(changed, now)


def without(shared: SharedTrouble, account: str) -> SharedTrouble:
    """The same for the others: this account is no longer looked at, which is no end of its trouble."""
    return replace(
        shared,
        members={name: since for name, since in shared.members.items() if name != account},
        joined_at={name: at for name, at in shared.joined_at.items() if name != account},
        back=tuple(name for name in shared.back if name != account),
        everyone=tuple(name for name in shared.everyone if name != account),
    )


def _begun(troubles: Mapping[str, datetime], now: datetime) -> SharedTrouble:
    members = _longest_first(troubles)
    return SharedTrouble(
        since=min(members.values()),
        members=members,
        joined_at=dict.fromkeys(members, now),
        formed_at=now,
        wave_ends=now + _JOIN,
        everyone=tuple(members),
    )


def _next_wave(shared: SharedTrouble, now: datetime) -> SharedTrouble:
    """Count a wave where somebody who joined after the last one has stayed long enough to be told."""
    late = [at for at in shared.joined_at.values() if at > shared.wave_ends]
    if not late or now - min(late) < _JOIN:
        return shared
    return replace(shared, wave=shared.wave + 1, wave_ends=now)


def _longest_first(troubles: Mapping[str, datetime]) -> dict[str, datetime]:
    return dict(sorted(troubles.items(), key=lambda one: one[1]))
