"""GET /api/v1/actions and /api/v1/actions/{id}; POST .../approve, /deny, /switch: what alertd does itself.

Deciding needs the right `approve`, also on this machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
from aiohttp import web

from alertd.actions.approving import SHORTEST_ID, NoSuchIntent
from alertd.domain.action import Exposure, Intent, IntentState, LeftPosition, Step, Switch
from alertd.domain.alert import short_id
from alertd.domain.command import Approve, Deny, SwitchActions
from alertd.domain.people import Right
from alertd.web.alerts import time
from alertd.web.answers import refused
from alertd.web.doors import Doors
from alertd.web.filters import Filter, Handler, filtered
from alertd.web.writing import Asked, Json, NotFound, Write

OPEN, ALL = "open", "all"
STATES = (OPEN, ALL, *(state.value for state in IntentState))
LONGEST_COMMENT = 500
_MAY_HAVE_BEEN_SENT = [state for state in IntentState if state.may_have_been_sent]
_NAMED_AT_MOST = 50
_PARTS_AMONG = 500  # of the account's newest for the same action

_Name = Annotated[str, msgspec.Meta(max_length=100)]
_Comment = Annotated[str, msgspec.Meta(max_length=LONGEST_COMMENT)]


class DecisionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`id`: which intent, or how its id begins."""

    id: _Name
    comment: _Comment = ""


class SwitchBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Without `account`: all actions. With it: those of the account that go without asking."""

    on: bool
    account: _Name = ""
    comment: _Comment = ""


async def approve(asked: Asked[DecisionBody]) -> Json:
    """`action` as it stands then: it may wait for another person."""
    body, doors = asked.body, asked.doors
    command = Approve(person=asked.person, at=doors.now(), comment=body.comment, intent_id=body.id)
    return await _decided(command, doors)


async def deny(asked: Asked[DecisionBody]) -> Json:
    """`action` as it ended."""
    body, doors = asked.body, asked.doors
    command = Deny(person=asked.person, at=doors.now(), comment=body.comment, intent_id=body.id)
    return await _decided(command, doors)


async def switch(asked: Asked[SwitchBody]) -> Json:
    """`switch` as it stands then, and `may_have_been_sent`: what is read back whatever it says."""
    body, doors = asked.body, asked.doors
    command = SwitchActions(
        person=asked.person, at=doors.now(), comment=body.comment, on=body.on, account=body.account
    )
    await doors.command(command)
    asked_for = await doors.archive.intents(states=_MAY_HAVE_BEEN_SENT, most=_NAMED_AT_MOST)
    return {
        "switch": shown_switch(doors.switch()),
        "may_have_been_sent": [summary(one) for one in asked_for],
    }


async def _decided(command: Approve | Deny, doors: Doors) -> Json:
    try:
        await doors.command(command)
    except NoSuchIntent as unknown:
        raise NotFound(unknown.problem, unknown.cure) from unknown
    found = await doors.archive.find_intents(command.intent_id.strip().lower())
    return {
        "action": summary(found[0])
    }  # the newest: old ones may begin alike, and are decided about no more


class ActionLists:
    """The handlers of what is only looked at."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors

    def paths(self) -> Mapping[str, Handler]:
        """Each with its handler for GET."""
        keys = ("state", "account", "limit")
        return {
            "/api/v1/actions": filtered(self.actions, STATES, keys),
            "/api/v1/actions/{id}": self.action,
        }

    async def actions(self, wanted: Filter) -> web.Response:
        """The newest first, those that are open where nothing else is asked for; and the switch."""
        found = await self._doors.archive.intents(
            account=wanted.account, states=_states(wanted.state or OPEN), most=wanted.limit
        )
        if not found:
            self._doors.names().check_asked_for(wanted.account)
        shown = [summary(one) for one in found]
        return web.json_response({"switch": shown_switch(self._doors.switch()), "actions": shown})

    async def action(self, request: web.Request) -> web.Response:
        """One, with every step of its journal; of one for all traders, those that took its place."""
        name = request.match_info["id"].strip().lower()
        if len(name) < SHORTEST_ID:
            return refused(
                400, f"the id {name[:20]!r} is too short: give at least {SHORTEST_ID} of its letters"
            )
        found = await self._doors.archive.find_intents(name)
        if len(found) != 1:
            return _not_one(name[:20], found)
        steps = await self._doors.archive.steps(found[0])
        parts = await self._parts(found[0])
        return web.json_response(
            {
                "action": whole(found[0]),
                "steps": [step(one) for one in steps],
                "parts": [summary(one) for one in parts],
            }
        )

    async def _parts(self, intent: Intent) -> list[Intent]:
        """Those that took the place of one for all traders."""
        if intent.state is not IntentState.SPLIT:
            return []
        those = await self._doors.archive.intents(
            account=intent.account, action=intent.action, most=_PARTS_AMONG
        )
        return [one for one in those if one.parent == intent.intent_id]


