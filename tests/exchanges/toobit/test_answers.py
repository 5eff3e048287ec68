"""Data, refusal, limit, or nothing readable."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from alertd.domain.errors import Disposition, RequestRefused, RequestUnavailable
from alertd.exchanges.toobit.answers import Answer, data_of, limit_of, resumes_at_ms, retry_after_s

NOT_FOUND = b"<html><body><h2>404 Not found</h2></body></html>"


def answer(body: Any, status: int = 200, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Answer(
        status, CIMultiDict({name.replace("_", "-"): text for name, text in headers.items()}), content
    )


@pytest.mark.parametrize("code", [200, "200", 0, "0"])
def test_success_in_the_envelope(code: Any) -> None:
    data = data_of(answer({"code": code, "msg": "success", "data": [1]}), wrapped=True)
    assert bytes(data or b"") == b"[1]"


@pytest.mark.parametrize("body", [{"code": 200, "msg": "success", "data": None}, {"code": 200}], ids=str)
def test_null_and_nothing(body: Any) -> None:
    assert data_of(answer(body), wrapped=True) is None


@pytest.mark.parametrize("body", [{"serverTime": 5}, []], ids=str)
def test_bare_answers(body: Any) -> None:
    assert bytes(data_of(answer(body), wrapped=False) or b"") == json.dumps(body).encode()


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("wrapped", [True, False])
@pytest.mark.parametrize("code", [-120041, "-120041"])
def test_a_refusal_counts_whatever_its_status(code: Any, wrapped: bool, status: int) -> None:
    with pytest.raises(RequestRefused) as caught:
        data_of(answer({"code": code, "msg": "not a leader"}, status, traceId="t-1"), wrapped=wrapped)
    assert (caught.value.code, caught.value.wanted) == ("-120041", Disposition.CONFIG)
    assert caught.value.detail == "this account is no active leader; not a leader (traceId t-1)"


def test_an_unknown_code_is_retried_unless_the_status_says_more() -> None:
    for status, wanted in ((200, Disposition.RETRY), (401, Disposition.CREDENTIALS)):
        with pytest.raises(RequestRefused) as caught:
            data_of(answer({"code": -77777}, status), wrapped=True)
        assert (caught.value.code, caught.value.wanted) == ("-77777", wanted)


@pytest.mark.parametrize("code", ["soon", [1], {"a": 1}, 1.5], ids=str)
def test_a_code_that_is_no_number_is_no_success(code: Any) -> None:
    with pytest.raises(RequestRefused):
        data_of(answer({"code": code, "data": []}), wrapped=True)


@pytest.mark.parametrize(
    ("status", "body", "code", "wanted"),
    [
        (401, b"", "HTTP 401", Disposition.CREDENTIALS),
        (404, NOT_FOUND, "HTTP 404", Disposition.BUG),
    ],
)
def test_a_status_that_says_all(status: int, body: bytes, code: str, wanted: Disposition) -> None:
    with pytest.raises(RequestRefused) as caught:
        data_of(answer(body, status), wrapped=True)
    assert (caught.value.code, caught.value.wanted) == (code, wanted)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, NOT_FOUND),
        (502, NOT_FOUND),
        (500, b""),
        (200, b"[]"),
        (200, b'{"list":[]}'),
        (200, b"{"),
    ],
)
def test_nothing_readable_can_be_asked_again(status: int, body: bytes) -> None:
    with pytest.raises(RequestUnavailable):
        data_of(answer(body, status), wrapped=True)


def test_an_empty_bare_answer_is_no_answer() -> None:
    with pytest.raises(RequestUnavailable, match="an empty body"):
        data_of(answer(b""), wrapped=False)


@pytest.mark.parametrize(
    ("status", "body", "limit"),
    [
        (200, {"code": 200, "data": []}, None),
        (429, {"code": -1003, "msg": "Too many requests"}, 429),
        (400, {"code": -1015}, 429),
        (200, {"code": "-1003", "msg": "Too many requests"}, 429),
        (429, b"", 429),
        (418, b"", 418),
        (403, NOT_FOUND, 403),
        (403, {"code": -77777}, 403),
        (403, {"code": -2015}, None),
        (400, {"code": -1003, "msg": "IP banned until 1763700000123"}, 418),
    ],
    ids=str,
)
def test_limits(status: int, body: Any, limit: int | None) -> None:
    assert limit_of(answer(body, status)) == limit


def test_until_when() -> None:
    reset = {"X_Api_Limit_Reset_Timestamp": "1763700060000"}
    assert resumes_at_ms(answer(b"", 429, **reset)) == 1763700060000
    banned = answer({"code": -1003, "msg": "banned until 1763700000123"}, 418, **reset)
    assert resumes_at_ms(banned) == 1763700000123
    assert resumes_at_ms(answer(b"", 429)) is None
    assert resumes_at_ms(answer(b"", 429, X_Api_Limit_Reset_Timestamp="soon")) is None
    assert retry_after_s(answer(b"", 429, Retry_After="7")) == 7.0
    assert retry_after_s(answer(b"", 429, Retry_After="Wed, 21 Oct 2026 07:28:00 GMT")) is None


@given(st.binary(max_size=80), st.integers(100, 599), st.booleans())
def test_any_body_is_judged(body: bytes, status: int, wrapped: bool) -> None:
    """Raises nothing but what is foreseen; the only success is status 200."""
    limit_of(answer(body, status))
    try:
        data_of(answer(body, status), wrapped=wrapped)
    except (RequestRefused, RequestUnavailable):
        return
    assert status == 200
