"""alertd/sinks/webhook_request.py; that it is what Apprise sends: test_webhook_same.py"""

from __future__ import annotations

import json

import pytest

from alertd.domain.alert import Severity
from alertd.sinks.message import Message
from alertd.sinks.webhook_request import LIMITS, RequestMaker, type_of
from alertd.sinks.webhook_url import read_webhook


def test_every_byte_of_it() -> None:
    maker = RequestMaker(read_webhook("json://anna:pass@localhost:8080/x?+X-A=1&:a=b"))
    request = maker.request(Message("T", "é"), Severity.WARNING, good_news=False)
    body = (
        b'{"version": "1.0", "title": "T", "message": "\\u00e9", "attachments": [], '
        b'"type": "warning", "a": "b"}'
    )
    assert request == (
        b"POST /x HTTP/1.1\r\nHost: localhost:8080\r\nUser-Agent: alertd\r\n"
        b"Accept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n"
        b"Content-Type: application/json\r\nX-A: 1\r\n"
        b"Authorization: Basic YW5uYTpwYXNz\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    )


@pytest.mark.parametrize(
    ("severity", "good_news", "word"),
    [
        (Severity.CRITICAL, False, "failure"),
        (Severity.WARNING, False, "warning"),
        (Severity.INFO, False, "info"),
        (Severity.CRITICAL, True, "success"),
    ],
)
def test_types(severity: Severity, good_news: bool, word: str) -> None:
    assert type_of(severity, good_news) == word


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (":title=", {"version", "message", "attachments", "type"}),
        (":title=subject", {"version", "subject", "message", "attachments", "type"}),
        (":channel=ops", {"version", "title", "message", "attachments", "type", "channel"}),
    ],
)
def test_what_options_do_to_the_body(options: str, expected: set[str]) -> None:
    request = RequestMaker(read_webhook(f"json://h/x?{options}")).request(
        Message("T", "B"), Severity.INFO, False
    )
    assert set(json.loads(request.partition(b"\r\n\r\n")[2])) == expected


@pytest.mark.parametrize(("text", "length"), [("abc", 3), ("é", 1), ("爆", 1), ("😀", 2)])
def test_lengths_are_utf_16(text: str, length: int) -> None:
    assert LIMITS.length(text) == length
