"""Every code of the exchange's tables, written down a second time by class."""

from __future__ import annotations

import pytest

from alertd.domain.errors import Disposition
from alertd.exchanges.okx.codes import CLOSE_CODES, CODES, classify, classify_close, find

BY_CLASS = {
    Disposition.RETRY: """
        60011 63999 64007 64008 60015 60016
        50001 50004 50009 50013 50017 50018 50019 50020 50021 50022 50023 50026 50042 50046 50062 51032 51054
    """,
    Disposition.CLOCK: "60004 60006 50102",
    Disposition.CREDENTIALS: """
        60005 60007 60009 60024 60032
        50007 50008 50012 50027 50028 50029 50030 50035 50041 50051 50052 50059 50060 50067
        50100 50101 50105 50110 50111 50113 50114 50118 50119 50120 50121 51024
    """,
    Disposition.BUG: """
        60008 60012 60013 60019 60026 60027 60028 60031 60033 64000 64001 64002 64004
        60001 60002 60003 60010 60017 60020 60021 60022
        50000 50002 50006 50014 50015 50016 50024 50025 50044
        50103 50104 50106 50107 50108 50109 50112 50115 51000 51023 51037 51043
    """,
    Disposition.RATE: "60014 60023 50011 50040 50061",
    Disposition.CONFIG: "60018 64003 60029 60030 50005 50038 50053 51001 51010",
}
EXPECTED = {code: wanted for wanted, codes in BY_CLASS.items() for code in codes.split()}
CLOSES = {
    1006: Disposition.RETRY,
    1009: Disposition.BUG,
    4001: Disposition.RETRY,
    4002: Disposition.BUG,
    4003: Disposition.BUG,
    4004: Disposition.RETRY,
    4005: Disposition.RETRY,
    4006: Disposition.RETRY,
    4007: Disposition.CREDENTIALS,
    4008: Disposition.BUG,
    4009: Disposition.BUG,
}


@pytest.mark.parametrize(("code", "wanted"), sorted(EXPECTED.items()))
def test_error_code(code, wanted):
    assert classify(code) is wanted
    assert find(code).meaning


@pytest.mark.parametrize(("code", "wanted"), CLOSES.items())
def test_close_code(code, wanted):
    assert classify_close(code) is wanted


def test_no_row_is_left_out():
    assert CODES.keys() == EXPECTED.keys()
    assert CLOSE_CODES.keys() == CLOSES.keys()


@pytest.mark.parametrize("code", ["", "0", "99999", "6000", "nonsense"])
def test_an_unknown_code_is_retried(code):
    assert classify(code) is Disposition.RETRY
    assert find(code) is None


@pytest.mark.parametrize("code", [None, 1000, 1001, 4999])
def test_an_unknown_close_is_retried(code):
    assert classify_close(code) is Disposition.RETRY


def test_a_suffix_does_not_hide_a_code():
    assert classify("51000_1000") is Disposition.BUG
