"""Covers alertd/config/fixed.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from alertd.config import Settings
from alertd.config.fixed import with_fixed_kept

TABLES: dict[str, Any] = {
    "store": {"url": "sqlite:///alertd.db"},
    "web": {"port": 8787},
}


def made(**tables: Any) -> Settings:
    settings = Settings(**{**TABLES, **tables})
    settings._state_dir = Path("/state")
    return settings


@pytest.mark.parametrize(
    ("tables", "kept"),
    [
        ({}, []),
        ({"store": {"url": "sqlite:////state/alertd.db"}}, []),
        ({"store": {"url": "postgresql://u:hidden@host/name"}}, ["store.url"]),
        ({"web": {"port": 9}}, ["web.port"]),
        ({"web": {"host": "0.0.0.0", "port": 9, "token": "t"}}, ["web.host", "web.port"]),
    ],
)
def test_what_the_daemon_stands_on_stays(tables: dict[str, Any], kept: list[str]) -> None:
    old = made()
    fitted, lines = with_fixed_kept(old, made(**tables))
    assert [line.partition(":")[0] for line in lines] == kept
    assert "hidden" not in str(lines)
    assert fitted.store.url == old.store.url
    assert (fitted.web.host, fitted.web.port) == (old.web.host, old.web.port)


def test_the_rest_is_new() -> None:
    new = made(
        language="zh",
        log={"level": "debug"},
        web={"token": "t"},
        store={"retention_days": 3, **TABLES["store"]},
    )
    fitted, _ = with_fixed_kept(made(), new)
    assert (fitted.language, fitted.log.level, fitted.store.retention_days) == ("zh", "debug", 3)
    assert fitted.web.token == new.web.token
    assert fitted.state_dir == Path("/state")
