"""What is measured, from outside: a process, its questions and answers."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

# Where `make bench` puts python-okx and ccxt: they pin other versions than the daemon's.
PEERS_PYTHON = Path(sys.prefix) / "peers" / "bin" / "python"
ROOT = Path(__file__).resolve().parent.parent
_LONGEST_LINE = 16 * 1024 * 1024
ANSWER_S = 60.0
LOG_TAIL = 2000


class SubjectFailed(Exception):
    """It ended, or did not do what was asked of it."""


def ended(name: str, log: Path) -> SubjectFailed:
    """The first line says it in short, the others are the end of its log."""
    text = log.read_text()[-LOG_TAIL:].strip()
    return SubjectFailed(f"{name} ended: {text.rsplit(chr(10), 1)[-1]}\n{text}")


class Subject:
    """`async with Subject(...) as subject`: killed at the end, whatever happened."""

    def __init__(
        self,
        module: str,
        settings: Mapping[str, Any],
        log: Path,
        *,
        python: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._words = [str(python or sys.executable), "-m", f"benchmarks.subjects.{module}"]
        self._words.append(json.dumps(settings))
        self._log = log
        self._env = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
        self._process: asyncio.subprocess.Process | None = None

    async def __aenter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._words, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
                cwd=self._log.parent, env=self._env, limit=_LONGEST_LINE,
            )  # fmt: skip
        return self

    async def __aexit__(self, *_: object) -> None:
        self.kill()
        assert self._process is not None
        await self._process.wait()

    def kill(self) -> None:
        """At once: nothing is tidied up."""
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    async def ask(self, command: str = "probe") -> dict[str, Any]:
        """Raises: SubjectFailed."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(command.encode() + b"\n")
        try:
            async with asyncio.timeout(ANSWER_S):
                while line := await self._process.stdout.readline():
                    if line.startswith(b"@"):
                        answer: dict[str, Any] = json.loads(line[1:])
                        return answer
        except TimeoutError:
            raise SubjectFailed(f"{self._words[2]}: no answer to {command!r}; see {self._log}") from None
        raise ended(self._words[2], self._log)

    async def settled(self, quiet_s: float = 0.1) -> dict[str, Any]:
        """What it has used, once it does nothing any more."""
        before = await self.ask()
        while True:
            await asyncio.sleep(quiet_s)
            now = await self.ask()
            if now["cpu_s"] - before["cpu_s"] < 0.02 * quiet_s:
                return now
            before = now


def no_uvloop() -> str | None:
    """None, or why nothing can be measured on it."""
    return None if find_spec("uvloop") else "uvloop is not installed"


def no_peers() -> str | None:
    """None, or why the peers cannot be measured."""
    return None if PEERS_PYTHON.exists() else "python-okx and ccxt are not installed: `make bench` does it"