def _not_one(name: str, found: Sequence[Intent]) -> web.Response:
    if found:
        ids = ", ".join(sorted(one.intent_id for one in found))
        return refused(400, f"the id {name!r} means several actions; give more of {ids}")
    return refused(404, f"no action has the id {name!r}; alertd actions list --all shows those there were")


def summary(intent: Intent) -> Json:
    """An intent in a list."""
    return {
        "id": intent.intent_id,
        "action": intent.action,
        "type": intent.type.value,
        "mode": intent.mode.value,
        "exchange": intent.exchange,
        "account": intent.account,
        "trader": intent.trader,
        "trader_name": intent.trader_name,
        "state": intent.state.value,
        "is_open": intent.is_open,
        "reason": intent.reason,
        "detail": intent.detail,
        "fallback": intent.fallback,
        "open_positions": intent.open_positions.value if intent.open_positions else None,
        "rule": intent.rule,
        "severity": intent.severity.value,
        "alert": short_id(intent.fingerprint, intent.episode),
        "planned_at": time(intent.planned_at),
        "ended_at": time(intent.ended_at),
        "next_at": time(intent.next_at),
        "expires_at": time(intent.expires_at),
        "approvers": intent.approvers,
        "approved_by": list(intent.approved_by),
        "requests": intent.requests,
        "left": _left(intent.left),
    }


def whole(intent: Intent) -> Json:
    """One with what triggered it, as far as that was read, and the configuration that planned it."""
    event = msgspec.to_builtins(intent.event, builtin_types=(), str_keys=True)
    event.pop("raw", None)
    return {
        **summary(intent),
        "parent": intent.parent or None,
        "config_hash": intent.config_hash,
        "event": event,
    }


def step(one: Step) -> Json:
    """A line of the journal."""
    return {
        "number": one.version,
        "at": time(one.at),
        "state": one.state.value,
        "actor": one.actor,
        "reason": one.reason,
        "detail": one.detail,
        "request": one.request,
        "answer": one.answer,
    }


def shown_switch(switch: Switch) -> Json:
    """Whether actions are on, and for which accounts they go without asking."""
    return {
        "on": switch.on,
        "armed": sorted(switch.armed),
        "by": switch.by or None,
        "at": time(switch.at),
    }


def _left(left: Exposure | None) -> list[Json] | None:
    """None: not read."""
    if left is None or left.positions is None:
        return None
    return [_position(one) for one in left.positions]


def _position(one: LeftPosition) -> Json:
    return {
        "instrument": one.instrument,
        "direction": one.direction.value if one.direction else None,
        "size": None if one.size is None else str(one.size),
        "notional": None if one.notional is None else str(one.notional),
        "currency": one.currency,
    }


def _states(wanted: str) -> Sequence[IntentState]:
    if wanted == ALL:
        return ()
    if wanted == OPEN:
        return [state for state in IntentState if state.is_open]
    return [IntentState(wanted)]


APPROVE = Write("/api/v1/actions/approve", Right.APPROVE, DecisionBody, approve)
DENY = Write("/api/v1/actions/deny", Right.APPROVE, DecisionBody, deny)
SWITCH = Write("/api/v1/actions/switch", Right.APPROVE, SwitchBody, switch)
