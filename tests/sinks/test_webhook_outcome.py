"""alertd/sinks/webhook_outcome.py"""

from __future__ import annotations

import pytest

from alertd.domain.notification import Outcome, SendResult
from alertd.sinks.http_answer import Answer
from alertd.sinks.outcome import Attempt, Status, judge
from alertd.sinks.webhook_outcome import judge_answer, said_by
from tests.sinks.samples import T


def judged(status: int, retry_after: str = "") -> SendResult:
    return judge_answer(Answer(status=status, reusable=True, retry_after=retry_after), T, 0.1)


@pytest.mark.parametrize(
    ("status", "outcome", "detail"),
    [
        (200, Outcome.SENT, "HTTP 200 OK"),
        (204, Outcome.SENT, "HTTP 204 No Content"),
        (299, Outcome.SENT, "HTTP 299"),
        (302, Outcome.TRANSIENT, "HTTP 302 Found: sends us elsewhere, which is not followed"),
        (400, Outcome.PERMANENT, "HTTP 400 Bad Request"),
        (401, Outcome.PERMANENT, "HTTP 401 Unauthorized"),
        (404, Outcome.PERMANENT, "HTTP 404 Not Found"),
        (410, Outcome.PERMANENT, "HTTP 410 Gone"),
        (499, Outcome.PERMANENT, "HTTP 499"),
        (408, Outcome.TRANSIENT, "HTTP 408 Request Timeout"),
        (409, Outcome.TRANSIENT, "HTTP 409 Conflict"),
        (429, Outcome.TRANSIENT, "HTTP 429 Too Many Requests"),
        (500, Outcome.TRANSIENT, "HTTP 500 Internal Server Error"),
        (503, Outcome.TRANSIENT, "HTTP 503 Service Unavailable"),
        (504, Outcome.UNKNOWN, "HTTP 504 Gateway Timeout: who stands behind it may have the message"),
        (999, Outcome.TRANSIENT, "HTTP 999"),
    ],
)
def test_outcomes(status: int, outcome: Outcome, detail: str) -> None:
    result = judged(status)
    assert (result.outcome, result.detail) == (outcome, detail)


@pytest.mark.parametrize(
    "status", [302, 400, 401, 403, 404, 405, 408, 409, 410, 425, 429, 500, 502, 503, 504]
)
def test_as_apprise_is_judged(status: int) -> None:
    through_apprise = judge(
        Attempt(Status.FAILURE, (f"Failed to send JSON POST notification: error={status}.",))
    )
    assert judged(status).outcome is through_apprise.outcome


@pytest.mark.parametrize(
    ("status", "retry_after", "wish_s"),
    [
        (429, "7", 7.0),
        (429, "0", 0.0),
        (429, "99999999", 3600.0),
        (429, "", 30.0),
        (429, "soon", 30.0),
        (429, "-5", 30.0),
        (429, "Sun, 01 Mar 2026 13:04:05 GMT", pytest.approx(59.877)),
        (429, "Sun, 01 Mar 2026 13:04:05 -0000", pytest.approx(59.877)),
        (429, "Sun, 01 Mar 2026 12:00:00 GMT", 0.0),
        (429, "Sun, 01 Mar 2099 12:00:00 GMT", 3600.0),
        (503, "120", 120.0),
        (503, "", None),
        (500, "120", None),
    ],
)
def test_the_receivers_wish_to_wait(status: int, retry_after: str, wish_s: float | None) -> None:
    assert judged(status, retry_after).retry_after_s == wish_s


@pytest.mark.parametrize(
    ("words", "retry_after", "said"),
    [
        (b"", "", ""),
        (b'{"error":\n "token revoked"}\n', "", '{"error": "token revoked"}'),
        (b"", "120", "Retry-After: 120"),
        (b"slow\x1b[31m down\xff", "7", "slow [31m down\ufffd; Retry-After: 7"),
        (b"my secret", "my secret", "my ***; Retry-After: my ***"),
        (b"x" * 2000, "y" * 2000, "x" * 298 + "..; Retry-After: " + "y" * 38 + ".."),
    ],
)
def test_what_the_receiver_wrote(words: bytes, retry_after: str, said: str) -> None:
    answer = Answer(status=429, reusable=True, retry_after=retry_after, words=words)
    assert said_by(answer, lambda text: text.replace("secret", "***")) == said


def test_how_long_it_took() -> None:
    assert judged(200).took_s == 0.1
