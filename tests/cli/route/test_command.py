"""`alertd route test`, as a person or a CI job calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from alertd.cli.lazy import LATE_COMMANDS
from tests.cli.console import CommandLine

CONFIG = """
timezone = "Europe/Berlin"
[accounts.main]
exchange = "okx"
labels = { owner = "anna" }
[accounts.desk]
exchange = "okx"
[sinks.phone]
[sinks.mail]
[sinks.call]
wakes_a_sleeper = true
[[routes]]
match = { severity = ["critical"] }
sinks = ["phone", "call"]
[[routes]]
match = { severity = ["warning", "info"], labels = { owner = "anna" } }
sinks = ["phone"]
quiet_hours = { from = "23:00", to = "07:00" }
[[routes]]
match = { instrument = ["BTC-*", "ETH-*"] }
sinks = ["mail"]
remind_s = [60]
"""
FAILING = """
[accounts.main]
exchange = "okx"
[sinks.phone]
[sinks.mail]
[sinks.zh]
[[routes]]
match = { severity = ["critical"] }
sinks = ["phone"]
fallback = ["mail"]
fallback_after_s = 15
[[routes]]
sinks = ["zh"]
"""
TESTS = """
[[tests]]
name = "what is critical rings"
event = { account = "main", instrument = "BTC-USDT-SWAP" }
expect = { sinks = ["mail", "call", "phone"], held_until = "" }

