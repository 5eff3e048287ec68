"""What is told of the accounts: one cause that concerns several of them is one alert with a list.

Each account has an event of its own for every change, so that rules may judge it. Where several are lost
for one cause, what is urgent is told by one event that names them all, and theirs stay quiet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from msgspec import structs

from alertd.coverage.judging import OF_LINES, TOLD_ELSEWHERE
from alertd.coverage.outage import Reach, Return, follow_return
from alertd.coverage.standing import Standing
from alertd.coverage.urgency import WARNING
from alertd.domain.events import Coverage, CoverageCause, CoveragePhase, CoverageState
from alertd.domain.shared_trouble import SharedTrouble, follow, without
from alertd.domain.watching_events import subject_of_several

_CAUSES = frozenset(cause.value for cause in CoverageCause)
_UNWATCHED = frozenset({CoverageState.DEGRADED, CoverageState.BLIND})

_ON_THE_WAY = OF_LINES | {CoverageCause.UNRECONCILED}

_Key = tuple[str, CoverageCause]  # exchange and cause


class Teller:
    """Gives an event for each change. `told`: the events of alerts that are open from an earlier run."""

    def __init__(self, told: Iterable[Coverage] = ()) -> None:
        self._last: dict[tuple[str, str], Coverage] = {}
        self._shared: dict[_Key, SharedTrouble] = {}
        self._returns: dict[_Key, Return] = {}
        self._began_at: datetime | None = None  # with the first look
        self._alone: set[str] = set()  # accounts told of by themselves
        self._floor: dict[str, int] = {}  # what an earlier run told is not taken back before it is over
        self._owed: list[Coverage] = []  # ends of what an earlier run told of several
        self._count = 0
        for event in told:
            self._restore(event)

    def news(
        self, standings: Mapping[str, Standing], now: datetime, reaches: Mapping[str, Reach] | None = None
    ) -> list[Coverage]:
        """What has changed. `standings`: of every account there is; `reaches`: by exchange."""
        self._began_at = self._began_at or now
        lost = {name for name, one in standings.items() if _is_told_here(one)}
        self._alone &= lost
        self._floor = {name: told for name, told in self._floor.items() if name in lost}
        self._shared = {key: _of_those(standings, trouble) for key, trouble in self._shared.items()}
        before = dict(self._shared)
        self._follow(standings, now)
        shared = {name for trouble in self._shared.values() for name in trouble.members}
        self._alone |= {name for name in lost - shared if self._urgency(standings[name])}
        events = [self._of_account(one, now, is_shared=name in shared) for name, one in standings.items()]
        owed, self._owed = self._owed, []
        events += [
            structs.replace(one, state=CoverageState.WATCHED, urgency=0, received_at=now) for one in owed
        ]
        for key, trouble in (before | self._shared).items():
            if key in self._shared:
                reach = (reaches or {}).get(key[0], Reach())
                events.append(self._of_several(key, trouble, standings, reach, now))
            else:
                events.append(_end_of_several(key, trouble, standings, now))
        return list(self._changed(events))

    def _restore(self, event: Coverage) -> None:
        if event.state is CoverageState.WATCHED or event.cause not in _CAUSES:
            return
        if event.cause == CoverageCause.CREDENTIALS:
            self._last[event.account, event.subject] = event
            return
        self._floor |= dict.fromkeys(event.accounts or (event.account,), event.urgency)
        since = event.since or event.received_at
        trouble = follow(None, dict.fromkeys(event.accounts, since), event.received_at)
        if trouble is None:
            self._alone |= set(event.accounts or (event.account,))
            self._owed += [event] if event.accounts else []
        else:
            self._shared[event.exchange, CoverageCause(event.cause)] = trouble

    def _follow(self, standings: Mapping[str, Standing], now: datetime) -> None:
        troubles: dict[_Key, dict[str, datetime]] = {key: {} for key in self._shared}
        for name, one in standings.items():
            if _is_told_here(one) and name not in self._alone:
                key = self._key(name, one)
                troubles.setdefault(key, {})[name] = one.told_from or one.since or now
        otherwise = {name for name, one in standings.items() if one.cause is CoverageCause.CREDENTIALS}
        otherwise |= {name for found in troubles.values() for name in found}
        for key, found in troubles.items():
            trouble = follow(self._shared.get(key), found, now, otherwise)
            if trouble is None:
                self._shared.pop(key, None)
                self._returns.pop(key, None)
            else:
                waiting = {name: standings[name].waiting for name in found}
                began_at = max(trouble.since, self._began_at or now)
                present = Return(waiting, trouble.joined_at, began_at)
                self._shared[key] = trouble
                self._returns[key] = follow_return(self._returns.get(key), present, now)

    def _key(self, name: str, one: Standing) -> _Key:
        """What it is told with: who is in a trouble stays there until it is over.

        One that was not told holds nobody who has lost the line: he is told with those who lost it with him.
        """
        cause = one.cause or CoverageCause.CONNECTION
        own = one.exchange, CoverageCause.CONNECTION if cause in OF_LINES else cause
        for key, trouble in self._shared.items():
            if name in trouble.members:
                leaves = (
                    own != key and own[1] is CoverageCause.CONNECTION and not self._was_told(key, trouble)
                )
                return own if leaves else key
        return own

    def _was_told(self, key: _Key, trouble: SharedTrouble) -> bool:
        last = self._last.get(("", subject_of_several(*key)))
        return (last is not None and last.urgency > 0) or any(name in self._floor for name in trouble.members)

    def _urgency(self, one: Standing) -> int:
        """What was told is not called over while the account is lost, whatever becomes of its positions."""
        last = self._last.get((one.account, "account"))
        was_told = last is not None and last.urgency > 0 and _is_told_here(one)
        return max(one.urgency, int(was_told), self._floor.get(one.account, 0))

    def _weight(self, one: Standing) -> tuple[int, bool]:
        return self._urgency(one), one.state is CoverageState.BLIND

    def _of_account(self, one: Standing, now: datetime, *, is_shared: bool) -> Coverage:
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
            planned=one.excuse is not None,
            planned_until=None if one.excuse is None else one.excuse.until,
        )

    def _of_several(
        self,
        key: _Key,
        trouble: SharedTrouble,
        standings: Mapping[str, Standing],
        reach: Reach,
        now: datetime,
    ) -> Coverage:
        exchange, cause = key
        lost = [standings[name] for name in trouble.members]
        opened = [one.exposure.positions for one in lost]
        worst = max(lost, key=self._weight)
        returning = self._returns[key] if cause is CoverageCause.CONNECTION else None
        phase = None if returning is None else returning.phase(reach, now)
        excuses = [one.excuse for one in lost]
        ends = [one.until for one in excuses if one is not None and one.until is not None]
        event = Coverage(
            event_id="",
            exchange=exchange,
            account="",
            received_at=now,
            state=worst.state,
            cause=cause,
            detail=worst.detail,
            code=worst.code,
            since=trouble.since,
            urgency=self._urgency(worst),
            positions=None if None in opened else sum(one or 0 for one in opened),
            alarmed=any(one.exposure.alarmed for one in lost),
            accounts=trouble.names,
            joined=trouble.joined_later,
            back=trouble.back,
            of_accounts=_count(exchange, standings),
            phase=phase or "",
            seconds_left=None if returning is None else returning.seconds_left(reach, now),
            wave=trouble.wave,
            blame=next((one.blame for one in lost if one.blame is not None), ""),
            planned=None not in excuses,
            planned_until=max(ends, default=None) if None not in excuses else None,
        )
        return structs.replace(event, urgency=self._of_the_trouble(event))

    def _of_the_trouble(self, event: Coverage) -> int:
        """What was told of it is not taken back before it is over, or who is left would be told once more.

        Who comes back one by one is no reason to wake somebody, unless a danger was told of one of them.
        """
        last = self._last.get((event.account, event.subject))
        told = max(
            (0 if last is None else last.urgency), *(self._floor.get(one, 0) for one in event.accounts)
        )
        is_queue = event.phase == CoveragePhase.CONNECTING and not event.alarmed
        return max(told, min(event.urgency, WARNING) if is_queue else event.urgency)

    def _changed(self, events: Iterable[Coverage]) -> Iterator[Coverage]:
        for event in events:
            key = event.account, event.subject
            last = self._last.get(key)
            if last is not None and (_says(event) == _says(last) or _is_on_its_way(event, last)):
                continue
            self._last[key] = event
            self._count += 1
            at = f"{event.received_at.timestamp():.6f}:{self._count}"
            yield structs.replace(event, event_id=f"coverage:{event.account}:{event.subject}:{at}")


def _end_of_several(
    key: _Key, trouble: SharedTrouble, standings: Mapping[str, Standing], now: datetime
) -> Coverage:
    exchange, cause = key
    known = [standings[name] for name in trouble.everyone]
    missed = [one.missed for one in known if one.missed is not None]
    return Coverage(
        event_id="",
        exchange=exchange,
        account="",
        received_at=now,
        cause=cause,
        since=trouble.since,
        positions=0,
        accounts=trouble.everyone,
        back=tuple(one.account for one in known if not _is_lost(one)),
        of_accounts=_count(exchange, standings),
        blame=next((one.blame for one in known if one.blame is not None), ""),
        lasted_s=round((now - trouble.since).total_seconds()),
        missed=sum(missed) if known and len(missed) == len(known) else None,
    )


def _of_those(standings: Mapping[str, Standing], trouble: SharedTrouble) -> SharedTrouble:
    """The same without accounts that were taken away."""
    for name in trouble.everyone:
        if name not in standings:
            trouble = without(trouble, name)
    return trouble


def _count(exchange: str, standings: Mapping[str, Standing]) -> int:
    return sum(1 for one in standings.values() if one.exchange == exchange)


def _says(event: Coverage) -> tuple[object, ...]:
    """What is news when it changes; texts and codes may vary from one try to the next."""
    told = event.urgency, event.accounts, event.phase, event.wave, event.blame, event.missed
    return event.state, event.cause, event.causes, told, (event.planned, event.planned_until)


def _is_on_its_way(event: Coverage, last: Coverage) -> bool:
    """Refused credentials are tried again: nothing has changed until that is answered, and all is compared.

    What fails on the way for long is news of its own.
    """
    return last.cause == CoverageCause.CREDENTIALS and event.cause in _ON_THE_WAY and not event.urgency


def _is_told_here(one: Standing) -> bool:
    return one.state in _UNWATCHED and one.cause not in TOLD_ELSEWHERE


def _is_lost(one: Standing) -> bool:
    """Whether its own view is not whole, be it told by whatever rule."""
    return _is_told_here(one) or one.cause is CoverageCause.CREDENTIALS
