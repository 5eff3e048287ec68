"""What is open in each account, and what copy trading makes of it, for whoever asks now and then."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from alertd.domain.copy_digest import CopyFigures
from alertd.domain.presence import OpenPosition


class Holdings:
    """By the account's name."""

    def __init__(self) -> None:
        self._looks: dict[str, Callable[[], Sequence[OpenPosition]]] = {}
        self._figures: dict[str, Callable[[], CopyFigures | None]] = {}

    def joins(
        self,
        account: str,
        look: Callable[[], Sequence[OpenPosition]],
        figures: Callable[[], CopyFigures | None] = lambda: None,
    ) -> None:
        """An account is watched, for the first time or anew. `look` gives what was open when last seen,
        `figures` how it leads and copies, as far as that is known now.
        """
        self._looks[account] = look
        self._figures[account] = figures

    def of(self, accounts: Iterable[str]) -> list[OpenPosition]:
        """What is open in these, as far as it is known."""
        return [position for name in accounts if name in self._looks for position in self._looks[name]()]

    def figures_of(self, account: str) -> CopyFigures | None:
        """How it leads and copies; None where it does neither, as far as is known."""
        look = self._figures.get(account)
        return look() if look is not None else None
