"""The table of codes: every documented one, in both languages."""

from __future__ import annotations

import re

import pytest

from alertd.domain.errors import Disposition
from alertd.exchanges.toobit import codes

LISTED = """
-1000 -1001 -1002 -1003 -1004 -1005 -1006 -1007 -1014 -1015 -1016 -1020 -1021 -1022 -1023 -1031 -1100 -1101
-1102 -1103 -1104 -1105 -1106 -1107 -1111 -1112 -1114 -1115 -1116 -1117 -1118 -1119 -1120 -1121 -1125 -1127
-1128 -1129 -1130 -1131 -1132 -1146 -1147 -1151 -1153 -1156 -1158 -1161 -1164 -1165 -1166 -1170 -1171 -1172
-1181 -1182 -1193 -1204 -1205 -1213 -1214 -1215 -1216 -1217 -1300 -1400 -1417 -2010 -2011 -2013 -2014 -2015
-2016 -2017 -2018 -3000 -3102 -3124 -3128 -3130 -3145 -3147 -3148 -3153 -10001 -10002 -10004 -100010 -100011
-100012 -32045 -32090 -32093 -120041 -120047 -120055 -120067 -120072 -120073 -120078 -120510 -120511 -120512
"""


@pytest.mark.parametrize("code", LISTED.split())
def test_every_documented_code_is_known_in_both_languages(code: str) -> None:
    known = codes.find(code)
    assert known is not None
    assert known.text("en") == known.en
    assert re.search(r"[一-鿿]", known.text("zh"))
    assert not re.search(r"[一-鿿]", known.en)


@pytest.mark.parametrize(
    ("disposition", "those"),
    [
        ("credentials", "-1002 -1005 -1020 -1022 -1023 -1107 -1153 -1171 -1204 -2014 -2015 -2017 -2018"),
        ("retry", "-1000 -1001 -1006 -1007 -1016 -1125 -3147"),
        ("clock", "-1021"),
        ("rate", "-1003 -1015"),
        ("config", "-32045 -120041 -120047 -1031"),
        ("bug", "-1004 -1100 -1102 -1121 -1130 -32090 -120055 -120072 -120512 -100010"),
    ],
)
def test_what_they_ask_for(disposition: str, those: str) -> None:
    assert {codes.classify(code) for code in those.split()} == {Disposition(disposition)}


def test_the_precise_row_wins_over_its_family() -> None:
    assert codes.CODES["-1146"].disposition is Disposition.RETRY
    assert codes.CODES["-1204"].disposition is Disposition.CREDENTIALS
    assert codes.CODES["-3145"].en == "there is no position"


def test_statuses() -> None:
    assert codes.classify("HTTP 401") is Disposition.CREDENTIALS
    assert codes.classify("HTTP 404") is Disposition.BUG
    assert {codes.classify(f"HTTP {status}") for status in (403, 418, 429)} == {Disposition.RATE}
    assert codes.find("HTTP 500") is None


def test_an_unknown_code_is_retried_and_leaves_a_change_open() -> None:
    assert codes.classify("-99999") is Disposition.RETRY
    assert codes.leaves_outcome_open("-99999")
    assert codes.leaves_outcome_open("-1007")
    assert not codes.leaves_outcome_open("-120055")
    assert not codes.leaves_outcome_open("HTTP 429")
