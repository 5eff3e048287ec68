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


# Most of these texts are shortened.
_COPYING = {
    "59128": "As a lead trader, you can lead trades in {} with {}x leverage at most.",
    "59129": "Repay in the order that is shown.",
    "59130": "Take profit level can't be higher than {}.",
    "59200": "Insufficient account balance.",
    "59201": "Negative account balance.",
    "59206": "This lead trader has no vacancies for copy traders.",
    "59216": "The position doesn't exist. Please try again",
    "59218": "Closing all the positions at the market price",
    "59245": "The order exceeds the maximum size for lead traders.",
    "59247": "Max holding size for this leverage exceeded.",
    "59256": "One-way mode supports one copied trader at most.",
    "59258": "Operation failed. Lead traders can't do this.",
    "59259": "Multiplier is out of range.",
    "59260": "You are not a spot lead trader yet.",
    "59262": "You are not a contract lead trader yet.",
    "59263": "Only whitelisted users can use copy trading.",
    "59264": "Spot copy trading isn't supported",
    "59267": "Cancellation failed as you aren't copying this trader",
    "59268": "You can't copy trades with these instruments.",
    "59269": "This contract lead trader doesn't exist",
    "59270": "Max total amount can't be less than the amount per order.",
    "59273": "You haven't started copying contract trades yet.",
    "59274": "You can't copy yourself.",
    "59275": "Your application to become a lead trader is being reviewed.",
    "59276": "This lead trader has applied to stop leading trades.",
    "59277": "This lead trader can't be copied by more traders.",
    "59278": "Your request to stop copying is being processed.",
    "59279": "You are already copying this trader.",
    "59280": "You can't update the settings as you aren't copying this trader.",
    "59282": "Only whitelisted broker sub-accounts can use this endpoint.",
    "59283": "Your account isn't in Futures mode.",
    "59284": "You've reached the number of changes for this month.",
    "59285": "You haven't led or copied trades yet.",
    "59286": "You can't become a contract lead trader in Spot mode.",
    "59287": "The profit sharing ratio is out of range.",
    "59288": "You can't lead trades in Portfolio margin mode.",
    "59292": "This lead trader only supports smart sync.",
    "59641": "You can't switch modes with fixed loans.",
    "59642": "Lead and copy traders can only use Spot or Futures mode.",
    "59643": "You can't switch modes while copying spot trades.",
}
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
    "50005": RestRefusal(410, "API is offline or unavailable."),
    "50007": RestRefusal(200, "Account blocked."),
    "50008": RestRefusal(200, "User does not exist."),
    "50009": RestRefusal(200, "Account is suspended due to ongoing liquidation."),
    "50012": RestRefusal(200, "Account status invalid. Check account status"),
    "50017": RestRefusal(
        200,
        "Position frozen and operations restricted due to ADL. Try again later",
    ),
    "50018": RestRefusal(200, "{} frozen and operations restricted due to ADL. Try again later"),
    "50019": RestRefusal(
        200,
        "Account frozen and operations restricted due to ADL. Try again later",
    ),
    "50020": RestRefusal(
        200, "Position frozen and operations restricted due to liquidation. Try again later"
    ),
    "50021": RestRefusal(200, "{} frozen and operations restricted due to liquidation. Try again later"),
    "50022": RestRefusal(200, "Account frozen and operations restricted due to liquidation. Try again later"),
    "50023": RestRefusal(200, "Funding fees frozen and related operations are restricted. Try again later"),
    "50027": RestRefusal(200, "The account is restricted from trading."),
    "50028": RestRefusal(200, "Unable to take the order, please reach out to support center for details."),
    "50029": RestRefusal(200, "Your account has triggered risk control and is temporarily restricted."),
    "50030": RestRefusal(200, "You don't have permission to use this API endpoint"),
    "50035": RestRefusal(403, "This endpoint requires that APIKey must be bound to IP"),
    "50038": RestRefusal(200, "This feature is unavailable in demo trading"),
    "50040": RestRefusal(200, "Too frequent operations, please try again later"),
    "50041": RestRefusal(200, "You are currently not on the whitelist"),
    "50042": RestRefusal(200, "Repeated request"),
    "50046": RestRefusal(200, "This feature is temporarily unavailable."),
    "50051": RestRefusal(200, "This feature is unavailable in your region."),
    "50052": RestRefusal(200, "Due to local laws and regulations, this is unavailable."),
    "50059": RestRefusal(200, "Complete the required verification first."),
    "50061": RestRefusal(200, "Order rate limit reached. Please try again later"),
    "50067": RestRefusal(200, "Cross-site trading isn't supported for this account."),
    "50100": RestRefusal(400, "API frozen, please contact customer service."),
    "50114": RestRefusal(401, "Invalid Authorization", has_data=False),
    "50121": RestRefusal(200, "You can't access our services through the IP address ({})"),
    "51010": RestRefusal(200, "Request unsupported under current account mode"),
    "51024": RestRefusal(200, "Trading account is blocked."),
    "51032": RestRefusal(200, "Closing all the positions at the market price"),
    "51054": RestRefusal(500, "Request timed out. Please try again."),
    **{code: RestRefusal(200, message) for code, message in _COPYING.items()},
}


def stream_text(code: str, what: str = "") -> str:
    """The filled text; a code not in the table is its own text."""
    return STREAM.get(code, f"Refused with {code}").replace("{}", what)
