"""`alertd simulate toobit` in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from alertd.cli.simulate import simulate_app

RUN = [
    sys.executable,
    "-c",
    "from alertd.cli.simulate import simulate_app; simulate_app()",
    "toobit",
    "--port",
    "0",
]


@pytest.fixture
def running() -> Iterator[object]:
    processes = []

    def start(*options: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [*RUN, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


def test_json_names_address_and_credentials_and_a_signal_ends_it(running) -> None:
    process = running("--json")
    found = json.loads(process.stdout.readline())
    assert found["accounts"] == ["leader", "copier"]
    assert "ALERTD_ACCOUNTS__COPIER__API_SECRET" in found["environment"]
    with urllib.request.urlopen(f"{found['control_url']}/state", timeout=5) as answer:
        assert len(json.load(answer)["followers"]) == 14
    os.kill(process.pid, signal.SIGTERM)
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


def test_the_text_can_be_pasted(running) -> None:
    process = running()
    text = "".join(
        iter(process.stdout.readline, "# then for example: alertd toobit orders --account leader\n")
    )
    tables = tomllib.loads(text[text.index("[accounts.leader]") :])
    assert {one["exchange"] for one in tables["accounts"].values()} == {"toobit"}
    assert text.count("export ALERTD_ACCOUNTS__") == 4


def test_a_host_that_is_not_loopback_is_refused() -> None:
    result = CliRunner().invoke(simulate_app, ["toobit", "--host", "0.0.0.0"])
    assert result.exit_code == 2
    assert "--allow-remote" in result.output


def test_help_names_the_orders_and_the_faults() -> None:
    result = CliRunner().invoke(simulate_app, ["toobit", "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})
    assert result.exit_code == 0
    for word in ("/simulator/price", "/simulator/fault", "sign_query_only", "--allow-remote"):
        assert word in result.output
