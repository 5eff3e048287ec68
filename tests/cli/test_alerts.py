"""`alertd alerts`, `ack` and `explain`, against a daemon that runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from alertd.cli.alerts import alert_line, alerts_lines, explain_lines, figure, quoted
from tests.acceptance.house import House, Lodging, house
from tests.cli.console import CommandLine

BTC = "BTC-USDT-SWAP"


@pytest.fixture
def lodging(tmp_path: Path, logs_apart: None) -> Iterator[Lodging[House]]:
    with Lodging(lambda: house(tmp_path)) as lodging:
        yield lodging


def test_a_person_sees_takes_care_and_is_told_what_happened(
    alertd: CommandLine, lodging: Lodging[House], tmp_path: Path
) -> None:
    where = ("--url", f"http://127.0.0.1:{lodging.home.app.web_port}")
    said = alertd("alerts", *where)
    assert (said.code, said.out) == (0, "no alert is open\n")
    said = alertd("ack", "--all", *where)
    assert (said.code, "wants a token, and none was found" in said.err) == (2, True)

    mine = (*where, "--token-file", str(tmp_path / "web.token"))
    lodging.call(lodging.home.alert_arrives(BTC))
    said = alertd("alerts", "--account", "main", *where)
    found = re.search(rf"^(\w{{8}}) CRITICAL main exchange_warning {BTC}", said.out, re.MULTILINE)
    assert (said.code, found is not None) == (0, True), said
    assert found
    alert_id = found[1]

    said = alertd("ack", alert_id[:5], "--comment", "I close it", *mine)
    assert (said.code, "1 alert acknowledged by admin" in said.out) == (0, True), said
    assert f"{alert_id} CRITICAL" in said.out
    said = alertd("ack", alert_id, *mine)
    assert (said.code, "is acknowledged already, by admin" in said.err) == (1, True), said
    said = alertd("ack", alert_id[:-1] + "8", *mine)
    assert (said.code, f"the nearest: {alert_id}" in said.err) == (1, True), said

    assert "acknowledged by admin at " in alertd("alerts", *where).out
    assert "1 open alert (1 acknowledged)" in alertd("status", *where).out
    said = alertd("explain", alert_id, *where)
    assert said.code == 0
    assert re.search(r"state acknowledged, 1 occurrence, no reminder to come", said.out)
    assert re.search(r"UTC new: critical.*\n    hook: sent ", said.out)
    answer = json.loads(alertd("explain", alert_id, "--json", *where).out)
    assert answer["alert"]["acknowledged"]["comment"] == "I close it"
    said = alertd("explain", "zzzz/../x", *where)
    assert (said.code, "no alert, open or over, has the id 'zzzz/../x'" in said.err) == (1, True), said
    assert "alertd alerts --all lists those that are over, too" in said.err
    for asked in (("alerts",), ("ack",)):
        said = alertd(*asked, "--account", "mian", *mine)
        assert (said.code, said.out) == (1, ""), said
        assert 'there is no account "mian"; did you mean "main"?' in said.err
    answer = json.loads(alertd("alerts", "--all", "--limit", "1", "--json", *where).out)
    assert (answer["open"], len(answer["alerts"])) == (1, 1)


@pytest.mark.parametrize(
    ("args", "part"),
    [
        ((), "which alerts? Give their ids"),
        (("abcd", "--all"), "ids, --account and --all do not go together: give one of them"),
        (("--all", "--account", "main"), "do not go together"),
        (("abcd", "--account", "main"), "do not go together"),
    ],
)
def test_which_alerts_must_be_clear(alertd: CommandLine, args: tuple[str, ...], part: str) -> None:
    said = alertd("ack", *args)
    assert (said.code, part in said.err) == (2, True)


def alert(**changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "id": "k3f9abcd", "state": "firing", "severity": "critical", "account": "main",
        "rule": "margin_ratio", "subject": "BTC", "figure": "margin_ratio", "value": "2.31", "threshold": "3",
        "since": "2026-03-01T12:00:00.123456+00:00", "acknowledged": None, "resolved_at": None,
        "resolution": None, "occurrences": 1, "remind_at": None, "error": None,
    }  # fmt: skip
    return usual | changes


LINE = (
    "k3f9abcd CRITICAL main margin_ratio BTC: margin_ratio 231 % (limit 300 %), since 2026-03-01 12:00:00 UTC"
)
DONE = {"by": "anna", "at": "2026-03-01T12:01:00+00:00", "comment": "", "in_force": True}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, LINE),
        ({"value": None, "account": ""}, "k3f9abcd CRITICAL margin_ratio BTC: since 2026-03-01 12:00:00 UTC"),
        ({"state": "pending"}, f"{LINE}, not told yet"),
        (
            {"state": "acknowledged", "acknowledged": {**DONE, "comment": "mine"}},
            f'{LINE}, acknowledged by anna at 2026-03-01 12:01:00 UTC "mine"',
        ),
        (
            {"acknowledged": {**DONE, "in_force": False}},
            f"{LINE}, acknowledged by anna at 2026-03-01 12:01:00 UTC, worse since then",
        ),
        (
            {
                "state": "resolved",
                "resolved_at": "2026-03-01T13:00:00+00:00",
                "resolution": "closed",
                "acknowledged": {**DONE, "in_force": False},
            },
            f"{LINE}, over since 2026-03-01 13:00:00 UTC (closed), "
            "acknowledged by anna at 2026-03-01 12:01:00 UTC",
        ),
    ],
)
def test_an_alert_is_one_line(changes: dict[str, Any], line: str) -> None:
    assert alert_line(alert(**changes)) == line


@pytest.mark.parametrize(
    ("subject", "changes", "line"),
    [
        ("drill//", {}, "k3f9abcd CRITICAL drill to all who hear of critical: since 2026-03-01 12:00:00 UTC"),
        ("drill/main/", {}, "k3f9abcd CRITICAL drill as of main: since 2026-03-01 12:00:00 UTC"),
        ("drill//bo", {}, "k3f9abcd CRITICAL drill to bo alone: since 2026-03-01 12:00:00 UTC"),
        (
            "drill//",
            {"acknowledged": DONE, "resolution": "recovered"},
            "over since 2026-03-01 13:00:00 UTC (answered), acknowledged by anna at 2026-03-01 12:01:00 UTC",
        ),
        ("drill//", {"resolution": "unknown"}, "over since 2026-03-01 13:00:00 UTC (nobody answered)"),
    ],
)
def test_a_drill_is_told_in_words(subject: str, changes: dict[str, Any], line: str) -> None:
    if changes:
        changes = {"state": "resolved", "resolved_at": "2026-03-01T13:00:00+00:00", **changes}
    shown = alert_line(alert(account="", rule="drill", subject=subject, value=None, **changes))
    assert shown.endswith(line)


def test_more_than_shown_is_said() -> None:
    assert list(alerts_lines({"open": 3, "alerts": [alert()]})) == [
        LINE,
        "1 of 3 open alerts; --limit shows more",
    ]


def delivery(**changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "sink": "phone", "state": "sent", "attempts": 1, "sent_at": "2026-03-01T12:00:01+00:00",
        "next_attempt_at": None, "possible_duplicate": False, "detail": "", "stands_in_for": [],
    }  # fmt: skip
    return usual | changes


def test_every_delivery_says_what_became_of_it() -> None:
    told = {
        "at": "2026-03-01T12:00:00+00:00", "reason": "worsened", "severity": "critical", "value": "2.31",
        "previous_severity": "warning", "also": ["aaaabbbb"],
        "deliveries": [
            delivery(),
            delivery(sink="mail", state="dead", attempts=5, sent_at=None, detail="refused"),
            delivery(sink="call", state="queued", attempts=0, sent_at=None, stands_in_for=["mail"],
                     next_attempt_at="2026-03-01T12:01:00+00:00"),
            delivery(sink="fax", state="queued", attempts=0, sent_at=None, stands_in_for=["phone"],
                     next_attempt_at="2026-03-01T12:01:00+00:00"),
            delivery(sink="chat", attempts=2, possible_duplicate=True),
            delivery(sink="desk", state="queued", attempts=0, sent_at=None, held=True,
                     next_attempt_at="2026-03-02T07:00:00+00:00"),
            delivery(sink="door", state="queued", attempts=1, sent_at=None, held=True, detail="refused",
                     next_attempt_at="2026-03-02T07:00:00+00:00"),
        ],
    }  # fmt: skip
    remind_at = "2026-03-01T12:02:00+00:00"
    lines = list(explain_lines({"alert": alert(remind_at=remind_at, error="boom"), "history": [told]}))
    assert lines == [
        LINE,
        "  state firing, 1 occurrence, next reminder 2026-03-01 12:02:00 UTC",
        "  the rule failed: boom",
        "2026-03-01 12:00:00 UTC worsened: critical (was warning), margin_ratio 231 %, with aaaabbbb",
        "    phone: sent 2026-03-01 12:00:01 UTC",
        "    mail: dead, 5 attempts: refused",
        "    call: queued, next attempt 2026-03-01 12:01:00 UTC, stands in for mail",
        "    fax: not needed: phone took it",
        "    chat: sent 2026-03-01 12:00:01 UTC, 2 attempts, possibly twice",
        "    desk: queued, held until 2026-03-02 07:00:00 UTC (quiet hours or batch_s of its route)",
        "    door: queued, next attempt 2026-03-02 07:00:00 UTC, 1 attempt: refused",
    ]
    *_, last = explain_lines({"alert": alert(), "history": []})
    assert last == "  nothing was sent: not told yet, to no sink, or too long ago"
    *_, last = explain_lines({"alert": alert(muted_by=["silence:q5637hr5"]), "history": []})
    assert last == "  nothing was sent: it was muted by silence:q5637hr5"


@pytest.mark.parametrize(
    ("name", "part"), [("abcd", "abcd"), ("a/b?c", "a%2Fb%3Fc"), ("", "-"), ("多", "%E5%A4%9A")]
)
def test_whatever_is_typed_is_one_part_of_the_path(name: str, part: str) -> None:
    assert quoted(name) == part


@pytest.mark.parametrize(
    ("newest", "said"),
    [(None, "no step told yet"), ("2026-03-01T12:05:00+00:00", "newest step 2026-03-01 12:05:00 UTC")],
)
def test_how_far_the_escalation_has_come(newest: str | None, said: str) -> None:
    chain = {"round": 2, "round_since": "2026-03-01T12:00:00+00:00", "newest_step_at": newest}
    lines = list(explain_lines({"alert": alert(escalation=chain), "history": []}))
    assert lines[2] == f"  escalating, round 2 since 2026-03-01 12:00:00 UTC, {said}"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"calm_until": "2026-03-01T12:04:59.9+00:00"}, ""),
        (
            {"calm_until": "2026-03-01T12:05:20+00:00"},
            ": waits till 2026-03-01 12:05:20 UTC or until it is worse: it is better, and that has to last",
        ),
        ({"vanished_at": "2026-03-01T12:04:00+00:00"}, ": waits to learn why the position is gone"),
    ],
)
def test_when_the_next_step_is_due_and_what_it_waits_for(changes: dict[str, Any], said: str) -> None:
    chain = {
        "round": 1, "round_since": "2026-03-01T12:00:00+00:00", "newest_step_at": None,
        "next_step_at": "2026-03-01T12:05:00+00:00",
    }  # fmt: skip
    lines = list(explain_lines({"alert": alert(escalation=chain, **changes), "history": []}))
    assert lines[2] == (
        "  escalating, round 1 since 2026-03-01 12:00:00 UTC, no step told yet, "
        f"the next 2026-03-01 12:05:00 UTC{said}"
    )


@pytest.mark.parametrize(
    ("calm_until", "said"), [(None, ""), ("2026-03-01T12:05:00+00:00", "; what would ring waits")]
)
def test_that_it_is_better_and_waits_for_that_to_last(calm_until: str | None, said: str) -> None:
    better = {"better_since": "2026-03-01T12:00:00+00:00", "calm_until": calm_until}
    lines = list(explain_lines({"alert": alert(**better), "history": []}))
    assert lines[2] == f"  better since 2026-03-01 12:00:00 UTC, over once that has lasted{said}"
    over = list(explain_lines({"alert": alert(**better, state="resolved"), "history": []}))
    assert not [line for line in over if "better since" in line]


@pytest.mark.parametrize(
    ("field", "text", "shown"),
    [
        ("margin_ratio", "4.8309178743961353", "margin_ratio 483.1 %"),
        ("buffer_used", "0.8194855451855224", "buffer_used 81.95 %"),
        ("buffer_used", "0", "buffer_used 0 %"),
        ("distance_to_liquidation", "0.0000123456", "distance_to_liquidation 0.001235 %"),
        ("minutes_to_liquidation", "12.000", "minutes_to_liquidation 12"),
        ("mark_price", "92000.5", "mark_price 92000"),
        ("mark_price", "9999.96", "mark_price 10000"),
        ("size", "1E+3", "size 1000"),
        (None, "-3.50", "value -3.5"),
    ],
)
def test_a_figure_is_short(field: str | None, text: str, shown: str) -> None:
    assert figure(field, text) == shown
