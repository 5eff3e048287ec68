"""The story of what alertd does to an account itself: asked for, done, proved, left, and what to do by hand.

Pure. What an exchange's code means stands in the exchange's own table; the texts here are alertd's.
"""

from __future__ import annotations

from collections.abc import Iterator

from alertd.domain.action import ALL_TRADERS, ActionType, IntentState, Mode, OpenPositions
from alertd.domain.events import ActionState
from alertd.domain.notification import Reason
from alertd.domain.verdict import Verdict, Words
from alertd.exchanges.okx import stop_codes
from alertd.exchanges.toobit import stopping
from alertd.sinks.figures import clean, given, number
from alertd.sinks.speech import Speech
from alertd.sinks.story import Story

_LONGEST_NAME = 24
_LONGEST_DETAIL = 300
_NAMED_AT_MOST = 6
_PROVED = (IntentState.CONFIRMED, IntentState.NOTHING_TO_DO)
_BY_HAND = (
    IntentState.HELD,
    IntentState.BLOCKED,
    IntentState.DENIED,
    IntentState.EXPIRED,
    IntentState.CALLED_OFF,
    IntentState.FAILED,
)
_SAID_WHY = (IntentState.BLOCKED, IntentState.CALLED_OFF, IntentState.DENIED, IntentState.EXPIRED)
_AGAIN = "copied_again"
_NOT_ASKED = {"unreadable": "unread", "nobody_shown": "unproved", "traders_unproved": "unproved"}
_UNCONFIRMED = {"positions_open": "unconfirmed_open", "not_done": "unconfirmed_not_done"}
_ENDED = (Reason.RECOVERED, Reason.CLOSED, Reason.LIQUIDATED, Reason.REDUCED)


def action_marker(speech: Speech, event: ActionState, reason: Reason, marker: str) -> str:
    """A rehearsal is never taken for the thing itself; nor is the end of a question for a success."""
    if event.mode == Mode.DRY_RUN:
        return speech.say("marker_dry_run")
    if reason in _ENDED:
        is_done = event.state in _PROVED and event.reason != _AGAIN
        return speech.say("marker_action_done" if is_done else "marker_action_over")
    return marker


def action_story(speech: Speech, event: ActionState) -> Story:
    """What was asked, what happened, what remains, and what can be done now."""
    words = _words(speech, event)
    return Story(
        subject=_subject(speech, event, words),
        figure=_figure(speech, event),
        happened=_say(speech, "action", _happened(event), **words, **_counts(event)),
        facts=[*_asked(speech, event), *_came_of_it(speech, event), *_left(speech, event)],
        steps=list(_steps(speech, event)),
        details=list(_details(speech, event)),
    )


def _subject(speech: Speech, event: ActionState, words: dict[str, str]) -> str:
    word = event.reason if event.reason == _AGAIN else event.state
    return _say(speech, "action_subject", word, **{**words, "why": _short(speech, event)})


def _say(speech: Speech, beginning: str, word: str, **parts: str) -> str:
    """The text for a word of the event; the word itself where another version of alertd wrote it."""
    key = f"{beginning}_{word}"
    return speech.say(key, **parts) if speech.knows(key) else clean(word, 40) or "?"


def _words(speech: Speech, event: ActionState) -> dict[str, str]:
    who = _who(speech, event)
    kind = event.action_type
    return {
        "who": who,
        "do": _say(speech, "action_do", kind, who=who),
        "done": _say(speech, "action_done", kind, who=who),
        "doing": _say(speech, "action_doing", kind, who=who),
        "not_done": _say(speech, "action_not", kind),
        "why": _why(speech, event),
        "exchange": speech.exchange(event),
    }


def _who(speech: Speech, event: ActionState) -> str:
    if event.trader == ALL_TRADERS:
        return speech.say("action_who_all")
    named = event.trader_name or event.trader
    return clean(named, _LONGEST_NAME) if named else speech.say("action_who_nobody")


