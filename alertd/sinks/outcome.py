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
from alertd.sinks.provider_answer import ProviderAnswer


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
    answer: ProviderAnswer | None = None  # None: there was none, or it could not be heard
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
# Source: docs.slack.dev, errors of chat.postMessage and of incoming webhooks.
_GONE_AT_SLACK = frozenset(
    [
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "no_permission",
        "missing_scope",
        "channel_not_found",
        "not_in_channel",
        "is_archived",
        "channel_is_archived",
        "restricted_action",
        "invalid_token",
        "no_service",
        "no_team",
        "team_disabled",
        "user_not_found",
        "ekm_access_denied",
        "access_denied",
        "org_login_required",
    ]
)
_RATE_LIMITED = ("ratelimited", "rate_limited")
_REFUSED_STATUS = (400, 401, 403, 404, 405, 410)
_NO_PROVIDER = ProviderAnswer(status=0)
_BAD_REQUEST, _TOO_MANY, _GATEWAY_TIMEOUT = 400, 429, 504


def judge(attempt: Attempt) -> SendResult:
    """The outcome of one attempt, with the service's words and its wish to wait."""
    said = "" if attempt.answer is None else str(attempt.answer)
    detail = "; ".join(text for text in dict.fromkeys((*attempt.texts, said)) if text)[:_LONGEST_DETAIL]
    match attempt.status:
        case Status.SUCCESS if attempt.answer is None or not attempt.answer.is_denied:
            return SendResult(Outcome.SENT, said, took_s=attempt.took_s)
        case Status.NOMATCH:
            return SendResult(Outcome.PERMANENT, detail or "the URL names no service that can be used")
        case Status.DEADLINE | Status.TIMEOUT | Status.PARTIAL:
            return SendResult(Outcome.UNKNOWN, detail or f"no answer in time ({attempt.status})")
    return _judge_failure(detail, attempt)


def text_is_refused(attempt: Attempt, *, is_marked: bool = False) -> bool:
    """The service took the request but not this text: a plainer and shorter one may pass.

    `is_marked`: the text had markup, which some services refuse without saying so.
    """
    if attempt.status is not Status.FAILURE or moved_to(attempt) is not None:
        return False
    whole = "\n".join(attempt.texts)
    if _TEXT_REFUSED.search(whole):
        return True
    is_final = _GONE.search(whole) or _MOVED.search(whole)
    return is_marked and f"error={_BAD_REQUEST}" in whole and not is_final


def moved_to(attempt: Attempt) -> int | None:
    """The new id of a Telegram group that has become a supergroup; it takes nothing under the old one."""
    if attempt.status is not Status.FAILURE or attempt.answer is None:
        return None
    return attempt.answer.moved_to


def _judge_failure(detail: str, attempt: Attempt) -> SendResult:
    whole = "\n".join(attempt.texts)
    answer = attempt.answer or _NO_PROVIDER
    statuses = {answer.status, *(int(found) for found in _HTTP_STATUS.findall(whole))}
    if _TOO_MANY in statuses or answer.words in _RATE_LIMITED:
        return SendResult(Outcome.TRANSIENT, detail, _wished_wait_s(whole, answer))
    if attempt.cause in (Cause.LOGIN_REFUSED, Cause.REFUSED) or _GONE.search(detail):
        return SendResult(Outcome.PERMANENT, detail)
    if not statuses.isdisjoint(_REFUSED_STATUS) or answer.words in _GONE_AT_SLACK:
        return SendResult(Outcome.PERMANENT, detail)
    if attempt.cause is Cause.NOT_SENT or _MAIL_NOT_BEGUN.search(whole):
        return SendResult(Outcome.TRANSIENT, detail or "no connection")
    if _GATEWAY_TIMEOUT in statuses or attempt.cause is Cause.UNCLEAR or _NO_ANSWER.search(whole):
        return SendResult(Outcome.UNKNOWN, detail or "no answer")
    return SendResult(Outcome.TRANSIENT, detail or "refused without a reason", answer.retry_after_s)


def _wished_wait_s(whole: str, answer: ProviderAnswer) -> float:
    found = _RETRY_AFTER.search(whole)
    wished_s = float(found.group(1)) if found else answer.retry_after_s
    return _LEAST_WAIT_S if wished_s is None else min(wished_s, _LONGEST_WAIT_S)
