"""What people may look at: accounts, alerts, what was told, who said what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import compress

from aiohttp import web

from alertd.alerts.acknowledging import ByShortId, NoSuchAlert
from alertd.alerts.pausing import at_once, each
from alertd.alerts.reminders import most_urgent
from alertd.coverage.account import AccountCoverage
from alertd.domain.alert import Alert, AlertState
from alertd.domain.command import CommandRefused
from alertd.domain.notification import DeliveryState
from alertd.slices import in_slices
from alertd.web import alerts
from alertd.web.answers import command_refused
from alertd.web.coverage import standing
from alertd.web.doors import Doors
from alertd.web.filters import Filter, Handler, filtered
from alertd.web.silences import listed

OPEN, ALL = "open", "all"
_ALERT_STATES = (OPEN, ALL, *(state.value for state in AlertState))
_DELIVERY_STATES = tuple(state.value for state in DeliveryState)


class Lists:
    """The handlers; the paths stand in `routes.py`. `accounts`: how each is watched."""

    def __init__(self, doors: Doors, accounts: Callable[[], Mapping[str, AccountCoverage]]) -> None:
        self._doors = doors
        self._accounts = accounts

    def paths(self) -> Mapping[str, Handler]:
        """Each with its handler for GET."""
        return {
            "/api/v1/accounts": self.accounts,
            "/api/v1/alerts": filtered(self.alerts, _ALERT_STATES),
            "/api/v1/alerts/{id}": self.alert,
            "/api/v1/deliveries": filtered(
                self.deliveries, _DELIVERY_STATES, ("state", "account", "sink", "severity", "limit")
            ),
            "/api/v1/silences": filtered(self.silences, (OPEN, ALL), ("state", "limit")),
            "/api/v1/commands": filtered(self.commands, (), ("limit",)),
        }

    async def accounts(self, _: web.Request) -> web.Response:
        """How each is watched, and how many alerts of each severity it has."""
        counted: dict[str, Counter[str]] = {}
        for alert in self._doors.open_alerts():
            counted.setdefault(alert.fingerprint.account, Counter())[alert.severity.value] += 1
        shown = [
            {**standing(one), "alerts": dict(counted.get(name, {}))}
            for name, one in sorted(self._accounts().items())
        ]
        return web.json_response({"accounts": shown})

    async def alerts(self, wanted: Filter) -> web.Response:
        """Those that are open, the most urgent first, then those that are over, the newest first."""
        known = self._doors.open_alerts()
        fits = await in_slices(each(known, lambda alert: _fits(alert, wanted)))
        fitting = list(compress(known, fits))
        first = await in_slices(most_urgent(fitting, wanted.limit))
        found = [self._doors.shown(alert) for alert in first]
        if wanted.state in (AlertState.RESOLVED, ALL) and len(found) < wanted.limit:
            most = wanted.limit - len(found)
            found += await self._doors.archive.resolved(wanted.account, wanted.severity, most)
        if not found:
            self._doors.names().check_asked_for(wanted.account, wanted.sink)
        shown = await in_slices(each(found, alerts.summary))
        return web.json_response({"open": len(fitting), "alerts": shown})

    async def alert(self, request: web.Request) -> web.Response:
        """One alert by its id, with everything that was told of it and what became of that."""
        try:
            found = await self._find(request.match_info["id"])
        except NoSuchAlert as unknown:
            return command_refused(unknown, status=404)
        except CommandRefused as unclear:
            return command_refused(unclear, status=400)
        history = alerts.history(await self._doors.archive.told(found))
        whole = alerts.whole(found, self._doors.next_step(found))
        return web.json_response({"alert": whole, "history": history})

    async def deliveries(self, wanted: Filter) -> web.Response:
        """The newest first."""
        found = await self._doors.archive.deliveries(
            account=wanted.account,
            sink=wanted.sink,
            state=None if wanted.state is None else DeliveryState(wanted.state),
            severity=wanted.severity,
            most=wanted.limit,
        )
        if not found:
            self._doors.names().check_asked_for(wanted.account, wanted.sink)
        return web.json_response({"deliveries": [alerts.delivery(one) for one in found]})

    async def silences(self, wanted: Filter) -> web.Response:
        """Those in force or to come, by their ends; then, where all are wanted, those that are over."""
        found = [one for one in self._doors.silences() if wanted.state == ALL or one.ended_at is None]
        shown = listed(found, self._doors.open_alerts(), self._doors.now())
        return web.json_response({"silences": shown[: wanted.limit]})

    async def commands(self, wanted: Filter) -> web.Response:
        """The newest first."""
        found = await self._doors.archive.commands(wanted.limit)
        return web.json_response({"commands": [alerts.command(one) for one in found]})

    async def _find(self, name: str) -> Alert:
        """Raises: NoSuchAlert, CommandRefused where it means several."""
        try:
            named = await in_slices(ByShortId.of(self._doors.open_alerts()))
            return self._doors.shown(named.find(name))
        except NoSuchAlert as unknown:
            stored: Sequence[Alert] = await self._doors.archive.find(name)
            if not stored:
                raise _neither_open_nor_over(unknown) from None
        return at_once(ByShortId.of(stored)).find(name)


def _neither_open_nor_over(unknown: NoSuchAlert) -> NoSuchAlert:
    cure = f"{unknown.cure}; alertd alerts --all lists those that are over, too"
    return NoSuchAlert(unknown.name, cure, "alert, open or over,")


def _fits(alert: Alert, wanted: Filter) -> bool:
    return (
        wanted.state in (None, OPEN, ALL, alert.state.value)
        and wanted.account in (None, alert.fingerprint.account)
        and wanted.severity in (None, alert.severity)
    )
