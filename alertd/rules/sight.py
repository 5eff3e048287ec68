"""Which accounts are wholly watched, as coverage tells it: only then an absence means something."""

from __future__ import annotations

from collections.abc import Container, Iterator

from alertd.domain.events import Coverage, CoverageState


class Sight:
    """By account, what was told last of each of its streams."""

    def __init__(self) -> None:
        self._exchanges: dict[str, str] = {}
        self._streams: dict[str, dict[str, bool]] = {}

    def note(self, event: Coverage) -> bool:
        """Take the account's own news. True: the account was wholly watched, and is not any more."""
        was_whole = self._is_whole(event.account)
        self._exchanges[event.account] = event.exchange
        streams = self._streams.setdefault(event.account, {})
        streams[event.subject] = event.state is CoverageState.WATCHED
        return was_whole and not self._is_whole(event.account)

    def watched(self) -> Iterator[tuple[str, str]]:
        """The accounts that are watched on every stream heard of, and their exchanges."""
        return ((name, exchange) for name, exchange in self._exchanges.items() if self._is_whole(name))

    def keep_only(self, accounts: Container[str]) -> None:
        """Forget the accounts that are not configured any more."""
        for name in [name for name in self._exchanges if name not in accounts]:
            del self._exchanges[name], self._streams[name]

    def _is_whole(self, account: str) -> bool:
        streams = self._streams.get(account, {})
        return bool(streams) and all(streams.values())
