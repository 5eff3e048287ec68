"""Opens one stream as the daemon would, until every wanted channel is acknowledged, and closes it again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from alertd.clock import Clock
from alertd.domain.errors import AlertdError, ClockRefused, LoginRefused
from alertd.domain.events import Event
from alertd.domain.finding import Finding, Grade
from alertd.exchanges.okx.findings import Wanted, of_refusal
from alertd.exchanges.okx.stream import OkxStream
from alertd.sources.connection import Connection, Endpoint, Traffic
from alertd.sources.protocol import StreamProtocol
from alertd.sources.states import StreamState
from alertd.sources.subscriptions import ChannelState, ChannelStatus
from alertd.telemetry import Cell

READY_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """`offset_s`: the exchange's clock minus ours."""

    stream: str
    wanted: Wanted
    exchange: OkxStream
    endpoint: Endpoint
    clock: Clock
    offset_s: float

    async def run(self, within_s: float = READY_WITHIN_S) -> Finding:
        """What became of it."""
        protocol = StreamProtocol(self.exchange)
        began_s = self.clock.monotonic_s()
        try:
            async with asyncio.timeout(within_s):
                ended_by = await self._until_live(protocol)
        except TimeoutError:
            missing = [channel.channel for channel in protocol.channels().values() if not _is_up(channel)]
            facts = {"seconds": f"{within_s:g}", "channels": ", ".join(missing) or "?"}
            return self._finding("stream_slow", Grade.CRITICAL, **facts)
        if ended_by is not None:
            return self._after(ended_by)
        return self._once_live(protocol, self.clock.monotonic_s() - began_s)

    async def _until_live(self, protocol: StreamProtocol) -> AlertdError | None:
        """None: it is live. Else what ended it."""
        settled = asyncio.Event()
        ended_by: AlertdError | None = None

        async def attend() -> None:
            if protocol.state is StreamState.LIVE:
                settled.set()

        connection = Connection(
            endpoint=self.endpoint,
            protocol=protocol,
            clock=self.clock,
            exchange_time=lambda: self.clock.now() + timedelta(seconds=self.offset_s),
            deliver=_to_nobody,
            attend=attend,
            dialled=lambda _: None,
            traffic=Traffic(Cell(), Cell(), {"": Cell()}),
        )

        async def run() -> None:
            nonlocal ended_by
            try:
                await connection.run()
            except AlertdError as exc:
                ended_by = exc
                settled.set()

        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(run(), name=f"doctor:{self.wanted.account}:{self.stream}")
            await settled.wait()
            running.cancel()
        return ended_by

    def _after(self, ended_by: AlertdError) -> Finding:
        if isinstance(ended_by, LoginRefused | ClockRefused):
            return of_refusal(ended_by.code, ended_by.detail, self.wanted)
        return self._finding("stream_unreachable", Grade.CRITICAL, detail=str(ended_by))

    def _once_live(self, protocol: StreamProtocol, took_s: float) -> Finding:
        channels = protocol.channels()
        refused = [one for one in channels.values() if one.required and one.is_down]
        if refused:
            named = [f"{one.channel} ({one.code} {one.detail})" for one in refused]
            return self._finding("channels_refused", Grade.CRITICAL, channels=", ".join(named))
        up = ", ".join(sorted({one.channel for one in channels.values() if _is_up(one)}))
        return self._finding("stream_ready", Grade.OK, seconds=f"{took_s:.1f}", channels=up)

    def _finding(self, code: str, grade: Grade, **facts: str) -> Finding:
        facts["stream"] = self.stream
        return Finding(code=code, severity=grade, account=self.wanted.account, part=self.stream, facts=facts)


def _is_up(channel: ChannelState) -> bool:
    return channel.status is ChannelStatus.ACKNOWLEDGED


async def _to_nobody(_events: Sequence[Event]) -> None:
    """Doctor looks whether events come, not what they say."""
