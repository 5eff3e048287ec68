"""What an answer of Toobit is: data, a refusal, a limit, or nothing that can be read. Pure.

Source: Toobit API, "Basic information" (Errors, Limits). Business errors of V2 may come with status 200 or
400 (UNVERIFIED): the body's code decides first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from alertd.domain.errors import DecodeError, Disposition, RequestRefused, RequestUnavailable
from alertd.exchanges.toobit import codes, fields, wire

RESET_HEADER = "X-Api-Limit-Reset-Timestamp"
TRACE_HEADER = "traceId"
_ACCEPTED = ("0", "200")
_BAN_END = re.compile(r"\b(1\d{12})\b")
_LONGEST_DETAIL = 200


class Answer(NamedTuple):
    """One answer as it came; `headers` by any spelling."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def limit_of(answer: Answer) -> int | None:
    """418, 429 or 403 where the answer is one: that there is a limit comes before what the body says.

    A -1003 whose text names the end of a ban is a ban, whatever the status. A 403 that gives a code of the
    exchange is no firewall's: it must not stop the other accounts.
    """
    if answer.status in (418, 429):
        return answer.status
    found = _envelope(answer.body)
    code = _code(found)
    if answer.status == 403 and (code is None or codes.find(code) is None):
        return 403
    if code == "-1003":
        return 418 if found and _BAN_END.search(str(found.msg)) else 429
    return 429 if code == "-1015" else None


def resumes_at_ms(answer: Answer) -> int | None:
    """When it may be asked again: the ban's end from the text, else the window's from the header."""
    found = _envelope(answer.body)
    stated = _BAN_END.search(str(found.msg)) if found is not None else None
    text = stated[1] if stated else answer.headers.get(RESET_HEADER, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) == 13 else None


def retry_after_s(answer: Answer) -> float | None:
    """`Retry-After`, which is not documented, and not required."""
    text = answer.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 8 else None


def data_of(answer: Answer, *, wrapped: bool) -> msgspec.Raw | None:
    """The data of an accepted request; `wrapped`: in the V2 envelope, where null and nothing are None.

    Raises: RequestRefused, RequestUnavailable (also for pages, empty bodies and what is no JSON).
    """
    found = _envelope(answer.body)
    code = _code(found)
    if code is not None and code not in _ACCEPTED:
        raise _refusal(answer, code, found)
    if answer.status != 200:
        code = f"HTTP {answer.status}"
        known = codes.find(code)
        if known is None:
            raise RequestUnavailable(f"{code} without a readable answer{_trace(answer)}")
        raise RequestRefused(code, f"{known.en}{_trace(answer)}", known.disposition)
    if not wrapped:
        return _bare(answer)
    if found is None or (code is None and not isinstance(found.data, msgspec.Raw)):
        raise RequestUnavailable(f"the answer is no envelope: {_start(answer)}{_trace(answer)}")
    if not isinstance(found.data, msgspec.Raw) or bytes(found.data) == b"null":
        return None
    return found.data


def _bare(answer: Answer) -> msgspec.Raw:
    try:
        msgspec.json.Decoder(msgspec.Raw).decode(answer.body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as exc:
        raise RequestUnavailable(f"the answer is no JSON: {_start(answer)}{_trace(answer)}") from exc
    return msgspec.Raw(answer.body)


def _refusal(answer: Answer, code: str, found: wire.Envelope | None) -> RequestRefused:
    said = " ".join(str(found.msg or "").split())[:_LONGEST_DETAIL] if found is not None else ""
    known = codes.find(code)
    by_status = codes.STATUSES.get(answer.status)
    wanted = known or by_status
    words = "; ".join(part for part in (known.en if known else "", said) if part) or "no words"
    return RequestRefused(
        code, f"{words}{_trace(answer)}", wanted.disposition if wanted else Disposition.RETRY
    )


def _envelope(body: bytes) -> wire.Envelope | None:
    """None: a list, a page, nothing."""
    try:
        return wire.read_one(body, wire.Envelope)
    except DecodeError:
        return None


def _code(found: wire.Envelope | None) -> str | None:
    """As a text; None where the answer holds none. What is no number is kept, clipped: it is no success."""
    if found is None or found.code is None:
        return None
    try:
        code = fields.whole(found.code, "code")
    except DecodeError:
        return str(found.code)[:40]
    return None if code is None else str(code)


def _start(answer: Answer) -> str:
    text = answer.body[:60].decode(errors="replace")
    return repr(" ".join(text.split())) if text.strip() else "an empty body"


def _trace(answer: Answer) -> str:
    trace = answer.headers.get(TRACE_HEADER, "")
    return f" (traceId {trace[:64]})" if trace else ""
