"""What alertd needs on its own side: a configuration, a store that takes what is written, sinks that load."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from alertd.canary.judging import watcher_findings
from alertd.cli.sending import send_to_each
from alertd.clock import Clock
from alertd.config import Settings
from alertd.config.cautions import cautions
from alertd.domain.errors import StoreError
from alertd.domain.events import Findings
from alertd.domain.finding import Finding, Grade
from alertd.domain.notification import Outcome
from alertd.rules.reach import doubtful
from alertd.sinks.choosing import validate
from alertd.store.checkup import StoreFacts, examine

_LOW_BYTES = 500 * 1024 * 1024
_TOO_LOW_BYTES = 50 * 1024 * 1024
_SENT_AS: Mapping[Outcome, tuple[str, Grade]] = {
    Outcome.SENT: ("sink_sent", Grade.OK),
    Outcome.UNKNOWN: ("sink_unproven", Grade.WARNING),
    Outcome.TRANSIENT: ("sink_failed", Grade.CRITICAL),
    Outcome.PERMANENT: ("sink_failed", Grade.CRITICAL),
}


def of_configuration(settings: Settings) -> list[Finding]:
    """What can be said of a configuration that was read; one that cannot be used has ended the command."""
    counts = {name: str(len(getattr(settings, name))) for name in ("accounts", "sinks", "rules")}
    read = Finding(
        code="configuration_read",
        severity=Grade.OK,
        facts={"path": str(settings.config_path), **counts},
    )
    notes = [
        Finding(
            code="configuration_note", severity=Grade.WARNING, part=f"note {number}", facts={"note": note}
        )
        for number, note in enumerate([*settings.warnings, *doubtful(settings.rules), *cautions(settings)], 1)
    ]
    watchers = watcher_findings(
        canary=settings.canary.enabled, dead_man=settings.dead_man.address is not None
    )
    return [read, *notes, *watchers]


async def of_store(settings: Settings) -> list[Finding]:
    """Whether the store can be written, and how much room it has."""
    try:
        facts = await asyncio.to_thread(examine, settings.store.resolved_url(settings.state_dir))
    except StoreError as exc:
        return [Finding(code="store_unusable", severity=Grade.CRITICAL, facts={"detail": str(exc)})]
    return [_store(facts), *_disk(facts)]


def _store(facts: StoreFacts) -> Finding:
    said = {"place": facts.place, "size": _size(facts.size_bytes)}
    if facts.free_bytes is None:
        return Finding(code="store_ready_far", severity=Grade.OK, facts=said)
    code = "store_in_use" if facts.in_use else "store_ready"
    return Finding(code=code, severity=Grade.OK, facts={**said, "free": _size(facts.free_bytes)})


def _disk(facts: StoreFacts) -> list[Finding]:
    free = facts.free_bytes
    if free is None or free >= _LOW_BYTES:
        return []
    grade = Grade.WARNING if free >= _TOO_LOW_BYTES else Grade.CRITICAL
    return [Finding(code="disk_low", severity=grade, facts={"free": _size(free)})]


def _size(count: int) -> str:
    """Bytes as people say them."""
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


async def of_sinks(settings: Settings) -> list[Finding]:
    """Whether the service behind each sink's URL can be loaded."""
    found = []
    for name, sink in settings.sinks.items():
        problem = await asyncio.to_thread(validate, name, sink)
        code, grade = ("sink_unusable", Grade.CRITICAL) if problem else ("sink_loads", Grade.OK)
        facts = {"detail": problem} if problem else {"scheme": sink.scheme}
        found.append(Finding(code=code, severity=grade, part=f"sinks.{name}", facts=facts))
    return found


async def send_to_sinks(settings: Settings, event: Findings, clock: Clock) -> list[Finding]:
    """One real message for each sink: what was found."""
    found = []
    for one in await send_to_each(settings, settings.sinks, event, clock):
        code, grade = _SENT_AS[one.outcome]
        facts = {"detail": one.detail or str(one.outcome)}
        found.append(Finding(code=code, severity=grade, part=f"sinks.{one.sink}", facts=facts))
    return found
