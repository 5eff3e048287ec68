"""Covers alertd/restoring.py, with a real store; what each room takes up is tested beside the room."""

from __future__ import annotations

from datetime import timedelta

from alertd.config import Settings
from alertd.domain.alert import Alert, AlertState, Fingerprint, Severity
from alertd.domain.events import Coverage, CoverageState, Stopping
from alertd.reloading import ruling_of
from alertd.restoring import restore
from alertd.store.database import Database
from tests.store.samples import NOW

LATER = NOW + timedelta(minutes=1)
SETTINGS = Settings.model_validate({"sinks": {"phone": {"url": "json://127.0.0.1:9"}}})
BLIND = Coverage(event_id="1", exchange="", account="", received_at=NOW, state=CoverageState.BLIND)
STOPPED = Stopping(event_id="2", exchange="", account="", received_at=NOW)


def alert_of(event: Coverage | Stopping, rule: str) -> Alert:
    return Alert(
        fingerprint=Fingerprint(event.account, event.kind, rule, event.subject),
        episode=1,
        state=AlertState.FIRING,
        severity=Severity.WARNING,
        event=event,
        since=NOW,
        updated_at=NOW,
        version=1,
    )


async def test_what_goes_on_is_taken_up_and_what_nothing_judges_ends_in_the_store(database_url: str) -> None:
    blind, of_no_rule = alert_of(BLIND, "coverage"), alert_of(BLIND, "taken_away")
    database = await Database.open(database_url)
    try:
        await database.load()
        await database.commit([blind, of_no_rule, alert_of(STOPPED, "stopping")], [], NOW)
        stored = await database.load()
        restored = await restore(database, stored, ruling_of(SETTINGS), LATER)
        assert [one.fingerprint for one in restored.lifecycle.open_alerts()] == [blind.fingerprint]
        assert list(restored.coverage_told) == [BLIND]
        assert not restored.is_first_start
        assert [one.fingerprint for one in (await database.load()).open_alerts] == [blind.fingerprint]
    finally:
        await database.close()
