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
from alertd.domain.verdict import Verdict, Words
from alertd.exchanges.okx.stop_texts import GATEWAY, STOP_TEXTS
from alertd.exchanges.okx.texts import copy_trading_text

ACCEPTED = "0"
# Words of ours, where OKX gave no code.
NOT_SENT = "not_sent"  # no connection
NO_ANSWER = "no_answer"  # it left, nothing readable came back
NO_RESULT = "no_result"  # no error, and no `result` true either
BAD_TRADER = "bad_trader"
NO_CLOSE_TYPE = "no_close_type"
OTHER_ACCOUNT = "other_account"  # the key for actions is another account's
SWITCHED_OFF = "switched_off"  # right before it left
CLOCK_REFUSED = "50102"
LANGUAGES: tuple[Literal["en", "zh"], ...] = ("en", "zh")


class Handling(NamedTuple):
    """What an answer means, and what alertd does: alertd is the subject, no full stop."""

    said: Said
    does: Words


_ALREADY = Handling(
    Said.ALREADY,
    Words(
        "takes it as stopped once the list of copied traders and the copy settings both show it",
        "只有跟单列表和跟单设置都显示已停止，才认定停止成功",
    ),
)
_NEVER_COPIED = Handling(
    Said.ALREADY,
    Words(
        "reads back: nothing seems to be there to stop, perhaps this is not the account you meant",
        "再次核对：似乎没有可停止的跟单，请确认账户是否正确",
    ),
)
_UNDER_WAY = Handling(
    Said.IN_PROGRESS,
    Words(
        "does not send it again, and reads until list, settings and positions show the end of it",
        "不会重复提交，持续查询直到列表、设置和仓位都显示已结束",
    ),
)
_RACE = Handling(Said.RACE, Words("reads what is true now, then asks once more", "先核对现状，再请求一次"))
_FROZEN = Handling(
    Said.HELD,
    Words(
        "asks again slowly for as long as the action says; copying goes on until OKX takes it",
        "按设定的时间缓慢重试；在 OKX 接受之前跟单仍在继续",
    ),
)
_HELD = Handling(
    Said.HELD,
    Words(
        "reads and asks again slowly, for as long as the action says",
        "按设定的时间先核对、再缓慢重试",
    ),
)
_AGAIN = Handling(Said.NOT_TAKEN, Words("asks again in a moment: it was not taken", "稍后重试：请求未被受理"))
_CLOCK = Handling(
    Said.NOT_TAKEN,
    Words("measures OKX's clock and asks again: it was not taken", "校对 OKX 时间后重试：请求未被受理"),
)
_OPEN = Handling(
    Said.UNKNOWN,
    Words(
        "reads before it sends anything again: whether it took effect is not known",
        "先查询再决定是否重发：是否生效尚不清楚",
    ),
)
_TAKEN = Handling(Said.ACCEPTED, Words("reads back until it is proved", "持续查询，直到确认停止"))
_REFUSED = Handling(
    Said.REFUSED,
    Words("does not ask again: the answer would be the same", "不再重试：再问也是同样的结果"),
)
_UNEXPECTED = Handling(
    Said.REFUSED,
    Words(
        "does not ask again: OKX does not document this answer for a stop",
        "不再重试：OKX 的文档没有说停止跟单会得到这个代码",
    ),
)
_NOT_SENT = Handling(
    Said.REFUSED,
    Words("did not send it: as it is configured it cannot be sent", "没有发出：按现有配置无法发送"),
)


def _all(codes: str, handling: Handling) -> dict[str, Handling]:
    return dict.fromkeys(codes.split(), handling)


TABLE: Mapping[str, Handling] = {
    ACCEPTED: _TAKEN,
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
    SWITCHED_OFF: _AGAIN,
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

# A copy, or an account, that no program stops: not by another try, and not later.
NOT_FOR_PROGRAMS = frozenset({"59258", "59263", "59264", "59282", "59283", "59292"})
# What a read may be answered where the account has no relation to the trader.
NO_RELATION = frozenset({"59267", "59280", "59269", "59273", "59285"})
# Among these: there never was one, or no such trader.
NEVER_THERE = frozenset({"59269", "59273", "59285"})

# Menus as OKX's help names them (2023 to 2026); they move from one release of the app to the next.
BY_HAND = Words(
    "in the OKX app: Trade > Copy trading > My copies, choose the trader, Manage > Stop copying; positions "
    "under Trade > Positions, choose one and close it at market",
    "在欧易 App：交易 > 跟单 > 我的跟单，选中该带单员，管理 > 停止跟单；仓位在 交易 > 仓位，选中后市价平仓",
)


def find(code: str) -> Handling:
    """A suffix (`59267_1000`) is ignored, save that of "0"; what is not there is an unknown outcome."""
    base = code.partition("_")[0]
    return TABLE.get(code) or (TABLE.get(base) if base != ACCEPTED else None) or _OPEN


def said_of(code: str) -> Said:
    """What an answer with this code means."""
    return find(code).said


def verdict(code: str, message: str = "") -> Verdict:
    """For people, without a full stop at the end. `message`: OKX's own words with the code."""
    handling = find(code)
    base = code if code in STOP_TEXTS else code.partition("_")[0]
    if base.startswith("HTTP ") and base not in STOP_TEXTS:
        base = GATEWAY
    known = STOP_TEXTS.get(base)
    en, zh = (known.of(one) if known else copy_trading_text(base, message, one) for one in LANGUAGES)
    cure = Words(_open_ended(en.cure), _open_ended(zh.cure))
    if handling.said not in (Said.ACCEPTED, Said.ALREADY):
        cure = Words(f"{cure.en}. By hand: {BY_HAND.en}", f"{cure.zh}。手动操作：{BY_HAND.zh}")
    means = Words(_open_ended(en.meaning), _open_ended(zh.meaning))
    return Verdict(handling.said, means, handling.does, cure)


def _open_ended(text: str) -> str:
    return text.rstrip(".。")
