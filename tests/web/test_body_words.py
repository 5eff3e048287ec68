"""Covers alertd/web/body_words.py by the bodies that are really taken."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from alertd.web.acknowledging import AcknowledgeBody
from alertd.web.body_words import body_words
from alertd.web.leaving import AwayBody
from alertd.web.silences import SilenceBody

TIME = 'must be a time with its offset from UTC, such as "2026-11-21T18:00:00+01:00"'


def words(body: type[msgspec.Struct], sent: Any) -> str:
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)) as wrong:
        msgspec.json.decode(sent if isinstance(sent, bytes) else json.dumps(sent).encode(), type=body)
    return body_words(wrong.value, body)


@pytest.mark.parametrize(
    ("body", "sent", "said"),
    [
        (SilenceBody, {"comment": ""}, "comment: must not be empty"),
        (SilenceBody, {"comment": "x" * 501}, "comment: must have at most 500 letters"),
        (SilenceBody, {}, 'the body: "comment" is missing'),
        (SilenceBody, {"comment": 7}, "comment: must be a text, not a whole number"),
        (SilenceBody, {"comment": "x", "for_s": 0}, "for_s: must be a number above 0"),
        (SilenceBody, {"comment": "x", "for_s": 1e9}, "for_s: must be a number of at most 31622400"),
        (SilenceBody, {"comment": "x", "for_s": "2h"}, "for_s: must be a number, not a text"),
        (SilenceBody, {"comment": "x", "until": "tomorrow"}, f"until: {TIME}"),
        (SilenceBody, {"comment": "x", "until": "2030-01-01T00:00:00"}, f"until: {TIME}"),
        (
            SilenceBody,
            {"comment": "x", "matchers": {"acount": ["main"]}},
            'matchers: unknown key "acount"; did you mean "account"?',
        ),
        (
            SilenceBody,
            {"comment": "x", "matchers": {"account": "main"}},
            "matchers.account: must be a list, not a text",
        ),
        (SilenceBody, {"comment": "x", "matchers": {"rule": [""]}}, "matchers.rule[0]: must not be empty"),
        (
            SilenceBody,
            {"comment": "x", "matchers": {"labels": {"": ["anna"]}}},
            "matchers.labels: must not be empty",
        ),
        (SilenceBody, {"comment": "x", "force": "yes"}, "force: must be true or false, not a text"),
        (
            AcknowledgeBody,
            {"all": True, "coment": "x"},
            'the body: unknown key "coment"; did you mean "comment"?',
        ),
        (AcknowledgeBody, {"alerts": ["x" * 101]}, "alerts[0]: must have at most 100 letters"),
        (AcknowledgeBody, {"alerts": ["x"] * 101}, "alerts: must hold at most 100 entries"),
        (AcknowledgeBody, [], "the body: must be an object, not a list"),
        (AwayBody, {"until": 7, "deputy": "x"}, "until: must be a time, not a whole number"),
    ],
)
def test_the_key_and_its_bound_are_named(body: type[msgspec.Struct], sent: Any, said: str) -> None:
    assert words(body, sent) == said


@pytest.mark.parametrize("sent", [b"", b"{", b"\xff", b'{"comment": "a\xff"}'])
def test_what_is_no_json(sent: bytes) -> None:
    assert words(SilenceBody, sent).startswith("the body: is no JSON (")


@pytest.mark.parametrize("problem", ["something new", "something new - at `$.x[...].y`"])
def test_what_is_not_known_is_passed_on(problem: str) -> None:
    said = body_words(msgspec.ValidationError(problem), SilenceBody)
    assert said.endswith(": something new")