def _happened(event: ActionState) -> str:
    """Which text says it: of some states there are several."""
    state = event.state
    if event.reason == _AGAIN:
        return _AGAIN
    if state == IntentState.AWAITING and event.approvers > 1:
        return "awaiting_more"
    if state in (IntentState.HELD, IntentState.FAILED) and not event.requests and event.reason in _NOT_ASKED:
        return f"{state}_{_NOT_ASKED[event.reason]}"
    if state in (IntentState.CALLED_OFF, IntentState.DENIED) and event.requests:
        return f"{state}_asked"
    if state == IntentState.UNCONFIRMED:
        return _UNCONFIRMED.get(event.reason, state)
    return state


def _counts(event: ActionState) -> dict[str, str]:
    missing = max(0, event.approvers - len(event.approved_by))
    count = event.detail if event.state == IntentState.SPLIT else ""
    return {"approvers": str(event.approvers), "missing": str(missing), "count": clean(count, 10)}


def _why(speech: Speech, event: ActionState) -> str:
    """In a few words: ours, or that the exchange refused it."""
    key = f"action_reason_{event.reason}"
    if speech.knows(key):
        return speech.say(key)
    return speech.say("action_refused", code=clean(event.reason, 40) or "?")


def _short(speech: Speech, event: ActionState) -> str:
    """In a title."""
    key = f"action_short_{event.reason}"
    return speech.say(key) if speech.knows(key) else _why(speech, event)


def _figure(speech: Speech, event: ActionState) -> str:
    """How much is left, or whom it concerns where the subject does not say."""
    if event.state in _BY_HAND:
        is_named = bool(event.trader) and event.action_type == ActionType.STOP_COPYING
        return _who(speech, event) if is_named else ""
    is_left = event.state in _PROVED and event.left
    return speech.say("action_figure_left", count=str(event.left)) if is_left else ""


def _asked(speech: Speech, event: ActionState) -> Iterator[str]:
    yield speech.say(
        "action_asked",
        rule=clean(event.rule, 60),
        action=clean(event.action, 60),
        mode=_say(speech, "action_mode", event.mode),
    )
    if event.open_positions and event.state != IntentState.NOTHING_TO_DO:  # as whoever ended it wanted it
        yield _say(speech, "action_open", event.open_positions)
    if event.approved_by:
        yield speech.say("action_approved_by", people=", ".join(clean(one, 60) for one in event.approved_by))
    if event.fallback:
        why = _say(speech, "action_reason", event.fallback)
        is_rehearsal = event.mode == Mode.DRY_RUN
        yield speech.say("action_fallback_dry_run" if is_rehearsal else "action_fallback", why=why)


def _came_of_it(speech: Speech, event: ActionState) -> Iterator[str]:
    verdict = _verdict(speech, event)
    if verdict is not None:
        means = verdict.means.text(speech.language)
        code = clean(event.reason, 40)
        yield speech.say("action_code", exchange=speech.exchange(event), code=code, means=means)
        if event.state == IntentState.HELD:
            yield speech.say("action_code_does", does=verdict.does.text(speech.language))
    elif event.reason not in ("", event.fallback, _AGAIN) and event.state not in _SAID_WHY:
        yield speech.say("action_why", why=_why(speech, event))
    if event.until is not None:
        key = "action_retry" if event.state == IntentState.HELD else "action_until"
        yield speech.say(key, moment=speech.moment(event.until))
    if event.state == IntentState.AWAITING and event.expires_at is not None:
        yield speech.say("action_approve_by", moment=speech.moment(event.expires_at))


