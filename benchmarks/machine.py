"""Where it was measured, and with what."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.alertmanager import PROGRAM
from benchmarks.subject import PEERS_PYTHON

ABSENT = "absent"
_OURS = ("alertd", "aiohttp", "msgspec", "apprise", "uvloop")
_PEERS = ("python-okx", "websockets", "ccxt", "aiohttp")
_ASK = """
import json, sys
from importlib.metadata import version
print(json.dumps({name: version(name) for name in sys.argv[1:]}))
"""


def described() -> dict[str, str]:
    """What a reader must know to compare, in the order it is told."""
    peers = _of_the_peers()
    return {
        "measured on": f"{datetime.now(UTC):%Y-%m-%d}",
        "processor": cpu_model(Path("/proc/cpuinfo").read_text()) or platform.machine(),
        "cores": str(len(os.sched_getaffinity(0))),
        "kernel": f"{platform.system()} {platform.release()}",
        "load before the run": f"{os.getloadavg()[0]:.2f}",
        "Python": platform.python_version(),
        **{name: _version(name) for name in _OURS},
        "python-okx": _with(peers, "python-okx", "websockets"),
        "ccxt": _with(peers, "ccxt", "aiohttp"),
        "Prometheus Alertmanager": alertmanager_version(_alertmanager()) or ABSENT,
    }


def cpu_model(cpuinfo: str) -> str:
    """As /proc/cpuinfo names it; "" where it names none."""
    for line in cpuinfo.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "model name":
            return value.strip()
    return ""


def alertmanager_version(told: str) -> str:
    """The number in what `--version` prints: "prometheus-alertmanager, version 0.25.0+ds (branch: ...)"."""
    _, found, rest = told.partition("version ")
    return rest.split()[0] if found and rest.split() else ""


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ABSENT


def _with(peers: dict[str, str], name: str, below: str) -> str:
    """A peer's version, and that of the client it stands on."""
    return f"{peers[name]} ({below} {peers[below]})" if name in peers else ABSENT


def _of_the_peers() -> dict[str, str]:
    if not PEERS_PYTHON.exists():
        return {}
    told: dict[str, str] = json.loads(_said(str(PEERS_PYTHON), "-c", _ASK, *_PEERS))
    return told


def _alertmanager() -> str:
    return _said(PROGRAM, "--version") if shutil.which(PROGRAM) else ""


def _said(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout or done.stderr
