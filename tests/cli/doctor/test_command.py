"""`alertd doctor` against the simulator: every finding of the outside world, exit codes, JSON and table."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from alertd.simulators.okx.accounts import Account, LeadTrader
from alertd.simulators.okx.limits import Limits
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import Hook, Lodging
from tests.cli.console import CommandLine

# Apprise's own import of a module that Python 3.13 lacks.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

CLEAN = {"ip": "127.0.0.1", "role_type": "0"}


class Outside:
    """An exchange and a webhook that run beside the command, and the configuration that leads to them."""

    def __init__(self, alertd: CommandLine, okx: Lodging[OkxSimulator], hook: Lodging[Hook]) -> None:
        self.alertd = alertd
        self.okx = okx.home
        self.hook = hook.home
        self._lodging = okx

    def exchange(self, change: Callable[[OkxSimulator], object]) -> None:
        """Do something on the exchange's own loop."""

        async def do() -> None:
            change(self.okx)

        self._lodging.call(do())

    def account(self, name: str = "main", **more: str) -> None:
        """One more account on the exchange, and in the configuration. `more`: keys of its table in quotes."""
        number = len(self.okx.accounts) + 1
        made = Account(name=name, api_key=f"key-{number}", uid=str(525627088439549953 + number), **CLEAN)
        self.exchange(lambda okx: okx.add_account(made))
        self.configure(name, made, **more)

    def configure(self, name: str, made: Account, **more: str) -> None:
        urls = {
            "private_ws_url": self.okx.private_ws_url,
            "business_ws_url": self.okx.business_ws_url,
            "rest_url": self.okx.rest_url,
        }
        lines = [f'{key} = "{value}"' for key, value in {**urls, **more}.items()]
        table = "\n".join([f"[accounts.{name}]", 'exchange = "okx"', *lines, ""])
        file = self.alertd.folder / "config" / "alertd.toml"
        before = file.read_text() if file.exists() else "[sinks.phone]\n"
        self.alertd.write(before + table)
        secrets = {"API_KEY": made.api_key, "API_SECRET": made.api_secret, "PASSPHRASE": made.passphrase}
        self.env(**{f"ALERTD_ACCOUNTS__{name.upper()}__{key}": value for key, value in secrets.items()})

    def env(self, **variables: str) -> None:
        for name, value in variables.items():
            self.alertd.monkeypatch.setenv(name, value)

    def doctor(self, *args: str) -> tuple[int, dict[str, Any]]:
        """The exit code, and what it says as JSON."""
        said = self.alertd("doctor", "--json", *args)
        assert said.err == ""
        return said.code, json.loads(said.out)

    def found(self, *args: str) -> dict[str, str]:
        """Code and severity of what is not simply well."""
        _, report = self.doctor(*args)
        rows = [one for one in report["findings"] if one["severity"] != "ok" and one["code"] != "no_watcher"]
        assert all(one["cure"] for one in rows)
        return {f"{one['account'] or one['part']}:{one['code']}": one["severity"] for one in rows}


@pytest.fixture
def outside(alertd: CommandLine) -> Iterator[Outside]:
    # Each run keeps the exchange's pace; the runs of a test do not know of each other.
    limits = Limits(connects_per_s=30)
    with Lodging(lambda: OkxSimulator(limits=limits)) as okx, Lodging(Hook) as hook:
        made = Outside(alertd, okx, hook)
        made.env(ALERTD_SINKS__PHONE__URL=made.hook.url)
        yield made


def test_an_account_without_a_fault(outside: Outside) -> None:
    outside.account()
    code, report = outside.doctor()
    assert (code, report["ok"], report["worst"]) == (0, True, "info")
    assert {one["code"] for one in report["findings"]} == {
        "configuration_read",
        "no_watcher",
        "store_ready",
        "sink_loads",
        "clock_fine",
        "account_reached",
        "stream_ready",
    }
    (stream,) = [one for one in report["findings"] if one["code"] == "stream_ready"]
    channels = "account, balance_and_position, liquidation-warning, positions"
    assert (stream["account"], stream["part"], stream["facts"]["channels"]) == ("main", "private", channels)
    assert outside.hook.messages == []
    assert not outside.okx.sessions
    assert list(outside.alertd.folder.glob("**/*.db*")) == []


