"""What each answer means for a change: every documented code, and every other one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.action import ActionType, Said
from alertd.exchanges.toobit import codes, stopping
from tests.exchanges.toobit.test_codes import LISTED

STOP, PAUSE, REMOVE = ActionType.STOP_COPYING, ActionType.PAUSE_LEADING, ActionType.REMOVE_FOLLOWER
CHINESE = re.compile(r"[一-鿿]")

# Written down a second time, from the tables of the general and of the copy-trading codes.
ALL_THREE = {
    Said.UNKNOWN: """-1000 -1001 -1006 -1007 -1016 -1146 -1147 -1014 -1112 -1114 -1115 -1116 -1117 -1118 -1119
        -1120 -1125 -1131 -1132 -1151 -1156 -1158 -1161 -1164 -1165 -1166 -1170 -1172 -1181 -1182 -1193 -1205
        -1213 -1214 -1215 -1216 -1217 -1300 -1400 -1417 -2010 -2011 -2013 -2016 -3000 -3102 -3124 -3128 -3130
        -3145 -3148 -3153 -10001 -10002 -10004 -100010 -100011 -100012 no_answer""",
    Said.NOT_TAKEN: """-1003 -1015 -1021 HTTP_429 HTTP_403 HTTP_418 blocked budget unreachable""",
    Said.REFUSED: """-1002 -1004 -1005 -1020 -1022 -1023 -1100 -1101 -1102 -1103 -1104 -1105 -1106 -1107 -1111
        -1121 -1127 -1128 -1129 -1130 -1153 -1171 -1204 -2014 -2015 -2017 -2018 -120041 -120047 HTTP_401
        HTTP_404 HTTP_405 bad_id""",
    Said.HELD: "-1031 -3147 settings",
    Said.ACCEPTED: "200",
}
COPYING = {
    "-32045": Said.ALREADY, "-120055": Said.HELD, "-32090": Said.UNKNOWN, "-32093": Said.UNKNOWN,
    "-120067": Said.UNKNOWN, "-120072": Said.UNKNOWN, "-120073": Said.UNKNOWN, "-120078": Said.UNKNOWN,
    "-120510": Said.UNKNOWN, "-120511": Said.UNKNOWN, "-120512": Said.UNKNOWN,
}  # fmt: skip
OWN_WORDS = {
    STOP: COPYING,
    # The id comes from a person, who may be wrong.
    REMOVE: COPYING | {"-32045": Said.REFUSED},
    PAUSE: {
        "-32045": Said.UNKNOWN, "-120055": Said.UNKNOWN, "-32090": Said.RACE, "-32093": Said.RACE,
        "-120067": Said.REFUSED, "-120072": Said.REFUSED, "-120073": Said.REFUSED, "-120078": Said.REFUSED,
        "-120510": Said.REFUSED, "-120511": Said.REFUSED, "-120512": Said.REFUSED,
    },
}  # fmt: skip
EXPECTED = {
    (action, code): said
    for action, own in OWN_WORDS.items()
    for code, said in (
        own | {one.replace("_4", " 4"): said for said, text in ALL_THREE.items() for one in text.split()}
    ).items()
}


@pytest.mark.parametrize(("action", "code"), EXPECTED)
def test_what_each_code_means_for_each_action(action: ActionType, code: str) -> None:
    assert stopping.said(code, action) is EXPECTED[action, code]


@pytest.mark.parametrize("action", ActionType)
def test_no_documented_code_is_forgotten(action: ActionType) -> None:
    written = {code for one, code in EXPECTED if one is action}
    assert set(LISTED.split()) <= written
    assert {f"HTTP {status}" for status in codes.STATUSES} <= written


@pytest.mark.parametrize(("action", "code"), EXPECTED)
def test_everything_is_said_in_both_languages(action: ActionType, code: str) -> None:
    verdict = stopping.verdict(code, action)
    for words in (verdict.means, verdict.does, verdict.cure):
        assert bool(words.en) == bool(words.zh)
        assert not CHINESE.search(words.en)
        assert CHINESE.search(words.zh) or not words.zh
    assert verdict.means.en
    assert verdict.does.en
    place = stopping.BY_HAND[action]
    needs_nobody = verdict.said in (Said.ACCEPTED, Said.ALREADY)
    assert (place.en in verdict.cure.en, place.zh in verdict.cure.zh) == (not needs_nobody, not needs_nobody)


def test_what_is_known_to_leave_the_outcome_open_is_read() -> None:
    for code in codes.CODES:
        if codes.leaves_outcome_open(code):
            assert {stopping.said(code, action) for action in ActionType} == {Said.UNKNOWN}


@given(code=st.text(max_size=12) | st.integers().map(str), action=st.sampled_from(ActionType))
def test_a_code_nobody_knows_leaves_the_outcome_open(code: str, action: ActionType) -> None:
    if (action, code) in EXPECTED or codes.find(code):
        return
    verdict = stopping.verdict(code, action)
    assert verdict.said is Said.UNKNOWN
    assert "does not know" in verdict.means.en


def test_words_that_name_the_place() -> None:
    held = stopping.verdict(codes.OPEN_COPIES, STOP)
    assert "close them by hand" in held.cure.en
    assert "> this trader >" in held.cure.en
    assert "action_api_key" in stopping.verdict(codes.READ_ONLY_KEY, STOP).cure.en
    assert "COPY_TRADING" in stopping.verdict("-1002", PAUSE).cure.zh
    assert held.cure.text("zh") == held.cure.zh
