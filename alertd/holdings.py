"""What is open in each account, for whoever asks now and then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from alertd.domain.presence import OpenPosition


class Holdings:
    """By the account's name."""

    def __init__(self) -> None:
        self._looks: dict[str, Callable[[], Sequence[OpenPosition]]] = {}

    def joins(self, account: str, look: Callable[[], Sequence[OpenPosition]]) -> None:
        """An account is watched, for the first time or anew. `look` gives what was open when last seen."""
        self._looks[account] = look

    def of(self, accounts: Iterable[str]) -> list[OpenPosition]:
        """What is open in these, as far as it is known."""
        return [position for name in accounts if name in self._looks for position in self._looks[name]()]
