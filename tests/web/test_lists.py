"""Covers alertd/web/lists.py and alertd/web/alerts.py."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from msgspec.structs import replace

from alertd.coverage.account import AccountCoverage
from alertd.coverage.recording import AccountRecord
from alertd.domain.alert import AlertState, Severity
from alertd.domain.command import StartDrill
from alertd.domain.notification import DeliveryState, DeliveryUpdate, Reason
from alertd.web.routes import build
from tests.coverage.evidence import START
from tests.store.samples import NOW, make_alert, resolved, to, told
from tests.web.office import ADMIN, AFAR, VIEWER, WRITER, WRONG, office, views_of

PATHS = ["accounts", "alerts", "alerts/abcd", "deliveries", "commands"]


def of_account(account: str, n: int, **changes: Any) -> Any:
    alert = make_alert(n, **changes)
    return replace(alert, fingerprint=alert.fingerprint._replace(account=account))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("headers", "is_shown"),
    [
        ({}, True),
        (AFAR, False),
        (AFAR | WRONG, False),
        (AFAR | WRITER, False),
        (AFAR | VIEWER, True),
        (AFAR | ADMIN, True),
        ({"X-Forwarded-For": "192.0.2.1"}, False),
    ],
)
async def test_they_are_free_at_this_machine_only(
    tmp_path: Path, path: str, headers: dict[str, str], is_shown: bool
) -> None:
    async with office(tmp_path) as (_, http):
        answer = await http.get(f"/api/v1/{path}", headers=headers)
        refused = 403 if WRITER.items() <= headers.items() else 401
        assert (answer.status not in (401, 403)) == is_shown
        assert is_shown or answer.status == refused
        assert is_shown or (await answer.json())["ok"] is False


async def test_open_alerts_come_first_and_the_worst_of_them(tmp_path: Path) -> None:
    async with office(tmp_path) as (shown, http):
        shown.open = [
            make_alert(1),
            make_alert(2, severity=Severity.CRITICAL, acknowledged_by="anna", acknowledged_at=NOW),
            of_account("two", 3, state=AlertState.ACKNOWLEDGED),
        ]
        await shown.store([*shown.open, resolved(4, NOW), resolved(5, NOW + timedelta(seconds=1))])

        async def listed(query: str = "") -> list[int]:
            answer = await http.get(f"/api/v1/alerts{query}")
            assert answer.status == 200
            return [int(one["subject"][4]) for one in (await answer.json())["alerts"]]

        assert await listed() == [2, 1, 3]
        assert await listed("?state=open&limit=1") == [2]
        assert await listed("?state=all") == [2, 1, 3, 5, 4]
        assert await listed("?state=all&limit=4") == [2, 1, 3, 5]
        assert await listed("?state=resolved&severity=warning") == [5, 4]
        assert await listed("?state=firing&account=main&severity=warning") == [1]
        assert await listed("?state=acknowledged") == [3]
        assert await listed("?account=spare&state=all") == []
        one = (await (await http.get("/api/v1/alerts")).json())["alerts"][0]
        assert one["acknowledged"] == {
            "by": "anna",
            "at": "2026-03-01T12:00:00+00:00",
            "comment": "",
            "in_force": False,
        }
        refused = await http.get("/api/v1/alerts?state=bad")
        assert (refused.status, (await refused.json())["ok"]) == (400, False)


async def test_one_alert_with_everything_that_was_told_of_it(tmp_path: Path) -> None:
    first = make_alert(1)
    worse = replace(first, severity=Severity.CRITICAL, sequence=2, version=2)
    second = replace(told(worse, 60), reason=Reason.WORSENED, previous_severity=Severity.WARNING)
    async with office(tmp_path) as (shown, http):
        await shown.store([worse], (told(first), to("phone", "mail")), (second, to("phone")))
        await shown.store([resolved(2, NOW)], (told(make_alert(2)), to("phone")))
        leased = await shown.database.lease("mail", NOW, 1)
        await shown.database.record(
            [
                DeliveryUpdate(
                    delivery_id=leased[0].delivery_id, state=DeliveryState.DEAD, attempts=3, detail="refused"
                )
            ]
        )
        shown.open = [worse]
        said = await (await http.get(f"/api/v1/alerts/{first.short_id[:5]}")).json()
        assert said["alert"]["severity"] == "critical"
        assert said["alert"]["event"]["margin_ratio"] == "2.50"
        assert "raw" not in said["alert"]["event"]
        assert said["alert"]["escalation"] is None
        assert [(one["reason"], one["severity"], one["previous_severity"]) for one in said["history"]] == [
            ("new", "warning", None),
            ("worsened", "critical", "warning"),
        ]
        [mail, phone] = said["history"][0]["deliveries"]
        assert (mail["sink"], mail["state"], mail["attempts"], mail["detail"]) == (
            "mail",
            "dead",
            3,
            "refused",
        )
        assert (phone["sink"], phone["state"], phone["next_attempt_at"]) == (
            "phone",
            "queued",
            "2026-03-01T12:00:00+00:00",
        )
        over = await http.get(f"/api/v1/alerts/{make_alert(2).short_id}")
        assert (await over.json())["alert"]["resolution"] == "recovered"


@pytest.mark.parametrize(("name", "status"), [("zzzzzzzz", 404), ("abc", 400)])
async def test_an_alert_that_is_not_there(tmp_path: Path, name: str, status: int) -> None:
    async with office(tmp_path) as (shown, http):
        shown.open = [make_alert(1)]
        answer = await http.get(f"/api/v1/alerts/{name}")
        assert (answer.status, (await answer.json())["ok"]) == (status, False)


async def test_deliveries_and_commands_the_newest_first(tmp_path: Path) -> None:
    async with office(tmp_path) as (shown, http):
        await shown.store([make_alert(1)], (told(make_alert(1)), to("phone", "mail")))
        command = StartDrill(person="anna", at=NOW, comment="monthly")
        await shown.database.commit([], [], NOW, commands=[command])
        said = await (await http.get("/api/v1/deliveries?state=queued")).json()
        assert [(one["sink"], one["reason"], one["alert"]) for one in said["deliveries"]] == [
            ("mail", "new", make_alert(1).short_id),
            ("phone", "new", make_alert(1).short_id),
        ]
        assert (await (await http.get("/api/v1/deliveries?sink=phone&state=dead")).json()) == {
            "deliveries": []
        }
        said = await (await http.get("/api/v1/commands")).json()
        assert said["commands"] == [
            {"command": "StartDrill", "person": "anna", "at": "2026-03-01T12:00:00Z", "comment": "monthly"}
        ]
        assert (await http.get("/api/v1/commands?state=open")).status == 400


async def test_an_account_shows_how_many_alerts_it_has(tmp_path: Path) -> None:
    one = AccountCoverage("main", "okx", AccountRecord("main", START), START)
    async with office(tmp_path) as (shown, _):
        shown.open = [make_alert(1), make_alert(2), of_account("two", 3)]
        views = views_of(shown.doors(), accounts=lambda: {"main": one})
        async with TestClient(TestServer(build(views))) as http:
            [main] = (await (await http.get("/api/v1/accounts")).json())["accounts"]
        assert (main["account"], main["exchange"], main["alerts"]) == ("main", "okx", {"warning": 2})


async def test_how_far_the_escalation_of_an_alert_has_come(tmp_path: Path) -> None:
    alert = make_alert(1, chain_since=NOW, chain_done_at=NOW + timedelta(seconds=60), chain_round=1)
    async with office(tmp_path) as (shown, http):
        shown.open = [alert]
        said = await (await http.get(f"/api/v1/alerts/{alert.short_id}")).json()
        assert said["alert"]["escalation"] == {
            "round": 2,
            "round_since": "2026-03-01T12:00:00+00:00",
            "newest_step_at": "2026-03-01T12:01:00+00:00",
            "next_step_at": "2026-03-01T12:02:00+00:00",
        }
        shown.open = [replace(alert, state=AlertState.RESOLVED)]
        said = await (await http.get(f"/api/v1/alerts/{alert.short_id}")).json()
        assert said["alert"]["escalation"] is None
