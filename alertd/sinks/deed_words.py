"""What alertd did itself, in the messages about what became of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from alertd.domain.action import NO_TRADER
from alertd.domain.deed import Deed
from alertd.sinks.figures import clean
from alertd.sinks.speech import Speech

_LONGEST_NAME = 40


def deed_lines(speech: Speech, deeds: Iterable[Deed]) -> list[str]:
    """One for each: what was asked for, whether that is proved, when, and who allowed it."""
    lines = []
    for deed in deeds:
        key = f"did_deed_{'proved' if deed.proved else 'asked'}{'_closing' if deed.closes else ''}"
        lines.append(speech.say(key, **_words(speech, deed)))
    return lines


def explained(speech: Speech, deeds: Sequence[Deed], otherwise: str) -> str:
    """That it was alertd, where it was; else what `otherwise` names, which sends people looking."""
    for deed in deeds:
        if deed.explains:
            return speech.say("step_own_deed", **_words(speech, deed))
    return speech.say(otherwise)


def _words(speech: Speech, deed: Deed) -> dict[str, str]:
    who = clean(deed.trader_name or deed.trader, _LONGEST_NAME)
    if deed.trader == NO_TRADER:
        who = speech.say("action_who_nobody")
    people = ", ".join(clean(one, 60) for one in deed.approved_by)
    return {
        "do": speech.say(f"action_do_{deed.type}", who=who),
        "done": speech.say(f"action_done_{deed.type}", who=who),
        "id": clean(deed.intent_id, 40),
        "moment": speech.moment(deed.at),
        "approved": speech.say("deed_approved", people=people) if people else speech.say("deed_unasked"),
    }
