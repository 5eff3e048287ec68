"""What people and the outbox are told after an attempt, by everything Apprise can say."""

from typing import Any

import pytest

from alertd.domain.notification import Outcome, SendResult
from alertd.sinks.outcome import Attempt, Cause, Status, judge, moved_to, text_is_refused
from alertd.sinks.provider_answer import ProviderAnswer

TELEGRAM = "Failed to send Telegram notification to 1001: {}, error={}."
NO_ANSWER = "A connection error occurred sending Telegram:1001 notification."


@pytest.mark.parametrize(
    ("attempt", "outcome"),
    [
        (Attempt(Status.SUCCESS), Outcome.SENT),
        (Attempt(Status.SUCCESS, ("a warning",)), Outcome.SENT),
        (Attempt(Status.DEADLINE), Outcome.UNKNOWN),
        (Attempt(Status.TIMEOUT, ("Service 'x' did not finish within 4.000s.",)), Outcome.UNKNOWN),
        (Attempt(Status.PARTIAL), Outcome.UNKNOWN),
        (Attempt(Status.NOMATCH, ("There are no service(s) to notify",)), Outcome.PERMANENT),
        # No answer: only the exception behind it can prove that nothing was sent.
        (Attempt(Status.FAILURE, (NO_ANSWER,)), Outcome.UNKNOWN),
        (Attempt(Status.FAILURE, (NO_ANSWER,), Cause.UNCLEAR), Outcome.UNKNOWN),
        (Attempt(Status.FAILURE, (NO_ANSWER,), Cause.NOT_SENT), Outcome.TRANSIENT),
        # Apprise says so of connecting and logging in only; of the mail itself it uses other words.
        (Attempt(Status.FAILURE, ('Connection error while submitting email to "h"',)), Outcome.TRANSIENT),
        (Attempt(Status.FAILURE, ('Sending email to "a@b" failed.',), Cause.UNCLEAR), Outcome.UNKNOWN),
        (Attempt(Status.FAILURE, ('Sending email to "a@b" failed.',), Cause.REFUSED), Outcome.PERMANENT),
        (Attempt(Status.FAILURE, ('Sending email to "a@b" failed.',), Cause.NOT_SENT), Outcome.TRANSIENT),
        (Attempt(Status.FAILURE, ("The MQTT message could not be delivered",)), Outcome.UNKNOWN),
        (
            Attempt(Status.FAILURE, (TELEGRAM.format("Bad Request: not enough rights to send", 400),)),
            Outcome.PERMANENT,
        ),
        (
            Attempt(Status.FAILURE, ('Connection error while submitting email to "h"',), Cause.LOGIN_REFUSED),
            Outcome.PERMANENT,
        ),
        (
            Attempt(Status.FAILURE, (TELEGRAM.format("Too Many Requests: retry after 7", 429),)),
            Outcome.TRANSIENT,
        ),
        (Attempt(Status.FAILURE, ("Failed to send to Slack: error=429.",)), Outcome.TRANSIENT),
        *(
            (Attempt(Status.FAILURE, (f"Failed to send JSON POST notification: error={code}.",)), outcome)
            for code, outcome in [
                (200, Outcome.TRANSIENT),
                (302, Outcome.TRANSIENT),
                (400, Outcome.PERMANENT),
                (401, Outcome.PERMANENT),
                (403, Outcome.PERMANENT),
                (404, Outcome.PERMANENT),
                (405, Outcome.PERMANENT),
                (408, Outcome.TRANSIENT),
                (410, Outcome.PERMANENT),
                (500, Outcome.TRANSIENT),
                (502, Outcome.TRANSIENT),
                (503, Outcome.TRANSIENT),
                (504, Outcome.UNKNOWN),
            ]
        ),
        (Attempt(Status.FAILURE, (TELEGRAM.format("Bad Request: chat not found", 400),)), Outcome.PERMANENT),
        (
            Attempt(Status.FAILURE, (TELEGRAM.format("Forbidden: bot was blocked by the user", 403),)),
            Outcome.PERMANENT,
        ),
        (
            Attempt(Status.FAILURE, (TELEGRAM.format("Forbidden: bot was kicked from the group", 403),)),
            Outcome.PERMANENT,
        ),
        (Attempt(Status.FAILURE, ('Sending email to "a@b" failed.',)), Outcome.TRANSIENT),
        (Attempt(Status.FAILURE), Outcome.TRANSIENT),
        (Attempt(Status.FAILURE, ("something nobody has seen",)), Outcome.TRANSIENT),
    ],
    ids=lambda value: str(value)[:60],
)
def test_outcome(attempt: Attempt, outcome: Outcome) -> None:
    assert judge(attempt).outcome is outcome


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        (TELEGRAM.format("Too Many Requests: retry after 7", 429), 7.0),
        (TELEGRAM.format("Too Many Requests: retry after 99999", 429), 3600.0),
        ("Failed to send to Slack: error=429.", 30.0),
        ("Failed to send JSON POST notification: error=500.", None),
    ],
)
def test_the_wish_to_wait(text: str, wait_s: float | None) -> None:
    assert judge(Attempt(Status.FAILURE, (text,))).retry_after_s == wait_s


