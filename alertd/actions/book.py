"""The intents that decide about further ones: what is open, and what was done of late. Pure, in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from alertd.actions.settings import LONGEST_COOLDOWN_S
from alertd.domain.action import Intent

# Nothing that guards look at is older than that, and what is not in the book guards nothing.
KEPT = timedelta(seconds=LONGEST_COOLDOWN_S + 86400)


class Key(NamedTuple):
    """What two intents may never be open for at once."""

    action: str
    account: str
    trader: str


def key_of(intent: Intent) -> Key:
    """Whom it concerns, by which action."""
    return Key(intent.action, intent.account, intent.trader)


def is_needed(intent: Intent, now: datetime) -> bool:
    """Whether guards, or who follows what is left, may ask for it."""
    return intent.is_unsettled or intent.ended_at is None or intent.ended_at > now - KEPT


def _age(intent: Intent) -> tuple[datetime, str]:
    return intent.planned_at, intent.intent_id


class Book:
    """The newest version of each. What belongs to one key is in the order in which it was planned."""

    def __init__(self, intents: Iterable[Intent]) -> None:
        self._by_id: dict[str, Intent] = {}
        self._ids: dict[Key, dict[str, None]] = {}
        self._open: dict[str, None] = {}
        for intent in sorted(intents, key=_age):
            self.put(intent)

    def put(self, intent: Intent) -> None:
        """Take a new intent, or a new version of one."""
        self._by_id[intent.intent_id] = intent
        self._ids.setdefault(key_of(intent), {})[intent.intent_id] = None
        if intent.is_open:
            self._open[intent.intent_id] = None
        else:
            self._open.pop(intent.intent_id, None)

    def get(self, intent_id: str) -> Intent | None:
        """The newest version, None where it is not known any more."""
        return self._by_id.get(intent_id)

    def of(self, key: Key) -> list[Intent]:
        """All for one action, account and trader, the oldest first."""
        return [self._by_id[intent_id] for intent_id in self._ids.get(key, ())]

    def of_account(self, key: Key) -> list[Intent]:
        """All for one action and account, whoever the trader is."""
        return [past for past in self._by_id.values() if (past.action, past.account) == key[:2]]

    def open(self) -> list[Intent]:
        """What is not over, the oldest first."""
        return [self._by_id[intent_id] for intent_id in self._open]

    def must_wait(self, intent: Intent) -> bool:
        """Whether what was asked for the same one, by whatever action, is not read back yet: nothing else is
        asked for before. Of two that may have been sent the older one goes first.
        """
        return any(
            (other.account, other.trader) == (intent.account, intent.trader)
            and other.state.may_have_been_sent
            and (not intent.state.may_have_been_sent or _age(other) < _age(intent))
            for other in self.open()
            if other.intent_id != intent.intent_id
        )

    def all(self) -> Iterator[Intent]:
        """Everything, the oldest first."""
        return iter(self._by_id.values())

    def forget(self, now: datetime, still_fires: Callable[[Intent], bool]) -> None:
        """Drop what nobody may ask for any more: as long as its alert fires, the same may be asked again."""
        for intent in [
            one for one in self._by_id.values() if not is_needed(one, now) and not still_fires(one)
        ]:
            del self._by_id[intent.intent_id]
            ids = self._ids[key_of(intent)]
            del ids[intent.intent_id]
            if not ids:
                del self._ids[key_of(intent)]
