"""The memories themselves, and when each is to be stored: seldom, but before it matters."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, NamedTuple

STORED_EVERY_S = 30.0
STORED_BY_ONE_TICK = 200  # an alert never waits long behind them

_STORED_EVERY = timedelta(seconds=STORED_EVERY_S)


class Key(NamedTuple):
    """Whose memory it is."""

    rule: str
    account: str
    subject: str


class Kept:
    """Memories by key. What changed is handed out by `to_store`, each when it is due:

    - what must not be lost at once, but each only once between two ticks;
    - everything else `STORED_EVERY_S` after its first change, a few at a time.
    """

    def __init__(self) -> None:
        self._memories: dict[Key, Any] = {}
        self._of_account: dict[str, dict[Key, None]] = {}
        self._now: dict[Key, None] = {}  # dicts for sets: the order stays
        self._soon: dict[Key, None] = {}
        self._later: dict[Key, datetime] = {}  # by the time of their first change
        self._stored: set[Key] = set()  # since the last tick

    def get(self, key: Key) -> Any:
        """The memory, None where there is none."""
        return self._memories.get(key)

    @property
    def is_due(self) -> bool:
        """Whether something is to be stored now."""
        return bool(self._now)

    def all(self) -> list[Key]:
        """Everything that is remembered."""
        return list(self._memories)

    def of_account(self, account: str) -> list[Key]:
        """What is remembered of an account."""
        return list(self._of_account.get(account, ()))

    def restore(self, key: Key, memory: Any) -> None:
        """Take what is stored already, or replace what is remembered."""
        if key not in self._memories:
            self._of_account.setdefault(key.account, {})[key] = None
        self._memories[key] = memory

    def put(self, key: Key, memory: Any, at: datetime, *, is_urgent: bool) -> None:
        """Remember something new."""
        self.restore(key, memory)
        if key not in self._later:
            self._later[key] = at
        if is_urgent:
            (self._soon if key in self._stored else self._now)[key] = None

    def forget(self, key: Key) -> None:
        """There is nothing to remember any more, here or in the store."""
        if self._memories.pop(key, None) is not None:
            del self._of_account[key.account][key]
        self._now[key] = None

    def store_now(self, key: Key) -> None:
        """It belongs to what is stored next."""
        if key in self._memories:
            self._now[key] = None

    def tick(self, at: datetime) -> None:
        """Time has passed: see what is due."""
        self._now |= self._soon
        self._soon.clear()
        self._stored.clear()
        for key, changed_at in islice(self._later.items(), STORED_BY_ONE_TICK):
            if timedelta(0) <= at - changed_at < _STORED_EVERY:
                break
            self._now[key] = None

    def to_store(
        self, encode: Callable[[Key, Any], str | None], *, everything: bool
    ) -> list[tuple[Key, str | None]]:
        """What is due, each with its text; None: forgotten. It counts as stored then."""
        if everything:
            self._now |= dict.fromkeys(self._later)
        if not self._now:
            return []
        rows = [
            (key, encode(key, self._memories[key]) if key in self._memories else None) for key in self._now
        ]
        for key in self._now:
            self._soon.pop(key, None)
            self._later.pop(key, None)
        self._stored.update(self._now)
        self._now.clear()
        return rows
