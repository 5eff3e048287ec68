"""`alertd status` and `alertd coverage report`, against a daemon that runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alertd.cli.coverage import maintenance_lines, report_lines, status_lines
from tests.acceptance.house import House, Lodging, house, stored, until
from tests.cli.console import CommandLine


@pytest.fixture
def lodging(tmp_path: Path, logs_apart: None) -> Iterator[Lodging[House]]:
    with Lodging(lambda: house(tmp_path)) as lodging:
        yield lodging


def url_of(lodging: Lodging[House]) -> str:
    return f"http://127.0.0.1:{lodging.home.app.web_port}"


async def proven(home: House) -> None:
    await home.alert_arrives()
    await until(lambda: home.app.counters.value("account_watched", account="main"))


async def blind(home: House) -> None:
    home.gate.shut()
    home.gate.reset()
    await until(lambda: not home.app.counters.value("account_watched", account="main"))


SINK_UNPROVEN = "select 1 from coverage_gaps where ended_us is null and cause = 'sink_unproven'"


async def lasting(folder: Path) -> None:
    """The gap stands in the store."""
    query = "select 1 from coverage_gaps where ended_us is null and cause = 'connection'"
    await until(lambda: stored(folder, query))


def test_it_shows_what_the_daemon_sees(alertd: CommandLine, lodging: Lodging[House], tmp_path: Path) -> None:
    url = url_of(lodging)
    lodging.call(until(lambda: stored(tmp_path, SINK_UNPROVEN)))
    said = alertd("status", "--url", url)
    assert (said.code, "main: degraded (sink_unproven)" in said.out) == (1, True)
    assert "canary: off" in said.out
    assert "no outside watcher: if this server dies, you hear nothing" in said.out
    lodging.call(proven(lodging.home))
    said = alertd("status", "--url", url)
    assert said.code == 0, said
    assert "main: watched, 1 position" in said.out
    assert "1 open alert" in said.out
    report = alertd("coverage", "report", "--since", "1h", "--url", url)
    assert report.code == 0
    assert "main: " in report.out
    assert "1 gap, longest" in report.out
    assert "degraded, sink_unproven" in report.out

    lodging.call(blind(lodging.home))
    said = alertd("status", "--url", url, "--json")
    answer = json.loads(said.out)
    assert (said.code, answer["watched"]) == (1, False)
    assert answer["accounts"][0]["causes"] == ["connection"]
    lodging.call(lasting(tmp_path))
    answer = json.loads(alertd("coverage", "report", "--url", url, "--json").out)
    assert answer["accounts"][0]["gaps"][-1]["ended_at"] is None
    refused = alertd("coverage", "report", "--since", "lately", "--url", url)
    assert (refused.code, "write 7d, 24h" in refused.err) == (2, True)


def account(**changes: Any) -> dict[str, Any]:
    figures = {
        "since": "2026-11-14T12:00:00+00:00",
        "watched_percent": "99.97",
        "gaps": 3,
        "longest_s": 41.2,
        "unreconciled": 0,
        "missed": 0,
    }
    return {
        "account": "main",
        "state": "watched",
        "causes": [],
        "since": None,
        "positions": None,
        "cannot_see": [{"what": "smart_sync", "where": "USDT"}],
        "gaps": [],
        "figures": figures | changes,
    }


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "main: 99.97 %, 3 gaps, longest 41 s, all reconciled; since 2026-11-14T12:00:00+00:00"),
        (
            {"unreconciled": 2, "missed": 1},
            "main: 99.97 %, 3 gaps, longest 41 s, 2 not reconciled, 1 missed;",
        ),
        ({"gaps": 0, "watched_percent": "100.00"}, "main: 100.00 %, no gaps;"),
    ],
)
def test_a_report_is_one_line_an_account(changes: dict[str, Any], line: str) -> None:
    first, unseen = report_lines({"accounts": [account(**changes)]})
    assert first.startswith(line)
    assert unseen == "  cannot see: smart sync USDT"


def test_the_status_says_who_watches_alertd() -> None:
    answer: dict[str, Any] = {
        "accounts": [],
        "counts": {},
        "canary": {"enabled": True, "last_through_at": "2026-11-21T08:00:00+00:00"},
        "dead_man": {"configured": True, "last_ping_at": None},
    }
    said = list(status_lines(answer))
    assert "canary: last through 2026-11-21T08:00:00+00:00" in said
    assert "outside watcher: not pinged yet" in said


def test_the_status_says_which_url_is_to_be_corrected() -> None:
    moved = {"sink": "phone", "former": "1001", "chat": -100123}
    said = list(status_lines({"accounts": [], "counts": {}, "sinks_moved": [moved]}))
    cure = "write -100123 instead of 1001 at the end of sinks.phone.url"
    assert f"phone: its Telegram group has a new id: {cure}" in said


def test_the_status_says_that_actions_are_off() -> None:
    usual: dict[str, Any] = {"accounts": [], "counts": {}}
    switch = {"on": False, "armed": [], "by": "anna", "at": "2026-11-22T03:30:56+00:00"}
    said = "\n".join(status_lines({**usual, "actions": switch}))
    assert "actions are OFF" in said
    assert "anna, " in said
    assert "actions" not in "\n".join(status_lines({**usual, "actions": {**switch, "on": True}}))


def test_the_status_says_who_is_away() -> None:
    gone = {"person": "anna", "deputy": "bo", "until": "2026-11-22T18:00:00+00:00"}
    said = list(status_lines({"accounts": [], "counts": {}, "away": gone}))
    assert any(line.startswith("anna is away until 2026-11-22 ") for line in said)
    assert any(line.endswith(": escalations go to bo first") for line in said)
    assert not any("away" in line for line in status_lines({"accounts": [], "counts": {}, "away": None}))


def test_without_accounts_the_status_says_so() -> None:
    counts = {"alerts_open": 1, "deliveries_queued": 2, "deliveries_unknown": 1, "deliveries_dead": 4}
    assert list(status_lines({"accounts": [], "counts": counts})) == [
        "no account is watched",
        "1 open alert, 3 waiting to be sent, 4 dead",
    ]


def test_the_status_names_reports_and_where_messages_were_given_up() -> None:
    counts = {"alerts_open": 0, "reports_open": 1, "deliveries_dead": 3}
    answer = {"accounts": [], "counts": counts, "deliveries_dead": {"phone": 1, "mail": 2}}
    assert list(status_lines(answer))[-1] == (
        "0 open alerts, 1 report, 0 waiting to be sent, 3 dead (mail 2, phone 1)"
    )


def test_maintenance_stands_with_what_is_watched() -> None:
    window = {
        "site": "www.okx.com", "title": "Upgrade", "services": ["trading"], "planned": True,
        "running": False, "begin": "2026-11-22T10:00", "end": "2026-11-22T11:00", "accounts": ["main"],
    }  # fmt: skip
    running = {**window, "running": True, "planned": False, "end": None, "accounts": []}
    sites = [{"site": "a", "failed": ""}, {"site": "b", "failed": "no answer"}]
    assert list(maintenance_lines({"windows": [window, running], "sites": sites})) == [
        "planned maintenance of www.okx.com from 2026-11-22T10:00 until 2026-11-22T11:00 (trading), "
        "concerns main: Upgrade",
        "unplanned maintenance of www.okx.com since 2026-11-22T10:00, no end announced (trading), "
        "concerns no account: Upgrade",
        "maintenance of b not known: no answer",
    ]
