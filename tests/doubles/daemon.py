"""`alertd run` as a process of its own, as a user starts it."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

# Each start and each stop would be told; who wants to see that switches these on.
OF_ITSELF = ("STARTED", "FINDINGS", "STOPPING", "STOPPING_EXPOSED", "SUMMARY")
SILENT_ABOUT_ITSELF = {f"ALERTD_RULES__{name}__ENABLED": "false" for name in OF_ITSELF}


class Daemon:
    """Starts, kills and restarts the daemon on one configuration, and keeps all it printed."""

    def __init__(
        self,
        config: Path,
        env: dict[str, str],
        wrapper: Sequence[str] = (),
        hear: Callable[[str], object] = lambda _: None,
        command: Sequence[str] = (),
    ) -> None:
        """`wrapper` goes before the command and must `exec` it, so that the process stays the same.

        `hear` is told what is printed, at once. `command`: the module to run and its arguments, instead of
        `alertd run`.
        """
        self._hear = hear
        self.config = config
        self._wrapper = wrapper
        self._command = command or ("alertd", "run", "--config", str(config))
        self.env = {**os.environ, **SILENT_ABOUT_ITSELF, **env}
        self.output = ""
        self._process: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._process and self._process.returncode is None:
            self._process.kill()
        await self._ended()

    async def start(self) -> None:
        """What earlier runs printed is forgotten."""
        self.output = ""
        self._process = await asyncio.create_subprocess_exec(
            *self._wrapper, sys.executable, "-m", *self._command,
            env=self.env, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        self._reader = asyncio.create_task(self._read())

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    async def _read(self) -> None:
        assert self._process
        assert self._process.stdout
        while chunk := await self._process.stdout.read(65536):
            text = chunk.decode()
            self.output += text
            self._hear(text)
            self._changed.set()
        self._changed.set()

    async def wait_for_output(self, pattern: str, timeout_s: float = 30.0) -> re.Match[str]:
        """Until the output holds `pattern`. Raises: AssertionError with all that was printed."""
        try:
            async with asyncio.timeout(timeout_s):
                while not (found := re.search(pattern, self.output)):
                    self._changed.clear()
                    await self._changed.wait()
                return found
        except TimeoutError:
            raise AssertionError(f"no {pattern!r} within {timeout_s} s in:\n{self.output}") from None

    async def kill(self) -> None:
        """As a crash (SIGKILL): no chance to tidy up."""
        assert self._process
        self._process.kill()
        await self._ended()

    @property
    def ended_by(self) -> int:
        """The signal that ended it; 0 where it ended by itself."""
        assert self._process
        return max(0, -(self._process.returncode or 0))

    def hang_up(self) -> None:
        """As the service manager asks for a reload."""
        assert self._process
        self._process.send_signal(signal.SIGHUP)

    async def terminate(self, timeout_s: float = 30.0) -> int:
        """As the service manager stops it; gives the exit code."""
        assert self._process
        self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(timeout_s):
            return await self.wait()

    async def wait(self) -> int:
        assert self._process
        code = await self._process.wait()
        await self._ended()
        return code

    async def _ended(self) -> None:
        if self._process:
            await self._process.wait()
        if self._reader:
            await self._reader
            self._reader = None
