"""Covers alertd/restoring.py, with a real store; what each room takes up is tested beside the room."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from alertd.config import Settings
from alertd.domain.alert import Alert, AlertState, Fingerprint, Resolution, Severity
from alertd.domain.events import Coverage, CoverageState, Event, Stopping
from alertd.reloading import ruling_of
from alertd.restoring import restore
from alertd.store.database import Database
from tests.alerts.nouns import margin, says
from tests.store.samples import NOW

LATER = NOW + timedelta(minutes=1)
SETTINGS = Settings.model_validate({"sinks": {"phone": {"url": "json://127.0.0.1:9"}}})
BLIND = Coverage(event_id="1", exchange="", account="", received_at=NOW, state=CoverageState.BLIND)
STOPPED = Stopping(event_id="2", exchange="", account="", received_at=NOW)


def alert_of(event: Event, rule: str) -> Alert:
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


@pytest.mark.parametrize(("damping_s", "episode"), [(1800, 1), (None, 2)])
async def test_what_recovered_goes_on_for_as_long_as_a_rule_says(
    tmp_path: Path, damping_s: float | None, episode: int
) -> None:
    rules = {} if damping_s is None else {"margin_ratio": {"damping_s": damping_s}}
    settings = Settings.model_validate({"sinks": {"phone": {"url": "json://127.0.0.1:9"}}, "rules": rules})
    over = replace(
        alert_of(margin(NOW), "margin_ratio"),
        state=AlertState.RESOLVED,
        resolution=Resolution.RECOVERED,
        resolved_at=NOW,
    )
    database = await Database.open(f"sqlite:///{tmp_path / 'alertd.db'}")
    try:
        await database.load()
        await database.commit([over], [], NOW)
        later = NOW + timedelta(minutes=20)
        restored = await restore(database, await database.load(), ruling_of(settings), later)
        timing = settings.rules["margin_ratio"].timing
        worse = says(margin(later), Severity.WARNING, rule="margin_ratio", damping_s=timing.damping_s)
        list(restored.lifecycle.apply(worse.event, [worse], later))
        assert [one.episode for one in restored.lifecycle.open_alerts()] == [episode]
    finally:
        await database.close()
