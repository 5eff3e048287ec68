"""What the answer of a webhook means for a delivery. Pure.

As with Apprise (`outcome.py`), but from the status itself instead of a text.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from alertd.domain.notification import Outcome, SendResult
from alertd.sinks.figures import clean
from alertd.sinks.http_answer import Answer
from alertd.sinks.provider_answer import status_words

LEAST_WAIT_S = 30.0  # where a receiver says "too many" but not for how long
LONGEST_WAIT_S = 3600.0
_LONGEST_WORDS, _LONGEST_WAIT = 300, 40  # letters that are shown
_TOO_MANY, _UNAVAILABLE, _GATEWAY_TIMEOUT = 429, 503, 504
# Refused now, not for good: timeout, conflict, misdirected, locked, too early.
_LATER = (408, 409, 421, 423, 425)


def judge_answer(answer: Answer, now: datetime, took_s: float) -> SendResult:
    """The outcome of a request that was answered."""
    status = answer.status
    detail = status_words(status)  # what the receiver writes may repeat the message: see `said_by`
    if 200 <= status < 300:
        return SendResult(Outcome.SENT, detail, took_s=took_s)
    if 300 <= status < 400:
        return SendResult(Outcome.TRANSIENT, f"{detail}: sends us elsewhere, which is not followed")
    if status == _GATEWAY_TIMEOUT:
        return SendResult(Outcome.UNKNOWN, f"{detail}: who stands behind it may have the message")
    if status in (_TOO_MANY, _UNAVAILABLE):
        least_s = LEAST_WAIT_S if status == _TOO_MANY else None
        wished_s = _wished_wait_s(answer.retry_after, now)
        return SendResult(Outcome.TRANSIENT, detail, least_s if wished_s is None else wished_s)
    if 400 <= status < 500 and status not in _LATER:
        return SendResult(Outcome.PERMANENT, detail)
    return SendResult(Outcome.TRANSIENT, detail)


def said_by(answer: Answer, redact: Callable[[str], str]) -> str:
    """The receiver's own words on one line, shortened, and how long it asks to wait; "": none."""
    words = clean(redact(answer.words.decode("utf-8", "replace")), _LONGEST_WORDS)
    wait = clean(redact(answer.retry_after), _LONGEST_WAIT)
    return "; ".join(filter(None, (words, f"Retry-After: {wait}" if wait else "")))


def _wished_wait_s(text: str, now: datetime) -> float | None:
    """`Retry-After`, which is seconds or a date."""
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_WAIT_S)
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return min(max((at - now).total_seconds(), 0.0), LONGEST_WAIT_S)
