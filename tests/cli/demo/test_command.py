"""`alertd demo` as a user starts it: in a process of its own, in a pipe and on a terminal."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from alertd.cli.demo.command import is_live
from tests.cli.console import CommandLine

DEMO = [sys.executable, "-m", "alertd", "demo"]
ROOT = Path(__file__).parents[3]
ENDS_WITHIN_S = 60.0
STOPS_WITHIN_S = 10.0  # well before a demo would end by itself
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.mark.parametrize(
    ("args", "cure"),
    [
        (["--seconds", "14"], "it takes at least 15"),
        (["--seconds", "nan"], "it takes at least 15"),
        (["--seconds", "4000"], "at most 3600"),
        (["--speed", "0"], "between 0.01 and 10"),
        (["--speed", "1", "--seconds", "20"], "leave out --speed or --seconds"),
        (["--seconds", "soon"], "number"),
        (["--scenario", "boom"], "boom"),
        (["--scenario", "boom"], "'toobit'"),
        (["--language", "fr"], "fr"),
        (["surplus"], "surplus"),
    ],
)
def test_wrong_usage_ends_with_2_and_the_cure(args: list[str], cure: str, alertd: CommandLine) -> None:
    said = alertd("demo", *args)
    assert said.code == 2
    assert cure in " ".join(said.err.split())
    assert said.out == ""


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Nothing of the terminal the tests run in; a proxy that would swallow what leaves loopback's names."""
    kept = {
        name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR", "TERM")
    }
    proxy = "http://127.0.0.1:9"
    return {
        **kept,
        "TMPDIR": str(folder),
        "HTTP_PROXY": proxy,
        "http_proxy": proxy,
        "PYTHONPATH": str(ROOT),
        **more,
    }


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """For temporary files and as the working folder; a demo leaves nothing in it."""
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def running(folder: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Ends what a test started, in any case."""
    processes: list[subprocess.Popen[bytes]] = []
    yield processes
    for process in processes:
        if process.poll() is None:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()


def start(
    running: list[subprocess.Popen[bytes]],
    folder: Path,
    *args: str,
    stdout: int = subprocess.PIPE,
    **env: str,
) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [*DEMO, *args], stdin=stdout if stdout >= 0 else None, stdout=stdout, stderr=subprocess.STDOUT,
        env=environment(folder, **env), cwd=folder, start_new_session=True,
    )  # fmt: skip
    running.append(process)
    return process


def test_in_a_pipe_it_prints_lines_as_things_happen_and_ends_with_0(
    running: list[subprocess.Popen[bytes]], folder: Path
) -> None:
    began_s = time.monotonic()
    process = start(running, folder, "--seconds", "20")
    assert process.stdout is not None
    came: list[tuple[float, str]] = []
    for line in process.stdout:
        came.append((time.monotonic() - began_s, line.decode().rstrip()))
    assert process.wait(ENDS_WITHIN_S) == 0
    ended_s = time.monotonic() - began_s
    text = "\n".join(line for _, line in came)
    assert "\x1b" not in text
    assert "Not affiliated with OKX or Toobit." in came[1][1]
    assert 10 < ended_s < 40  # 20, and whatever else this machine does

    def at(part: str) -> float:
        return next(at_s for at_s, line in came if part in line)

    moments = [at(f"step {number}/12") for number in range(1, 13)]
    assert moments == sorted(moments)
    assert moments[-1] - moments[0] > 5
    assert moments[1] < at(">>> WARNING BTC-USDT-SWAP long: buffer") < at("OKX warns, ratio") < ended_s - 5
    assert at("private stream is down") < at("private stream is live again after") < moments[10]
    assert "alertd's first warning arrived " in text
    assert text.endswith("All 10 expected notifications were delivered.")
    assert "Delivered, but not expected" not in text
    for name in ("OKX's own warning", "lead trade failed, infoType 3", "liquidation, BTC-USDT-SWAP"):
        row = next(line for _, line in came if line.startswith(name))
        assert " yes " in row
        assert row.endswith(" ms")


def test_a_leaders_bad_day_at_toobit_is_told_whole(
    running: list[subprocess.Popen[bytes]], folder: Path
) -> None:
    process = start(running, folder, "--scenario", "toobit", "--seconds", "25", "--language", "en")
    out, _ = process.communicate(timeout=2 * ENDS_WITHIN_S)
    text = out.decode()
    assert process.returncode == 0, text
    assert text.startswith("alertd demo: a simulated Toobit")
    assert text.rstrip().endswith("All 10 expected notifications were delivered.")
    assert [f"step {number}/8" in text for number in range(1, 9)] == [True] * 8
    for name in ("leader adds to a loser", "followers leave", "leader stops leading"):
        row = next(line for line in text.splitlines() if line.startswith(name))
        assert " yes " in row
    assert "(dup?)" not in text


@dataclass
class Terminal:
    """A pseudo-terminal of 80 by 24. `near` is the side of the program."""

    far: int
    near: int

    def read(self, process: subprocess.Popen[bytes], until: str = "") -> str:
        """What is shown until the program ends, or until it shows `until`."""
        seen = b""
        ends_at_s = time.monotonic() + ENDS_WITHIN_S
        while time.monotonic() < ends_at_s and not (until and until in seen.decode(errors="replace")):
            if select.select([self.far], [], [], 0.1)[0]:
                seen += os.read(self.far, 65_536)
            elif process.poll() is not None:
                break
        return seen.decode(errors="replace")


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    far, near = pty.openpty()
    fcntl.ioctl(near, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    yield Terminal(far, near)
    os.close(far)
    os.close(near)


def test_on_a_terminal_it_draws_and_ends_with_the_summary(
    running: list[subprocess.Popen[bytes]], folder: Path, terminal: Terminal
) -> None:
    process = start(running, folder, "--seconds", "15", stdout=terminal.near, TERM="xterm-256color")
    shown = terminal.read(process)
    assert process.wait(ENDS_WITHIN_S) == 0
    text = ESCAPES.sub("", shown)
    assert text.count("Margin ratio") > 20
    assert "private live" in text
    assert "private DOWN" in text
    assert re.search(r"\d+ of 15 s", text)
    assert "\x1b[1;31m" in shown  # critical alerts are red
    *_, last = text.strip().splitlines()
    assert last.strip() == "All 10 expected notifications were delivered."
    assert "Margin ratio" not in text[text.index("What was expected") :]
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")  # the cursor is back


@pytest.mark.parametrize(
    ("is_terminal", "environ", "wanted"),
    [
        (True, {"TERM": "xterm"}, True),
        (False, {"TERM": "xterm"}, False),
        (True, {"TERM": "xterm", "NO_COLOR": ""}, False),
        (True, {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (True, {"TERM": "dumb"}, False),
        (True, {"TERM": "unknown"}, False),
        (True, {"TERM": ""}, False),
        (True, {}, False),
    ],
)
def test_where_the_view_is_drawn(is_terminal: bool, environ: dict[str, str], wanted: bool) -> None:
    console = Console(file=io.StringIO(), force_terminal=is_terminal, _environ=environ)
    assert is_live(console, environ) is wanted


def test_a_terminal_without_colour_gets_lines(
    running: list[subprocess.Popen[bytes]], folder: Path, terminal: Terminal
) -> None:
    process = start(running, folder, "--seconds", "60", stdout=terminal.near, TERM="xterm", NO_COLOR="1")
    shown = terminal.read(process, until="step 1/12")
    assert "Margin ratio" not in shown
    assert "\x1b[?25l" not in shown
    stop(process, signal.SIGINT, 130)


def stop(process: subprocess.Popen[bytes], number: int, code: int) -> None:
    process.send_signal(number)
    assert process.wait(STOPS_WITHIN_S) == code


@pytest.mark.parametrize(
    ("number", "code", "after"),
    [(signal.SIGINT, 130, "Starting"), (signal.SIGTERM, 143, "Starting"), (signal.SIGINT, 130, "step 2/12")],
)
def test_a_signal_ends_it_cleanly_and_soon(
    number: int, code: int, after: str, running: list[subprocess.Popen[bytes]], folder: Path
) -> None:
    process = start(running, folder, "--seconds", "15")
    assert process.stdout is not None
    next(line for line in process.stdout if after in line.decode())
    stop(process, number, code)
    rest = process.stdout.read().decode()
    assert rest.endswith("Interrupted.\n")
    assert "Traceback" not in rest


def test_a_signal_gives_the_terminal_back(
    running: list[subprocess.Popen[bytes]], folder: Path, terminal: Terminal
) -> None:
    process = start(running, folder, "--seconds", "60", stdout=terminal.near, TERM="xterm-256color")
    shown = terminal.read(process, until="step 1/12")
    stop(process, signal.SIGINT, 130)
    shown += terminal.read(process)
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")
    assert "Interrupted." in shown
