"""deploy/systemd/alertd.service, without starting it: `make try-unit` does that."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from alertd.config import load
from alertd.delivering import DELIVERY_DRAIN_S
from alertd.domain.errors import ConfigError
from alertd.outbox.delivery import LANDING_S
from alertd.working import PIPELINE_DRAIN_S, STALLED_AFTER_S, TICK_S

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy/systemd/alertd.service"
SMALLEST = ROOT / "config/alertd.toml"
MOST_EXPOSED = 20  # tenths, of 100; systemd's own services: 93 without hardening


def read_unit() -> dict[str, list[str]]:
    """The values of each key, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for line in UNIT.read_text().splitlines():
        if line and line[0] not in "#[":
            key, _, value = line.partition("=")
            found[key].append(value)
    return found


def seconds(key: str) -> float:
    (value,) = read_unit()[key]
    return float(value)


@pytest.fixture
def analyze() -> str:
    if found := shutil.which("systemd-analyze"):
        return found
    if os.geteuid() != 0:
        pytest.skip("systemd-analyze is missing, and only root can install it")
    pytest.skip("systemd-analyze is missing: apt-get install systemd")


def verify(analyze: str, folder: Path, text: str) -> str:
    """What systemd finds wrong. Its exit code is 0 even for unknown keys."""
    unit = folder / "alertd.service"
    # It insists on an executable that exists.
    unit.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/sh", text))
    done = subprocess.run(
        [analyze, "verify", "--man=no", str(unit)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    return done.stdout


def test_systemd_finds_nothing_wrong(analyze: str, tmp_path: Path) -> None:
    assert verify(analyze, tmp_path, UNIT.read_text()) == ""


def test_systemd_would_find_a_key_that_is_misspelt(analyze: str, tmp_path: Path) -> None:
    text = UNIT.read_text().replace("WatchdogSec", "WatchdogSeconds")
    assert "WatchdogSeconds" in verify(analyze, tmp_path, text)


def test_it_is_hardened(analyze: str) -> None:
    command = [analyze, "security", "--offline=yes", "--no-pager", f"--threshold={MOST_EXPOSED}", str(UNIT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-200:] + done.stderr


def test_the_manager_waits_as_long_as_a_stop_may_take() -> None:
    assert seconds("TimeoutStopSec") > PIPELINE_DRAIN_S + DELIVERY_DRAIN_S + LANDING_S + 5


def test_the_watchdog_is_slower_than_the_petting() -> None:
    assert seconds("WatchdogSec") / 2 > STALLED_AFTER_S + TICK_S


def test_what_starting_again_cannot_mend_is_not_started_again() -> None:
    unit = read_unit()
    (codes,) = unit["RestartPreventExitStatus"]
    assert {"2", "243"} <= set(codes.split())
    # All else is tried for ever: a full disk may last longer than any count of starts.
    assert unit["Restart"] == ["on-failure"]
    assert unit["StartLimitIntervalSec"] == ["0"]


def credentials(folder: Path, *, without: str = "") -> Path:
    """A folder of secrets as systemd makes it from the unit's LoadCredential lines."""
    folder.mkdir()
    for line in read_unit()["LoadCredential"]:
        name, _, source = line.partition(":")
        assert Path(source).name == name
        if name != without:
            (folder / name).write_text("json://127.0.0.1:9/" if name.endswith(".url") else "dummy")
    return folder


def test_its_credentials_are_those_of_the_smallest_configuration(tmp_path: Path) -> None:
    folder = credentials(tmp_path / "credentials")
    env = {"CREDENTIALS_DIRECTORY": str(folder), "STATE_DIRECTORY": str(tmp_path)}
    settings = load(SMALLEST, env=env)
    assert settings.warnings == ()
    assert settings.state_dir == tmp_path


@pytest.mark.parametrize("name", [line.partition(":")[0] for line in read_unit()["LoadCredential"]])
def test_each_credential_is_needed(tmp_path: Path, name: str) -> None:
    folder = credentials(tmp_path / "credentials", without=name)
    with pytest.raises(ConfigError, match=re.escape(name)):
        load(SMALLEST, env={"CREDENTIALS_DIRECTORY": str(folder)})
