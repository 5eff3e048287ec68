"""`alertd check`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.console import CommandLine
from tests.config.folder import SECRETS, SMALLEST, dummy_secrets

EXAMPLES = sorted(
    file
    for file in (Path(__file__).parents[2] / "config").rglob("*.toml")
    if not file.name.endswith(".test.toml")
)
FULL = """
[accounts.main]
exchange = "okx"
role = "copier"
region = "eea"
labels = { owner = "anna" }
[sinks.phone]
wakes_a_sleeper = true
[[routes]]
sinks = ["phone"]
match = { severity = ["critical"] }
remind_s = [60, 300]
[rules.buffer_used]
enabled = false
[rules.own]
type = "match"
event = "margin_state"
severity = "info"
match = { account = "other" }
"""
# Apprise's own import of a module that Python 3.13 lacks.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def test_a_good_configuration_shows_what_would_be_watched(alertd: CommandLine) -> None:
    alertd.write(FULL)
    alertd.env()
    said = alertd("check")
    assert (said.code, said.err) == (0, "")
    lines = [line.strip() for line in said.out.splitlines()]
    assert "main: exchange=okx role=copier region=eea environment=production owner=anna" in lines
    assert "wss://wseea.okx.com/ws/v5/private" in lines
    assert "phone: json://***, unpaced, timeout 10 s" in lines
    assert "severity=critical -> phone  reminders after 60, 300 s" in lines
    assert "buffer_used: off" in lines
    assert "margin_ratio (built in): margin_state.margin_ratio below warning=5.0 critical=3.0" in lines
    assert "own: margin_state is info  account=other" in lines
    assert "rule own can never match main: match.account does not fit" in lines
    assert lines[-1].startswith("ok: 1 account, 1 sink, ")


def test_without_routes_every_sink_hears_everything(alertd: CommandLine) -> None:
    alertd.write()
    alertd.env()
    assert "  everything -> phone\n" in alertd("check").out


def test_what_leaves_together_is_shown(alertd: CommandLine) -> None:
    route = '[[routes]]\nmatch = { severity = "warning" }\nsinks = ["phone"]\nbatch_s = 5\n'
    alertd.write(f"{SMALLEST}{route}")
    alertd.env()
    assert "  severity=warning -> phone  together every 5 s" in alertd("check").out.splitlines()


def test_who_hears_later_is_shown_and_what_may_reach_nobody_is_warned_of(alertd: CommandLine) -> None:
    route = (
        '[[routes]]\nmatch = { severity = "critical" }\nsinks = ["phone"]\nfallback = ["spare"]\n'
        'escalate = [{ after_s = 60, sinks = ["spare"] }, { after_s = 300, sinks = ["phone", "spare"] }]\n'
    )
    alertd.write(f"{SMALLEST}[sinks.spare]\n{route}")
    alertd.env()
    alertd.monkeypatch.setenv("ALERTD_SINKS__SPARE__URL", "json://127.0.0.1:10/other-token-4c1d")
    said = alertd("check")
    later = "escalates to spare after 60 s, then phone, spare after 300 s  falls back to spare after 60 s"
    assert f"  severity=critical -> phone  {later}" in said.out.splitlines()
    assert "routes[0].sinks: a critical alert at night reaches only" in said.err
    assert "routes[0].fallback: spare fails together with phone: the same server" in said.err
    assert "token" not in said.err


def test_quiet_hours_are_shown(alertd: CommandLine) -> None:
    route = '[[routes]]\nsinks = ["phone"]\nquiet_hours = { from = "23:00", to = "07:00"'
    more = ', days = "sat-sun", timezone = "Asia/Tokyo"'
    alertd.write(f"{SMALLEST}{route} }}\n{route}{more} }}\n")
    alertd.env()
    lines = alertd("check").out.splitlines()
    assert "  everything -> phone  quiet 23:00-07:00" in lines
    assert "  everything -> phone  quiet sat,sun 23:00-07:00 Asia/Tokyo" in lines


LOOKING_BACK = """
[rules.burst]
type = "count"
event = "lead_trade_failed"
severity = "warning"
count = 3
within_s = 600
[rules.quiet]
type = "absence"
event = "lead_trade_failed"
severity = "info"
absent_for_s = 1800
match = { account = "main" }
[rules.falling]
type = "drawdown"
event = "margin_state"
severity = "critical"
field = "margin_ratio"
fall = "25%"
window_s = 3600
"""


def test_rules_that_look_back_are_shown(alertd: CommandLine) -> None:
    alertd.write(FULL + LOOKING_BACK)
    alertd.env()
    said = alertd("check")
    assert (said.code, said.err) == (0, "")
    lines = [line.strip() for line in said.out.splitlines()]
    assert "burst: 3 lead_trade_failed within 600 s is warning" in lines
    assert "quiet: no lead_trade_failed for 1800 watched s is info  account=main" in lines
    assert "falling: margin_state.margin_ratio down by 0.25 of its peak of 3600 s is critical" in lines
    assert any(line.startswith("rule quiet can never match main") for line in lines)


def test_what_an_inhibition_names_and_nobody_has_is_shown(alertd: CommandLine) -> None:
    mute = '[[inhibit]]\nsource = { rule = "coverag" }\ntarget = { labels = { desk = "one" } }\n'
    alertd.write(FULL + mute)
    alertd.env()
    said = alertd("check")
    assert (said.code, said.err) == (0, "")
    lines = [line.strip() for line in said.out.splitlines()]
    assert any(line.startswith('inhibit[0].source.rule: "coverag" can never match') for line in lines)
    assert any(line.startswith("inhibit[0].target.labels.desk: can never match") for line in lines)


def test_json_for_machines(alertd: CommandLine) -> None:
    file = alertd.write(FULL)
    alertd.env()
    said = alertd("check", "--json", "--config", str(file), "--set", "web.port=0")
    assert (said.code, said.err) == (0, "")
    seen = json.loads(said.out)
    assert seen["ok"] is True
    assert seen["web"] == "http://127.0.0.1:0"
    assert seen["accounts"]["main"]["hosts"][2] == "https://eea.okx.com"
    assert seen["sinks"] == {"phone": {"url": "json://***", "pace_per_minute": 0, "timeout_s": 10.0}}
    assert seen["rules"]["margin_ratio"]["built_in"] is True
    assert seen["rules"]["own"]["built_in"] is False
    assert len(seen["never_match"]) >= 1


def test_problems_end_with_2_and_one_line_each(alertd: CommandLine) -> None:
    alertd.write(SMALLEST.replace("exchange", "regoin = 1\nexchange") + "[log]\nlevl = 1\n")
    alertd.env()
    said = alertd("check")
    assert (said.code, said.out) == (2, "")
    assert said.err.splitlines() == [
        'error: config/alertd.toml:2: accounts.main.regoin: unknown key; did you mean "region"?',
        'error: config/alertd.toml:7: log.levl: unknown key; did you mean "level"?',
        "2 problems; nothing was started",
    ]


def test_problems_as_json(alertd: CommandLine) -> None:
    alertd.write(SMALLEST + "[log]\nlevl = 1\n")
    alertd.env()
    said = alertd("check", "--json")
    assert (said.code, said.err) == (2, "")
    assert json.loads(said.out) == {
        "ok": False,
        "problems": ['config/alertd.toml:6: log.levl: unknown key; did you mean "level"?'],
    }


def test_a_sink_that_is_no_service_is_refused(alertd: CommandLine) -> None:
    alertd.write()
    alertd.env(ALERTD_SINKS__PHONE__URL="tgramm://123456:planted-token-1/5")
    said = alertd("check")
    assert said.code == 2
    assert 'sinks.phone.url: the scheme "tgramm" is unknown, did you mean "tgram"?' in said.err
    assert "planted" not in said.err


def test_warnings_do_not_end_it(alertd: CommandLine) -> None:
    alertd.write()
    alertd.env()
    secrets = alertd.folder / "secrets"
    secrets.mkdir()
    (secrets / "web.token").write_text("t0ken-7", encoding="utf-8")
    (secrets / "web.token").chmod(0o644)
    said = alertd("check", "--secrets-dir", "secrets")
    assert said.code == 0
    assert "warning: secrets/web.token: every user may read it; chmod 600 secrets/web.token" in said.err


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_the_files_that_come_with_alertd_pass(file: Path, alertd: CommandLine) -> None:
    for name, value in dummy_secrets(file).items():
        alertd.monkeypatch.setenv(name, value)
    said = alertd("check", "--config", str(file))
    assert (said.code, said.err) == (0, "")


PLANTED = {name: f"planted-{index}-{name[-6:].lower()}" for index, name in enumerate(SECRETS)} | {
    "ALERTD_SINKS__PHONE__URL": "json://planted-user:planted-pass@127.0.0.1:9/planted-path",
    "ALERTD_WEB__TOKEN": "planted-web-token",
    "ALERTD_STORE__URL": "postgresql://alertd:planted-db@localhost/alertd",
}


@pytest.mark.parametrize("as_json", [[], ["--json"]])
@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"ALERTD_ACCOUNTS__MAIN__REGION": "mars"},
        {"ALERTD_ACCOUNTS__MAIN__API_KEE": "planted-slip"},
        {"ALERTD_SINKS__PHONE__URL": "planted-no-url"},
        {"ALERTD_SINKS__PHONE__URL": "tgram://planted-token-9/"},
        {"ALERTD_SINKS__PHONE__URL": "nosuch://user:planted-pass-2@h/planted-3"},
        {"ALERTD_STORE__URL": "mysql://planted-user:planted-db@h/planted"},
        {"ALERTD_WEB__PORT": "planted-port"},
        {"ALERTD_ROUTES": "[planted"},
    ],
)
def test_no_output_shows_a_secret(broken: dict[str, str], as_json: list[str], alertd: CommandLine) -> None:
    alertd.write()
    alertd.env(**(PLANTED | broken))
    said = alertd("check", *as_json)
    assert said.code == (2 if broken else 0)
    assert "planted" not in said.out + said.err


def test_inhibitions_are_shown(alertd: CommandLine) -> None:
    inhibit = (
        '[[inhibit]]\nsource = { rule = "account_parked" }\ntarget = { kind = ["copy_*", "coverage"] }\n'
    )
    alertd.write(FULL + inhibit + 'equal = ["account", "labels.owner"]\n')
    alertd.env()
    said = alertd("check")
    line = "rule=account_parked keeps quiet kind=copy_*|coverage; alike: account, labels.owner"
    assert line in [line.strip() for line in said.out.splitlines()]
