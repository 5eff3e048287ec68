"""Tell the service manager how we are: READY, RELOADING, STATUS, WATCHDOG, STOPPING over NOTIFY_SOCKET.

Source: sd_notify(3). No library: the protocol is one datagram of text.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping


class ServiceManager:
    """The service manager's socket; without one every call does nothing."""

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        address = environ.get("NOTIFY_SOCKET", "")
        # A leading @ stands for the NUL byte of an abstract socket.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        self.watchdog_interval_s = _watchdog_interval_s(environ)

    def reloading(self, monotonic_s: float) -> None:
        """The configuration is being read; `notify(ready="1")` ends it. The time is the clock's."""
        self.notify(reloading="1", monotonic_usec=str(int(monotonic_s * 1_000_000)))

    def notify(self, **fields: str) -> None:
        """Send `KEY=value` lines, keys in upper case. A manager that is gone is no failure of ours."""
        if not self._address:
            return
        text = "\n".join(f"{key.upper()}={value}" for key, value in fields.items())
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
            sender.setblocking(False)
            try:
                sender.sendto(text.encode(), self._address)
            except OSError:
                return


def _watchdog_interval_s(environ: Mapping[str, str]) -> float | None:
    """How often to pet the watchdog: half of what the manager allows; None = it does not watch us."""
    pid = environ.get("WATCHDOG_PID")
    if pid is not None and pid != str(os.getpid()):
        return None
    try:
        allowed_us = int(environ.get("WATCHDOG_USEC", ""))
    except ValueError:
        return None
    return allowed_us / 2_000_000 if allowed_us > 0 else None