def test_the_detail_is_the_services_own_words_once_and_bounded() -> None:
    result = judge(Attempt(Status.FAILURE, ("first", "second", "first")))
    assert result.detail == "first; second"
    assert len(judge(Attempt(Status.FAILURE, ("x" * 5000,))).detail) == 300
    assert judge(Attempt(Status.FAILURE)).detail


def test_a_refused_text_is_no_refused_sink() -> None:
    too_long = Attempt(Status.FAILURE, (TELEGRAM.format("Bad Request: message is too long", 400),))
    no_markup = Attempt(Status.FAILURE, (TELEGRAM.format("Bad Request: can't parse entities: x", 400),))
    gone = Attempt(Status.FAILURE, (TELEGRAM.format("Bad Request: chat not found", 400),))
    assert [text_is_refused(attempt) for attempt in (too_long, no_markup, gone)] == [True, True, False]


def test_marked_text_that_is_refused_without_a_word_goes_out_plain() -> None:
    silent = Attempt(Status.FAILURE, ("Failed to send Discord notification: error=400.",))
    gone = Attempt(Status.FAILURE, (TELEGRAM.format("Bad Request: chat not found", 400),))
    forbidden = Attempt(Status.FAILURE, ("Failed to send Discord notification: error=403.",))
    assert [text_is_refused(one, is_marked=True) for one in (silent, gone, forbidden)] == [True, False, False]
    assert not text_is_refused(silent)


def test_a_group_that_moved_is_no_refused_text() -> None:
    words = "Bad Request: group chat was upgraded to a supergroup chat"
    answer = ProviderAnswer(status=400, words=words, is_denied=True, moved_to=-1001234567890)
    moved = Attempt(Status.FAILURE, (TELEGRAM.format(words, 400),), answer=answer)
    assert moved_to(moved) == -1001234567890
    assert not text_is_refused(moved, is_marked=True)
    assert judge(moved).outcome is Outcome.PERMANENT
    unnamed = Attempt(Status.FAILURE, (TELEGRAM.format(words, 400),))
    assert moved_to(unnamed) is None
    assert not text_is_refused(unnamed, is_marked=True)
    assert moved_to(Attempt(Status.SUCCESS, answer=answer)) is None


def slack_says(words: str, status: int = 200, **more: Any) -> Attempt:
    answer = ProviderAnswer(status=status, words=words, is_denied=True, **more)
    return Attempt(Status.FAILURE, ("Failed to send to Slack: error=200.",), answer=answer)


@pytest.mark.parametrize(
    ("attempt", "outcome", "wait_s"),
    [
        (slack_says("not_in_channel"), Outcome.PERMANENT, None),
        (slack_says("invalid_auth"), Outcome.PERMANENT, None),
        (slack_says("fatal_error"), Outcome.TRANSIENT, None),
        (slack_says("ratelimited"), Outcome.TRANSIENT, 30.0),
        (slack_says("ratelimited", retry_after_s=12.0), Outcome.TRANSIENT, 12.0),
        (slack_says("", status=429, retry_after_s=1e9), Outcome.TRANSIENT, 3600.0),
        (slack_says("", status=503, retry_after_s=9.0), Outcome.TRANSIENT, 9.0),
        (slack_says("", status=403), Outcome.PERMANENT, None),
    ],
)
def test_what_the_provider_answered_counts(attempt: Attempt, outcome: Outcome, wait_s: float | None) -> None:
    result = judge(attempt)
    assert (result.outcome, result.retry_after_s) == (outcome, wait_s)
    assert str(attempt.answer) in result.detail


def test_a_success_that_the_body_denies_is_none() -> None:
    lie = Attempt(Status.SUCCESS, answer=ProviderAnswer(status=200, words="Conflict", is_denied=True))
    assert judge(lie) == SendResult(Outcome.TRANSIENT, "HTTP 200 OK: Conflict")
    told = Attempt(Status.SUCCESS, answer=ProviderAnswer(status=200))
    assert judge(told) == SendResult(Outcome.SENT, "HTTP 200 OK")
