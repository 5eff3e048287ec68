# ruff: noqa: E501 - a text is easier to read and translate on one line
"""The English texts about silences, and about alerts that come and go."""

from __future__ import annotations

from collections.abc import Mapping

SILENCE_ENGLISH: Mapping[str, str] = {
    "kind_silence": "end of a silence",
    "silence_subject": "silence ends in {left}",
    "silence_happened": "The silence {id} of {person} ends at {moment}.",
    "silence_why": "Why it was made: {comment}",
    "silence_mutes": "It mutes {count} open alerts now: what of them is still bad then is told.",
    "silence_mutes_one": "It mutes one open alert now: if that is still bad then, it is told.",
    "silence_mutes_none": "It mutes no open alert now.",
    "silence_has_passed": "Happened under it, and over by now: {count}. Nobody was told; its end names them.",
    "silence_subject_over": "a silence has ended",
    "silence_happened_over": "The silence {id} of {person} ended at {moment}. That it would end was to be told before.",
    "silence_told_since": "What it muted, and was not over then, has been told since.",
    "silence_step_renew": "To be left in peace for longer make a new one: alertd silence add",
    "silence_step_end": "To end it now: alertd silence expire {id}",
    "silence_over": "The silence {id} of {person} is over.",
    "silence_over_why": "The silence {id} of {person} ({comment}) is over.",
    "silence_still_bad": "It muted what follows, which is not over.",
    "silence_passed": "Happened while muted, and over by now: what is said to have ended. Nobody was told of it.",
    "marker_passed": "MUTED, OVER {severity}",
    "silence_unnamed": "Of these only the worst and newest are named: {count} more happened while muted.",
    "came_back": "It was over and began anew: {count} times in this episode. It is called over only once it was better for {span}.",
}
