"""What each answer of Toobit means for a change that alertd makes by itself. The only such table; what a code
means by itself stands in `codes`. Pure.

What is not documented for such a call leaves open whether it took effect, and so does a code nobody knows:
then the state is read. Source: Toobit API, "Error codes", "Copy trading: leader" and "follower". How the app
words its pages is documented nowhere (its support pages name [Settings], trading settings, cool-down).
"""

from __future__ import annotations

from enum import Enum, auto

from alertd.domain.action import ActionType, Said
from alertd.domain.verdict import Verdict, Words
from alertd.exchanges.toobit import codes

STOP, PAUSE, REMOVE = ActionType.STOP_COPYING, ActionType.PAUSE_LEADING, ActionType.REMOVE_FOLLOWER

# Words of ours, where the exchange gives no code.
ACCEPTED = "200"
NO_ANSWER = "no_answer"
UNREACHABLE = "unreachable"
BLOCKED = "blocked"
NO_PLACE = "budget"
UNFIT_SETTINGS = "settings"
BAD_ID = "bad_id"

BY_HAND = {
    STOP: Words(
        "in Toobit's app or on its website: Copy trading > the traders you copy > this trader > close his "
        "copied positions, then stop copying",
        "在 Toobit App 或网页：跟单 > 我的跟单 > 该带单员 > 先平掉其跟单持仓，再停止跟单",
    ),
    PAUSE: Words(
        "in Toobit's app or on its website: Copy trading > your page as lead trader > Settings > trading "
        "settings > cool-down",
        "在 Toobit App 或网页：跟单 > 我的带单 > 设置 > 交易设置 > 休息时间",
    ),
    REMOVE: Words(
        "in Toobit's app or on its website: Copy trading > your page as lead trader > followers > this "
        "follower > remove",
        "在 Toobit App 或网页：跟单 > 我的带单 > 跟随者 > 该跟随者 > 移除",
    ),
}
_KEYS = Words("on Toobit's website: API management", "在 Toobit 网页：API 管理")
_OWN = {
    ACCEPTED: Words("the exchange has taken the request", "交易所已接受请求"),
    NO_ANSWER: Words("no answer that says what became of the request", "没有得到可说明结果的答复"),
    UNREACHABLE: Words("the exchange could not be reached", "无法连接交易所"),
    BLOCKED: Words("the exchange lets this address ask nothing for now", "交易所暂时不允许本机 IP 请求"),
    NO_PLACE: Words("too much is being asked of the exchange", "对交易所的请求已达上限"),
    BAD_ID: Words("what is configured is no user id of Toobit", "配置的不是 Toobit 用户 ID"),
    UNFIT_SETTINGS: Words(
        "the settings cannot be written back unchanged as they are read", "读到的设置无法原样写回"
    ),
}
_NOT_KNOWN = Words("a code that alertd does not know", "alertd 不认识的错误码")


class _Kind(Enum):
    TAKEN = auto()
    NOT_THERE = auto()
    NOBODY = auto()
    COPIES_OPEN = auto()
    SUSPENDED = auto()
    UNFIT = auto()
    MOVED = auto()
    LIMITED = auto()
    BARRED = auto()
    CLOCK = auto()
    UNREACHED = auto()
    READ_ONLY = auto()
    OTHER_KEY = auto()
    BAD_KEY = auto()
    EXPIRED = auto()
    FROZEN = auto()
    NOT_OURS = auto()
    NO_SUCH = auto()
    LEVEL = auto()
    WINDOW = auto()
    BUG = auto()
    OPEN = auto()
    UNUSUAL = auto()


_READS = Words(
    "reads what is true before anything is sent again",
    "先读取实际状态，再决定是否重发",
)
_ENDS = Words("sends nothing more", "不再发送")
_SLOWLY = Words("asks again slowly, as long as it is configured to", "按配置放慢重试，直到期限")
_SOON = Words("asks the same again: nothing was taken", "未被接受，稍后重发同一请求")
_RETRIED = Words("reads again, then asks once more", "重新读取后再请求一次")

