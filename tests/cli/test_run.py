"""`alertd run` as a process: exit codes, and what is told at the first start."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from alertd.cli.safety import safety_text
from tests.config.folder import SECRETS, SMALLEST

CLOSED = "127.0.0.1:9"  # the discard port: nothing listens
OFFLINE = (
    '[accounts.main]\nexchange = "okx"\nrole = "trader"\n'
    f'private_ws_url = "ws://{CLOSED}/private"\nbusiness_ws_url = "ws://{CLOSED}/business"\n'
    f'rest_url = "http://{CLOSED}"\n[sinks.phone]\n[web]\nport = 0\n[log]\nformat = "json"\n'
)
DEADLINE_S = 30


def environment(**more: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("ALERTD_")}
    own.pop("NOTIFY_SOCKET", None)
    return own | SECRETS | more


def start(config: Path, *args: str, python: tuple[str, ...] = (), **more: str) -> subprocess.Popen[str]:
    command = [sys.executable, *python, "-m", "alertd", "run", "--config", str(config), *args]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment(**more))


def until_ready(process: subprocess.Popen[str]) -> str:
    """What it wrote to standard error until the line that says it is ready."""
    assert process.stderr is not None
    watchdog = threading.Timer(DEADLINE_S, process.kill)
    watchdog.start()
    lines: list[str] = []
    for line in process.stderr:
        lines.append(line)
        if '"ready"' in line:
            break
    watchdog.cancel()
    return "".join(lines)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "alertd.toml"
    file.write_text(OFFLINE, encoding="utf-8")
    return file


def test_it_runs_until_it_is_told_to_stop_and_tells_the_safety_text_once(config: Path) -> None:
    told = []
    for _ in ("first start", "second start"):
        process = start(config)
        told.append(until_ready(process))
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=DEADLINE_S)
        assert process.returncode == 0, told[-1] + err
        for secret in SECRETS.values():
            assert secret not in out + err + told[-1]
    assert safety_text("en") in told[0]
    assert safety_text("en").splitlines()[0] not in told[1]


def test_the_command_line_is_used(config: Path) -> None:
    process = start(config, "--set", "language=zh")
    told = until_ready(process)
    process.terminate()
    process.communicate(timeout=DEADLINE_S)
    assert safety_text("zh") in told


def test_a_bad_configuration_ends_the_start_with_2(config: Path) -> None:
    config.write_text(SMALLEST + "[log]\nlevl = 1\n", encoding="utf-8")
    out, err = (process := start(config)).communicate(timeout=DEADLINE_S)
    assert (process.returncode, out) == (2, "")
    assert f'error: {config}:6: log.levl: unknown key; did you mean "level"?' in err.splitlines()


def test_a_sink_that_is_no_service_ends_the_start_with_2(config: Path) -> None:
    process = start(config, ALERTD_SINKS__PHONE__URL="nosuch://planted-token-1@host/planted-path-2")
    out, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 2
    assert "sinks.phone.url" in err
    assert "planted" not in out + err


def test_a_part_that_cannot_be_imported_ends_the_start_with_1(config: Path) -> None:
    broken = 'import sys\nsys.modules["alertd.working"] = None\n'
    (config.parent / "sitecustomize.py").write_text(broken, encoding="utf-8")
    process = start(config, PYTHONPATH=f"{config.parent}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    _, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 1
    assert "import of alertd.working halted" in err
    assert '"ready"' not in err


def test_a_store_that_cannot_be_opened_ends_the_start_with_1(config: Path) -> None:
    process = start(config, "--set", "store.url=sqlite:////proc/no/such.db")
    _, err = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 1, err


# What none of it needs: it would be paid for in time and memory at each start.
NOT_LOADED = (
    "alembic",
    "alertd.exchanges.toobit.rest",
    "apprise",  # its one sink is a plain webhook
    "prometheus_client",
    "pygments",
    "rich.console",
    "sqlalchemy.dialects.postgresql",
)


def test_a_start_loads_only_what_it_needs(config: Path) -> None:
    process = start(config, python=("-X", "importtime"))
    told = until_ready(process)
    process.terminate()
    process.communicate(timeout=DEADLINE_S)
    loaded = {
        line.rpartition("|")[2].strip() for line in told.splitlines() if line.startswith("import time:")
    }
    assert {"alertd.app", "sqlalchemy", "alertd.sinks.webhook_sink"} <= loaded
    assert loaded.isdisjoint(NOT_LOADED)
