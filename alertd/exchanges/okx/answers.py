"""What an answer of OKX's REST interface says of the request: accepted, refused, or no answer. Pure."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alertd.domain.errors import DecodeError, Disposition, RequestRefused, RequestUnavailable
from alertd.exchanges.okx import codes, fields, wire

# Statuses that mean something where the body says nothing.
_STATUS_DISPOSITIONS = {
    401: Disposition.CREDENTIALS,
    404: Disposition.CONFIG,  # the endpoint does not exist in that region
    405: Disposition.BUG,
    410: Disposition.CONFIG,
    429: Disposition.RATE,
}
_ANSWER = msgspec.json.Decoder(wire.Answer)


def checked(status: int, body: bytes) -> msgspec.Raw:
    """The `data` of an accepted request. Raises: RequestRefused, RequestUnavailable."""
    try:
        answer = wire.read_as(_ANSWER, body)
    except DecodeError:
        answer = wire.Answer()  # a gateway's page, or nothing at all
    if answer.code is None:
        wanted = _STATUS_DISPOSITIONS.get(status)
        if wanted is not None:
            raise RequestRefused(str(status), "the answer gave no code", wanted)
        raise RequestUnavailable(f"HTTP {status} without a readable answer")
    code = str(answer.code)
    if code != "0":
        known = codes.find(code)
        wanted = known.disposition if known else _STATUS_DISPOSITIONS.get(status, Disposition.RETRY)
        raise RequestRefused(code[:40], (answer.msg or "")[:200], wanted)
    if status != 200 or not isinstance(answer.data, msgspec.Raw):
        raise RequestUnavailable(f"HTTP {status}, code 0, no data")
    return answer.data


def wanted(status: int, body: bytes) -> Disposition | None:
    """What an answer asks for; None: it is no error."""
    try:
        checked(status, body)
    except RequestRefused as exc:
        return exc.wanted
    except RequestUnavailable as exc:
        return exc.disposition
    return None


def may_help(outcome: object) -> bool:
    """Whether asking once more may: there was no answer, or the exchange asks for it."""
    if isinstance(outcome, RequestRefused):
        return outcome.wanted is Disposition.RETRY
    return isinstance(outcome, RequestUnavailable)


def moment(ts: str) -> datetime:
    """The server's time. Raises: RequestUnavailable."""
    try:
        told = fields.moment(ts, "ts")
    except DecodeError as exc:
        raise RequestUnavailable(exc.detail) from exc
    if told is None:
        raise RequestUnavailable("server time is empty")
    return told


def whole_ms(text: str | None) -> int:
    """0 where it is no time."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 20 else 0
