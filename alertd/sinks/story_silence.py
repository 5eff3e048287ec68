"""Stories about silences: one ends soon, one is over. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from alertd.domain.alert import Alert
from alertd.domain.events import SilenceEnding
from alertd.domain.silence import Silence
from alertd.sinks.figures import clean
from alertd.sinks.speech import Speech, seconds_between
from alertd.sinks.story import Story

_LONGEST_NAME = 60
_LONGEST_COMMENT = 200


def silence_story(speech: Speech, event: SilenceEnding) -> Story:
    """It ends soon, so that it can be renewed or what it mutes be looked at; or it has ended, where this is
    late.
    """
    ends_at = event.ends_at or event.received_at
    name, comment = clean(event.silence_id, _LONGEST_NAME), clean(event.comment, _LONGEST_COMMENT)
    person = clean(event.person, _LONGEST_NAME)
    if ends_at <= speech.now:
        return Story(
            subject=speech.say("silence_subject_over"),
            happened=speech.say(
                "silence_happened_over", id=name, person=person, moment=speech.moment(ends_at)
            ),
            facts=[speech.say("silence_told_since")],
            steps=[speech.say("silence_step_renew")],
            details=[speech.say("silence_why", comment=comment)] if comment else [],
            names_account=True,
        )
    return Story(
        subject=speech.say("silence_subject", left=speech.duration(seconds_between(speech.now, ends_at))),
        happened=speech.say("silence_happened", id=name, person=person, moment=speech.moment(ends_at)),
        facts=_what_it_mutes(speech, event),
        steps=[speech.say("silence_step_renew"), speech.say("silence_step_end", id=name)],
        details=[speech.say("silence_why", comment=comment)] if comment else [],
        names_account=True,
    )


def _what_it_mutes(speech: Speech, event: SilenceEnding) -> list[str]:
    many = {0: "_none", 1: "_one"}.get(event.muted, "")
    lines = [speech.say(f"silence_mutes{many}", count=str(event.muted))]
    if event.passed:
        lines.append(speech.say("silence_has_passed", count=str(event.passed)))
    return lines if event.muted or not event.passed else lines[1:]


def over_lines(speech: Speech, silence: Silence, alerts: Sequence[Alert]) -> list[str]:
    """Why a digest of these comes now: what it muted and is still bad, and what happened and is over."""
    comment = clean(silence.comment, _LONGEST_COMMENT)
    lines = [
        speech.say(
            "silence_over_why" if comment else "silence_over",
            id=clean(silence.silence_id, _LONGEST_NAME),
            person=clean(silence.person, _LONGEST_NAME),
            comment=comment,
        )
    ]
    passed = [alert for alert in alerts if not alert.is_open]
    if len(passed) < len(alerts):
        lines.append(speech.say("silence_still_bad"))
    if passed:
        lines.append(speech.say("silence_passed"))
    if passed and silence.unnamed:
        lines.append(speech.say("silence_unnamed", count=str(silence.unnamed)))
    return lines
