"""What Toobit's client gives or raises, in the words of a performer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from alertd.actions.performing import Answer, Said
from alertd.domain.action import ActionType
from alertd.domain.errors import OutcomeUnknown, RequestRefused, RequestUnavailable
from alertd.exchanges.toobit import stopping
from alertd.exchanges.toobit.requests import Request
from alertd.telemetry import redact

LONGEST_TEXT = 4000
NOTHING = "nothing is sent: "

Failed = RequestRefused | RequestUnavailable | OutcomeUnknown
FAILURES = (RequestRefused, RequestUnavailable, OutcomeUnknown)


async def asked(action: ActionType, request: Request, change: Callable[[], Awaitable[None]]) -> Answer:
    """The answer to a change: `change` sends `request`, and raises only what the client does."""
    shown = shown_request(request)
    try:
        await change()
    except FAILURES as exc:
        return refused(action, exc, shown)
    return Answer(
        said=stopping.said(stopping.ACCEPTED, action),
        code=stopping.ACCEPTED,
        request=shown,
        answer="200 success",
    )


def refused(action: ActionType, failed: Failed, request: str = "") -> Answer:
    """What a failure says of the change that was asked for."""
    code = code_of(failed)
    # Whatever the table says of the code: the client could not tell whether it was taken.
    said = Said.UNKNOWN if isinstance(failed, OutcomeUnknown) else stopping.said(code, action)
    text = clipped(str(failed))
    return Answer(said=said, code=code, detail=text, request=request, answer=text)


def not_sent(action: ActionType, failed: Failed, request: str = "") -> Answer:
    """The same, where it failed before the change left: nothing can have been taken."""
    answer = refused(action, failed, request)
    if answer.said is not Said.REFUSED:
        return Answer(said=Said.NOT_TAKEN, code=answer.code, detail=answer.detail, request=request)
    return answer


def withheld(action: ActionType, code: str, detail: str) -> Answer:
    """alertd itself sends nothing; `code`: a word of `stopping`."""
    text = clipped(detail)
    return Answer(said=stopping.said(code, action), code=code, detail=text, request=would_not(text))


def would_not(detail: str) -> str:
    """In place of a request that alertd does not send."""
    return clipped(f"{NOTHING}{detail}")


def code_of(failed: Failed) -> str:
    """The exchange's code, or a word of `stopping`."""
    if isinstance(failed, RequestRefused):
        return failed.code
    if isinstance(failed, RequestUnavailable):
        return stopping.UNREACHABLE
    cause = failed.__cause__
    return cause.code if isinstance(cause, RequestRefused) else stopping.NO_ANSWER


def shown_request(request: Request) -> str:
    """As it is sent, without time, key and signature."""
    body = "" if request.body is None else f" {request.body.decode()}"
    return clipped(f"{request.method} {request.path}{body}")


def clipped(text: str) -> str:
    """Without secrets, on one line, not too long."""
    return " ".join(redact(text).split())[:LONGEST_TEXT]
