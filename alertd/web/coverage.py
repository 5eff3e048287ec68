"""Coverage as JSON: how each account stands, and how much of it was watched. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from alertd.coverage.account import AccountCoverage
from alertd.coverage.reporting import Figures
from alertd.domain.coverage import Gap

Json = dict[str, object]

_AGO = re.compile(r"(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def read_since(text: str | None, now: datetime) -> datetime | None:
    """`7d`, `24h`, `90m`, `60s` or an ISO date or time (without a zone: UTC). None: not given.

    Raises: ValueError with the cure.
    """
    if not text:
        return None
    if ago := _AGO.fullmatch(text):
        return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"since: {text[:40]!r} is no time; write 7d, 24h or 2026-11-21T08:00") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)


def standing(one: AccountCoverage) -> Json:
    """How an account stands now."""
    worst = one.verdict.worst
    return {
        "account": one.account,
        "exchange": one.exchange,
        "state": one.verdict.state.value,
        "causes": [cause.value for cause in one.verdict.causes],
        "detail": "" if worst is None else worst.detail,
        "since": _time(one.lost_since),
        "positions": one.sight.positions,
        "cannot_see": [{"what": spot.what.value, "where": spot.where} for spot in one.sight.unseen],
    }


def not_watched(accounts: Iterable[AccountCoverage]) -> list[Json]:
    """Those that are not, in the order of their names."""
    lost = [one for one in accounts if one.verdict.worst is not None]
    return [standing(one) for one in sorted(lost, key=lambda one: one.account)]


def report(found: Figures, one: AccountCoverage) -> Json:
    """One account with its figures and every gap."""
    return {
        **standing(one),
        "figures": {
            "since": _time(found.since),
            "until": _time(found.until),
            "watched_percent": str(found.watched_percent),
            "unwatched_s": round(found.unwatched_s, 3),
            "gaps": len(found.outages),
            "longest_s": round(found.longest_s, 3),
            "unreconciled": found.unreconciled,
            "missed": found.missed,
        },
        "gaps": [_gap(gap) for outage in found.outages for gap in outage.gaps],
    }


def _gap(gap: Gap) -> Json:
    return {
        "state": gap.state.value,
        "cause": gap.cause.value,
        "began_at": _time(gap.began_at),
        "ended_at": _time(gap.ended_at),
        "blame": None if gap.blame is None else gap.blame.value,
        "reconciled_at": _time(gap.reconciled_at),
        "missed": gap.missed,
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()