_ROWS: dict[_Kind, tuple[Said, Words, Words]] = {
    _Kind.TAKEN: (Said.ACCEPTED, Words("reads back whether it is so", "读取结果加以确认"), Words()),
    _Kind.NOT_THERE: (
        Said.ALREADY,
        Words("reads whether it is so; nothing is left to be stopped", "读取确认；已没有可停止的关系"),
        Words(
            "if it should be there: check the id in the configuration",
            "如果本应存在：请检查配置中的 ID",
        ),
    ),
    _Kind.NOBODY: (
        Said.REFUSED,
        _ENDS,
        Words(
            "nobody of that id follows, not any more or never: check the id; Toobit's list of followers "
            "shows none",
            "没有该 ID 的跟随者（已离开或从未跟随）：请检查 ID；Toobit 的跟随者列表不显示 ID",
        ),
    ),
    _Kind.COPIES_OPEN: (
        Said.HELD,
        _SLOWLY,
        Words(
            "Toobit refuses this as long as copied positions are open, and alertd closes none: close them "
            "by hand",
            "有跟单持仓时 Toobit 拒绝此操作，alertd 不会平仓：请手动平仓",
        ),
    ),
    _Kind.SUSPENDED: (
        Said.HELD,
        _SLOWLY,
        Words("look at Toobit's announcements, and do it by hand", "请查看 Toobit 公告，并手动处理"),
    ),
    _Kind.UNFIT: (
        Said.HELD,
        _SLOWLY,
        Words("nothing was sent; set it by hand", "未发送任何内容；请手动设置"),
    ),
    _Kind.MOVED: (Said.RACE, _RETRIED, Words("if it goes on: do it by hand", "如持续出现：请手动处理")),
    _Kind.LIMITED: (
        Said.NOT_TAKEN,
        _SOON,
        Words(
            "other programs at this address use up its limit: let them ask less",
            "本机 IP 上的其他程序占用了限额：请减少其请求",
        ),
    ),
    _Kind.BARRED: (
        Said.NOT_TAKEN,
        _SOON,
        Words(
            "Toobit lets in nothing from this address: too many requests, or a region it does not serve; do "
            "it by hand",
            "Toobit 拒绝来自本机 IP 的请求：请求过多，或所在地区不受支持；请手动处理",
        ),
    ),
    _Kind.CLOCK: (Said.NOT_TAKEN, _SOON, Words("set this machine's clock", "请校准本机时钟")),
    _Kind.UNREACHED: (
        Said.NOT_TAKEN,
        _SOON,
        Words("look at this machine's network, and do it by hand", "请检查本机网络，并手动处理"),
    ),
    _Kind.READ_ONLY: (
        Said.REFUSED,
        _ENDS,
        Words(
            "the key may only read: make one of the copy-trading account that may trade and give it as "
            f"action_api_key ({_KEYS.en})",
            f"该密钥只读：请为跟单账户创建带交易权限的密钥，并填入 action_api_key（{_KEYS.zh}）",
        ),
    ),
    _Kind.OTHER_KEY: (
        Said.REFUSED,
        _ENDS,
        Words(
            f"make a key of the COPY_TRADING account that may trade ({_KEYS.en})",
            f"请创建跟单账户（COPY_TRADING）的、带交易权限的密钥（{_KEYS.zh}）",
        ),
    ),
    _Kind.BAD_KEY: (
        Said.REFUSED,
        _ENDS,
        Words(
            f"look at the key, its secret and its IP whitelist ({_KEYS.en})",
            f"请检查密钥、secret 与 IP 白名单（{_KEYS.zh}）",
        ),
    ),
    _Kind.EXPIRED: (
        Said.REFUSED,
        _ENDS,
        Words(
            f"make a new key, with an IP whitelist so that it does not expire ({_KEYS.en})",
            f"请创建新密钥，并绑定 IP 白名单以免过期（{_KEYS.zh}）",
        ),
    ),
    _Kind.FROZEN: (
        Said.REFUSED,
        _ENDS,
        Words(
            "Toobit's risk control has suspended the key: ask Toobit's support",
            "密钥已被 Toobit 风控暂停：请联系 Toobit 客服",
        ),
    ),
    _Kind.NOT_OURS: (
        Said.REFUSED,
        _ENDS,
        Words(
            "the account leads nobody now: check which account the action names",
            "该账户目前不是带单员：请检查动作所指定的账户",
        ),
    ),
    _Kind.NO_SUCH: (
        Said.REFUSED,
        _ENDS,
        Words("check the trader's id in the configuration", "请检查配置中的带单员 ID"),
    ),
    _Kind.LEVEL: (
        Said.REFUSED,
        _ENDS,
        Words(
            "Toobit does not take the leader's present settings back: put them right in the app",
            "Toobit 不接受带单员目前的设置：请在 App 中修正",
        ),
    ),
    _Kind.WINDOW: (
        Said.REFUSED,
        _ENDS,
        Words("Toobit refuses these times: set the cool-down by hand", "Toobit 拒绝该时间段：请手动设置"),
    ),
    _Kind.BUG: (
        Said.REFUSED,
        _ENDS,
        Words(
            "check the id in the configuration; else report this to alertd",
            "请检查配置中的 ID；否则请报告给 alertd",
        ),
    ),
    _Kind.OPEN: (Said.UNKNOWN, _READS, Words("look whether it was done", "请查看是否已生效")),
    _Kind.UNUSUAL: (
        Said.UNKNOWN,
        _READS,
        Words(
            "Toobit documents no such answer here: look whether it was done",
            "该接口文档中没有此答复：请查看是否已生效",
        ),
    ),
}  # fmt: skip


