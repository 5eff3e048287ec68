"""All streams of one exchange together: who dials next, by what is known of their accounts."""

from __future__ import annotations

from collections.abc import Callable

from alertd.domain.alert import Severity
from alertd.sources.pacing import ConnectPacer
from alertd.sources.turns import Standing


class Fleet:
    """`worst`: the worst danger that is told of an account now, our own blindness apart."""

    def __init__(self, worst: Callable[[str], Severity | None] = lambda _: None) -> None:
        self.pacer = ConnectPacer(self._standing)
        self._worst = worst
        self._has_positions: dict[str, Callable[[], bool]] = {}

    def joins(self, account: str, has_positions: Callable[[], bool]) -> None:
        """An account is watched from now on."""
        self._has_positions[account] = has_positions

    def leaves(self, account: str) -> None:
        """The account is no longer watched."""
        self._has_positions.pop(account, None)

    def _standing(self, account: str) -> Standing:
        has_positions = self._has_positions.get(account)
        return Standing(self._worst(account), has_positions is not None and has_positions())
