"""The story of several accounts that lost the exchange: who is concerned, since when, who is back. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from alertd.domain.events import Coverage, CoveragePhase, CoverageState
from alertd.domain.notification import Reason
from alertd.sinks.figures import clean
from alertd.sinks.speech import Speech, seconds_between
from alertd.sinks.story import Story
from alertd.sinks.story_coverage import blame_lines, exposure_lines, missed_line, planned_lines

_FIRST_NAMES = 3  # enough to know which outage is meant; the others stand further down
_MOST_NAMES = 60
_LONGEST_NAME = 40


def outage_story(speech: Speech, event: Coverage, reason: Reason) -> Story:
    """An event that names several accounts whose connections are lost."""
    exchange = speech.exchange(event)
    if reason is Reason.RECOVERED or event.state is CoverageState.WATCHED:
        return _ended(speech, event, exchange)
    phase = CoveragePhase(event.phase) if event.phase in tuple(CoveragePhase) else CoveragePhase.LOST
    parts = {
        "exchange": exchange,
        "since": speech.moment(event.since or event.received_at),
        "named": _listed(speech, "accounts_named", event.accounts, _FIRST_NAMES),
        "progress": _counted(speech, "accounts_progress", "accounts_progress_left", event),
    }
    steps = [] if phase is CoveragePhase.CONNECTING else [speech.say("step_network")]
    steps.append(speech.say("step_look_yourselves", exchange=exchange))
    if event.planned:
        steps = [speech.say("step_maintenance_wait", exchange=exchange)]
    return Story(
        subject=speech.say(f"accounts_subject_{phase}", exchange=exchange),
        figure=_counted(speech, "accounts_figure_of", "accounts_figure_left", event),
        happened=speech.say(f"accounts_{phase}", **parts),
        facts=[
            *planned_lines(speech, event),
            *_changes(speech, event),
            *exposure_lines(speech, event),
            *blame_lines(speech, event),
        ],
        steps=steps,
        details=_all_names(speech, event.accounts),
        names_account=True,
    )


def _ended(speech: Speech, event: Coverage, exchange: str) -> Story:
    left = [name for name in event.accounts if name not in event.back]
    took = seconds_between(event.since or event.received_at, event.received_at)
    named = _listed(speech, "accounts_named", event.back, _FIRST_NAMES)
    return Story(
        subject=speech.say("accounts_subject_watched", exchange=exchange),
        figure=speech.say("accounts_figure", count=str(len(event.back))),
        happened=speech.say("accounts_recovered", named=named, took=speech.duration(took)),
        facts=[
            *([_listed(speech, "accounts_left", left, _MOST_NAMES)] if left else []),
            *blame_lines(speech, event),
            missed_line(speech, event),
        ],
        details=_all_names(speech, event.back),
        names_account=True,
    )


def _counted(speech: Speech, key: str, key_left: str, event: Coverage) -> str:
    """How many, of how many, and how long it will take where that can be said."""
    count, total = str(len(event.accounts)), str(event.of_accounts)
    if event.seconds_left is not None:
        left = speech.duration(event.seconds_left)
        return speech.say(key_left, count=count, total=total, left=left)
    return speech.say(key, count=count, total=total)


def _changes(speech: Speech, event: Coverage) -> list[str]:
    """Who came into it later, and who has left it."""
    lists = (("accounts_joined", event.joined), ("accounts_back", event.back))
    return [_listed(speech, key, names, _FIRST_NAMES * 3) for key, names in lists if names]


def _all_names(speech: Speech, accounts: Sequence[str]) -> list[str]:
    if len(accounts) <= _FIRST_NAMES:
        return []
    return [_listed(speech, "accounts_list", accounts, _MOST_NAMES)]


def _listed(speech: Speech, key: str, accounts: Sequence[str], most: int) -> str:
    """The first names, and how many more there are."""
    parts = {
        "count": str(len(accounts)),
        "names": ", ".join(clean(name, _LONGEST_NAME) for name in accounts[:most]),
        "more": str(len(accounts) - most),
    }
    return speech.say(f"{key}_more" if len(accounts) > most else key, **parts)
