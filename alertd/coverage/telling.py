"""What is told of the accounts: one cause that concerns several of them is one alert with a list.

Each account has an event of its own for every change, so that rules may judge it. Where several are lost
for one cause, what is urgent is told by one event that names them all, and theirs stay quiet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from alertd.coverage.judging import TOLD_ELSEWHERE
from alertd.coverage.urgency import Exposure
from alertd.domain.coverage import Blame
from alertd.domain.events import Coverage, CoverageCause, CoverageState

_CAUSES = frozenset(cause.value for cause in CoverageCause)
_UNWATCHED = frozenset({CoverageState.DEGRADED, CoverageState.BLIND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an account stands now. `since`: when it was last watched; `lasted_s`, `missed`: of its last gap."""

    account: str
    exchange: str
    state: CoverageState = CoverageState.WATCHED
    cause: CoverageCause | None = None
    causes: tuple[CoverageCause, ...] = ()
    stream: str = ""
    code: str = ""
    detail: str = ""
    since: datetime | None = None
    urgency: int = 0
    exposure: Exposure = field(default_factory=Exposure)
    blame: Blame | None = None
    lasted_s: int | None = None
    missed: int | None = None


@dataclass(slots=True)
class _Shared:
    """A cause told of several accounts. `members`: all it ever concerned in this episode."""

    exchange: str
    cause: CoverageCause
    since: datetime
    members: dict[str, None] = field(default_factory=dict)
    lost: dict[str, None] = field(default_factory=dict)


class Teller:
    """Gives an event for each change. `told`: the events of alerts that are open from an earlier run."""

    def __init__(self, told: Iterable[Coverage] = ()) -> None:
        self._last: dict[tuple[str, str], Coverage] = {}
        self._shared: dict[tuple[str, CoverageCause], _Shared] = {}
        self._alone: set[str] = set()  # accounts told of by themselves
        self._floor: dict[str, int] = {}  # what an earlier run told is not taken back before it is over
        self._count = 0
        for event in told:
            self._restore(event)

    def news(self, standings: Mapping[str, Standing], now: datetime) -> list[Coverage]:
        """What has changed. `standings`: of every account there is."""
        self._let_go(standings)
        self._gather(standings)
        events = [self._of_account(one, now) for one in standings.values()]
        events += [self._of_shared(one, standings, now) for one in self._shared.values()]
        for key in [key for key, one in self._shared.items() if not one.lost]:
            del self._shared[key]
        return list(self._changed(events))

    def _restore(self, event: Coverage) -> None:
        if event.state is CoverageState.WATCHED or event.cause not in _CAUSES:
            return
        self._floor |= dict.fromkeys(event.accounts or (event.account,), event.urgency)
        if not event.accounts:
            self._alone.add(event.account)
            return
        cause = CoverageCause(event.cause)
        members = dict.fromkeys(event.accounts)
        since = event.since or event.received_at
        self._shared[event.exchange, cause] = _Shared(event.exchange, cause, since, members, dict(members))

    def _let_go(self, standings: Mapping[str, Standing]) -> None:
        """Those that are watched again, that are gone, or that a person must see to by themselves."""
        lost = {name for name, one in standings.items() if _is_told_here(one)}
        self._alone &= lost
        self._floor = {name: told for name, told in self._floor.items() if name in lost}
        for shared in self._shared.values():
            shared.lost = {name: None for name in shared.lost if name in lost}

    def _gather(self, standings: Mapping[str, Standing]) -> None:
        """Who is due now takes along who is lost for the same cause."""
        for one in standings.values():
            if one.urgency == 0 or one.cause is None or not self._is_free(one):
                continue
            key = one.exchange, one.cause
            same = [
                other
                for other in standings.values()
                if (other.exchange, other.cause) == key and self._is_free(other)
            ]
            if key not in self._shared and len(same) == 1:
                self._alone.add(one.account)
                continue
            shared = self._shared.setdefault(key, _Shared(*key, since=min(map(_since, same))))
            for other in same:
                shared.members[other.account] = shared.lost[other.account] = None

    def _is_free(self, one: Standing) -> bool:
        return (
            _is_told_here(one)
            and one.account not in self._alone
            and not any(one.account in shared.lost for shared in self._shared.values())
        )

    def _urgency(self, one: Standing) -> int:
        return max(one.urgency, self._floor.get(one.account, 0))

    def _weight(self, one: Standing) -> tuple[int, bool]:
        return self._urgency(one), one.state is CoverageState.BLIND

    def _of_account(self, one: Standing, now: datetime) -> Coverage:
        is_shared = any(one.account in shared.lost for shared in self._shared.values())
        return Coverage(
            event_id="",
            exchange=one.exchange,
            account=one.account,
            received_at=now,
            stream=one.stream,
            state=one.state,
            cause=one.cause or "",
            detail=one.detail,
            code=one.code,
            since=one.since,
            causes=tuple(one.causes),
            urgency=0 if is_shared else self._urgency(one),
            positions=one.exposure.positions,
            alarmed=one.exposure.alarmed,
            blame=one.blame or "",
            lasted_s=one.lasted_s,
            missed=one.missed,
        )

    def _of_shared(self, shared: _Shared, standings: Mapping[str, Standing], now: datetime) -> Coverage:
        lost = [standings[name] for name in shared.lost]
        known = [standings[name] for name in shared.members if name in standings]
        is_over = not lost
        missed = [one.missed for one in known if one.missed is not None]
        opened = [one.exposure.positions for one in known]
        worst = max(lost, key=self._weight, default=None)
        return Coverage(
            event_id="",
            exchange=shared.exchange,
            account="",
            received_at=now,
            state=worst.state if worst is not None else CoverageState.WATCHED,
            cause=shared.cause,
            detail="" if worst is None else worst.detail,
            code="" if worst is None else worst.code,
            since=shared.since,
            urgency=0 if worst is None else self._urgency(worst),
            positions=None if None in opened else sum(one or 0 for one in opened),
            alarmed=any(one.exposure.alarmed for one in lost),
            accounts=tuple(shared.members if is_over else shared.lost),
            blame=next((one.blame for one in lost or known if one.blame is not None), ""),
            lasted_s=round((now - shared.since).total_seconds()) if is_over else None,
            missed=sum(missed) if is_over and len(missed) == len(known) and known else None,
        )

    def _changed(self, events: Iterable[Coverage]) -> Iterator[Coverage]:
        for event in events:
            key = event.account, event.subject
            last = self._last.get(key)
            if last is not None and _says(event) == _says(last):
                continue
            self._last[key] = event
            self._count += 1
            at = f"{event.received_at.timestamp():.6f}:{self._count}"
            yield replace(event, event_id=f"coverage:{event.account}:{event.subject}:{at}")


def _says(event: Coverage) -> tuple[object, ...]:
    """What is news when it changes; texts and codes may vary from one try to the next."""
    return event.state, event.cause, event.causes, event.urgency, event.accounts, event.blame, event.missed


def _is_told_here(one: Standing) -> bool:
    return one.state in _UNWATCHED and one.cause not in TOLD_ELSEWHERE


def _since(one: Standing) -> datetime:
    if one.since is None:
        raise ValueError(f"{one.account} is lost since no time")
    return one.since
