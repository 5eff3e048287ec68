"""The exchange's error texts by code; `{}` is filled with what was wrong.

Source: API guide, "Error Code" (WebSocket and REST: Public, Copy trading), read 2026-07, and texts quoted in
client issues.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

STREAM: Mapping[str, str] = {
    "50101": "APIKey does not match current environment.",
    "60004": "Invalid timestamp",
    "60005": "Invalid apiKey",
    "60006": "Timestamp request expired",
    "60007": "Invalid sign",
    "60008": "The current WebSocket endpoint does not support subscribing to {} channels. "
    "Please check the WebSocket endpoint",
    "60009": "Login failed.",
    "60011": "Please log in",
    "60012": "Invalid request: {}",
    "60013": "Invalid args",
    "60014": "Requests too frequent",
    "60018": "Wrong URL or {} doesn't exist. Please use the correct URL, channel and parameters "
    "referring to API document.",
    "60019": "Invalid op: {}",
    "60023": "Bulk login requests too frequent",
    "60024": "Wrong passphrase",
    "60026": "Batch login by APIKey and token simultaneously is not supported.",
    "60027": "Parameter {} can not be empty.",
    "60028": "The current operation is not supported by this URL. "
    "Please use the correct URL for the operation.",
    "60031": "The WebSocket endpoint does not allow multiple or repeated logins.",
    "60032": "API key doesn't exist",
    "60033": "Parameter {} error",
    "63999": "Login failed due to internal error. Please try again later.",
    "64000": "Subscription parameter uly is unavailable anymore. Please replace uly with instFamily.",
    "64001": "This channel has been migrated to the '/business' URL. Please subscribe using the new URL.",
    "64002": 'This channel is not supported by "/business" URL. Please use "/private" or "/public" URL.',
    "64003": "Your trading fee tier doesn't meet the requirement to access this channel",
    "64007": "Operation failed due to internal error. Please try again later.",
    "50110": "Your IP {} is not included in your API key's IP whitelist.",
}


class Refusal(Exception):
    """A REST call is answered with an error code; `what` fills the gap of its text."""

    def __init__(self, code: str, what: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.what = what


@dataclass(frozen=True, slots=True)
class RestRefusal:
    status: int
    message: str
    has_data: bool = True


REST: Mapping[str, RestRefusal] = {
    "50000": RestRefusal(400, "Body for POST request can not be empty."),
    "50001": RestRefusal(503, "Service temporarily unavailable. Try again later."),
    "50002": RestRefusal(400, "JSON syntax error"),
    "50004": RestRefusal(
        400, "API endpoint request timeout (does not indicate success or failure of order)."
    ),
    "50006": RestRefusal(400, 'Invalid Content-Type, please use "application/json".'),
    "50011": RestRefusal(429, "Too Many Requests"),
    "50013": RestRefusal(429, "Systems are busy. Please try again later."),
    "50014": RestRefusal(400, "Parameter {} can not be empty."),
    "50026": RestRefusal(500, "System error. Try again later."),
    "50101": RestRefusal(401, "APIKey does not match current environment.", has_data=False),
    "50102": RestRefusal(401, "Timestamp request expired", has_data=False),
    "50103": RestRefusal(401, 'Request header "OK-ACCESS-KEY" can not be empty.', has_data=False),
    "50104": RestRefusal(401, 'Request header "OK-ACCESS-PASSPHRASE" can not be empty.', has_data=False),
    "50105": RestRefusal(401, 'Request header "OK-ACCESS-PASSPHRASE" incorrect.', has_data=False),
    "50106": RestRefusal(401, 'Request header "OK-ACCESS-SIGN" can not be empty.', has_data=False),
    "50107": RestRefusal(401, 'Request header "OK-ACCESS-TIMESTAMP" can not be empty.', has_data=False),
    "50110": RestRefusal(401, "Your IP {} is not included in your API key's IP whitelist.", has_data=False),
    "50111": RestRefusal(401, "Invalid OK-ACCESS-KEY", has_data=False),
    "50112": RestRefusal(401, "Invalid OK-ACCESS-TIMESTAMP", has_data=False),
    "50113": RestRefusal(401, "Invalid Sign", has_data=False),
    "50115": RestRefusal(405, "Invalid request type"),
    "50119": RestRefusal(401, "API key doesn't exist", has_data=False),
    "50120": RestRefusal(200, "This API key doesn't have permission to use this function"),
    "51000": RestRefusal(400, "Parameter {} error"),
    "51001": RestRefusal(200, "Instrument ID, Instrument ID code, or Spread ID doesn't exist."),
    "59264": RestRefusal(200, "Spot copy trading isn't supported"),
    "59267": RestRefusal(200, "Cancellation failed as you aren't copying this trader"),
    "59269": RestRefusal(200, "This contract lead trader doesn't exist"),
}


def stream_text(code: str, what: str = "") -> str:
    """The filled text; a code not in the table is its own text."""
    return STREAM.get(code, f"Refused with {code}").replace("{}", what)
