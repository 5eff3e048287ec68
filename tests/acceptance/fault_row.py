"""Faults one after the other against one daemon, with the times of each: noticed, told, healed or parked.

The daemon is seen from outside only: by its log, its webhook, its store, and who is connected.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import BUSINESS, PRIVATE, Gate, Hook, port_of, until
from tests.doubles.certificates import Certificates

BOTH = ("private", "business")
NOWHERE = "okx.invalid"  # a name that is reserved for not existing (RFC 2606)


def now_s() -> float:
    return asyncio.get_running_loop().time()


@dataclass(frozen=True)
class Record:
    """A line of the daemon's log, and when it was seen."""

    at_s: float
    said: dict[str, Any]

    def is_about(self, event: str, stream: str | None = None) -> bool:
        return self.said.get("event") == event and stream in (None, self.said.get("stream"))


@dataclass
class Log:
    """Stands where a daemon's output goes; what is no JSON is left out."""

    records: list[Record] = field(default_factory=list)
    _rest: str = ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        self.records += [Record(now_s(), json.loads(line)) for line in lines if line.startswith("{")]
        return len(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False

    def since(self, at_s: float, event: str, stream: str | None = None) -> Iterator[Record]:
        return (one for one in self.records if one.at_s >= at_s and one.is_about(event, stream))

    def first(self, at_s: float, event: str, stream: str | None = None) -> Record | None:
        return next(self.since(at_s, event, stream), None)


class Subject(Protocol):
    """The daemon under test."""

    log: Log

    async def reload(self, **account: Any) -> None:
        """Put these keys of its account in force."""

    def open_alerts(self) -> int:
        """In its store."""


@dataclass
class Stage:
    """What stands around the daemon. `hurry` changes the speed of time, where it can be changed."""

    okx: OkxSimulator
    gate: Gate
    certificates: Certificates
    hook: Hook
    daemon: Subject
    hurry: Callable[[float], None]
    streams: tuple[str, ...] = BOTH
    healthy_after_s: float = 61.0  # then the waits between two dials begin anew
    untried_s: float = 200.0  # longer than any wait between two dials

    def urls(self, host: str | None = None) -> dict[str, str]:
        """The account's endpoints for its streams; through the gate, or somewhere else."""
        at = host or f"127.0.0.1:{self.gate.port}"
        return {f"{one}_ws_url": f"wss://{at}/ws/v5/{one}" for one in BOTH}

    def is_complete(self) -> bool:
        """The exchange feeds every wanted subscription once, and the daemon last said that it watches."""

        def fed(service: str) -> list[str]:
            sessions = self.okx.chosen(service, "main")
            return sorted(one.channel for session in sessions for one in session.subscriptions)

        wanted = {"private": sorted(PRIVATE), "business": sorted(BUSINESS)}
        return all(fed(one) == wanted[one] and self.stands_since(one) is not None for one in self.streams)

    def stands_since(self, stream: str) -> float | None:
        """Since when it is watched; None: it is not."""
        for one in reversed(self.daemon.log.records):
            if one.is_about("stream watched", stream):
                return one.at_s
            if any(one.is_about(event, stream) for event in ("stream blind", "stream degraded")):
                return None
            if one.is_about("account watched anew"):
                return None
        return None

    def standing(self) -> str:
        lines = [f"{one.at_s:.1f} {one.said}" for one in self.daemon.log.records[-12:]]
        return "\n".join([*lines, *self.hook.texts[-3:]])


Deed = Callable[[Stage], object]


@dataclass(frozen=True)
class Fault:
    """`end` None: it is over with the connections it has hit. `says`: what the daemon's log must hold.

    `parks`: the account is not tried again until a reload; else it heals.
    """

    name: str
    begin: Deed
    says: str
    end: Deed | None = None
    parks: bool = False


def dropping(deed: Callable[[OkxSimulator], object]) -> Deed:
    """What concerns new connections only, and then all that stand are cut."""

    def begin(stage: Stage) -> None:
        deed(stage.okx)
        stage.okx.drop()

    return begin


def showing(deed: Callable[[Certificates], object]) -> Deed:
    def begin(stage: Stage) -> None:
        deed(stage.certificates)
        stage.okx.drop()

    return begin


def heal(stage: Stage) -> None:
    stage.okx.heal()


async def heal_and_reload(stage: Stage) -> None:
    """Whoever corrected his key reloads."""
    stage.okx.heal()
    await stage.daemon.reload()


def show_right(stage: Stage) -> None:
    stage.certificates.show_right()


def flow(stage: Stage) -> None:
    stage.gate.reset()
    stage.gate.flow()


async def stop_server(stage: Stage) -> None:
    stage.gate.shut()
    await stage.okx.stop()


async def start_server(stage: Stage) -> None:
    await stage.okx.start(port=port_of(stage.okx))
    await stage.gate.open()


async def lose_name(stage: Stage) -> None:
    await stage.daemon.reload(**stage.urls(NOWHERE))


async def find_name(stage: Stage) -> None:
    await stage.daemon.reload(**stage.urls())


def delete_key(stage: Stage) -> None:
    stage.okx.refuse_login("60032")
    stage.okx.close_all(4007, "API key is updated or deleted")


def elsewhere(okx: OkxSimulator) -> None:
    okx.refuse_connects(302, location="https://www.okx.com/maintenance")


PAGE = "<html><body><h1>502 Bad Gateway</h1></body></html>"
DELETED = "API key is updated or deleted"


def closing(code: int, reason: str = "") -> Deed:
    return lambda stage: stage.okx.close_all(code, reason)


def closing_logins(code: int, reason: str = "") -> Deed:
    return dropping(lambda okx: okx.close_logins(code, reason))


HALF_OPEN = Fault("half open: TCP stands, nothing comes", lambda one: one.okx.half_open(), "Connected, but")
RESET = Fault("reset (RST)", lambda one: one.gate.reset(), "")
RESTART = Fault("server restarts", stop_server, "Cannot connect", start_server)
NO_NAME = Fault("name does not resolve", lose_name, NOWHERE, find_name)
UNTRUSTED = Fault(
    "certificate of an unknown authority", showing(Certificates.show_untrusted), "certificate", show_right
)
SILENT_FOR_30_S = Fault("closed with 4004", closing(4004, "No data received in 30s."), "4004")
REDIRECT = Fault("handshake answered by a redirect", dropping(elsewhere), "not followed", heal)
GATEWAY = Fault(
    "handshake answered by HTML, 502", dropping(lambda okx: okx.refuse_connects(502, PAGE)), "HTTP 502", heal
)

ROW: Sequence[Fault] = (
    HALF_OPEN,
    Fault("no byte passes any more", lambda one: one.gate.silence(), "No connection within", flow),
    RESET,
    RESTART,
    NO_NAME,
    UNTRUSTED,
    Fault("certificate expired", showing(Certificates.show_expired), "expired", show_right),
    Fault("certificate of another name", showing(Certificates.show_other_name), "mismatch", show_right),
    SILENT_FOR_30_S,
    Fault("closed with 4005", closing(4005, "Write buffer full"), "4005"),
    Fault("closed with 4007, the key still works", closing(4007, DELETED), "4007"),
    Fault("4004 instead of the login's answer", closing_logins(4004), "4004", heal),
    Fault("4005 instead of the login's answer", closing_logins(4005), "4005", heal),
    Fault("4001 instead of the login's answer", closing_logins(4001), "4001", heal),
    Fault("login never answered", dropping(OkxSimulator.ignore_logins), "No answer to the login", heal),
    Fault("60014 at login", dropping(lambda okx: okx.refuse_login("60014")), "60014", heal),
    Fault("60014 to subscriptions", dropping(lambda okx: okx.refuse_subscriptions("60014")), "60014", heal),
    REDIRECT,
    GATEWAY,
    Fault(
        "4007 instead of the login's answer",
        closing_logins(4007, DELETED),
        "4007",
        heal_and_reload,
        parks=True,
    ),
    Fault("closed with 4007, the key is deleted", delete_key, "doesn't exist", heal_and_reload, parks=True),
)
# Every one that is about the transport, where two event loops could differ.
TRANSPORT = (HALF_OPEN, RESET, RESTART, NO_NAME, UNTRUSTED, REDIRECT, GATEWAY, SILENT_FOR_30_S)


@dataclass(frozen=True)
class Times:
    """Seconds since the fault began; None: it did not come to that."""

    fault: Fault
    noticed_s: float
    told_s: float | None
    parked_s: float | None
    over_s: float | None  # when it was ended from outside
    healed_s: float
    dials: int  # while it lasted; where it ends by itself, until it was healed
    detail: str


# Seconds of the daemon in one of ours, where they can be hurried: while streams stand, while they settle
# down, and while there is none that could look silent.
SLOW, FAST, FASTEST = 20, 60, 100


async def suffer(stage: Stage, fault: Fault) -> Times:
    """One fault from its beginning until all is well again."""
    began_s, dials = now_s(), len(stage.gate.dialled_at)
    await _do(fault.begin, stage)
    noticed_s = await _noticed(stage, began_s)
    stage.hurry(FASTEST)
    over_s = parked_s = None
    if fault.parks:
        parked_s = await _parked(stage, began_s)
    if fault.end is not None:
        await until(lambda: _told_s(stage, began_s) is not None, stage.standing, real_s=100)
        stage.hurry(SLOW)
        over_s = now_s()
        await _do(fault.end, stage)
    dialled = len(stage.gate.dialled_at) - dials
    stage.hurry(FAST)
    await until(stage.is_complete, stage.standing, real_s=100)
    return Times(
        fault=fault,
        noticed_s=noticed_s - began_s,
        told_s=_told_s(stage, began_s),
        over_s=None if over_s is None else over_s - began_s,
        parked_s=None if parked_s is None else parked_s - began_s,
        healed_s=max(filter(None, map(stage.stands_since, stage.streams))) - began_s,
        dials=dialled if fault.end else len(stage.gate.dialled_at) - dials,
        detail=_detail(stage, fault, began_s),
    )


async def settle(stage: Stage) -> None:
    """Until what was told has ended, and every stream has stood long enough to count as healthy."""

    def is_settled() -> bool:
        since = [at_s for at_s in map(stage.stands_since, stage.streams) if at_s is not None]
        is_long = len(since) == len(stage.streams) and now_s() - max(since) > stage.healthy_after_s
        return is_long and stage.is_complete() and stage.daemon.open_alerts() == 0

    stage.hurry(FAST)
    await until(is_settled, stage.standing, real_s=100)
    stage.hurry(SLOW)


async def _do(deed: Deed, stage: Stage) -> None:
    doing = deed(stage)
    if isinstance(doing, Awaitable):
        await doing


async def _noticed(stage: Stage, began_s: float) -> float:
    """When the daemon knew of every stream that it sees nothing there."""
    log = stage.daemon.log

    def noticed() -> list[Record]:
        found = (log.first(began_s, "stream blind", stream) for stream in stage.streams)
        return [one for one in found if one is not None]

    await until(lambda: len(noticed()) == len(stage.streams), stage.standing, real_s=100)
    return max(one.at_s for one in noticed())


async def _parked(stage: Stage, began_s: float) -> float:
    """When, and that nothing is dialled after it, whatever time passes."""
    await until(lambda: stage.daemon.log.first(began_s, "account parked"), stage.standing)
    parked = stage.daemon.log.first(began_s, "account parked")
    assert parked is not None
    dials, wait_until_s = len(stage.gate.dialled_at), now_s() + stage.untried_s
    await until(lambda: now_s() > wait_until_s, real_s=100)
    assert len(stage.gate.dialled_at) == dials
    return parked.at_s


def _told_s(stage: Stage, began_s: float) -> float | None:
    """How long until somebody was told, if at all: faults that are over sooner are nobody's trouble."""
    for at_s, text in zip(stage.hook.arrived_at, stage.hook.texts, strict=False):
        if at_s >= began_s and ("WARNING" in text or "CRITICAL" in text):
            return at_s - began_s
    return None


def _detail(stage: Stage, fault: Fault, began_s: float) -> str:
    """The reason as the daemon gave it. Raises: AssertionError where it never named it."""
    log = stage.daemon.log
    events = ("stream blind", "stream still blind", "stream degraded")
    reasons = [str(one.said["detail"]) for event in events for one in log.since(began_s, event)]
    found = [text for text in reasons if fault.says in text]
    assert found, f"{fault.name}: {fault.says!r} is not in {reasons}"
    return found[-1]


def table(times: Sequence[Times]) -> str:
    """Aligned, for a terminal: seconds since each fault began."""

    def seconds(at_s: float | None) -> str:
        return "-" if at_s is None else f"{at_s:.1f}"

    rows = [("fault", "noticed", "told", "parked", "ended", "healed", "dials", "reason given")]
    rows += [
        (
            one.fault.name,
            seconds(one.noticed_s),
            seconds(one.told_s),
            seconds(one.parked_s),
            seconds(one.over_s),
            seconds(one.healed_s),
            str(one.dials),
            one.detail[:70],
        )
        for one in times
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)
