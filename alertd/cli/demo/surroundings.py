"""What a demo must not touch, or must not be touched by: the screen's peace, the proxy, other folders."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from alertd.telemetry import set_up_logging

_PROXY_EXCEPTIONS = ("no_proxy", "NO_PROXY")


@contextmanager
def logs_in(file: Path) -> Iterator[None]:
    """The daemon's log goes to `file` and not between the lines of the demo."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    with file.open("a", encoding="utf-8", buffering=1) as stream:
        set_up_logging("console", "info", stream)
        try:
            yield
        finally:
            structlog.reset_defaults()
            root.handlers[:] = handlers
            root.setLevel(level)


def last_lines(file: Path, count: int) -> list[str]:
    """The end of a log; nothing where there is none."""
    try:
        return file.read_text(encoding="utf-8", errors="replace").splitlines()[-count:]
    except OSError:
        return []


@contextmanager
def no_proxy() -> Iterator[None]:
    """A proxy of this machine's environment knows nothing of our loopback."""
    before = {name: os.environ.get(name) for name in _PROXY_EXCEPTIONS}
    os.environ.update(dict.fromkeys(_PROXY_EXCEPTIONS, "*"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
