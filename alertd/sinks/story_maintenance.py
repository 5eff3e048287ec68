"""The story of an exchange's maintenance: when, what cannot be done then, and what is open. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from alertd.domain.events import Maintenance, MaintenanceStage
from alertd.domain.notification import Reason
from alertd.domain.presence import OpenPosition
from alertd.sinks.figures import clean, given
from alertd.sinks.speech import Speech, seconds_between
from alertd.sinks.story import Story

_LONGEST_NAME = 60
_LONGEST_TITLE = 160
_MOST_ACCOUNTS = 20
_MOST_POSITIONS = 12
_AHEAD = (MaintenanceStage.DAY, MaintenanceStage.HOUR, MaintenanceStage.CHANGED)


def maintenance_story(speech: Speech, event: Maintenance, reason: Reason) -> Story:
    """Who and what is concerned by a window, or that it is over."""
    stage = _stage(event, reason)
    exchange = speech.exchange(event)
    if stage in (MaintenanceStage.OVER, MaintenanceStage.CANCELLED):
        return Story(
            subject=speech.say(f"maintenance_subject_{stage}", exchange=exchange),
            happened=speech.say(f"maintenance_{stage}", exchange=exchange, window=_window(speech, event)),
            facts=[*_accounts(speech, event), *_title(speech, event)],
            names_account=True,
        )
    kind = "planned" if event.planned else "unplanned"
    named = {"exchange": exchange, "window": _window(speech, event), "former": _former(speech, event)}
    return Story(
        subject=speech.say(f"maintenance_subject_{_subject(event, stage)}", exchange=exchange),
        figure=_figure(speech, event, stage),
        happened=speech.say(f"maintenance_{stage}_{kind}", **named),
        facts=[
            *(
                speech.say(f"maintenance_effect_{service}", exchange=exchange)
                for service in _services(speech, event)
            ),
            *_accounts(speech, event),
            *_positions(speech, event),
        ],
        steps=_steps(speech, event, stage, exchange),
        details=_title(speech, event),
        names_account=True,
    )


def _stage(event: Maintenance, reason: Reason) -> MaintenanceStage:
    if event.stage in tuple(MaintenanceStage):
        return MaintenanceStage(event.stage)
    return MaintenanceStage.OVER if reason is Reason.RECOVERED else MaintenanceStage.RUNNING


def _subject(event: Maintenance, stage: MaintenanceStage) -> str:
    if stage in (MaintenanceStage.OVERRUN, MaintenanceStage.CHANGED):
        return stage
    return "planned" if event.planned else "unplanned"


def _figure(speech: Speech, event: Maintenance, stage: MaintenanceStage) -> str:
    if stage is MaintenanceStage.OVERRUN or event.begin is None:
        return ""
    if stage not in _AHEAD or event.begin <= speech.now:
        return speech.say("maintenance_figure_running")
    left = speech.duration(seconds_between(speech.now, event.begin))
    return speech.say("maintenance_figure_ahead", left=left)


def _window(speech: Speech, event: Maintenance) -> str:
    return _span(speech, event.begin, event.end)


def _former(speech: Speech, event: Maintenance) -> str:
    return _span(speech, event.former_begin or event.begin, event.former_end)


def _span(speech: Speech, begin: datetime | None, end: datetime | None) -> str:
    parts = {"begin": speech.moment(begin) if begin else speech.say("maintenance_no_begin")}
    if end is None:
        return speech.say("maintenance_span_open", **parts)
    parts["end"] = speech.moment(end)
    if begin is None:
        return speech.say("maintenance_span", **parts)
    return speech.say("maintenance_span_for", length=speech.duration(seconds_between(begin, end)), **parts)


def _services(speech: Speech, event: Maintenance) -> Iterator[str]:
    known = [name for name in event.services if speech.knows(f"maintenance_effect_{name}")]
    yield from known or ["other"]


def _accounts(speech: Speech, event: Maintenance) -> list[str]:
    if not event.accounts:
        return []
    names = ", ".join(clean(name, _LONGEST_NAME) for name in event.accounts[:_MOST_ACCOUNTS])
    left = len(event.accounts) - _MOST_ACCOUNTS
    if left > 0:
        return [speech.say("coverage_accounts_more", accounts=names, count=str(left))]
    return [speech.say("coverage_accounts", accounts=names)]


def _positions(speech: Speech, event: Maintenance) -> Iterator[str]:
    """What is open, by account; what is not known is never told as nothing."""
    if event.positions is None:
        yield speech.say("maintenance_positions_unknown")
    elif not event.positions:
        yield speech.say("maintenance_positions_none")
        return
    if not event.at_risk:
        return
    yield speech.say("maintenance_positions")
    for position in event.at_risk[:_MOST_POSITIONS]:
        yield _position(speech, position)
    left = max(event.positions or 0, len(event.at_risk)) - _MOST_POSITIONS
    if left > 0:
        yield speech.say("maintenance_positions_more", count=str(left))


def _position(speech: Speech, position: OpenPosition) -> str:
    parts = {
        "account": clean(position.account, _LONGEST_NAME),
        "instrument": clean(position.instrument, _LONGEST_NAME),
    }
    key = f"direction_{position.direction}"
    line = speech.say("maintenance_position_bare", **parts)
    if speech.knows(key):
        line = speech.say("maintenance_position", direction=speech.say(key), **parts)
    distance = given(position.distance_to_liquidation)
    if distance is None:
        return line
    return speech.say("maintenance_near", line=line, distance=speech.percent(distance))


def _steps(speech: Speech, event: Maintenance, stage: MaintenanceStage, exchange: str) -> list[str]:
    if stage in _AHEAD:
        if event.positions == 0:
            return []
        return [
            speech.say("step_maintenance_before"),
            speech.say("step_maintenance_stops", exchange=exchange),
        ]
    return [speech.say("step_maintenance_page", exchange=exchange)]


def _title(speech: Speech, event: Maintenance) -> list[str]:
    title = clean(event.title, _LONGEST_TITLE)
    return [speech.say("maintenance_title", title=title)] if title else []
