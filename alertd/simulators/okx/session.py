"""One WebSocket connection: who is on it, what it subscribed, what stands between a frame and the wire."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.channels import Service, Subscription
from alertd.simulators.okx.limits import Limits, SlidingWindow


@dataclass(frozen=True, slots=True)
class Close:
    """A close frame, in its turn behind the frames before it."""

    code: int
    reason: str = ""


class Wire(Protocol):
    """What the session needs of the socket (aiohttp's WebSocketResponse)."""

    def send_str(self, data: str) -> Awaitable[None]: ...

    def send_bytes(self, data: bytes) -> Awaitable[None]: ...

    def close(self, *, code: int, message: bytes) -> Awaitable[bool]: ...


@dataclass(slots=True)
class Misbehaving:
    """What is wrong with this connection. `muted`: channels that get no push, but stay acknowledged."""

    stalled: bool = False
    half_open: bool = False
    duplicate: bool = False
    reorder: bool = False
    delay_s: float = 0.0
    muted: set[str] = field(default_factory=set)


class Session:
    """Frames go out in order through `run_writer`; nothing here awaits but that."""

    def __init__(
        self,
        service: Service,
        conn_id: str,
        limits: Limits,
        now_s: float,
        *,
        abort: Callable[[], None],
        reset: Callable[[], None],
    ) -> None:
        """`abort` cuts TCP, `reset` does it with RST."""
        self.service = service
        self.conn_id = conn_id
        self.account: Account | None = None
        self.remote = ""  # the client's address
        self.subscriptions: dict[Subscription, float] = {}
        self.requests = SlidingWindow(limits.requests_per_hour, 3600.0)
        self.faults = Misbehaving()
        self.active_at_s = now_s
        self.close_at_s: float | None = None
        self.is_closing = False
        # When each channel was pushed first and last.
        self.first_push_at_s: dict[str, float] = {}
        self.last_push_at_s: dict[str, float] = {}
        self.abort = abort
        self.reset = reset
        self._frames_waiting = limits.frames_waiting
        self._outbox: asyncio.Queue[str | bytes | Close] = asyncio.Queue()
        self._may_send = asyncio.Event()
        self._may_send.set()
        self._held_back: str | None = None

    @property
    def uid(self) -> str | None:
        return None if self.account is None else self.account.uid

    def has_channel(self, channel: str) -> bool:
        return any(one.channel == channel for one in self.subscriptions)

    def send(self, frame: str | bytes) -> None:
        """Answers and events. A client that reads too slowly is closed with 4005."""
        if self.is_closing:
            return
        if self._outbox.qsize() >= self._frames_waiting:
            self.close(4005, "Write buffer full")
            return
        self._outbox.put_nowait(frame)

    def push(self, channel: str, frame: str, now_s: float) -> None:
        """Data of a channel, through what misbehaves on this connection."""
        if channel in self.faults.muted:
            return
        self.first_push_at_s.setdefault(channel, now_s)
        self.last_push_at_s[channel] = now_s
        for one in self._disordered(frame):
            self.send(one)
            if self.faults.duplicate:
                self.send(one)

    def _disordered(self, frame: str) -> list[str]:
        """Reorder: every second push overtakes the one before it."""
        if not self.faults.reorder:
            held, self._held_back = self._held_back, None
            return [frame] if held is None else [held, frame]
        if self._held_back is None:
            self._held_back = frame
            return []
        held, self._held_back = self._held_back, None
        return [frame, held]

    def close(self, code: int, reason: str = "") -> None:
        if not self.is_closing:
            self._outbox.put_nowait(Close(code, reason))
            self.is_closing = True

    def stall(self, *, is_stalled: bool) -> None:
        """Stalled, nothing leaves and nothing is forgotten; the socket stays open."""
        self.faults.stalled = is_stalled
        if is_stalled:
            self._may_send.clear()
        else:
            self._may_send.set()

    async def run_writer(self, wire: Wire) -> None:
        while True:
            frame = await self._outbox.get()
            await asyncio.sleep(self.faults.delay_s)
            await self._may_send.wait()
            if isinstance(frame, Close):
                await wire.close(code=frame.code, message=frame.reason.encode())
                return
            if isinstance(frame, bytes):
                await wire.send_bytes(frame)
            else:
                await wire.send_str(frame)
