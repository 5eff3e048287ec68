"""Maintenance as JSON: what is announced or goes on, and whether that can be learned. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from alertd.coverage.maintenance import Known, is_under_way
from alertd.maintaining import Maintaining
from alertd.sites import SiteView

Json = dict[str, object]


def announced(maintaining: Maintaining, now: datetime) -> Json:
    """`windows`: those that have not ended, the next one first. `sites`: what was asked, and when."""
    windows = [
        (one.begin, _window(one, view, maintaining.accounts_of(view, one.window), now))
        for view in maintaining.sites
        for one in view.known
        if one.ended_at is None
    ]
    return {
        "windows": [shown for _, shown in sorted(windows, key=lambda pair: pair[0])],
        "sites": [
            {"site": str(view.site), "asked_at": _time(view.asked_at), "failed": view.failed}
            for view in maintaining.sites
        ],
    }


def no_announcements() -> Json:
    """Where none are followed."""
    return {"windows": [], "sites": []}


def _window(one: Known, view: SiteView, accounts: Sequence[str], now: datetime) -> Json:
    window = one.window
    return {
        "site": str(view.site),
        "title": window.title,
        "services": [service.value for service in window.services],
        "planned": window.planned,
        "running": is_under_way(one, now),
        "begin": _time(window.begin),
        "end": _time(window.end),
        "told": None if one.told is None else one.told.value,
        "accounts": list(accounts),
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).isoformat()
