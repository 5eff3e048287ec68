"""Prometheus Alertmanager as people install it (Debian's package), with every wait at nothing."""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
import socket
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import aiohttp

from benchmarks.subject import SubjectFailed, ended

PROGRAM = "prometheus-alertmanager"
READY_WITHIN_S = 20.0

# '...' makes a group of every alert, so that each is told for itself, as alertd does.
_CONFIGURATION = """
route:
  receiver: hook
  group_by: ['...']
  group_wait: 0s
  group_interval: 1s
  repeat_interval: 24h
receivers:
  - name: hook
    webhook_configs:
      - url: {url}
        send_resolved: false
"""


def why_absent() -> str | None:
    """None, or why it cannot be measured."""
    if shutil.which(PROGRAM):
        return None
    return f"{PROGRAM} is not installed (Debian: apt-get install {PROGRAM})"


def request(names: Sequence[str]) -> bytes:
    """One request with alerts of those names."""
    now = datetime.now(UTC).isoformat()
    alerts = [
        {
            "labels": {"alertname": "liquidation_warning", "severity": "critical", "instrument": name},
            "annotations": {"summary": f"{name}: margin ratio 1.73, mark price 2353.849"},
            "startsAt": now,
        }
        for name in names
    ]
    return json.dumps(alerts).encode()


class Alertmanager:
    """`async with Alertmanager(folder, url)`: tells the webhook at `url` of what `push` gave it."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url

    async def __aenter__(self) -> Self:
        self._folder.mkdir()
        configuration = self._folder / "alertmanager.yml"
        configuration.write_text(_CONFIGURATION.format(url=self._url))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self._base = f"http://127.0.0.1:{port}"
        with (self._folder / "log").open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                PROGRAM, f"--config.file={configuration}", f"--storage.path={self._folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=", "--log.level=error",
                stdout=log, stderr=log,
            )  # fmt: skip
        self._session = aiohttp.ClientSession()
        try:
            await self._until_ready()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
        await self._process.wait()

    async def push(self, body: bytes) -> None:
        """What `request` made. Raises: SubjectFailed."""
        head = {"Content-Type": "application/json"}
        async with self._session.post(f"{self._base}/api/v2/alerts", data=body, headers=head) as answer:
            if answer.status != 200:
                raise SubjectFailed(f"{PROGRAM}: {answer.status} {await answer.text()}")

    async def _until_ready(self) -> None:
        async with asyncio.timeout(READY_WITHIN_S):
            while True:
                if self._process.returncode is not None:
                    raise ended(PROGRAM, self._folder / "log")
                try:
                    async with self._session.get(f"{self._base}/-/ready") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.05)
