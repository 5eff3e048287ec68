"""What systemd does with NOTIFY_SOCKET: takes datagrams, and drops those that come from another process."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid
_LARGEST = 65_536


@dataclass(frozen=True)
class Notice:
    """One datagram: its `KEY=value` lines, who sent it and when (monotonic seconds)."""

    fields: dict[str, str]
    pid: int
    at_s: float


class NotifySocket:
    """A manager with `Type=notify`, `NotifyAccess=main`. `watchdog_s`: the unit's WatchdogSec."""

    def __init__(self, folder: Path, *, is_abstract: bool = False, watchdog_s: float = 2.0) -> None:
        self._address = f"\0alertd-test-{os.getpid()}-{id(self)}" if is_abstract else str(folder / "notify")
        self.watchdog_s = watchdog_s
        self.notices: list[Notice] = []
        self._changed = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._socket.bind(self._address)
        asyncio.get_running_loop().add_reader(self._socket, self._take)
        return self

    async def __aexit__(self, *_: object) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    @property
    def env(self) -> dict[str, str]:
        return {
            "NOTIFY_SOCKET": self._address.replace("\0", "@"),
            "WATCHDOG_USEC": str(int(self.watchdog_s * 1_000_000)),
        }

    @property
    def wrapper(self) -> tuple[str, ...]:
        """Goes before a command: WATCHDOG_PID must be its own process id."""
        return ("/bin/sh", "-c", 'WATCHDOG_PID=$$ exec "$@"', "sh")

    def _take(self) -> None:
        data, ancillary, _, _ = self._socket.recvmsg(_LARGEST, socket.CMSG_SPACE(_CREDENTIALS.size))
        ((_, _, credentials),) = ancillary
        fields = dict(line.split("=", 1) for line in data.decode().splitlines())
        self.notices.append(Notice(fields, _CREDENTIALS.unpack(credentials)[0], time.monotonic()))
        self._changed.set()

    def told(self, key: str) -> list[Notice]:
        return [notice for notice in self.notices if key in notice.fields]

    async def wait_for(self, holds: Callable[[list[Notice]], bool], timeout_s: float = 20.0) -> None:
        """Until `holds` is true of all notices. Raises: AssertionError with what came instead."""
        try:
            async with asyncio.timeout(timeout_s):
                while not holds(self.notices):
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            came = [notice.fields for notice in self.notices]
            raise AssertionError(f"not within {timeout_s} s; got {came}") from None

    async def wait_for_field(self, key: str, value: str, timeout_s: float = 20.0) -> Notice:
        """The first notice with that line."""
        wanted = (key, value)
        await self.wait_for(lambda all_: any(wanted in one.fields.items() for one in all_), timeout_s)
        return next(one for one in self.notices if wanted in one.fields.items())
