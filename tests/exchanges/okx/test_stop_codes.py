"""Every answer to a stop, written down a second time by what it means, and what people are told of each."""

from __future__ import annotations

import re

import pytest

from alertd.domain.action import Said
from alertd.exchanges.okx.codes import CODES
from alertd.exchanges.okx.stop_codes import BY_HAND, NEVER_THERE, NO_RELATION, TABLE, find, said_of, verdict
from alertd.exchanges.okx.stop_texts import STOP_TEXTS

BY_MEANING = {
    Said.ACCEPTED: "0",
    Said.ALREADY: "59267 59280 59273 59285",
    Said.IN_PROGRESS: "59278 59218 59276 51032",
    Said.RACE: "59216 51023 51043",
    Said.HELD: "50009 50017 50018 50019 50020 50021 50022 50023 50001 50046 50062 HTTP-403",
    Said.NOT_TAKEN: "50011 50013 50040 50061 50102 not_sent switched_off HTTP-429",
    Said.UNKNOWN: "50004 50026 50042 51054 51037 no_answer no_result",
    Said.REFUSED: """
        59269 59258 59263 59282 59264 59283 59292 59200 59201
        59206 59268 59270 59274 59275 59277 59279 59259 59284 59287
        59256 59247 59245 59128 59286 59288 59641 59642 59643 59129 59130 59260 59262
        50007 50008 50012 50027 50028 50029 50030 50035 50041 50051 50052 50059 50060 50067
        50100 50101 50105 50110 50111 50113 50114 50118 50119 50120 50121 51024
        50005 50038 50053 51001 51010
        50000 50002 50006 50014 50015 50016 50024 50025 50044
        50103 50104 50106 50107 50108 50109 50112 50115 51000
        bad_trader no_close_type other_account HTTP-404 HTTP-405 HTTP-410
    """,
}
EXPECTED = {code.replace("-", " "): said for said, codes in BY_MEANING.items() for code in codes.split()}
# What OKX's table of errors names for copy trading.
STOPPING = """
    59267 59280 59278 59218 59216 59273 59285 59269 59276 59258 59263 59282 59264 59283 59292 59200 59201
    59206 59268 59270 59274 59275 59277 59279 59259 59284 59287
    59256 59247 59245 59128 59286 59288 59641 59642 59643 59129 59130 59260 59262
"""
HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.mark.parametrize(("code", "said"), EXPECTED.items())
def test_an_answer(code: str, said: Said) -> None:
    assert said_of(code) is said


def test_no_row_is_left_out() -> None:
    assert TABLE.keys() == EXPECTED.keys()


def test_the_table_holds_every_code_a_stop_can_be_answered_with() -> None:
    rest = {code for code in CODES if code.startswith(("50", "51"))}
    assert rest | set(STOPPING.split()) <= TABLE.keys()


@pytest.mark.parametrize("code", ["", "1", "2", "0_1000", "99999", "5926", "HTTP 200", "HTTP 503", "no"])
def test_what_is_not_in_the_table_is_an_unknown_outcome(code: str) -> None:
    assert said_of(code) is Said.UNKNOWN
    told = verdict(code)
    assert told.said is Said.UNKNOWN
    assert "not known" in told.does.en


def test_a_suffix_does_not_hide_a_code() -> None:
    assert find("59267_1000") == find("59267")
    assert verdict("50120_1").means == verdict("50120").means


@pytest.mark.parametrize("code", EXPECTED)
def test_each_is_told_in_both_languages(code: str) -> None:
    told = verdict(code, "the exchange's words")
    for part in (told.means, told.does, told.cure):
        assert part.en.isascii()
        assert HAN.search(part.zh)
        assert not part.en.endswith(".")
        assert not part.zh.endswith("。")
        assert len(part.en) < 400
    assert "Unknown" not in told.means.en
    assert told.does == find(code).does


@pytest.mark.parametrize("code", EXPECTED)
def test_where_it_is_done_by_hand_stands_in_all_that_is_not_done(code: str) -> None:
    cure = verdict(code).cure
    is_named = EXPECTED[code] not in (Said.ACCEPTED, Said.ALREADY)
    assert (BY_HAND.en in cure.en, BY_HAND.zh in cure.zh) == (is_named, is_named)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("50120", ("Trade", "action_api_key")),  # a read-only key
        ("59258", ("lead trader",)),  # the wrong role
        ("50119", ("region",)),
        ("50101", ("environment",)),
        ("HTTP 404", ("region",)),
        ("59269", ("No contract lead trader",)),  # no such trader
        ("59292", ("smart sync", "app")),
        ("59264", ("Spot", "app")),
        ("50009", ("frozen by a liquidation", "margin")),
        ("50110", ("IP",)),
        ("other_account", ("UID",)),
    ],
)
def test_what_a_person_can_do_something_about_is_said_clearly(code: str, words: tuple[str, ...]) -> None:
    told = verdict(code)
    for word in words:
        assert word in f"{told.means.en} {told.cure.en}"


def test_no_two_refusals_are_told_alike() -> None:
    texts = {code: verdict(code).means for code in TABLE if code not in ("59260", "51023", "51043")}
    assert len(set(texts.values())) == len(texts)
    assert len({one.zh for one in texts.values()}) == len(texts)


def test_every_text_is_used() -> None:
    assert STOP_TEXTS.keys() - TABLE.keys() == {"HTTP"}


def test_who_never_copied_is_among_those_without_a_relation() -> None:
    assert NEVER_THERE < NO_RELATION < TABLE.keys()
