import json
import os
import signal
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner

from alertd.cli.simulate import simulate_app

RUN = [
    sys.executable,
    "-c",
    "from alertd.cli.simulate import simulate_app; simulate_app()",
    "okx",
    "--port",
    "0",
]


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "example.org"])
def test_a_host_that_is_not_loopback_is_refused(host):
    result = CliRunner().invoke(simulate_app, ["okx", "--host", host])
    assert result.exit_code == 2
    assert "--allow-remote" in result.output


def test_help_names_the_orders_and_the_faults():
    result = CliRunner().invoke(simulate_app, ["okx", "--help"], env={"COLUMNS": "200", "NO_COLOR": "1"})
    assert result.exit_code == 0
    for word in (
        "/simulator/price",
        "/simulator/fault",
        "half_open",
        "(overS: glide",
        "--scenario",
        "--allow-remote",
    ):
        assert word in result.output


def test_an_unknown_scenario_is_a_usage_error():
    assert CliRunner().invoke(simulate_app, ["okx", "--scenario", "boom"]).exit_code == 2


@pytest.fixture
def running():
    """Starts the command in a process of its own; ends it in any case."""
    processes = []

    def start(*options):
        process = subprocess.Popen(
            [*RUN, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
        return process

    yield start
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_json_names_addresses_and_credentials_and_a_signal_ends_it(running, number):
    process = running("--json", "--scenario", "quiet")
    found = json.loads(process.stdout.readline())
    assert found["private_ws_url"].startswith("ws://127.0.0.1:")
    assert found["business_ws_url"].endswith("/ws/v5/business")
    assert set(found["environment"]) == {
        "ALERTD_ACCOUNTS__MAIN__API_KEY",
        "ALERTD_ACCOUNTS__MAIN__API_SECRET",
        "ALERTD_ACCOUNTS__MAIN__PASSPHRASE",
    }
    with urllib.request.urlopen(f"{found['control_url']}/state", timeout=5) as answer:
        assert json.load(answer)["accounts"]["main"]["positions"]
    os.kill(process.pid, number)
    _, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")


def test_the_text_can_be_pasted_and_the_scenario_tells_its_steps(running):
    process = running("--scenario", "fall", "--speed", "50")
    lines = []
    while not lines or "half of the buffer" not in lines[-1]:
        lines.append(process.stdout.readline())
        assert lines[-1], "ended early"
    text = "".join(lines)
    assert "export ALERTD_ACCOUNTS__MAIN__API_KEY=" in text
    assert "[accounts.main]" in text
    assert 'rest_url = "http://127.0.0.1:' in text


def test_a_taken_port_is_told_with_the_cure(running):
    first = running("--json")
    port = json.loads(first.stdout.readline())["rest_url"].rsplit(":")[-1]
    second = running("--port", port)
    _, errors = second.communicate(timeout=10)
    assert second.returncode == 1
    assert "Take another --port" in errors


def test_tls_with_a_certificate_that_is_thrown_away(running):
    process = running("--tls", "--json")
    found = json.loads(process.stdout.readline())
    ca_file = Path(found["ca_file"])
    assert found["private_ws_url"].startswith("wss://127.0.0.1:")
    trusting = ssl.create_default_context(cafile=ca_file)
    with urllib.request.urlopen(f"{found['control_url']}/state", timeout=5, context=trusting) as answer:
        assert "main" in json.load(answer)["accounts"]
    with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
        urllib.request.urlopen(found["control_url"], timeout=5)
    assert [one.name for one in ca_file.parent.iterdir()] == ["ca.pem"]
    assert "PRIVATE KEY" not in ca_file.read_text()
    os.kill(process.pid, signal.SIGTERM)
    process.communicate(timeout=10)
    assert not ca_file.parent.exists()


def test_tls_tells_the_ca_file_and_where_it_is_missing_how_to_get_it(running, monkeypatch):
    process = running("--tls")
    lines = iter(process.stdout.readline, "")
    assert any(line.startswith('ca_file = "') for line in lines)
    monkeypatch.setitem(sys.modules, "trustme", None)
    result = CliRunner().invoke(simulate_app, ["okx", "--tls", "--port", "0"])
    assert result.exit_code == 2
    assert "pip install 'alertd[simulator-tls]'" in result.output
