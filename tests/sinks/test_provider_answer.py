import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alertd.sinks.provider_answer import ProviderAnswer, read_provider_answer


def read(status: int, body: Any, retry_after: str = "") -> ProviderAnswer:
    return read_provider_answer(status, retry_after, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, {"ok": True, "result": {"message_id": 1}}, "HTTP 200 OK"),
        (
            403,
            {"ok": False, "description": "Forbidden: bot was blocked"},
            "HTTP 403 Forbidden: Forbidden: bot was blocked",
        ),
        (200, {"ok": False, "error": "not_in_channel"}, "HTTP 200 OK: not_in_channel"),
        (500, {"error": {"code": 1}}, "HTTP 500 Internal Server Error"),
        (599, {}, "HTTP 599"),
    ],
)
def test_what_is_said(status: int, body: Any, said: str) -> None:
    assert str(read(status, body)) == said


def test_a_page_is_quoted_only_where_it_says_why_not() -> None:
    page = b"<h1>no_service</h1>\n" + b"x" * 5000
    assert str(read_provider_answer(404, "", page)).startswith("HTTP 404 Not Found: <h1>no_service</h1> xxx")
    assert len(str(read_provider_answer(404, "", page))) < 200
    assert read_provider_answer(200, "", b"ok") == ProviderAnswer(status=200)


def test_what_is_too_large_is_not_taken_apart() -> None:
    large = json.dumps({"ok": False, "error": "x", "filler": "y" * 70_000}).encode()
    assert read_provider_answer(200, "", large) == ProviderAnswer(status=200)


@pytest.mark.parametrize(
    ("parameters", "chat"),
    [
        ({"migrate_to_chat_id": -1001234567890}, -1001234567890),
        ({"retry_after": 3}, None),
        ({"migrate_to_chat_id": "-100"}, None),
        ({"migrate_to_chat_id": True}, None),
        (None, None),
    ],
)
def test_where_a_group_has_gone(parameters: Any, chat: int | None) -> None:
    assert read(400, {"ok": False, "parameters": parameters}).moved_to == chat


@pytest.mark.parametrize(
    ("header", "wait_s"), [("7", 7.0), ("", None), ("Wed, 21 Oct 2026 07:28:00 GMT", None)]
)
def test_how_long_to_wait(header: str, wait_s: float | None) -> None:
    assert read(429, {}, header).retry_after_s == wait_s


@given(st.integers(100, 999), st.text(max_size=20), st.binary(max_size=300))
def test_whatever_comes_is_read(status: int, retry_after: str, body: bytes) -> None:
    answer = read_provider_answer(status, retry_after, body)
    assert answer.status == status
    assert "\n" not in str(answer)
