"""The paths for people on a real store, with a pipeline that obeys everything unless told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

from alertd.alerts.acknowledging import NoSuchAlert
from alertd.alerts.lifecycle import Changes
from alertd.domain.alert import Alert
from alertd.domain.command import Acknowledge, AnyCommand, CommandRefused
from alertd.domain.people import Right
from alertd.store.archive import Archive
from alertd.store.database import Database
from alertd.telemetry import Counters
from alertd.web.auth import ALL_RIGHTS, Caller, Callers
from alertd.web.doors import Doors
from alertd.web.naming import Names
from alertd.web.overview import Views
from alertd.web.routes import build
from tests.store.samples import NOW

ADMIN = {"Authorization": "Bearer admins-own-token"}
ANNA = {"Authorization": "Bearer annas-own-token"}
VIEWER = {"Authorization": "Bearer viewers-own-token"}
WRITER = {"Authorization": "Bearer writers-own-token"}
BEN = {"Authorization": "Bearer bens-own-token"}
CARA = {"Authorization": "Bearer caras-own-token"}
WRONG = {"Authorization": "Bearer nobodys-own-token"}
AFAR = {"Host": "alertd.example"}  # as a browser of another machine would ask


def callers() -> Callers:
    return Callers(
        [
            ("admins-own-token", Caller("admin", ALL_RIGHTS)),
            ("annas-own-token", Caller("anna", frozenset({Right.READ, Right.ACK}))),
            ("viewers-own-token", Caller("vera", frozenset({Right.READ}))),
            ("writers-own-token", Caller("will", frozenset({Right.ACK}))),
            ("bens-own-token", Caller("ben", frozenset({Right.READ, Right.APPROVE}))),
            ("caras-own-token", Caller("cara", frozenset({Right.READ, Right.APPROVE}))),
        ]
    )


class Office:
    """`obeyed`: the commands that were handed on. `open`: the alerts the life cycle has."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.open: list[Alert] = []
        self.obeyed: list[AnyCommand] = []
        self.refusal: CommandRefused | None = None
        self.unknown: set[str] = set()
        self.changes = Changes()

    def doors(self) -> Doors:
        return Doors(
            now=lambda: NOW,
            callers=callers,
            command=self._command,
            open_alerts=lambda: self.open,
            shown=lambda alert: alert,
            archive=Archive(self.database),
            names=lambda: names_of(lambda: self.open),
            next_step=lambda _: NOW + timedelta(seconds=120),
        )

    async def _command(self, command: AnyCommand) -> Changes:
        await asyncio.sleep(0)
        if isinstance(command, Acknowledge) and (unknown := self.unknown & {*command.alerts}):
            raise NoSuchAlert(unknown.pop(), "no alert is open")
        if self.refusal is not None:
            raise self.refusal
        self.obeyed.append(command)
        return self.changes

    async def store(self, alerts: Iterable[Alert], *told: Any) -> None:
        await self.database.commit(list(alerts), told, NOW)


def names_of(open_alerts: Callable[[], Collection[Alert]] = tuple) -> Names:
    return Names(
        accounts=["main", "spare"],
        exchanges=["okx", "toobit"],
        rules=["margin_ratio", "buffer_used"],
        sinks=["phone", "mail"],
        labels={"owner": {"anna"}},
        open_alerts=open_alerts,
    )


@asynccontextmanager
async def office(folder: Path, kind: type[Office] = Office) -> AsyncIterator[tuple[Office, TestClient]]:
    """The office, and somebody at this machine who asks it."""
    database = await Database.open(f"sqlite:///{folder / 'alertd.db'}")
    await database.load()
    shown = kind(database)
    client = TestClient(TestServer(build(views_of(shown.doors()))))
    try:
        async with client:
            yield shown, client
    finally:
        await database.close()


def views_of(doors: Doors, **more: Any) -> Views:
    async def ready() -> bool:
        return True

    async def gauges() -> dict[str, float]:
        return {"alerts_open": 2}

    async def figures(_: datetime | None) -> list[Any]:
        return []

    usual: dict[str, Any] = {
        "counters": Counters(),
        "is_ready": ready,
        "gauges": gauges,
        "now": doors.now,
        "accounts": dict,
        "figures": figures,
    }
    return Views(**(usual | more), doors=doors)
