"""Asks whom one account copies (and how many copy it), as a part of comparing its records.

It has no say in whether the comparison succeeded: copy trading has maintenance of its own, and not every key
or region may ask. While it is not answered, whom the account copies is among what alertd cannot see.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import structlog

from alertd.clock import Clock
from alertd.domain.coverage import BlindSpot, Unseen
from alertd.domain.errors import RequestRefused, RequestUnavailable
from alertd.domain.events import Event
from alertd.exchanges.okx import answer_rows
from alertd.exchanges.okx.observed import Answered, Observed
from alertd.exchanges.okx.relations import (
    Compared,
    Known,
    compare_followers,
    compare_traders,
    copies_nobody,
    known_of,
)
from alertd.exchanges.okx.rest import AccountConfig, OkxRest

log = structlog.get_logger(__name__)

_UNANSWERED = "no answer"


class Facts(Protocol):
    """Single facts, durable."""

    async def read_fact(self, key: str) -> str | None:
        """None where it was never written."""

    async def write_fact(self, key: str, value: str) -> None:
        """Insert or replace."""


class Relations:
    """Of one account. `role`: what the configuration says; `auto` goes by the exchange."""

    def __init__(self, account: str, role: str, rest: OkxRest, facts: Facts, clock: Clock) -> None:
        self._account = account
        self._role = role
        self._rest = rest
        self._facts = facts
        self._clock = clock
        self._known: Known | None = None
        self._kept: Known | None = None
        self._missing: frozenset[str] = frozenset()
        self._failure: str | None = None

    def unseen(self) -> tuple[BlindSpot, ...]:
        """Named while the exchange does not say whom the account copies."""
        return (BlindSpot(Unseen.COPIED_TRADERS, self._failure),) if self._failure is not None else ()

    async def compare(self, config: AccountConfig) -> Sequence[Event]:
        """What differs from what was last known. Raises: StoreError."""
        if self._known is None:
            self._kept = self._known = known_of(await self._facts.read_fact(self._key))
        role = config.role if self._role == "auto" else self._role
        if role == "lead":
            return await self._compare_followers(config, self._known)
        if role != "copier" and not self._known.traders:
            self._known = copies_nobody(self._known)
            self._say(None)
            return ()
        return await self._compare_traders(config, self._known)

    @property
    def has_news(self) -> bool:
        """What is known now is not what the store holds."""
        return self._known != self._kept

    async def keep(self) -> None:
        """Make it durable, after what was told of it is. Raises: StoreError."""
        if self._known is not None and self.has_news:
            await self._facts.write_fact(self._key, self._known.encoded())
            self._kept = self._known

    async def _compare_traders(self, config: AccountConfig, known: Known) -> Sequence[Event]:
        try:
            answer = await self._rest.copied_traders()
        except (RequestRefused, RequestUnavailable) as exc:
            self._say(exc.code if isinstance(exc, RequestRefused) else _UNANSWERED, str(exc))
            return ()
        compared = compare_traders(answer, known, self._missing, self._seen(config, answer))
        self._missing = compared.missing
        self._say("unreadable" if compared.unreadable else None, "; ".join(compared.unreadable)[:200])
        return self._told(compared)

    async def _compare_followers(self, config: AccountConfig, known: Known) -> Sequence[Event]:
        """A number that cannot be read hides no danger: it is left at the log."""
        try:
            answer = await self._rest.copy_config()
        except (RequestRefused, RequestUnavailable) as exc:
            self._log.debug("followers not counted", reason=str(exc))
            return ()
        compared = compare_followers(answer, known, self._seen(config, answer))
        for reason in compared.unreadable:
            self._log.debug("followers not counted", reason=reason)
        self._say(None)
        return self._told(compared)

    @property
    def _log(self) -> Any:
        """Made for each line: what a bound logger keeps, of each of hundreds, is 600 bytes."""
        return log.bind(account=self._account)

    def _told(self, compared: Compared) -> Sequence[Event]:
        self._known = compared.known
        for event in compared.events:
            self._log.info("copy relation", change=str(event.change), trader=event.trader)
        return compared.events

    def _seen(
        self,
        config: AccountConfig,
        answer: Answered[answer_rows.LeadTraderRow] | Answered[answer_rows.CopyConfigRow],
    ) -> Observed:
        now = self._clock.now()
        return Observed(self._account, "copying", config.uid, now, answer.body, asked_at=answer.asked_at)

    def _say(self, failure: str | None, reason: str = "") -> None:
        """Once when it begins and once when it ends."""
        if failure is not None and self._failure is None:
            self._log.warning("whom the account copies cannot be read", reason=reason)
        if failure is None and self._failure is not None:
            self._log.info("whom the account copies can be read again")
        self._failure = failure

    @property
    def _key(self) -> str:
        return relations_key(self._account)


def relations_key(account: str) -> str:
    """Of the fact: whom it copied when it was last compared, see `relations.Known`."""
    return f"copy_relations:{account}"