def _codes(text: str, kind: _Kind) -> dict[str, _Kind]:
    return dict.fromkeys(text.split(), kind)


# Every code that is documented for any call of this kind; all others are UNUSUAL.
_GENERAL: dict[str, _Kind] = {
    ACCEPTED: _Kind.TAKEN,
    NO_ANSWER: _Kind.OPEN,
    UNREACHABLE: _Kind.UNREACHED,
    UNFIT_SETTINGS: _Kind.UNFIT,
    "HTTP 401": _Kind.BAD_KEY,
    **_codes("-1000 -1001 -1006 -1007 -1016 -1146 -1147", _Kind.OPEN),
    **_codes("-1003 -1015 budget", _Kind.LIMITED),
    "HTTP 429": _Kind.LIMITED,
    **dict.fromkeys(("HTTP 403", "HTTP 418", BLOCKED), _Kind.BARRED),
    "-1021": _Kind.CLOCK,
    codes.READ_ONLY_KEY: _Kind.READ_ONLY,
    **_codes("-1002 -1005 -1153 -1171 -1204", _Kind.OTHER_KEY),
    **_codes("-1022 -1023 -1107 -2014 -2015", _Kind.BAD_KEY),
    "-2017": _Kind.EXPIRED,
    "-2018": _Kind.FROZEN,
    "-1031": _Kind.SUSPENDED,
    "-3147": _Kind.SUSPENDED,
    **_codes("-1004 -1100 -1101 -1102 -1103 -1104 -1105 -1106 -1111", _Kind.BUG),
    **_codes("-1121 -1127 -1128 -1129 -1130", _Kind.BUG),
    **dict.fromkeys(("HTTP 404", "HTTP 405"), _Kind.BUG),
    BAD_ID: _Kind.NO_SUCH,
    "-120041": _Kind.NOT_OURS,
    "-120047": _Kind.NO_SUCH,
}  # fmt: skip
_COPYING = {codes.NOT_FOLLOWING: _Kind.NOT_THERE, codes.OPEN_COPIES: _Kind.COPIES_OPEN}
_FOLLOWER = {codes.NOT_FOLLOWING: _Kind.NOBODY, codes.OPEN_COPIES: _Kind.COPIES_OPEN}
_SETTINGS = {
    # All pairs and modes are sent as they were read a moment before: another order came between.
    **_codes("-32090 -32093", _Kind.MOVED),
    **_codes("-120067 -120072 -120073 -120510 -120511 -120512", _Kind.LEVEL),
    "-120078": _Kind.WINDOW,
}
_KINDS = {STOP: _GENERAL | _COPYING, REMOVE: _GENERAL | _FOLLOWER, PAUSE: _GENERAL | _SETTINGS}


def verdict(code: str, action: ActionType) -> Verdict:
    """What an answer with that code, or word of ours, means for that action; of any code there is one."""
    known = codes.find(code)
    means = _OWN.get(code) or (Words(known.en, known.zh) if known else _NOT_KNOWN)
    said, does, cure = _ROWS[_KINDS[action].get(code, _Kind.UNUSUAL)]
    return Verdict(said, means, does, _with_place(cure, said, action))


def said(code: str, action: ActionType) -> Said:
    """In one word."""
    return verdict(code, action).said


def _with_place(cure: Words, said: Said, action: ActionType) -> Words:
    """What is done, or may be, needs nobody's hand."""
    if said in (Said.ACCEPTED, Said.ALREADY):
        return cure
    place = BY_HAND[action]
    return Words(f"{cure.en}. By hand: {place.en}", f"{cure.zh}。手动操作：{place.zh}")
