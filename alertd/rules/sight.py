"""Which accounts are wholly watched, as coverage tells it: only then an absence means something."""

from __future__ import annotations

from collections.abc import Container, Iterator

from alertd.domain.events import Coverage


class Sight:
    """By account, whether all of its events come to us, as its coverage told last."""

    def __init__(self) -> None:
        self._exchanges: dict[str, str] = {}
        self._whole: dict[str, bool] = {}

    def note(self, event: Coverage) -> bool:
        """Take the account's own news. True: the account was wholly watched, and is not any more."""
        was_whole = self._whole.get(event.account, False)
        self._exchanges[event.account] = event.exchange
        self._whole[event.account] = event.sees_all
        return was_whole and not event.sees_all

    def watched(self) -> Iterator[tuple[str, str]]:
        """The accounts that are wholly watched, and their exchanges."""
        return ((name, exchange) for name, exchange in self._exchanges.items() if self._whole[name])

    def keep_only(self, accounts: Container[str]) -> None:
        """Forget the accounts that are not configured any more."""
        for name in [name for name in self._exchanges if name not in accounts]:
            del self._exchanges[name], self._whole[name]
