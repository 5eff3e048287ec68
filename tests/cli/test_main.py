"""The command line as a whole: names, exit codes, what is imported when."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from alertd import __version__
from alertd.cli.lazy import LATE_COMMANDS
from tests.cli.console import CommandLine

ROOT = Path(__file__).parents[2]
HEAVY = ("aiohttp", "alertd.app", "apprise", "sqlalchemy", "alertd.simulators")


def in_a_process(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ALERTD_")}
    command = [sys.executable, "-m", "alertd", *args]
    return subprocess.run(
        command, capture_output=True, text=True, env=own | env, cwd=ROOT, timeout=60, check=False
    )


def test_the_version(alertd: CommandLine) -> None:
    said = alertd("--version")
    assert (said.code, said.out) == (0, f"alertd {__version__}\n")


def test_help_lists_every_command_and_what_alertd_is_not(alertd: CommandLine) -> None:
    said = alertd("--help")
    assert said.code == 0
    for command in ("run", "check", "schema", "okx", "simulate"):
        assert f" {command} " in said.out
    assert "Not affiliated with OKX or Toobit." in said.out
    assert "不构成投资建议" in said.out


@pytest.mark.parametrize(
    "args",
    [
        ["nosuch"],
        ["--nosuch"],
        ["check", "--nosuch"],
        ["check", "surplus"],
        ["okx", "nosuch"],
        ["okx", "code"],
        ["okx", "code", "1", "--language", "fr"],
        ["run", "--set"],
        [],
    ],
)
def test_wrong_usage_ends_with_2(args: list[str], alertd: CommandLine) -> None:
    assert alertd(*args).code == 2


@pytest.mark.parametrize("command", ["run", "check"])
def test_no_configuration_ends_with_2_and_says_where_it_was_looked_for(
    command: str, alertd: CommandLine
) -> None:
    said = alertd(command)
    assert said.code == 2
    assert "looked at: config/alertd.toml, /etc/alertd/alertd.toml" in said.err
    assert '[accounts.main]\n    exchange = "okx"' in said.err
    assert said.out == ""


def test_the_module_is_the_command() -> None:
    said = in_a_process("--version")
    assert (said.returncode, said.stdout, said.stderr) == (0, f"alertd {__version__}\n", "")
    assert in_a_process("nosuch").returncode == 2


def test_no_color_is_honoured() -> None:
    env = {"FORCE_COLOR": "1", "TERM": "xterm-256color"}
    coloured = in_a_process("check", "--config", "no/such.toml", **env)
    plain = in_a_process("check", "--config", "no/such.toml", NO_COLOR="1", **env)
    assert "\x1b[31m" in coloured.stderr
    assert "\x1b[31m" not in plain.stderr
    assert "no configuration file" in plain.stderr


@pytest.mark.parametrize("args", [["--help"], ["schema"], ["okx", "code", "59130"]])
def test_light_commands_import_nothing_heavy(args: list[str]) -> None:
    code = (
        "import sys\nfrom alertd.cli.main import app\n"
        f"try: app({args!r})\nexcept SystemExit: pass\n"
        f"print('LOADED', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "LOADED []"


@pytest.mark.parametrize("name", LATE_COMMANDS)
def test_late_commands_are_loaded_when_called(name: str, alertd: CommandLine) -> None:
    if f" {name} " not in alertd("--help").out:
        return  # not built yet
    said = alertd(name, "--help")
    assert said.code == 0
    assert f"Usage: alertd {name}" in said.out
    assert "completion" not in said.out
