"""What one attempt through Apprise means for a delivery: sent, unknown, transient or permanent. Pure.

Apprise gives a truth value and log texts, no HTTP status: what happened is read from the texts
(`error=429`) and from the exception that was being handled when the text was logged (`Cause`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from alertd.domain.notification import Outcome, SendResult


class Status(StrEnum):
    """Apprise's own word, and `DEADLINE` for ours: we stopped waiting, the send goes on."""

    SUCCESS = "success"
    FAILURE = "failure"
    NOMATCH = "nomatch"
    PARTIAL = "partial"
    TIMEOUT = "timeout"
    DEADLINE = "deadline"


class Cause(StrEnum):
    """What an exception behind a failure proves."""

    NOT_SENT = "not_sent"  # no connection was ever made, so nothing can have arrived
    LOGIN_REFUSED = "login_refused"  # a mail server refused user or password
    REFUSED = "refused"  # a mail server refused the message, or whom it is for, for good
    UNCLEAR = "unclear"  # the request may have arrived


@dataclass(frozen=True, slots=True)
class Attempt:
    """What is known after one send. `texts` are log lines, already redacted."""

    status: Status
    texts: Sequence[str] = ()
    cause: Cause | None = None
    took_s: float = field(default=0.0, compare=False)


_LONGEST_DETAIL = 300
_LEAST_WAIT_S = 30.0  # where a service says "too many" but not for how long
_LONGEST_WAIT_S = 3600.0
_HTTP_STATUS = re.compile(r"error=(\d{3})\b")
_RETRY_AFTER = re.compile(r"retry after (\d{1,6})", re.IGNORECASE)
_NO_ANSWER = re.compile(r"connection error|MQTT message could not be delivered", re.IGNORECASE)
# Of a mail: connecting and logging in. What goes wrong once a mail is handed over is told in other words.
_MAIL_NOT_BEGUN = re.compile(r"connection error while submitting email", re.IGNORECASE)
_TEXT_REFUSED = re.compile(r"message is too long|can't parse entities", re.IGNORECASE)
_GONE = re.compile(
    r"chat not found|bot was blocked|kicked|user is deactivated|bots? can't send messages to"
    r"|not enough rights|have no rights|need administrator rights|topic_closed|thread not found",
    re.IGNORECASE,
)
_MOVED = re.compile(r"upgraded to a supergroup", re.IGNORECASE)
_REFUSED_STATUS = (400, 401, 403, 404, 405, 410)
_BAD_REQUEST, _TOO_MANY, _GATEWAY_TIMEOUT = 400, 429, 504


def judge(attempt: Attempt) -> SendResult:
    """The outcome of one attempt, with the service's words and its wish to wait."""
    detail = "; ".join(dict.fromkeys(attempt.texts))[:_LONGEST_DETAIL]
    match attempt.status:
        case Status.SUCCESS:
            return SendResult(Outcome.SENT, took_s=attempt.took_s)
        case Status.NOMATCH:
            return SendResult(Outcome.PERMANENT, detail or "the URL names no service that can be used")
        case Status.DEADLINE | Status.TIMEOUT | Status.PARTIAL:
            return SendResult(Outcome.UNKNOWN, detail or f"no answer in time ({attempt.status})")
    return _judge_failure(detail, attempt)


def text_is_refused(attempt: Attempt, *, is_marked: bool = False) -> bool:
    """The service took the request but not this text: a plainer and shorter one may pass.

    `is_marked`: the text had markup, which some services refuse without saying so.
    """
    if attempt.status is not Status.FAILURE or chat_has_moved(attempt):
        return False
    whole = "\n".join(attempt.texts)
    if _TEXT_REFUSED.search(whole):
        return True
    return is_marked and f"error={_BAD_REQUEST}" in whole and not _GONE.search(whole)


def chat_has_moved(attempt: Attempt) -> bool:
    """A Telegram group has become a supergroup, which has another id."""
    return attempt.status is Status.FAILURE and any(_MOVED.search(text) for text in attempt.texts)


def _judge_failure(detail: str, attempt: Attempt) -> SendResult:
    whole = "\n".join(attempt.texts)
    statuses = [int(found) for found in _HTTP_STATUS.findall(whole)]
    if _TOO_MANY in statuses:
        return SendResult(Outcome.TRANSIENT, detail, _wished_wait_s(whole))
    if attempt.cause in (Cause.LOGIN_REFUSED, Cause.REFUSED) or _GONE.search(whole):
        return SendResult(Outcome.PERMANENT, detail)
    if any(status in _REFUSED_STATUS for status in statuses):
        return SendResult(Outcome.PERMANENT, detail)
    if attempt.cause is Cause.NOT_SENT or _MAIL_NOT_BEGUN.search(whole):
        return SendResult(Outcome.TRANSIENT, detail or "no connection")
    if _GATEWAY_TIMEOUT in statuses or attempt.cause is Cause.UNCLEAR or _NO_ANSWER.search(whole):
        return SendResult(Outcome.UNKNOWN, detail or "no answer")
    return SendResult(Outcome.TRANSIENT, detail or "refused without a reason")


def _wished_wait_s(whole: str) -> float:
    found = _RETRY_AFTER.search(whole)
    return min(float(found.group(1)), _LONGEST_WAIT_S) if found else _LEAST_WAIT_S
