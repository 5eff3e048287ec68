"""What was expected beside what was found."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from alertd.cli.route.found import Found
from alertd.cli.route.trial import Expected
from alertd.cli.route.verdict import differences
from alertd.domain.notification import Address
from tests.cli.route.answers import found

MORNING = datetime(2026, 11, 22, 6, tzinfo=UTC)  # 07:00 in Berlin
LATER = datetime(2026, 11, 22, 8, tzinfo=UTC)
DIRECT = Address(sink="phone")
HELD = Address(sink="mail", not_before=MORNING, batched=True)
STANDS_IN = Address(sink="call", not_before=LATER, stands_in_for=(("phone",),))


ALL = found(DIRECT, HELD, STANDS_IN, held={"mail": MORNING})
ONLY_HELD = found(HELD, held={"mail": MORNING})
TWO_TIMES = found(HELD, DIRECT, held={"mail": MORNING, "phone": LATER})
CHAIN = [{"after_s": 300, "sinks": ["desk"]}, {"after_s": 60, "sinks": ["beep", "call"]}]

CASES: list[tuple[Found, dict[str, Any], list[str]]] = [
    (ALL, {}, []),
    (ALL, {"sinks": ["mail", "phone"], "at_once": ["phone"], "fallback": ["call"]}, []),
    (ALL, {"sinks": ["phone"]}, ["sinks: expected phone; found mail, phone"]),
    (ALL, {"sinks": []}, ["sinks: expected nobody; found mail, phone"]),
    (ALL, {"at_once": ["mail"]}, ["at_once: expected mail; found phone"]),
    (ALL, {"fallback": []}, ["fallback: expected nobody; found call"]),
    (found(DIRECT), {"fallback": ["call"]}, ["fallback: expected call; found nobody"]),
    (ALL, {"held_until": {"mail": "07:00"}}, []),
    (ALL, {"held_until": {"mail": "08:00"}}, ["held_until: expected mail 08:00; found mail 07:00"]),
    (
        ALL,
        {"held_until": {"phone": "07:00"}},
        ["held_until: expected phone 07:00; found mail 2026-11-22T07:00+01:00"],
    ),
    (ALL, {"held_until": {}}, ["held_until: expected none waits; found mail 2026-11-22T07:00+01:00"]),
    (ALL, {"held_until": "07:00"}, ["held_until: expected 07:00; found 07:00, but not at phone"]),
    (ALL, {"held_until": ""}, ["held_until: expected none waits; found 2026-11-22T07:00+01:00"]),
    (found(DIRECT), {"held_until": ""}, []),
    (found(DIRECT), {"held_until": {}}, []),
    (found(DIRECT), {"held_until": "07:00"}, ["held_until: expected 07:00; found none waits"]),
    (ONLY_HELD, {"held_until": "07:00"}, []),
    (ONLY_HELD, {"held_until": "2026-11-22T07:00"}, []),
    (ONLY_HELD, {"held_until": "2026-11-22T06:00+00:00"}, []),
    (
        ONLY_HELD,
        {"held_until": "2026-11-23T07:00"},
        ["held_until: expected 2026-11-23T07:00; found 2026-11-22T07:00+01:00"],
    ),
    (TWO_TIMES, {"held_until": "07:00"}, ["held_until: expected 07:00; found 07:00 and 09:00"]),
    (ALL, {"escalate": CHAIN}, []),
    (
        ALL,
        {"escalate": CHAIN[:1]},
        ["escalate: expected after 300 s desk; found after 60 s beep, call; after 300 s desk"],
    ),
    (ALL, {"escalate": []}, ["escalate: expected no steps; found after 60 s beep, call; after 300 s desk"]),
    (ALL, {"remind_s": [120, 300.5]}, []),
    (ALL, {"remind_s": []}, ["remind_s: expected none; found 120, 300.5"]),
    (found(DIRECT, remind_s={"phone": ()}), {"remind_s": []}, []),
    (ALL, {"remind_s": {"phone": [120, 300.5]}}, []),
    (ALL, {"remind_s": {"phone": [120, 300.5], "mail": []}}, []),
    (ALL, {"remind_s": {}}, ["remind_s: expected nobody; found phone 120, 300.5"]),
    (ALL, {"remind_s": {"mail": [60]}}, ["remind_s: expected mail 60; found phone 120, 300.5"]),
    (
        found(DIRECT, remind_s={"phone": (60.0,), "mail": (9.0,)}),
        {"remind_s": [60]},
        ["remind_s: expected 60; found 60 and 9"],
    ),
    (
        ALL,
        {"sinks": ["x"], "remind_s": [1]},
        ["sinks: expected x; found mail, phone", "remind_s: expected 1; found 120, 300.5"],
    ),
]


@pytest.mark.parametrize(("one", "expected", "wrong"), CASES, ids=[str(case[1]) for case in CASES])
def test_what_is_not_as_expected_is_said(one: Found, expected: dict[str, Any], wrong: list[str]) -> None:
    assert differences(Expected.model_validate(expected), one) == wrong
