"""Covers alertd/actions/settings.py: what one table of [actions] may say."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from alertd.actions.settings import ActionSettings, StopCopying
from alertd.domain.action import ActionType, Mode, OpenPositions

_ACTION: TypeAdapter[Any] = TypeAdapter(ActionSettings)
ID = "25CD5A80241D6FE6"
STOP = {"type": "stop_copying", "account": "main", "lead_traders": "all"}
PAUSE = {"type": "pause_leading", "account": "lead", "pause_s": 3600}
REMOVE = {"type": "remove_follower", "account": "lead", "followers": ["12", "13"]}


def test_an_action_is_off_and_careful_unless_it_says_otherwise() -> None:
    stop = _ACTION.validate_python(STOP)
    assert isinstance(stop, StopCopying)
    assert (stop.mode, stop.open_positions, stop.allowed_traders) == (Mode.OFF, None, None)
    assert (stop.cooldown_s, stop.max_per_day, stop.max_per_day_total, stop.max_traders) == (3600, 3, 20, 10)
    assert (stop.approval_ttl_s, stop.approvers, stop.auto_after_runs) == (900, 1, 1)
    assert (stop.retry_s, stop.retry_for_s) == (60, 3600)


@pytest.mark.parametrize(
    ("table", "parties"),
    [
        (STOP, "all"),
        ({**STOP, "lead_traders": "event", "allowed_traders": [ID]}, "event"),
        ({**STOP, "lead_traders": [ID], "open_positions": "leave_to_me"}, (ID,)),
        (PAUSE, ("",)),
        (REMOVE, ("12", "13")),
    ],
)
def test_whom_it_concerns(table: dict[str, Any], parties: object) -> None:
    action = _ACTION.validate_python(table)
    assert action.parties == parties
    assert _ACTION.validate_python(action.model_dump(mode="json")) == action


def test_every_type_has_its_table() -> None:
    assert {_ACTION.validate_python(table).type for table in (STOP, PAUSE, REMOVE)} == set(ActionType)
    assert {word.value for word in OpenPositions} == {"close_at_market", "leader_closes", "leave_to_me"}


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({**STOP, "lead_traders": ["event"]}, "lead_traders", 'write lead_traders = "event", without a list'),
    ({**STOP, "lead_traders": [ID, ID]}, "lead_traders", f"names {ID} twice"),
    ({**STOP, "lead_traders": [ID, ID.lower()]}, "lead_traders", "twice"),
    ({**STOP, "lead_traders": []}, "lead_traders", 'write ["ID", ...], "all"'),
    ({**STOP, "lead_traders": ["a b"]}, "lead_traders", "match pattern"),
    ({**STOP, "lead_traders": "some"}, "lead_traders", 'write ["ID", ...], "all"'),
    ({**STOP, "allowed_traders": [ID]}, "allowed_traders", 'goes with lead_traders = "event" only'),
    ({**STOP, "lead_traders": "event", "allowed_traders": []}, "allowed_traders", "at least 1 item"),
    ({**STOP, "open_positions": "market_close"}, "open_positions", "'close_at_market'"),
    ({**STOP, "mode": "on"}, "mode", "'off', 'dry_run', 'approve' or 'auto'"),
    ({**STOP, "account": ""}, "account", "at least 1 character"),
    ({**STOP, "cooldown_s": -1}, "cooldown_s", "greater than or equal to 0"),
    ({**STOP, "cooldown_s": 8 * 86400}, "cooldown_s", "less than or equal to 604800"),
    ({**STOP, "max_per_day": 0}, "max_per_day", "greater than or equal to 1"),
    ({**STOP, "approvers": 0}, "approvers", "greater than or equal to 1"),
    ({**STOP, "approval_ttl_s": 0}, "approval_ttl_s", "greater than or equal to 1"),
    ({**STOP, "pause_s": 60}, "pause_s", "not permitted"),
    ({**PAUSE, "pause_s": 59}, "pause_s", "greater than or equal to 60"),
    ({**PAUSE, "open_positions": "leave_to_me"}, "open_positions", "not permitted"),
    ({**REMOVE, "mode": "auto"}, "mode", 'never removed without asking: write mode = "approve"'),
    ({**REMOVE, "followers": ["1", "1"]}, "followers", "names 1 twice"),
]


@pytest.mark.parametrize(("table", "key", "text"), REFUSED)
def test_a_refusal_names_the_key_and_the_cure(table: dict[str, Any], key: str, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        _ACTION.validate_python(table)
    told = [error["msg"] for error in refused.value.errors() if error["loc"][1] == key]
    assert text in ", or ".join(told)


@pytest.mark.parametrize(
    ("table", "text"),
    [
        ({"account": "main"}, 'type is missing; write type = one of "stop_copying"'),
        ({"type": "stop"}, 'no action type "stop"'),
        ("stop", "valid dictionary"),
    ],
)
def test_it_needs_a_type(table: object, text: str) -> None:
    with pytest.raises(ValidationError, match=text):
        _ACTION.validate_python(table)
