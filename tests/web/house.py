"""What the paths show of accounts with given evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from aiohttp.test_utils import TestClient, TestServer

from alertd.alerts.lifecycle import Changes
from alertd.coverage.account import AccountCoverage
from alertd.coverage.judging import Bounds, Evidence
from alertd.coverage.recording import AccountRecord
from alertd.coverage.reporting import Figures, figures
from alertd.domain.command import AnyCommand
from alertd.domain.coverage import Gap
from alertd.store.archive import Archive
from alertd.store.database import Database
from alertd.telemetry import Counters
from alertd.web.auth import ALL_RIGHTS, Caller, Callers
from alertd.web.doors import Doors
from alertd.web.overview import Views
from alertd.web.routes import build
from tests.coverage.evidence import START, at
from tests.web.office import names_of


class State:
    ready = True

    def __init__(self) -> None:
        self.accounts: dict[str, AccountCoverage] = {}
        self.gaps: list[Gap] = []
        self.asked_since: datetime | None = None

    def show(self, name: str, shown: Evidence) -> None:
        """An account with this evidence."""
        one = AccountCoverage(name, "okx", AccountRecord(name, START), START)
        self.gaps = one.judge(shown.sight, tuple(shown.sinks), (), Bounds(), at(10))
        self.accounts[name] = one


async def nobody_obeys(_: AnyCommand) -> Changes:
    return Changes()


async def client(state: State, counters: Counters) -> TestClient:
    async def is_ready() -> bool:
        return state.ready

    async def gauges() -> Mapping[str, float]:
        return {"alerts_open": 2}

    async def found(since: datetime | None) -> Sequence[Figures]:
        state.asked_since = since
        return [figures(name, state.gaps, since or START, at(3600)) for name in state.accounts]

    views = Views(
        counters,
        is_ready,
        gauges,
        now=lambda: at(3600),
        accounts=lambda: state.accounts,
        figures=found,
        doors=Doors(
            now=lambda: at(3600),
            callers=lambda: Callers([("t0ken", Caller("admin", ALL_RIGHTS))]),
            command=nobody_obeys,
            open_alerts=list,
            shown=lambda alert: alert,
            archive=Archive(cast("Database", None)),  # its own tests ask it
            names=names_of,
        ),
        self_watch=lambda: {"canary": {"enabled": True}},
        sinks_moved=one_moved,
        given_up=two_given_up,
        pinged=lambda token: token == "sesame",
    )
    started = TestClient(TestServer(build(views)))
    await started.start_server()
    return started


async def two_given_up() -> dict[str, int]:
    return {"mail": 2}


async def one_moved() -> list[dict[str, object]]:
    return [{"sink": "phone"}]