[[tests]]
name = "the rest can wait"
event = { account = "main", severity = "warning" }
at = 2026-11-21T03:00:00
expect = { sinks = ["phone"], at_once = [], held_until = "07:00" }
"""


@pytest.fixture
def alertd(alertd: CommandLine) -> CommandLine:
    alertd.write(CONFIG)
    return alertd


def test_it_says_where_an_event_would_go_and_why(alertd: CommandLine) -> None:
    said = alertd(
        "route", "test", "--severity", "warning", "--account", "main", "--instrument", "BTC-USDT-SWAP",
        "--at", "2026-11-21T03:00",
    )  # fmt: skip
    assert (said.code, said.err) == (0, "")
    assert said.out.splitlines() == [
        "warning margin_state (new) of main, BTC-USDT-SWAP owner=anna, at Sat 2026-11-21 03:00 CET",
        "",
        "routes",
        "  routes[0] does not fit: severity is warning, not critical",
        "  routes[1] fits -> phone",
        "  routes[2] fits -> mail",
        "",
        "it goes to",
        "  phone: when quiet hours are over, Sat 2026-11-21 07:00 CET, in one message with others",
        "  mail: at once",
        "",
        "reminders",
        "  phone: none",
        "  mail: after 60 s, then every 60 s",
    ]


def test_it_says_who_is_told_in_place_of_the_sink_that_fails(alertd: CommandLine) -> None:
    alertd.write(FAILING)
    said = alertd("route", "test", "--kind", "delivery", "--sink", "phone")
    lines = said.out.splitlines()
    assert lines[lines.index("it goes to") + 1 : lines.index("it goes to") + 4] == [
        "  mail: at once",
        "  zh: at once",
        "",
    ]


def test_it_knows_the_machines_time(alertd: CommandLine) -> None:
    said = alertd("route", "test", "--account", "main", "--json")
    assert json.loads(said.out)["at"].startswith("20")


EVENT = ("route", "test", "--account", "main")


@pytest.mark.parametrize(
    ("expected", "code"),
    [("phone,call", 0), (" call , phone,", 0), ("phone", 1), ("phone,call,mail", 1), ("", 1)],
)
def test_the_exit_code_says_whether_it_is_as_expected(expected: str, code: int, alertd: CommandLine) -> None:
    said = alertd(*EVENT, "--expect", expected)
    assert said.code == code
    assert ("failed: sinks: expected" in said.err) is bool(code)
    as_json = json.loads(alertd(*EVENT, "--expect", expected, "--json").out)
    assert as_json["ok"] is not bool(code)
    assert [address["sink"] for address in as_json["addresses"]] == ["phone", "call"]


@pytest.mark.parametrize(
    ("args", "problem"),
    [
        (["--account", "mian"], 'there is no account "mian"; did you mean "main"?'),
        ([], "of which account? name one of desk, main"),
        (["--account", "main", "--kind", "margin"], "--kind: unknown kind 'margin'"),
        (["--account", "main", "--kind", "tick"], "--kind: unknown kind 'tick'"),
        (
            ["--account", "main", "--kind", "margin-state"],
            "--kind: unknown kind 'margin-state'; did you mean \"margin_state\"?",
        ),
        (
            ["--account", "main", "--at", "25:00"],
            "--at: '25:00' is no time; write 2026-11-21T03:00, with +01:00 or as the daemon's clock shows it",
        ),
        (["--account", "main", "--severity", "bad"], "--severity: must be 'info', 'warning' or 'critical'"),
        (["--account", "main", "--label", "owner"], "--label: write KEY=VALUE"),
        (["--account", "main", "--minutes-to-liquidation", "x"], "--minutes-to-liquidation: must be"),
        (["--account", "main", "--config", "nowhere.toml"], "nowhere.toml"),
        (["none.test.toml"], "none.test.toml: cannot be read: No such file"),
        (["x.toml", "--account", "main"], "give a file of tests or one event, not both"),
    ],
)
def test_what_cannot_be_asked_ends_with_2(args: list[str], problem: str, alertd: CommandLine) -> None:
    said = alertd("route", "test", *args)
    assert said.code == 2
    assert problem in said.err
    assert problem in json.loads(alertd("route", "test", *args, "--json").out)["problems"][0]


def test_a_time_that_is_none_is_wrong_usage(alertd: CommandLine) -> None:
    assert alertd(*EVENT, "--at", "three").code == 2


def test_a_bad_configuration_ends_with_2(alertd: CommandLine) -> None:
    alertd.write(CONFIG.replace("instrument", "instrumnet"))
    said = alertd(*EVENT)
    assert said.code == 2
    assert 'unknown key; did you mean "instrument"?' in said.err


def write_tests(alertd: CommandLine, text: str) -> Path:
    file = alertd.folder / "routes.test.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_a_file_of_tests_that_hold(alertd: CommandLine) -> None:
    file = write_tests(alertd, TESTS)
    said = alertd("route", "test", str(file))
    assert (said.code, said.err) == (0, "")
    assert said.out == f"{file}: 2 tests, ok\n"


def test_each_failing_test_says_what_was_expected_and_what_was_found(alertd: CommandLine) -> None:
    file = write_tests(
        alertd, TESTS.replace('"mail", "call", "phone"', '"call", "chat"').replace("07:00", "08:00")
    )
    said = alertd("route", "test", str(file))
    assert said.code == 1
    assert said.err.splitlines() == [
        f"failed: {file}:2: what is critical rings: sinks: expected call, chat; found call, mail, phone",
        f"failed: {file}:7: the rest can wait: held_until: expected 08:00; found 07:00",
    ]
    assert said.out == f"{file}: 2 tests, 2 failed\n"
    as_json = json.loads(alertd("route", "test", str(file), "--json").out)
    assert as_json["ok"] is False
    assert [one["ok"] for one in as_json["tests"]] == [False, False]


def test_a_test_of_what_is_not_configured_ends_with_2(alertd: CommandLine) -> None:
    file = write_tests(alertd, TESTS.replace('"main", severity', '"mian", severity'))
    said = alertd("route", "test", str(file))
    assert said.code == 2
    assert f'{file}:7: there is no account "mian"; did you mean "main"?' in said.err


def test_it_is_listed_without_being_imported(alertd: CommandLine) -> None:
    assert "route" in LATE_COMMANDS
    assert "route" in alertd("--help").out
    assert "FILE" in alertd("route", "test", "--help").out


ROOT = Path(__file__).parents[3]
SHIPPED = {
    "config/routes.test.toml": "config/alertd.toml",
    "config/examples/desk.routes.test.toml": "config/examples/desk.toml",
}


def test_every_shipped_file_of_tests_is_run_here() -> None:
    found = {str(file.relative_to(ROOT)) for file in (ROOT / "config").rglob("*.test.toml")}
    assert found == set(SHIPPED)


@pytest.mark.parametrize(("file", "config"), SHIPPED.items())
def test_the_shipped_tests_hold(file: str, config: str, alertd: CommandLine) -> None:
    said = alertd("route", "test", str(ROOT / file), "--config", str(ROOT / config))
    assert (said.code, said.err) == (0, "")