def test_each_fault_of_the_account_is_found(outside: Outside) -> None:
    outside.account()
    outside.exchange(
        lambda okx: okx.change_account(
            perm="read_only,trade", liquidation_gear="0", acct_lv="4", role_type="2", ip=""
        )
    )
    code, _ = outside.doctor()
    assert code == 0  # nothing worse than a warning
    assert outside.found() == {
        "main:warnings_off": "warning",
        "main:mode_forbids_copying": "warning",
        "main:key_may_trade": "warning",
        "main:key_unbound_expires": "warning",
        "main:traders_none": "warning",
    }


def test_what_an_action_would_come_to_is_tried_without_sending(outside: Outside) -> None:
    outside.account(role="copier")
    file = outside.alertd.folder / "config" / "alertd.toml"
    action = """
        [rules.exchange_warning]
        actions = ["stop"]
        [actions.stop]
        type = "stop_copying"
        account = "main"
        mode = "approve"
        lead_traders = ["3333333333333333"]
        open_positions = "leader_closes"
        """
    outside.alertd.write(file.read_text() + action)
    outside.exchange(lambda okx: okx.change_account(role_type="2"))
    assert outside.found()["main:action_key_read_only"] == "critical"

    outside.exchange(lambda okx: okx.change_account(perm="read_only,trade"))
    found = outside.found()
    assert found["main:action_trader_missing"] == "critical"
    assert "main:key_may_trade" not in found, "an action needs it"
    assert sum(outside.okx.copying.asked.values()) == 0


def test_a_key_that_may_withdraw_fails_unless_it_is_allowed(outside: Outside) -> None:
    outside.account()
    outside.exchange(lambda okx: okx.change_account(perm="read_only,withdraw"))
    assert outside.doctor()[0] == 1
    assert outside.found() == {"main:key_may_withdraw": "blocking"}
    allowed = ("--set", "accounts.main.allow_withdraw_key=true")
    assert outside.doctor(*allowed)[0] == 0
    assert outside.found(*allowed) == {"main:key_may_withdraw_allowed": "warning"}


REFUSALS: list[tuple[dict[str, str], Callable[[OkxSimulator], object] | None, str]] = [
    ({"API_KEY": "11111111-51a0-4a1e-8f0e-5f1f3c5e7a01"}, None, "key_unknown"),
    ({"PASSPHRASE": "mistyped"}, None, "passphrase_wrong"),
    ({"API_SECRET": "mistyped"}, None, "secret_wrong"),
    ({}, lambda okx: okx.change_account(ip="192.0.2.1"), "address_refused"),
    ({}, lambda okx: setattr(okx.account(), "environment", "demo"), "environment_mixed"),
]


@pytest.mark.parametrize(("secrets", "change", "wanted"), REFUSALS, ids=[one[2] for one in REFUSALS])
def test_a_refused_key_is_explained_once(
    outside: Outside,
    secrets: dict[str, str],
    change: Callable[[OkxSimulator], object] | None,
    wanted: str,
) -> None:
    outside.account()
    outside.env(**{f"ALERTD_ACCOUNTS__MAIN__{name}": value for name, value in secrets.items()})
    if change is not None:
        outside.exchange(change)
    assert outside.doctor()[0] == 1
    # REST and stream are refused for one reason.
    assert outside.found() == {f"main:{wanted}": "critical"}


def test_the_address_the_exchange_saw_is_in_the_cure(outside: Outside) -> None:
    outside.account()
    outside.exchange(lambda okx: okx.change_account(ip="192.0.2.1"))
    said = outside.alertd("doctor")
    assert "OKX sees this machine as 127.0.0.1" in " ".join(said.out.split())


