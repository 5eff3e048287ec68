"""Whose account the keys are of: a stop, or its proof, in another account would be a false one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from alertd.domain.action import Intent
from alertd.domain.errors import Disposition, RequestRefused
from alertd.exchanges.okx.rest import AccountConfig, OkxRest

T = TypeVar("T")


class OkxIdentity:
    """Of the key that reads and of the one that changes; what is known once is not asked again."""

    def __init__(self, reads: OkxRest, changes: OkxRest) -> None:
        self._reads = reads
        self._changes = changes
        self._is_same = reads is changes
        self._uid = ""

    async def is_one(self, changing: AccountConfig | None = None) -> bool:
        """Whether both keys are of one account; asked until it is known. Raises: as `account_config`."""
        if not self._is_same:
            if changing is None:
                changing = await resynced(self._changes, self._changes.account_config)
            reading = await resynced(self._reads, self._reads.account_config)
            self._is_same = bool(reading.uid) and reading.uid == changing.uid
        return self._is_same

    async def is_meant_by(self, intent: Intent) -> bool:
        """Whether it is the account whose event triggered it, where the event tells: another one may be
        configured under the same name by now. Raises: as `account_config`.
        """
        event = intent.event
        if not event.uid or event.account != intent.account:
            return True
        if not self._uid:
            self._uid = (await resynced(self._reads, self._reads.account_config)).uid
        return not self._uid or self._uid == event.uid


async def resynced(rest: OkxRest, call: Callable[[], Awaitable[T]]) -> T:
    """Once more where the clock was refused. Raises: as `call`."""
    try:
        return await call()
    except RequestRefused as exc:
        if exc.wanted is not Disposition.CLOCK:
            raise
    await rest.server_time_offset_s()
    return await call()
