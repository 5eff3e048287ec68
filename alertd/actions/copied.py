"""Whom an account copies: what its list shows, held against everybody who was copied before.

One list proves no end. A short or empty answer may come from a copy that lags, or be an error in the shape of
an empty list: whom it leaves out is out only where his own settings say so, too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from alertd.domain.errors import RequestUnavailable

# Whom the account copied when alertd looked last, name by id; None: it has never looked.
Remembered: TypeAlias = Callable[[], Awaitable[Mapping[str, str] | None]]
# Whether the settings of one say that he is copied; None: they could not be read.
AskedOne: TypeAlias = Callable[[str], Awaitable[bool | None]]


class TradersUnproved(RequestUnavailable):
    """The list names nobody, and nothing else shows that nobody is copied."""


async def nobody_known() -> Mapping[str, str]:
    """Where nothing is remembered, and nothing has to be proved by it."""
    return {}


class EverCopied:
    """Of one account. It remembers whom it has named itself, until list and settings show his end."""

    def __init__(self, remembered: Remembered, asked_one: AskedOne) -> None:
        self._remembered = remembered
        self._asked_one = asked_one
        self._named: dict[str, str] = {}

    async def all_of(
        self, listed: Mapping[str, str], holders: Mapping[str, str] | None = None, *, is_certain: bool = True
    ) -> Mapping[str, str]:
        """Those whom the list shows, and of all others each whose settings do not say that he is not copied.

        `holders`: whose positions are open. `is_certain` False: whose these are was not told of all. Raises:
        TradersUnproved.
        """
        known = await self._remembered()
        found = dict(listed)
        shown = {one.casefold() for one in listed}
        for trader, name in {**(known or {}), **self._named, **(holders or {})}.items():
            if trader.casefold() in shown:
                continue
            if await self._asked_one(trader) is False:
                self._named.pop(trader, None)
            else:
                found[trader] = name
        self._named |= found
        if not found and known is None and not is_certain:
            raise TradersUnproved("the list of copied traders is empty, and positions are open")
        return found
