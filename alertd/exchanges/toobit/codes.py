"""Every error code and status of Toobit, what it asks for, and its meaning in English and Chinese. The only
such table.

Source: Toobit API, "Error codes" (USDT-M, spot), the copy-trading pages, the changelog; some codes are known
from client libraries only. For a key of the wrong type no code is documented: all that are plausible
(-1002, -1005, -1020, -1204, -2015) ask for the operator. An official SDK ships a shifted table: not used.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from alertd.domain.errors import Disposition

RETRY, CLOCK, CREDENTIALS = Disposition.RETRY, Disposition.CLOCK, Disposition.CREDENTIALS
BUG, RATE, CONFIG = Disposition.BUG, Disposition.RATE, Disposition.CONFIG

INVALID_SIGNATURE = "-1022"
INVALID_TIMESTAMP = "-1021"
READ_ONLY_KEY = "-1020"
EXPIRED_KEY = "-2017"
NOT_FOLLOWING = "-32045"
NOT_A_LEADER = "-120041"
OPEN_COPIES = "-120055"


class CodeMeaning(NamedTuple):
    """What a code asks for, and what it means. CONFIG: not for this account as it stands now."""

    disposition: Disposition
    en: str
    zh: str

    def text(self, language: Literal["en", "zh"]) -> str:
        """The meaning in that language."""
        return self.zh if language == "zh" else self.en


_GENERAL = {
    -1000: (RETRY, "unknown error inside the exchange", "交易所内部未知错误"),
    -1001: (RETRY, "internal error, connection lost inside the exchange", "交易所内部连接中断"),
    -1002: (
        CREDENTIALS,
        "this key is not authorised for the request; copy trading needs a key of the COPY_TRADING account",
        "该密钥无权执行此请求；跟单接口需要跟单账户（COPY_TRADING）的密钥",
    ),
    -1003: (RATE, "too many requests, or this address is banned for a time", "请求过多，或本机 IP 暂时被封"),
    -1004: (BUG, "bad request, a required parameter is missing", "请求错误，缺少必填参数"),
    -1005: (
        CREDENTIALS,
        "this key lacks a permission; copy trading needs a key of the COPY_TRADING account",
        "该密钥缺少权限；跟单接口需要跟单账户（COPY_TRADING）的密钥",
    ),
    -1006: (RETRY, "unexpected answer in the exchange, outcome not known", "交易所内部响应异常，结果未知"),
    -1007: (RETRY, "timeout inside the exchange, outcome not known", "交易所内部超时，结果未知"),
    -1014: (BUG, "unsupported combination of order parameters", "订单参数组合不受支持"),
    -1015: (RATE, "too many orders", "下单过于频繁"),
    -1016: (RETRY, "the service is shutting down", "服务正在关闭"),
    -1020: (
        CREDENTIALS,
        "not supported for this key; if it was a change: it is read-only, and one that may trade is needed",
        "该密钥不支持此操作；若是修改操作：它是只读密钥，需要带交易权限的密钥",
    ),
    -1021: (
        CLOCK,
        "the timestamp lies outside the time window: set this machine's clock",
        "时间戳超出允许范围：请校准本机时钟",
    ),
    -1022: (
        CREDENTIALS,
        "the signature is not valid: wrong secret",
        "签名无效：密钥（secret）不正确",
    ),
    -1023: (CREDENTIALS, "the key must be bound to an IP whitelist first", "该密钥须先绑定 IP 白名单"),
    -1031: (CONFIG, "the feature is suspended", "该功能已暂停"),
    -1100: (BUG, "illegal characters in a parameter", "参数含非法字符"),
    -1101: (BUG, "too many parameters, or one twice", "参数过多或重复"),
    -1102: (BUG, "a mandatory parameter is empty or malformed", "必填参数为空或格式错误"),
    -1103: (BUG, "unknown parameter, or no timestamp", "未知参数，或缺少时间戳"),
    -1104: (BUG, "parameters were left unread", "有未被读取的参数"),
    -1105: (BUG, "a parameter is empty", "参数为空"),
    -1106: (BUG, "a parameter is not wanted here", "不需要该参数"),
    -1107: (CREDENTIALS, "the API key is missing or malformed", "API Key 缺失或格式错误"),
    -1111: (BUG, "too many decimal places", "精度超出限制"),
    -1112: (CONFIG, "no orders in the book", "盘口无挂单"),
    -1121: (BUG, "unknown symbol", "未知交易对"),
    -1125: (RETRY, "the listen key is not valid: make a new one", "listenKey 无效：需重新创建"),
    -1127: (BUG, "the time range is too wide", "时间范围过大"),
    -1128: (BUG, "parameters do not go together", "参数组合错误"),
    -1129: (BUG, "the time range exceeds a year", "时间范围超过一年"),
    -1130: (BUG, "a parameter has a value that is not valid", "参数值无效"),
    -1131: (CONFIG, "the balance is not sufficient", "余额不足"),
    -1146: (RETRY, "the order timed out, outcome not known", "下单超时，结果未知"),
    -1147: (RETRY, "the cancellation timed out, outcome not known", "撤单超时，结果未知"),
    -1153: (CREDENTIALS, "the user does not exist", "用户不存在"),
    -1161: (CONFIG, "margin cannot be reduced", "不允许减少保证金"),
    -1164: (BUG, "margin cannot be added automatically", "自动追加保证金错误"),
    -1165: (BUG, "the stop type is not valid", "止盈止损类型无效"),
    -1166: (BUG, "the callback type is not valid", "回调类型无效"),
    -1170: (CONFIG, "the finance account exists already", "理财账户已存在"),
    -1171: (CREDENTIALS, "the account does not exist", "账户不存在"),
    -1204: (
        CREDENTIALS,
        "the account is not authorised: this key belongs to another kind of account",
        "账户未授权：该密钥属于其他类型的账户",
    ),
    -1213: (BUG, "account and symbol do not match", "账户与交易对不匹配"),
    -1214: (CONFIG, "opening is banned on this contract", "该合约禁止开仓"),
    -1215: (CONFIG, "closing is banned on this contract", "该合约禁止平仓"),
    -2010: (CONFIG, "the order was rejected", "订单被拒绝"),
    -2011: (CONFIG, "the cancellation was rejected", "撤单被拒绝"),
    -2013: (CONFIG, "there is no such order", "订单不存在"),
    -2014: (CREDENTIALS, "the API key has the wrong format", "API Key 格式错误"),
    -2015: (
        CREDENTIALS,
        "the key is not valid, this address is not on its whitelist, or a permission is missing",
        "密钥无效、本机 IP 不在白名单中，或缺少权限",
    ),
    -2016: (CONFIG, "there is no trading window", "当前没有交易窗口"),
    -2017: (
        CREDENTIALS,
        "the API key has expired: keys without an IP whitelist live for 90 days",
        "API Key 已过期：未绑定 IP 白名单的密钥有效期为 90 天",
    ),
    -2018: (CREDENTIALS, "the API key was suspended by risk control", "API Key 已被风控暂停"),
    -3102: (CONFIG, "the margin would not be safe", "保证金安全校验未通过"),
    -3124: (CONFIG, "data of the position or order are wrong", "仓位或订单数据错误"),
    -3128: (CONFIG, "an open order or position locks the margin mode", "有持仓或挂单，无法切换保证金模式"),
    -3130: (CONFIG, "the order margin is not sufficient", "委托保证金不足"),
    -3145: (CONFIG, "there is no position", "没有仓位"),
    -3147: (RETRY, "the previous transfer is still being processed", "上一笔划转仍在处理"),
    -3148: (CONFIG, "the risk limit is exceeded", "超出风险限额"),
    -10001: (BUG, "not valid JSON (WebSocket)", "JSON 无效（WebSocket）"),
    -10002: (BUG, "unknown event (WebSocket)", "事件无效（WebSocket）"),
    -10004: (BUG, "unknown topic (WebSocket)", "主题无效（WebSocket）"),
    -100010: (BUG, "unknown symbol (quotes)", "未知交易对（行情）"),
    -100011: (BUG, "unsupported symbol (quotes)", "不支持的交易对（行情）"),
    -100012: (BUG, "a parameter is missing (quotes)", "缺少参数（行情）"),
}  # fmt: skip

_COPY_TRADING = {
    -32045: (
        CONFIG,
        "this account does not copy that leader, or copies nobody",
        "没有找到跟单关系：本账户未跟随该带单员，或未跟随任何人",
    ),
    -32090: (BUG, "a pair to be switched off still has open lead orders", "要关闭的交易对仍有带单中的订单"),
    -32093: (BUG, "the margin mode cannot change while positions are open", "有持仓时不能切换仓位模式"),
    -120041: (CONFIG, "this account is no active leader", "本账户不是有效的带单员"),
    -120047: (CONFIG, "the leader does not exist", "带单员不存在"),
    -120055: (
        BUG,
        "copied positions are still open: they must be closed first, in the app or on the website",
        "仍有跟单持仓：须先在 App 或网页平仓",
    ),
    -120067: (CONFIG, "the level's settings were not found", "未找到带单员等级配置"),
    -120072: (BUG, "the settings exceed what the leader's level allows", "配置超出带单员等级允许的范围"),
    -120073: (
        BUG,
        "a private leader with a share of his own cannot become public",
        "设有自定义分润比例的私密带单员不能转为公开",
    ),
    -120078: (BUG, "the cool-down window is not valid", "休息时间段无效"),
    -120510: (BUG, "the invite code is taken", "邀请码已被占用"),
    -120511: (BUG, "the invite code holds a word that is not allowed", "邀请码含敏感词"),
    -120512: (BUG, "the invite code has the wrong format", "邀请码格式错误"),
}  # fmt: skip

_ORDER = (BUG, "an order was rejected (alertd places none)", "订单被拒绝（alertd 不下单）")
_TRANSFER = (CONFIG, "a transfer, deposit or withdrawal was refused", "划转、充值或提现被拒绝")
_VOUCHER = (CONFIG, "a trial voucher was refused", "体验金相关操作被拒绝")
_FUTURES = (CONFIG, "the futures account refuses this", "合约账户拒绝此操作")
# Families that are documented as a range; what stands above is more precise.
_RANGES = (
    (range(-1120, -1113), _ORDER),
    (range(-1151, -1131), _ORDER),
    (range(-1158, -1155), _ORDER),
    (range(-1217, -1192), _ORDER),
    (range(-1172, -1171), _TRANSFER),
    (range(-1181, -1180), _TRANSFER),
    (range(-1182, -1181), _TRANSFER),
    (range(-1300, -1299), _TRANSFER),
    (range(-1417, -1399), _VOUCHER),
    (range(-3153, -2999), _FUTURES),
)
_SINGLE_TRANSFERS = {-1205: _TRANSFER, -1216: _TRANSFER}

CODES: dict[str, CodeMeaning] = {
    str(code): CodeMeaning(*row)
    for table in (
        {code: row for codes, row in _RANGES for code in codes}, _SINGLE_TRANSFERS, _GENERAL, _COPY_TRADING
    )
    for code, row in table.items()
}  # fmt: skip

# Where the body says nothing. 5XX and the rest: ask again.
STATUSES: dict[int, CodeMeaning] = {
    401: CodeMeaning(CREDENTIALS, "the credentials are refused", "凭证被拒绝"),
    403: CodeMeaning(RATE, "the exchange's firewall refuses this address", "交易所防火墙拒绝本机 IP"),
    404: CodeMeaning(BUG, "there is no such endpoint", "接口不存在"),
    405: CodeMeaning(BUG, "the method is not allowed", "不允许该请求方法"),
    418: CodeMeaning(RATE, "this address is banned for a time", "本机 IP 暂时被封"),
    429: CodeMeaning(RATE, "too many requests", "请求过多"),
}

# What an accepted write may be answered with: whether it took effect must be read back.
_UNKNOWN_OUTCOMES = frozenset({"-1000", "-1001", "-1006", "-1007", "-1016", "-1146", "-1147"})


def find(code: str) -> CodeMeaning | None:
    """What is known about an error code or, as `HTTP 403`, a status."""
    if code.startswith("HTTP ") and code[5:].isdigit():
        return STATUSES.get(int(code[5:]))
    return CODES.get(code)


def classify(code: str) -> Disposition:
    """What an error code asks for; an unknown code is retried."""
    known = find(code)
    return known.disposition if known else RETRY


def leaves_outcome_open(code: str) -> bool:
    """Whether a write that is answered so may have taken effect; a code nobody knows is taken so."""
    return code in _UNKNOWN_OUTCOMES or find(code) is None
