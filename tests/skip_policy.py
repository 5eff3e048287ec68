"""With FAIL_ON_SKIP=1 a skipped test fails the run, unless tests/allowed_skips.txt foresees it.

A check that quietly stops running looks like one that passes. Where tests run in several processes, a skipped
file is reported in these alone: each hands on what it saw.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ALLOWED = Path(__file__).with_name("allowed_skips.txt")
SWITCH = "FAIL_ON_SKIP"
HANDED_ON = "alertd-skips"


@dataclass(frozen=True)
class Skip:
    """A test, or a whole file of tests, that did not run."""

    test_id: str
    reason: str


def read_patterns(text: str) -> list[re.Pattern[str]]:
    """One pattern a line; `*` stands for any text, `#` begins a comment line."""
    lines = (line.strip() for line in text.splitlines())
    wanted = (line for line in lines if line and not line.startswith("#"))
    return [re.compile(".*".join(map(re.escape, line.split("*"))), re.DOTALL) for line in wanted]


def unforeseen(skips: Iterable[Skip], patterns: Iterable[re.Pattern[str]]) -> Iterator[Skip]:
    """Those whose reason and whose id no pattern covers as a whole."""
    known = list(patterns)
    for skip in skips:
        if not any(one.fullmatch(text) for one in known for text in (skip.reason, skip.test_id)):
            yield skip


def skip_of(report: pytest.TestReport | pytest.CollectReport) -> Skip | None:
    """None for what ran, and for what was expected to fail and did."""
    if not report.skipped or hasattr(report, "wasxfail"):
        return None
    said = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return Skip(report.nodeid, said.removeprefix("Skipped: "))


class SkipPolicy:
    """Collects the skips of a run, and judges them at its end."""

    def __init__(self, patterns: Iterable[re.Pattern[str]]) -> None:
        self._patterns = list(patterns)
        self._skips: dict[Skip, None] = {}  # in the order they were seen

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._keep(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._keep(report)

    def _keep(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if skip := skip_of(report):
            self._skips[skip] = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A process of tests has ended (pytest-xdist)."""
        for test_id, reason in getattr(node, "workeroutput", {}).get(HANDED_ON, ()):
            self._skips[Skip(test_id, reason)] = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if (output := getattr(session.config, "workeroutput", None)) is not None:
            output[HANDED_ON] = [(skip.test_id, skip.reason) for skip in self._skips]
            return
        if session.exitstatus == pytest.ExitCode.OK and self._unforeseen():
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not (found := self._unforeseen()):
            return
        terminalreporter.section("skipped, but not allowed to be", red=True, bold=True)
        for skip in found:
            terminalreporter.line(f"{skip.test_id}: {skip.reason}")
        terminalreporter.line(
            f"{SWITCH}=1: the run fails. Give the machine what these tests need, or write the reason and why "
            "it is acceptable into tests/allowed_skips.txt."
        )

    def _unforeseen(self) -> list[Skip]:
        return list(unforeseen(self._skips, self._patterns))


def pytest_configure(config: pytest.Config) -> None:
    """Without the switch nothing is judged."""
    if os.environ.get(SWITCH, "0") not in ("", "0"):
        patterns = read_patterns(ALLOWED.read_text(encoding="utf-8"))
        config.pluginmanager.register(SkipPolicy(patterns), "alertd-skip-policy")
