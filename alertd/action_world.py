"""What the desk of actions must know of everything else: accounts, people, coverage, what fires."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from alertd.alerts.lifecycle import Lifecycle
from alertd.config import Settings
from alertd.coverage.account import AccountCoverage
from alertd.domain.alert import AlertState, Fingerprint, Severity
from alertd.domain.people import ADMIN, Right

_IN_FORCE = (AlertState.FIRING, AlertState.ACKNOWLEDGED)


class ActionWorld:
    """See `actions.guards.World`. `settings`: those in force; `coverage`: every account that is watched."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        lifecycle: Lifecycle,
        coverage: Callable[[], Mapping[str, AccountCoverage]],
    ) -> None:
        self._settings = settings
        self._lifecycle = lifecycle
        self._coverage = coverage

    def is_watched(self, account: str) -> bool:
        """Neither degraded nor blind."""
        one = self._coverage().get(account)
        return one is not None and one.lost_since is None

    def is_reconciled(self, account: str) -> bool:
        """Whether a comparison with the exchange's records has succeeded since the start."""
        one = self._coverage().get(account)
        return one is not None and one.reconciled_at is not None

    def exchange(self, account: str) -> str | None:
        """None: there is no such account."""
        settings = self._settings().accounts.get(account)
        return None if settings is None else settings.exchange

    def may_approve(self, person: str) -> bool:
        """Whoever has the web token may."""
        known = self._settings().people.get(person)
        return person == ADMIN or (known is not None and Right.APPROVE in known.can)

    def is_in_force(self, fingerprint: Fingerprint, episode: int, severity: Severity) -> bool:
        """Whether the episode fires, and is at least so bad. That somebody takes care of it ends nothing."""
        alert = self._lifecycle.open_alert(fingerprint)
        return (
            alert is not None
            and alert.episode == episode
            and alert.state in _IN_FORCE
            and alert.severity.rank >= severity.rank
        )