def _left(speech: Speech, event: ActionState) -> Iterator[str]:
    """The positions that nobody manages any more; before anything is done none of them is left."""
    if event.action_type != ActionType.STOP_COPYING or event.reason == _AGAIN:
        return
    if event.state not in _PROVED and event.state != IntentState.UNCONFIRMED:
        return
    if event.left is None:
        yield speech.say("action_left_unread")
    elif event.left == 0:
        yield speech.say("action_left_none")
    else:
        names = [clean(one, 40) for one in event.left_instruments[:_NAMED_AT_MOST]]
        instruments = ", ".join(names + ["..."] * (len(event.left_instruments) > _NAMED_AT_MOST))
        worth = given(event.left_notional)
        key = _left_key(event) + ("" if worth is None else "_worth")
        shown = "" if worth is None else f"{number(worth)} {clean(event.margin_currency or '', 20)}".rstrip()
        yield speech.say(key, count=str(event.left), instruments=instruments, worth=shown)


def _left_key(event: ActionState) -> str:
    if event.state not in _PROVED and event.reason != "positions_open":
        return "action_left_still"
    return "action_left_to_leader" if _is_the_leaders(event) else "action_left"


def _is_the_leaders(event: ActionState) -> bool:
    """Whether what stays open was left, as configured, for the lead trader to close."""
    return event.state == IntentState.CONFIRMED and event.open_positions == OpenPositions.LEADER_CLOSES


def _steps(speech: Speech, event: ActionState) -> Iterator[str]:
    name, state, verdict = clean(event.intent_id, 40), event.state, _verdict(speech, event)
    if event.mode == Mode.DRY_RUN:
        if verdict is not None and state in (IntentState.HELD, IntentState.FAILED):
            yield verdict.cure.text(speech.language)  # so that it works when it counts
        return
    place = _place(speech, event)
    if state == IntentState.AWAITING:
        yield speech.say("action_step_approve", id=name)
        yield speech.say("action_step_deny", id=name)
    if verdict is not None and state in (IntentState.HELD, IntentState.FAILED):
        yield verdict.cure.text(speech.language)
    elif state in _BY_HAND or state == IntentState.AWAITING:
        yield speech.say("action_step_by_hand", place=place)
    if state == IntentState.UNCONFIRMED or event.reason == _AGAIN:
        yield speech.say("action_step_look", place=place)
    elif state in _PROVED and event.left:
        key = "action_step_left_to_leader" if _is_the_leaders(event) else "action_step_left"
        yield speech.say(key, place=place)
    if event.reason == "switched_off":
        yield speech.say("action_step_switch")
    if event.fallback == "not_armed":
        yield speech.say("action_step_arm", account=speech.account(event))


def _details(speech: Speech, event: ActionState) -> Iterator[str]:
    if event.detail and event.state != IntentState.SPLIT:
        yield from _detail(speech, event)
    if event.requests:
        yield speech.say("action_requests", count=str(event.requests))
    yield speech.say("action_step_show", id=clean(event.intent_id, 40))


def _detail(speech: Speech, event: ActionState) -> Iterator[str]:
    """What a guard of ours looked at, else the exchange's own words, which may hold amounts."""
    key, detail = f"action_detail_{event.reason}", clean(event.detail, _LONGEST_DETAIL)
    if speech.knows(key):
        state = f"action_state_{event.detail}"
        yield speech.say(key, detail=speech.say(state) if speech.knows(state) else detail)
    elif speech.shows_money:
        yield detail


def _verdict(speech: Speech, event: ActionState) -> Verdict | None:
    """What the exchange's code means; None where the reason is a word of ours."""
    if not event.reason or speech.knows(f"action_reason_{event.reason}"):
        return None
    if event.exchange == "toobit":
        kind = event.action_type
        return stopping.verdict(event.reason, ActionType(kind)) if kind in list(ActionType) else None
    return stop_codes.verdict(event.reason)


def _place(speech: Speech, event: ActionState) -> str:
    """Where in the exchange's app a person does it."""
    words: Words = stop_codes.BY_HAND
    if event.exchange == "toobit":
        words = next((one for kind, one in stopping.BY_HAND.items() if kind == event.action_type), words)
    return words.text(speech.language)
