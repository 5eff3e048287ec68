from __future__ import annotations

import asyncio
import sys

import pytest

from alertd.cli.loops import loop_factory
from alertd.domain.errors import ConfigError


def module_of(name: str) -> str:
    with asyncio.Runner(loop_factory=loop_factory(name)) as runner:  # type: ignore[arg-type]
        return type(runner.get_loop()).__module__.partition(".")[0]


def test_the_faster_loop_is_taken_where_it_is_installed() -> None:
    pytest.importorskip("uvloop")
    assert (module_of("auto"), module_of("uvloop"), module_of("asyncio")) == ("uvloop", "uvloop", "asyncio")


def test_without_it_the_standard_one_runs_and_asking_for_it_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "uvloop", raising=False)
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "path_importer_cache", {})
    assert module_of("auto") == "asyncio"
    with pytest.raises(ConfigError, match="use --loop asyncio"):
        loop_factory("uvloop")
