"""Opens the daemon to people: what they may see, and the one way in for what they want."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog

from alertd.alerts import away, drills
from alertd.alerts.lifecycle import Lifecycle
from alertd.clock import Clock
from alertd.config import Settings
from alertd.config.coming import EXCHANGES
from alertd.pipeline import Pipeline
from alertd.store.archive import Archive
from alertd.store.database import Database
from alertd.telemetry import register_secret
from alertd.web.auth import Callers
from alertd.web.doors import Doors
from alertd.web.naming import Names, labels_of
from alertd.web.token import FILE_NAME, kept_token

log = structlog.get_logger(__name__)


async def open_doors(
    settings: Callable[[], Settings],
    pipeline: Pipeline,
    lifecycle: Lifecycle,
    database: Database,
    clock: Clock,
) -> Doors:
    """`settings`: those in force, asked each time: a reload changes who may do what."""
    own = await _own_token(settings().state_dir)

    def callers() -> Callers:
        now = settings()
        token = now.web.token
        return Callers.of(own if token is None else token.get_secret_value(), now.people)

    def names() -> Names:
        now = settings()
        return Names(
            accounts=now.accounts,
            exchanges=EXCHANGES,
            rules={*now.rules, drills.RULE, away.RULE},
            sinks=now.sinks,
            labels=labels_of(account.labels for account in now.accounts.values()),
            open_alerts=lifecycle.open_alerts,
        )

    return Doors(
        now=clock.now,
        callers=callers,
        command=pipeline.command,
        open_alerts=lifecycle.open_alerts,
        shown=lifecycle.shown,
        next_step=lifecycle.next_step,
        archive=Archive(database),
        names=names,
        silences=lifecycle.silences,
        switch=lambda: pipeline.acts.switch,
    )


async def _own_token(folder: Path) -> str | None:
    """For the command line on this machine. Not a reason to end: alerts matter more."""
    try:
        token = await asyncio.to_thread(kept_token, folder)
    except OSError as exc:
        log.warning(
            "no token for the command line: set web.token (a secret)",
            file=str(folder / FILE_NAME),
            problem=exc.strerror,
        )
        return None
    register_secret(token)
    return token
