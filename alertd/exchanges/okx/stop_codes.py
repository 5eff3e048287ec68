"""Every answer of OKX to a request to stop copying: what it means for it, and what alertd does then.

The only such table; a code that it does not name is an unknown outcome. It is about this one request: what
a code asks of a read stands in `codes.py`. Pure.

Source: OKX API guide, "Error Code > REST API > Copy trading", "> Public", "> Account" (read September 2026).
How OKX answers a stop is nowhere recorded, so every entry is held against a read-back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from alertd.domain.action import Said
from alertd.exchanges.okx.stop_texts import GATEWAY, STOP_TEXTS
from alertd.exchanges.okx.texts import copy_trading_text

# Words of ours, where OKX gave no code.
NOT_SENT = "not_sent"  # no connection
NO_ANSWER = "no_answer"  # it left, nothing readable came back
NO_RESULT = "no_result"  # no error, and no `result` true either
BAD_TRADER = "bad_trader"
NO_CLOSE_TYPE = "no_close_type"
OTHER_ACCOUNT = "other_account"  # the key for actions is another account's
CLOCK_REFUSED = "50102"

Language = Literal["en", "zh"]


class Handling(NamedTuple):
    """What an answer means, and what alertd does."""

    said: Said
    en: str
    zh: str


class Told(NamedTuple):
    """For a person: what OKX says, what alertd does, what cures it, and where it is done by hand."""

    meaning: str
    does: str
    cure: str
    by_hand: str


_ALREADY = Handling(
    Said.ALREADY,
    "alertd takes it as stopped once the list of copied traders and the copy settings both show it.",
    "只有跟单列表和跟单设置都显示已停止，alertd 才认定停止成功。",
)
_NEVER_COPIED = Handling(
    Said.ALREADY,
    "Nothing is there to stop. alertd reads back; check that this is the account you meant.",
    "没有可停止的跟单。alertd 会再次核对；请确认账户是否正确。",
)
_UNDER_WAY = Handling(
    Said.IN_PROGRESS,
    "alertd does not send it again. It reads until list, settings and positions show the end of it.",
    "alertd 不会重复提交，会持续查询，直到列表、设置和仓位都显示已结束。",
)
_RACE = Handling(
    Said.RACE,
    "Something moved meanwhile. alertd reads what is true, then asks once more.",
    "情况刚有变化。alertd 先核对现状，再请求一次。",
)
_FROZEN = Handling(
    Said.HELD,
    "NOT stopped. alertd asks again slowly for as long as the action says; copying goes on until then.",
    "尚未停止。alertd 会按设定的时间缓慢重试；在此之前跟单仍在继续。",
)
_HELD = Handling(
    Said.HELD,
    "NOT stopped yet. alertd reads and asks again slowly, for as long as the action says.",
    "尚未停止。alertd 会按设定的时间先核对、再缓慢重试。",
)
_AGAIN = Handling(
    Said.NOT_TAKEN,
    "It was not taken. alertd asks again in a moment.",
    "请求未被受理。alertd 稍后重试。",
)
_CLOCK = Handling(
    Said.NOT_TAKEN,
    "It was not taken. alertd measures OKX's clock and asks again.",
    "请求未被受理。alertd 重新校对 OKX 时间后重试。",
)
_OPEN = Handling(
    Said.UNKNOWN,
    "Whether it took effect is not known. alertd reads before it sends anything again.",
    "是否生效尚不清楚。alertd 会先查询，再决定是否重发。",
)
_REFUSED = Handling(
    Said.REFUSED,
    "NOT stopped. alertd does not ask again: the answer would be the same.",
    "没有停止。alertd 不再重试：再问也是同样的结果。",
)
_UNEXPECTED = Handling(
    Said.REFUSED,
    "NOT stopped, as far as is known: OKX does not name this answer for a stop. alertd does not ask again.",
    "据目前所知没有停止：OKX 的文档没有说停止跟单会得到这个代码。alertd 不再重试。",
)
_NOT_SENT = Handling(
    Said.REFUSED,
    "NOT stopped: alertd did not send it. It cannot be sent like this.",
    "没有停止：这样的请求无法发送，alertd 没有发出。",
)


def _all(codes: str, handling: Handling) -> dict[str, Handling]:
    return dict.fromkeys(codes.split(), handling)


TABLE: Mapping[str, Handling] = {
    # Copy trading
    **_all("59267 59280", _ALREADY),
    **_all("59273 59285", _NEVER_COPIED),
    **_all("59278 59218", _UNDER_WAY),
    "59276": _UNDER_WAY,  # the trader gives up leading: the relation ends by itself
    "59216": _RACE,
    # No such trader, a lead trader's account, not on the list, spot, account mode, smart sync
    **_all("59269 59258 59263 59282 59264 59283 59292", _REFUSED),
    # Of starting, settings, modes, leading and repayment
    **_all("59200 59201 59206 59268 59270 59274 59275 59277 59279 59259 59284 59287", _UNEXPECTED),
    **_all("59256 59247 59245 59128 59286 59288 59641 59642 59643", _UNEXPECTED),
    **_all("59129 59130 59260 59262", _UNEXPECTED),
    # The account in a crisis
    **_all("50009 50017 50018 50019 50020 50021 50022 50023", _FROZEN),
    # Not now. 50001 comes with HTTP 503, yet says itself that there is no service.
    **_all("50001 50046 50062", _HELD),
    "HTTP 403": _HELD,  # an edge's refusal without a code may pass
    **_all("50011 50013 50040 50061", _AGAIN),
    "HTTP 429": _AGAIN,
    CLOCK_REFUSED: _CLOCK,
    NOT_SENT: _AGAIN,
    # It may have been taken
    **_all("50004 50026 50042 51054 51037", _OPEN),
    NO_ANSWER: _OPEN,
    NO_RESULT: _OPEN,
    # Positions that are gone, or going
    "51032": _UNDER_WAY,
    **_all("51023 51043", _RACE),
    # The key, the account, the region
    **_all("50007 50008 50012 50027 50028 50029 50030 50035 50041 50051 50052 50059 50060 50067", _REFUSED),
    **_all("50100 50101 50105 50110 50111 50113 50114 50118 50119 50120 50121 51024", _REFUSED),
    **_all("50005 50038 50053 51001 51010", _REFUSED),
    **dict.fromkeys(("HTTP 404", "HTTP 405", "HTTP 410"), _REFUSED),
    # A mistake of ours
    **_all("50000 50002 50006 50014 50015 50016 50024 50025 50044", _REFUSED),
    **_all("50103 50104 50106 50107 50108 50109 50112 50115 51000", _REFUSED),
    **_all(f"{BAD_TRADER} {NO_CLOSE_TYPE} {OTHER_ACCOUNT}", _NOT_SENT),
}

# What a read may be answered where the account has no relation to the trader.
NO_RELATION = frozenset({"59267", "59280", "59269", "59273", "59285"})
# Among these: there never was one, or no such trader.
NEVER_THERE = frozenset({"59269", "59273", "59285"})

# Menus as OKX's help names them (2023 to 2026); they move from one release of the app to the next.
_BY_HAND = {
    "en": (
        "OKX app: Trade > Copy trading > My copies, choose the trader, Manage > Stop copying. "
        "Positions: Trade > Positions, choose one, close it at market."
    ),
    "zh": (
        "欧易 App：交易 > 跟单 > 我的跟单，选中该带单员，管理 > 停止跟单。仓位：交易 > 仓位，选中后市价平仓。"
    ),
}


def find(code: str) -> Handling:
    """A suffix (`59267_1000`) is ignored; what is not in the table is an unknown outcome."""
    return TABLE.get(code) or TABLE.get(code.partition("_")[0]) or _OPEN


def said_of(code: str) -> Said:
    """What an answer with this code means."""
    return find(code).said


def told(code: str, message: str, language: Language) -> Told:
    """In one language. `message`: OKX's own words, the meaning of a code that is not known."""
    handling = find(code)
    base = code if code in STOP_TEXTS else code.partition("_")[0]
    if base.startswith("HTTP ") and base not in STOP_TEXTS:
        base = GATEWAY
    text = STOP_TEXTS[base].of(language) if base in STOP_TEXTS else copy_trading_text(base, message, language)
    does = handling.zh if language == "zh" else handling.en
    return Told(text.meaning, does, text.cure, by_hand(language))


def by_hand(language: Language) -> str:
    """Where in OKX's app copying is stopped, and where positions are closed."""
    return _BY_HAND[language]
