"""The daemon as a process: logging, signals, and the exit codes of the contract."""

from __future__ import annotations

import asyncio
import gc
import signal
from collections.abc import Callable, Iterator

import structlog
from pydantic import BaseModel, SecretStr

from alertd.app import App
from alertd.config import Settings
from alertd.domain.errors import AlertdError, ConfigError, StoreError
from alertd.telemetry import register_secret, set_up_logging

log = structlog.get_logger(__name__)

# With Python's own thresholds all that lives is looked through again and again while alerts come in: 40 to
# 80 ms each time during which nothing is read or sent. Often and little: what is young is looked through in
# 3 ms (five times 3,000 took 8, ten times 5,000 20 to 40), what lives long after millions of objects only.
_COLLECT_AFTER = (1_000, 4, 1_200)


async def run_daemon(
    settings: Settings, on_first_start: Callable[[], None], read: Callable[[], Settings]
) -> int:
    """The daemon until SIGTERM or SIGINT; gives the exit code of the contract. SIGHUP: `read` anew."""
    _set_up(settings)
    gc.set_threshold(*_COLLECT_AFTER)
    gc.freeze()  # what was imported is no garbage, and the first look through it would hold up the start
    gc.enable()
    app = App(settings, on_first_start=on_first_start, read=read, on_reload=_set_up, on_ready=gc.freeze)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, app.stop.set)
    loop.add_signal_handler(signal.SIGHUP, app.reload.set)
    try:
        await app.run()
    except (AlertdError, ExceptionGroup) as exc:
        return _report_end(exc)
    log.info("stopped")
    return 0


def _set_up(settings: Settings) -> None:
    set_up_logging(settings.log.format, settings.log.level)
    for secret in _secrets(settings):
        register_secret(secret)


def _report_end(exc: Exception) -> int:
    """Say once why the daemon ends. 2: the configuration is to blame; 1: anything else."""
    known = list(_leaves(exc))
    for problem in (line for leaf in known if isinstance(leaf, ConfigError) for line in leaf.problems):
        log.error("configuration refused", problem=problem)
    if any(isinstance(leaf, ConfigError) for leaf in known):
        return 2
    for leaf in known:
        expected = isinstance(leaf, StoreError)
        log.error("ended", reason=str(leaf), kind=type(leaf).__name__, exc_info=None if expected else leaf)
    return 1


def _leaves(exc: BaseException) -> Iterator[BaseException]:
    if isinstance(exc, BaseExceptionGroup):
        for inner in exc.exceptions:
            yield from _leaves(inner)
    else:
        yield exc


def _secrets(model: BaseModel) -> Iterator[str]:
    """Every secret text of the configuration, at any depth."""
    for _, value in model:
        items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else (value,)
        for item in items:
            if isinstance(item, SecretStr):
                yield item.get_secret_value()
            elif isinstance(item, BaseModel):
                yield from _secrets(item)
