"""Tells how a stream stands: one `Coverage` event for each change, and a line in the log."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

import structlog

from alertd.clock import Clock
from alertd.domain.events import Coverage, CoverageState
from alertd.sources.standing import Standing

log = structlog.get_logger(__name__)


class CoverageDesk(Protocol):
    """Where the streams of all accounts hand in how they stand."""

    def began(self, account: str, stream: str) -> None:
        """From now on the stream ought to be watched."""

    async def tell(self, coverage: Coverage) -> None:
        """How it stands now. Returns once that is handed on."""

    def noticed(self, account: str, stream: str) -> None:
        """What it shows may have changed, though it stands as before."""


class CoverageTeller:
    """Of one stream, over all its connections. `standing`: what was told last; `since`: from when on."""

    def __init__(
        self,
        *,
        exchange_name: str,
        account: str,
        service: str,
        clock: Clock,
        desk: CoverageDesk,
    ) -> None:
        self._exchange_name = exchange_name
        self._account = account
        self._service = service
        self._clock = clock
        self._desk = desk
        self._told_times = 0
        self.standing: Standing | None = None
        self.since: datetime | None = None

    @property
    def _log(self) -> Any:
        """Made for each line: what a bound logger keeps, of each of hundreds, is 600 bytes."""
        return log.bind(account=self._account, stream=self._service)

    @property
    def has_told(self) -> bool:
        """Anything, ever."""
        return self.standing is not None

    def begin(self) -> None:
        """From now on the stream ought to be watched."""
        self.since = self._clock.now()
        self._desk.began(self._account, self._service)

    async def tell(self, standing: Standing) -> None:
        """Hand it in, unless it says what was told last.

        Of a blind stream also where only the text is another one: what cut a connection is seldom what
        keeps it from coming back, and whoever is told after the grace time must hear the newest reason.
        """
        before, self.standing = self.standing, standing
        is_news = not standing.says_the_same_as(before)
        is_blind = standing.state is CoverageState.BLIND
        if standing == before or not (is_news or is_blind):
            self._desk.noticed(self._account, self._service)
            return
        now = self._clock.now()
        watched = standing.state is CoverageState.WATCHED
        if watched or self.since is None or (before and before.state is CoverageState.WATCHED):
            self.since = now - timedelta(seconds=standing.silent_s)
        self._told_times += 1
        self._write_log(standing, is_news=is_news)
        await self._desk.tell(self._coverage(standing, now))

    def _coverage(self, standing: Standing, now: datetime) -> Coverage:
        return Coverage(
            event_id=f"coverage:{self._account}:{self._service}:{now.timestamp():.6f}:{self._told_times}",
            exchange=self._exchange_name,
            account=self._account,
            received_at=now,
            stream=self._service,
            state=standing.state,
            cause=standing.cause,
            code=standing.code,
            detail=standing.detail,
            since=self.since,
        )

    def _write_log(self, standing: Standing, *, is_news: bool) -> None:
        if standing.state is CoverageState.WATCHED:
            self._log.info("stream watched")
            return
        why = {"cause": str(standing.cause), "code": standing.code, "detail": standing.detail}
        if is_news:
            self._log.warning(f"stream {standing.state}", **why)
        else:
            self._log.info(f"stream still {standing.state}", **why)
