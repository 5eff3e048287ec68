"""What is asked, and what any answer at all means."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.action import OpenPositions, Said
from alertd.exchanges.okx.stop_codes import TABLE
from alertd.exchanges.okx.stopping import is_trader, read_answer, stop_body

TAKEN = {"code": "0", "msg": "", "data": [{"result": True}]}


def read(answer: Any, status: int = 200) -> tuple[Said, str]:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    outcome = read_answer(status, body)
    return outcome.said, outcome.code


@pytest.mark.parametrize(
    ("positions", "word"),
    [
        (OpenPositions.CLOSE_AT_MARKET, "market_close"),
        (OpenPositions.LEADER_CLOSES, "copy_close"),
        (OpenPositions.LEAVE_TO_ME, "manual_close"),
    ],
)
def test_the_body_is_the_guides(positions: OpenPositions, word: str) -> None:
    wanted = f'{{"instType":"SWAP","uniqueCode":"25CD5A80241D6FE6","subPosCloseType":"{word}"}}'
    assert stop_body("25CD5A80241D6FE6", positions) == wanted


@pytest.mark.parametrize("text", ["25CD5A80241D6FE6", "1" * 18, "a" * 64])
def test_what_can_be_a_trader(text: str) -> None:
    assert is_trader(text)


@pytest.mark.parametrize("text", ["", "*", "anna!", "a" * 65, "１２３", "25CD5A80241D6FE6\n", 'x","a":"b'])
def test_what_can_be_none(text: str) -> None:
    assert not is_trader(text)


@pytest.mark.parametrize(
    ("answer", "status", "wanted"),
    [
        (TAKEN, 200, (Said.ACCEPTED, "0")),
        (TAKEN | {"data": [{"result": True}, {"result": True}]}, 200, (Said.ACCEPTED, "0")),
        (TAKEN | {"data": [{"result": False}]}, 200, (Said.UNKNOWN, "no_result")),
        (TAKEN | {"data": [{"result": True}, {}]}, 200, (Said.UNKNOWN, "no_result")),
        (TAKEN | {"data": [{"result": "true"}]}, 200, (Said.UNKNOWN, "no_result")),
        (TAKEN | {"data": [{"result": 1}]}, 200, (Said.UNKNOWN, "no_result")),
        (TAKEN | {"data": [{"result": None}]}, 200, (Said.UNKNOWN, "no_result")),
        (TAKEN | {"data": {"result": True}}, 200, (Said.UNKNOWN, "no_result")),
        (TAKEN | {"data": []}, 200, (Said.UNKNOWN, "no_result")),
        ({"code": "0", "msg": ""}, 200, (Said.UNKNOWN, "no_result")),
        (TAKEN | {"code": 0}, 200, (Said.UNKNOWN, "no_result")),
        (TAKEN, 500, (Said.UNKNOWN, "no_result")),
        ({"code": "59267", "msg": "", "data": []}, 200, (Said.ALREADY, "59267")),
        ({"code": "59278", "msg": "", "data": []}, 200, (Said.IN_PROGRESS, "59278")),
        ({"code": 50011, "msg": ""}, 429, (Said.NOT_TAKEN, "50011")),
        ({"msg": "x", "code": "50102"}, 401, (Said.NOT_TAKEN, "50102")),
        ({"code": "59999", "msg": "new"}, 200, (Said.UNKNOWN, "59999")),
        ({"code": "0_1000", "data": [{"result": True}]}, 200, (Said.UNKNOWN, "0_1000")),
        ({"code": "1", "data": [{"sCode": "59216", "sMsg": "gone"}]}, 200, (Said.RACE, "59216")),
        ({"code": "1", "data": [{"sCode": "0"}]}, 200, (Said.UNKNOWN, "1")),
        ({"code": "2", "data": [{"sCode": "59216"}, {"sCode": "59267"}]}, 200, (Said.UNKNOWN, "2")),
        ({"code": "1", "data": "?"}, 200, (Said.UNKNOWN, "1")),
        ({"code": 500, "error_code": "500"}, 500, (Said.UNKNOWN, "HTTP 500")),
        ({"code": "404", "msg": "Not Found"}, 404, (Said.REFUSED, "HTTP 404")),
        (b"<html>Bad gateway</html>", 502, (Said.UNKNOWN, "HTTP 502")),
        (b"<html>denied</html>", 403, (Said.HELD, "HTTP 403")),
        (b"", 200, (Said.UNKNOWN, "HTTP 200")),
        (b"", 429, (Said.NOT_TAKEN, "HTTP 429")),
        (b"[]", 200, (Said.UNKNOWN, "HTTP 200")),
        (b'{"code":"59267","msg":5}', 200, (Said.UNKNOWN, "HTTP 200")),
        (b'{"code":' + b"9" * 5000 + b"}", 200, (Said.UNKNOWN, "HTTP 200")),
        (b'{"code":true}', 200, (Said.UNKNOWN, "HTTP 200")),
        (b"[" * 100_000, 200, (Said.UNKNOWN, "HTTP 200")),
        (b'{"code":"0","data":' + b"[" * 100_000, 200, (Said.UNKNOWN, "HTTP 200")),
    ],
)
def test_an_answer(answer: Any, status: int, wanted: tuple[Said, str]) -> None:
    assert read(answer, status) == wanted


def test_the_exchanges_words_are_one_short_line() -> None:
    outcome = read_answer(200, json.dumps({"code": "59269", "msg": "no\nsuch " + "x" * 999}).encode())
    assert outcome.message.startswith("no such xxx")
    assert len(outcome.message) == 200


STATUSES = st.sampled_from([200, 201, 301, 400, 401, 403, 404, 429, 500, 502, 503])


@given(STATUSES, st.binary(max_size=300))
def test_no_bytes_raise_or_read_as_success(status: int, body: bytes) -> None:
    assert read_answer(status, body).said not in (Said.ACCEPTED, Said.ALREADY)


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["0", *sorted(TABLE)])
)
ITEMS = st.dictionaries(st.sampled_from(["result", "sCode", "sMsg"]), SCALARS, max_size=3)
DATA = SCALARS | ITEMS | st.lists(ITEMS | SCALARS, max_size=2)


@given(STATUSES, st.fixed_dictionaries({}, optional={"code": SCALARS, "msg": SCALARS, "data": DATA}))
def test_only_the_documented_answer_reads_as_taken(status: int, answer: dict[str, Any]) -> None:
    said, code = read(answer, status)
    items = answer.get("data")
    is_taken = (
        status == 200
        and isinstance(answer.get("code"), str)
        and answer["code"] == "0"
        and isinstance(items, list)
        and bool(items)
        and all(isinstance(one, dict) and one.get("result") is True for one in items)
    )
    if said is Said.ACCEPTED:
        assert is_taken
    if said is Said.ALREADY:
        assert code in ("59267", "59273", "59280", "59285")
