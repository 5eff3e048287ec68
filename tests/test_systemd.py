"""Covers alertd/systemd.py."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from alertd.systemd import ServiceManager


@pytest.fixture(params=["path", "abstract"])
def manager_socket(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    name = str(tmp_path / "notify") if request.param == "path" else f"@alertd-test-{os.getpid()}"
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    receiver.bind(name.replace("@", "\0", 1) if name.startswith("@") else name)
    receiver.settimeout(5)
    yield receiver, name
    receiver.close()


def test_fields_arrive_as_one_datagram(manager_socket: tuple[socket.socket, str]) -> None:
    receiver, name = manager_socket
    ServiceManager({"NOTIFY_SOCKET": name}).notify(ready="1", status="watching 2 accounts")
    assert receiver.recv(1024) == b"READY=1\nSTATUS=watching 2 accounts"


def test_a_reload_carries_its_time(manager_socket: tuple[socket.socket, str]) -> None:
    receiver, name = manager_socket
    ServiceManager({"NOTIFY_SOCKET": name}).reloading(12.345678)
    assert receiver.recv(1024) == b"RELOADING=1\nMONOTONIC_USEC=12345678"


def test_without_a_manager_nothing_is_sent_and_nothing_fails() -> None:
    ServiceManager({}).notify(ready="1")
    ServiceManager({"NOTIFY_SOCKET": "/nowhere/notify"}).notify(ready="1")


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "4000000"}, 2.0),
        ({"WATCHDOG_USEC": "4000000", "WATCHDOG_PID": str(os.getpid())}, 2.0),
        ({"WATCHDOG_USEC": "4000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "x"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
    ],
)
def test_the_watchdog_is_petted_twice_as_often_as_asked(environ: dict[str, str], expected: float) -> None:
    assert ServiceManager(environ).watchdog_interval_s == expected
