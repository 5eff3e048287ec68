"""Takes over a changed configuration while the daemon runs, whole or not at all.

Everything that can be refused is made first: the settings, the rules, the senders of the sinks, the
watches of the accounts. Then the change is put in force from the inside out, so that no event meets half
of it: what leaves is stopped, the pipeline changes between two batches, sinks follow, new watches start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import NoReturn

import msgspec
import structlog

from alertd.actions.plans import plans_of
from alertd.alerts.routing import Router
from alertd.clock import Clock
from alertd.config import Settings
from alertd.config.fixed import with_fixed_kept
from alertd.delivering import Deliveries, SinkPlan, sink_plans
from alertd.domain.errors import ConfigError
from alertd.domain.events import ConfigurationState
from alertd.pipeline import Pipeline
from alertd.ruling import Ruling
from alertd.systemd import ServiceManager
from alertd.telemetry import Counters, redact
from alertd.watching import Watches, WatchPlan

log = structlog.get_logger(__name__)


def ruling_of(settings: Settings) -> Ruling:
    """What these settings say about events. Raises: ConfigError."""
    labels = {name: account.labels for name, account in settings.accounts.items()}
    exchanges = {name: account.exchange for name, account in settings.accounts.items()}
    return Ruling.of(
        settings.rules, settings.routes, settings.sinks, labels, exchanges,
        peers=settings.watch_for,
        waking=[name for name, sink in settings.sinks.items() if sink.wakes],
        timezone=settings.timezone,
        inhibit=settings.inhibit,
        longest_silence_s=settings.silences.max_s,
        plans=plans_of(settings.actions, settings.rules, settings.accounts),
    )  # fmt: skip


def critical_sinks_of(settings: Settings) -> dict[str, Sequence[str]]:
    """The sinks of the route for critical news of each account."""
    router = Router(settings.routes, tuple(settings.sinks))
    return {
        name: router.critical_sinks(name, account.exchange, account.labels)
        for name, account in settings.accounts.items()
    }


def sink_plans_of(settings: Settings) -> dict[str, SinkPlan]:
    """How these settings want each sink served."""
    return sink_plans(settings.sinks, settings.language, settings.timezone)


class _Prepared(msgspec.Struct, frozen=True):
    """Everything of a configuration that could be refused, and was not."""

    settings: Settings
    kept: list[str]
    ruling: Ruling
    sinks: dict[str, SinkPlan]
    watches: WatchPlan


class Replaceable(msgspec.Struct, frozen=True, kw_only=True):
    """The running parts that a configuration describes."""

    pipeline: Pipeline
    deliveries: Deliveries
    watches: Watches


class Reloading:
    """Reads the configuration anew whenever `wanted` is set.

    `read` blocks and raises ConfigError; `applied` is told the settings that are in force from now on.
    """

    def __init__(
        self,
        *,
        settings: Settings,
        read: Callable[[], Settings],
        parts: Replaceable,
        applied: Callable[[Settings], None],
        status: Callable[[], str],
        wanted: asyncio.Event,
        clock: Clock,
        manager: ServiceManager,
        counters: Counters,
    ) -> None:
        self._settings = settings
        self._read = read
        self._parts = parts
        self._applied = applied
        self._status = status
        self._wanted = wanted
        self._clock = clock
        self._manager = manager
        self._counters = counters

    async def run(self) -> NoReturn:
        """Reload for ever; what is asked for during a reload is done after it."""
        await self._tell(accepted=True)  # ends what an earlier process told
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            self._manager.reloading(self._clock.monotonic_s())
            problems = await self._reload()
            status = self._status()
            if problems:
                status += "; the changed configuration was refused, the old one is in force"
            self._manager.notify(ready="1", status=status)

    async def _reload(self) -> list[str]:
        """Why the configuration was refused; [] when it is in force."""
        log.info("reloading", config=str(self._settings.config_path))
        try:
            prepared = await self._prepare()
        except ConfigError as refused:
            problems = refused.problems
        except (OSError, ValueError) as exc:  # whatever a file may hold, it must not end the daemon
            problems = [redact(f"{self._settings.config_path}: {exc}")]
        else:
            await self._put_in_force(prepared)
            return []
        for problem in problems:
            log.error("configuration refused, the old one stays in force", problem=problem)
        await self._tell(accepted=False, problems=tuple(problems))
        self._counters.add("config_reloads_total", outcome="refused")
        return problems

    async def _prepare(self) -> _Prepared:
        """Raises: ConfigError; nothing was changed then."""
        settings, kept = with_fixed_kept(self._settings, await asyncio.to_thread(self._read))
        ruling, sinks = ruling_of(settings), sink_plans_of(settings)
        await self._parts.deliveries.check(sinks)
        watches = await self._parts.watches.plan(settings.accounts)
        return _Prepared(settings, kept, ruling, sinks, watches)

    async def _put_in_force(self, prepared: _Prepared) -> None:
        parts = self._parts
        for line in (*prepared.kept, *prepared.settings.warnings):
            log.warning("configuration", note=line)
        await parts.watches.stop(prepared.watches)
        await parts.pipeline.reconfigure(prepared.ruling)
        parts.deliveries.replace(prepared.sinks)
        parts.watches.start(prepared.watches)
        self._settings = prepared.settings
        self._applied(prepared.settings)
        await self._tell(accepted=True)
        self._counters.add("config_reloads_total", outcome="applied")
        log.info(
            "configuration in force", accounts=len(prepared.settings.accounts), sinks=len(prepared.sinks)
        )

    async def _tell(self, *, accepted: bool, problems: tuple[str, ...] = ()) -> None:
        now = self._clock.now()
        self._counters.set("config_reload_success", float(accepted))
        if accepted:
            self._counters.set("config_last_reload_timestamp_seconds", now.timestamp())
        event = ConfigurationState(
            event_id=f"configuration:{now.timestamp():.6f}",
            exchange="",
            account="",
            received_at=now,
            accepted=accepted,
            problems=problems,
        )
        await self._parts.pipeline.put([event])
