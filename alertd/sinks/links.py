"""Where a reader can look for more. Pure."""

from __future__ import annotations

from alertd.domain.events import Coverage, CoverageCause, CoverageState, Event, Maintenance
from alertd.sinks.speech import Speech

_STATUS_PAGES = {"okx": "https://www.okx.com/status"}
_OF_THE_EXCHANGE = (CoverageCause.CONNECTION, CoverageCause.STALE, CoverageCause.WAITING)


def links_of(speech: Speech, event: Event) -> list[str]:
    """Each as `label: address`; most events have none."""
    page = _STATUS_PAGES.get(event.exchange)
    if page is None or not _may_be_the_exchange(event):
        return []
    return [speech.say("link_status", exchange=speech.exchange(event), address=page)]


def _may_be_the_exchange(event: Event) -> bool:
    if isinstance(event, Maintenance):
        return True
    return (
        isinstance(event, Coverage)
        and event.state is not CoverageState.WATCHED
        and event.cause in _OF_THE_EXCHANGE
    )
