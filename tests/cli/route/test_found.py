"""What is asked of the routes, with everything that decides."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from alertd.cli.route.found import Found, Oracle
from alertd.cli.route.trial import Made
from alertd.config import load
from alertd.domain.alert import Severity
from alertd.domain.errors import ConfigError
from alertd.domain.events import RULE_KINDS, EventKind

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ONE = """
timezone = "Europe/Berlin"
[accounts.main]
exchange = "okx"
labels = { owner = "anna", book = "own" }
[sinks.phone]
[sinks.mail]
[sinks.call]
wakes_a_sleeper = true
"""
TWO = ONE + '[accounts.desk]\nexchange = "okx"\n'
CRITICAL = '[[routes]]\nmatch = { severity = ["critical"] }\nsinks = ["phone"]\n'
NIGHT = 'quiet_hours = { from = "23:00", to = "07:00" }\n'


def asking(folder: Path, text: str, at: datetime = NOW, **made: Any) -> Found:
    file = folder / "alertd.toml"
    file.write_text(text, encoding="utf-8")
    settings = load(file, None, {}, needs_secrets=False)
    return Oracle(settings).ask(Made.model_validate(made), at)


@pytest.mark.parametrize("kind", RULE_KINDS)
def test_every_kind_can_be_asked_for(kind: EventKind, tmp_path: Path) -> None:
    found = asking(tmp_path, ONE + CRITICAL, kind=kind, severity="critical")
    assert found.notification.alert.fingerprint.kind == kind
    assert "phone" in found.sinks


def test_the_only_account_is_meant_where_none_is_named(tmp_path: Path) -> None:
    alert = asking(tmp_path, ONE, labels={"book": "fund"}).notification.alert
    assert alert.fingerprint.account == "main"
    assert alert.event.exchange == "okx"
    assert alert.labels == {"owner": "anna", "book": "fund"}
    assert asking(tmp_path, TWO, kind="summary").notification.alert.fingerprint.account == ""


@pytest.mark.parametrize(("made", "problem"), [({}, "of which account"), ({"account": "dsk"}, 'mean "desk"')])
def test_an_account_must_be_one(made: dict[str, str], problem: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=problem):
        asking(tmp_path, TWO, **made)


def test_a_report_is_information_unless_it_is_said(tmp_path: Path) -> None:
    assert asking(tmp_path, ONE, kind="findings").notification.alert.severity is Severity.INFO
    assert asking(tmp_path, ONE, kind="findings", severity="warning").notification.alert.severity == "warning"
    assert asking(tmp_path, ONE).notification.alert.severity is Severity.CRITICAL


def test_why_a_route_does_not_fit(tmp_path: Path) -> None:
    text = ONE + CRITICAL
    text += '[[routes]]\nsinks = "mail"\n'
    text += 'match = { instrument = "ETH-*", labels = { owner = "bo", desk = "one" } }\n'
    found = asking(tmp_path, text, instrument="BTC-USDT-SWAP")
    assert [dict(one.misfits) for one in found.asked] == [
        {},
        {"instrument": "BTC-USDT-SWAP", "labels.owner": "anna", "labels.desk": None},
    ]
    assert found.sinks == found.at_once == ["phone"]


def test_what_fits_no_route_goes_to_all(tmp_path: Path) -> None:
    assert asking(tmp_path, ONE + CRITICAL, severity="info").sinks == ["phone", "mail", "call"]


def test_a_time_without_offset_is_the_daemons(tmp_path: Path) -> None:
    route = f'[[routes]]\nsinks = "phone"\n{NIGHT}'
    local = datetime(2026, 11, 22, 6, 59)  # noqa: DTZ001
    found = asking(tmp_path, ONE + route, local, severity="warning")
    assert found.held == {"phone": datetime(2026, 11, 22, 6, tzinfo=UTC)}
    assert found.at_once == []
    assert (
        asking(tmp_path, ONE + route, datetime(2026, 11, 22, 6, 59, tzinfo=UTC), severity="warning").held
        == {}
    )


def test_what_one_route_holds_another_sends(tmp_path: Path) -> None:
    routes = f'[[routes]]\nsinks = ["phone", "mail"]\n{NIGHT}[[routes]]\nsinks = ["mail"]\n'
    found = asking(tmp_path, ONE + routes, datetime(2026, 11, 22, tzinfo=UTC), severity="warning")
    assert (found.sinks, found.at_once, set(found.held)) == (["phone", "mail"], ["mail"], {"phone"})


def test_a_sink_that_fails_hears_nothing_of_it(tmp_path: Path) -> None:
    assert asking(tmp_path, ONE, kind="delivery", sink="phone").sinks == ["mail", "call"]


STEPS = 'escalate = [{ after_s = 60, sinks = ["call"] }, { after_s = 300, sinks = ["mail", "call"] }]\n'


@pytest.mark.parametrize(("minutes", "wakes"), [(None, []), (15, []), (9, ["call"])])
def test_the_chain_and_who_is_woken_at_once(minutes: int | None, wakes: list[str], tmp_path: Path) -> None:
    found = asking(tmp_path, ONE + CRITICAL + STEPS, minutes_to_liquidation=minutes)
    assert [(step.after_s, step.sinks) for step in found.chain.steps] == [
        (60, ("call",)),
        (300, ("mail", "call")),
    ]
    assert list(found.wakes_at_once) == wakes
    assert found.remind_s == dict.fromkeys(found.sinks, (120, 300, 600, 1800, 3600))


def test_who_is_reminded_by_which_route(tmp_path: Path) -> None:
    """Who hears of it and is not reminded is named, too."""
    quiet = '[[routes]]\nsinks = ["mail"]\nremind_s = []\n'
    found = asking(tmp_path, ONE + CRITICAL + "remind_s = [60, 90]\n" + quiet)
    assert found.remind_s == {**dict.fromkeys(found.sinks, (60, 90)), "mail": ()}
    assert "mail" in found.sinks