def test_a_lead_trader_s_second_stream_and_a_copier_s_traders_are_looked_at(outside: Outside) -> None:
    outside.account("lead")
    outside.account("copier")
    outside.exchange(lambda okx: okx.change_account("lead", role_type="1"))
    outside.exchange(lambda okx: okx.change_account("copier", role_type="2"))
    outside.exchange(lambda okx: setattr(okx.account("copier"), "lead_traders", [LeadTrader()]))
    code, report = outside.doctor()
    assert code == 0
    streams = {(one["account"], one["part"]) for one in report["findings"] if one["code"] == "stream_ready"}
    assert streams == {("lead", "private"), ("lead", "business"), ("copier", "private")}
    (traders,) = [one for one in report["findings"] if one["code"] == "traders_found"]
    assert traders["what"] == "Copies 1: Trader9527 (25CD5A80241D6FE6)."


def test_two_accounts_that_are_one_are_refused(outside: Outside) -> None:
    outside.account("first")
    outside.account("second")
    outside.exchange(lambda okx: setattr(okx.account("second"), "uid", okx.account("first").uid))
    code, report = outside.doctor()
    assert code == 1
    (twin,) = [one for one in report["findings"] if one["code"] == "same_account"]
    assert (twin["account"], twin["facts"]) == ("second", {"other": "first"})


def test_a_channel_that_is_refused(outside: Outside) -> None:
    outside.account()
    nothing = 'accounts.main.instruments=[{inst_type = "SWAP", inst_id = "NOPE-USDT-SWAP"}]'
    assert outside.doctor("--set", nothing)[0] == 1
    assert outside.found("--set", nothing) == {"main:channels_refused": "critical"}


def test_an_exchange_that_is_away(outside: Outside) -> None:
    outside.account(rest_url="http://127.0.0.1:9", private_ws_url="ws://127.0.0.1:9/private")
    assert outside.doctor()[0] == 1
    assert outside.found() == {
        "main:clock_unmeasured": "warning",
        "main:exchange_unreachable": "critical",
        "main:stream_unreachable": "critical",
    }


def test_a_store_that_cannot_be_written_and_a_sink_that_is_none(outside: Outside) -> None:
    outside.account()
    outside.env(ALERTD_SINKS__PHONE__URL="nosuch://planted-token-1@host")
    code, report = outside.doctor("--set", "store.url=sqlite:////proc/no/such.db")
    assert code == 1
    assert "planted" not in json.dumps(report)
    wanted = {"store_unusable", "sink_unusable"}
    assert wanted <= {one["code"] for one in report["findings"] if one["severity"] == "critical"}


def test_send_sends_one_message_to_each_sink(outside: Outside) -> None:
    outside.account()
    outside.exchange(lambda okx: okx.change_account(liquidation_gear="0"))
    code, report = outside.doctor("--send")
    assert code == 0
    assert [one["part"] for one in report["findings"] if one["code"] == "sink_sent"] == ["sinks.phone"]
    (message,) = outside.hook.messages
    assert message["title"] == "INFO alertd doctor: 1 account, 1 to mend"
    assert "OKX sends no liquidation warnings" in message["message"]
    outside.hook.status = 500
    assert outside.doctor("--send")[0] == 1


def test_the_table_in_the_reader_s_language(outside: Outside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")
    outside.account()
    outside.exchange(lambda okx: okx.change_account(liquidation_gear="0"))
    said = outside.alertd("doctor")
    assert said.code == 0
    lines = [line.strip() for line in said.out.splitlines()]
    assert any(line.startswith("WARNING  main") for line in lines)
    assert "-> In the OKX app switch the liquidation alerts of this account on." in lines
    assert lines[-1] == "6 OK, 1 INFO, 1 WARNING"
    assert "\x1b" not in said.out
    assert "请在 OKX 应用中为此账户打开强平预警" in outside.alertd("doctor", "--set", "language=zh").out


def test_a_configuration_that_cannot_be_used_is_2(alertd: CommandLine) -> None:
    alertd.write("[accounts.main]\nexchange = 'okx'\n")
    said = alertd("doctor")
    assert (said.code, said.out) == (2, "")
    assert "sinks" in said.err
    assert json.loads(alertd("doctor", "--json").out)["ok"] is False


def test_no_secret_is_shown(outside: Outside, tmp_path: Path) -> None:
    outside.account()
    outside.env(ALERTD_ACCOUNTS__MAIN__API_SECRET="planted-secret-77d0be")
    for args in (("--json",), ()):
        said = outside.alertd("doctor", *args)
        assert "planted" not in said.out + said.err
