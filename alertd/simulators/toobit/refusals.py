"""The exchange's error texts by code, with the status each is answered with (not documented: 400).

Source: Toobit API, "Error codes" and the copy-trading pages; texts seen in client libraries.
"""

from __future__ import annotations

from collections.abc import Mapping

STATUS = 400
TEXTS: Mapping[int, str] = {
    -1000: "An unknown error occurred while processing the request.",
    -1001: "Internal error; unable to process your request. Please try again.",
    -1002: "You are not authorized to execute this request.",
    -1003: "Too many requests; please use the websocket for live updates.",
    -1005: "No such permission: copy trading.",
    -1007: "Timeout waiting for response from backend server.",
    -1020: "This operation is not supported.",
    -1021: "Timestamp for this request is outside of the recvWindow.",
    -1022: "Signature for this request is not valid.",
    -1031: "The feature has been suspended.",
    -1100: "Illegal characters found in a parameter.",
    -1102: "Mandatory parameter '{}' was not sent, was empty/null, or malformed.",
    -1103: "An unknown parameter was sent.",
    -1107: "API-key header is empty.",
    -1130: "Data sent for paramter '{}' is not valid.",
    -2015: "Invalid API-key, IP, or permissions for action.",
    -2017: "API-key has expired.",
    -32045: "Follow relationship not found.",
    -32090: "The symbol {} has active lead orders.",
    -32093: "Position type cannot be switched with current positions.",
    -120041: "The account is not an active leader.",
    -120047: "Leader does not exist.",
    -120055: "The follower has open copy positions.",
    -120067: "Level config not found.",
    -120072: "Leader config violates level limits: {}.",
    -120073: "Private leader with custom ratio cannot go public.",
    -120078: "Cool-down window is invalid.",
    -120510: "Invite code is taken.",
    -120511: "Invite code is sensitive.",
    -120512: "Invite code is malformed.",
}


class Refusal(Exception):
    """A call is answered with an error code; `what` fills the gap of its text."""

    def __init__(self, code: int, what: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.what = what

    @property
    def text(self) -> str:
        return TEXTS.get(self.code, f"Refused with {self.code}.").replace("{}", self.what)
