"""How the exchange can be told to misbehave: on the connections it has now, and towards those that come.

What concerns open connections is over with them, so a reconnect heals it; what refuses new ones stays until
`heal`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from alertd.simulators.okx import frames
from alertd.simulators.okx.rest_faults import RestFailure, RestFaults
from alertd.simulators.okx.session import Session


@dataclass(frozen=True, slots=True)
class RefusedConnect:
    """What a WebSocket handshake is answered with. `status` 0: TCP is cut instead."""

    status: int = 503
    body: str = ""
    location: str = ""  # where a redirect leads


class Faults:
    """`service` (public, private, business) and `account` (name) narrow most doors; None is all."""

    def __init__(self) -> None:
        self.sessions: list[Session] = []
        self.refused_login: str | None = None
        self.ignored_logins = False
        self.closed_logins: tuple[int, str] | None = None  # close code and reason
        self.refused_subscriptions: dict[str | None, str] = {}  # code by channel; None: any
        self.refused_connects: RefusedConnect | None = None
        self.refused_channels: set[str] = set()
        self.rest_faults = RestFaults()
        self.rest_healed = asyncio.Event()

    def chosen(self, service: str | None = None, account: str | None = None) -> Sequence[Session]:
        """The open connections that fit."""
        return [
            one
            for one in self.sessions
            if service in (None, one.service.value)
            and (account is None or (one.account is not None and one.account.name == account))
        ]

    def drop(self, service: str | None = None, account: str | None = None) -> None:
        """Cuts the TCP connections: no close frame (the client sees 1006)."""
        for one in self.chosen(service, account):
            one.abort()

    def reset(self, service: str | None = None, account: str | None = None) -> None:
        """Cuts the TCP connections with RST, as a firewall or a crashed gateway does."""
        for one in self.chosen(service, account):
            one.reset()

    def close_all(
        self, code: int, reason: str = "", service: str | None = None, account: str | None = None
    ) -> None:
        """Close frames with `code` (1000 to 4999), after what was sent before."""
        _check_close_code(code)
        for one in self.chosen(service, account):
            one.stall(is_stalled=False)
            one.close(code, reason)

    def stall(self, service: str | None = None, account: str | None = None) -> None:
        """Sends nothing more; reads on, keeps the socket open, and forgets nothing."""
        for one in self.chosen(service, account):
            one.stall(is_stalled=True)

    def half_open(self, service: str | None = None, account: str | None = None) -> None:
        """Neither reads nor sends, not even close or pong frames; TCP stays up."""
        for one in self.chosen(service, account):
            one.stall(is_stalled=True)
            one.faults.half_open = True

    def mute(self, channel: str, service: str | None = None, account: str | None = None) -> None:
        """Stops one channel's pushes in silence: it stays acknowledged, pings are answered."""
        for one in self.chosen(service, account):
            one.faults.muted.add(channel)

    def duplicate_pushes(
        self, *, on: bool = True, service: str | None = None, account: str | None = None
    ) -> None:
        """Every push twice."""
        for one in self.chosen(service, account):
            one.faults.duplicate = on

    def reorder_pushes(
        self, *, on: bool = True, service: str | None = None, account: str | None = None
    ) -> None:
        """Every second push overtakes the one before it."""
        for one in self.chosen(service, account):
            one.faults.reorder = on

    def delay(self, seconds: float, service: str | None = None, account: str | None = None) -> None:
        """Every frame waits so long in the queue's head."""
        for one in self.chosen(service, account):
            one.faults.delay_s = float(seconds)

    def inject_text(self, frame: str, service: str | None = None, account: str | None = None) -> int:
        """Sends any text as a frame; returns to how many connections."""
        chosen = self.chosen(service, account)
        for one in chosen:
            one.send(frame)
        return len(chosen)

    def inject_bytes(self, frame: bytes, service: str | None = None, account: str | None = None) -> int:
        """Sends a binary frame."""
        chosen = self.chosen(service, account)
        for one in chosen:
            one.send(frame)
        return len(chosen)

    def malformed(self, service: str | None = None, account: str | None = None) -> int:
        """A push cut off in the middle of its JSON."""
        return self.inject_text(
            '{"arg":{"channel":"positions","instType":"ANY"},"data":[{"pos', service, account
        )

    def oversized(self, size: int, service: str | None = None, account: str | None = None) -> int:
        """A valid push on `account` of `size` bytes."""
        frame = frames.push({"channel": "account"}, [{"details": [], "filler": ""}])
        filled = frame.replace('"filler":""', f'"filler":"{"x" * max(size - len(frame), 0)}"')
        return self.inject_text(filled, service, account)

    def notice(
        self,
        *,
        close_after_s: float | None = 60.0,
        code: str = "64008",
        service: str | None = None,
        account: str | None = None,
    ) -> None:
        """Announces a service upgrade; the connection is closed `close_after_s` later (None: never)."""
        for one in self.chosen(service, account):
            one.send(frames.notice(code, frames.NOTICE, one.conn_id))
            if close_after_s is not None:
                one.close_at_s = asyncio.get_running_loop().time() + float(close_after_s)

    def channel_conn_count_error(
        self, channel: str, *, stays: bool = False, account: str | None = None
    ) -> None:
        """Too many connections: the channel's subscriptions die; `stays`: new ones too, until `heal`."""
        if stays:
            self.refused_channels.add(channel)
        for one in self.chosen(None, account):
            if one.has_channel(channel):
                kept = {sub: due for sub, due in one.subscriptions.items() if sub.channel != channel}
                one.subscriptions = kept
                one.send(frames.connection_count(channel, 30, one.conn_id, refused=True))

    def refuse_login(self, code: str) -> None:
        """Every login from now on is refused with this code."""
        self.refused_login = code

    def close_logins(self, code: int, reason: str = "") -> None:
        """Every login from now on is answered with a close frame and nothing else."""
        _check_close_code(code)
        self.closed_logins = code, reason

    def ignore_logins(self) -> None:
        """No login from now on is answered; pings are."""
        self.ignored_logins = True

    def refuse_subscriptions(self, code: str, channel: str | None = None) -> None:
        """Every subscription from now on (of this channel) is refused with this code."""
        self.refused_subscriptions[channel] = code

    def refuse_connects(self, status: int = 503, body: str = "", location: str = "") -> None:
        """Every WebSocket handshake from now on is refused: with this HTTP status, or (0) by cutting TCP.

        `body`: a gateway's page. `location`: where a redirect (301 to 308) leads.
        """
        self.refused_connects = RefusedConnect(status, body, location)

    def fail_rest(
        self,
        status: int = 503,
        code: str = "50001",
        body: str | None = None,
        *,
        path: str = "",
        after_effect: bool = False,
        times: int | None = None,
    ) -> None:
        """Every REST call from now on fails; `body` replaces the envelope (HTML, nothing, ...).

        `status` 0: the one that belongs to the code. `path`: only calls whose path ends so. `after_effect`:
        what was asked for is done all the same. `times`: only so many calls.
        """
        self._answer_hanging()
        self.rest_faults.add(
            RestFailure(status, str(code), body, path, after_effect=after_effect, times=times)
        )

    def hang_rest(self, *, path: str = "", after_effect: bool = False, times: int | None = None) -> None:
        """REST calls are taken and not answered."""
        self._answer_hanging()
        self.rest_faults.add(RestFailure(path=path, hangs=True, after_effect=after_effect, times=times))

    def cut_rest(self, *, path: str = "", after_effect: bool = False, times: int | None = None) -> None:
        """REST calls are taken, and their connection is reset."""
        self.rest_faults.add(RestFailure(path=path, cuts=True, after_effect=after_effect, times=times))

    def lie(self, page: str, *, times: int | None = None) -> None:
        """A page of copy trading shows what is not so: `list` and `settings` the reverse, `sub_positions`
        no row. `times`: only so many answers, then the truth. Raises: ValueError.
        """
        self.rest_faults.lie(page, times)

    def _answer_hanging(self) -> None:
        self.rest_healed.set()
        self.rest_healed = asyncio.Event()

    def heal(self) -> None:
        """Ends every fault: what was held back is sent, what was refused is accepted again."""
        self.refused_login = self.refused_connects = self.closed_logins = None
        self.rest_faults.clear()
        self.ignored_logins = False
        self._answer_hanging()
        self.refused_channels.clear()
        self.refused_subscriptions.clear()
        for one in self.sessions:
            one.stall(is_stalled=False)
            one.faults.half_open = one.faults.duplicate = one.faults.reorder = False
            one.faults.delay_s = 0.0
            one.faults.muted.clear()


def _check_close_code(code: int) -> None:
    if not 1000 <= code <= 4999:
        raise ValueError(f"a close code lies between 1000 and 4999, not {code}")
