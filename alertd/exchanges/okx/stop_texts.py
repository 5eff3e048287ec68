"""What the general answers to a stop mean, and what cures it, in English and Chinese. Pure.

The copy-trading codes (59xxx) have theirs in `copy_texts.py`; what stands here is what a person has to know
while copying goes on. Source: OKX API guide, "Error Code > REST API > Public" and "> Account".
"""

from __future__ import annotations

from collections.abc import Mapping

from alertd.exchanges.okx.copy_texts import Bilingual, CodeText


def _text(meaning: str, cure: str, meaning_zh: str, cure_zh: str) -> Bilingual:
    return Bilingual(CodeText(meaning, cure), CodeText(meaning_zh, cure_zh))


_BY_HAND = "Stop it by hand now; then report the code to the makers of alertd."
_BY_HAND_ZH = "请先手动停止跟单，再把该代码报告给 alertd 的开发者。"
_LOOK = "Look in the app whether the trader is still copied."
_LOOK_ZH = "在 App 中查看该带单员是否仍在跟单列表里。"
_WAIT = "Nothing for now. If it cannot wait, stop it by hand."
_WAIT_ZH = "暂时无需操作；若等不及，请手动停止跟单。"
_FROZEN = "Look at the margin of this account now: what is frozen may be liquidated."
_FROZEN_ZH = "立即查看本账户保证金：被冻结的部分可能正在被强平。"
_KEY = "On OKX's API page make a new key with Read and Trade, and enter all three parts of it."
_KEY_ZH = "在 OKX 的 API 页面新建带“读取”和“交易”权限的密钥，并完整填写三项。"
_ASK_OKX = "Log in to OKX and read its notices, or ask its support."
_ASK_OKX_ZH = "登录 OKX 查看通知，或联系客服。"


def _frozen(what: str, what_zh: str) -> Bilingual:
    return _text(f"OKX refuses while {what}.", _FROZEN, f"{what_zh}，OKX 暂时拒绝。", _FROZEN_ZH)


def _ours(what: str, what_zh: str) -> Bilingual:
    return _text(
        f"OKX finds a mistake in alertd's request: {what}.",
        _BY_HAND,
        f"OKX 认为 alertd 的请求有误：{what_zh}。",
        _BY_HAND_ZH,
    )


def _account(what: str, what_zh: str) -> Bilingual:
    return _text(what, _ASK_OKX, what_zh, _ASK_OKX_ZH)


def _key(what: str, what_zh: str) -> Bilingual:
    return _text(what, _KEY, what_zh, _KEY_ZH)


def _unknown(what: str, what_zh: str) -> Bilingual:
    return _text(what, _LOOK, what_zh, _LOOK_ZH)


def _later(what: str, what_zh: str) -> Bilingual:
    return _text(what, _WAIT, what_zh, _WAIT_ZH)


_CRISIS = {
    "50009": _frozen("the account is frozen by a liquidation", "账户因强平被冻结"),
    "50017": _frozen("a position is frozen by auto-deleveraging (ADL)", "仓位因自动减仓（ADL）被冻结"),
    "50018": _frozen("a currency is frozen by auto-deleveraging (ADL)", "币种因自动减仓（ADL）被冻结"),
    "50019": _frozen("the account is frozen by auto-deleveraging (ADL)", "账户因自动减仓（ADL）被冻结"),
    "50020": _frozen("a position is frozen by a forced liquidation", "仓位因强制平仓被冻结"),
    "50021": _frozen("a currency is frozen by a forced liquidation", "币种因强制平仓被冻结"),
    "50022": _frozen("the account is frozen by a forced liquidation", "账户因强制平仓被冻结"),
    "50023": _later("OKX refuses while funding fees are being settled.", "正在结算资金费用，OKX 暂时拒绝。"),
}
_LATER = {
    "50001": _later("OKX is out of service for the moment.", "OKX 服务暂时不可用。"),
    "50011": _later("OKX was asked too often.", "请求过于频繁，触发 OKX 限速。"),
    "50013": _later("OKX is too busy.", "OKX 系统繁忙。"),
    "50040": _later("This was done too often in a short time.", "短时间内操作过于频繁。"),
    "50046": _later("OKX has switched this function off for the moment.", "OKX 暂时关闭了该功能。"),
    "50061": _later("The account sent too many requests.", "账户请求数超过限制。"),
    "50062": _later("This function is not available for the moment.", "该功能暂时不可用。"),
    "50102": _text(
        "OKX says that the clock of this machine is wrong.",
        "Set this machine's clock (time service, NTP).",
        "OKX 认为本机时钟不准。",
        "校准本机时间（时间同步服务、NTP）。",
    ),
    "51032": _later("A market close of all positions is running.", "正在按市价平掉所有仓位。"),
}
_OPEN = {
    "0": _text("OKX has taken the request.", "Nothing for now.", "OKX 已受理请求。", "暂时无需操作。"),
    "50004": _unknown(
        "OKX ran out of time and does not say whether it was done.", "OKX 处理超时，没有说明是否已执行。"
    ),
    "50026": _unknown(
        "An error inside OKX: it may have been done or not.", "OKX 系统错误，可能已执行，也可能没有。"
    ),
    "50042": _unknown(
        "OKX calls it a repeated request: an earlier one may be running.",
        "OKX 称这是重复请求：之前的请求可能仍在处理。",
    ),
    "51054": _unknown(
        "The request ran out of time inside OKX: it may have been done or not.",
        "请求在 OKX 内部超时，可能已执行，也可能没有。",
    ),
    "51037": _unknown(
        "OKX takes only what reduces risk on this account now.", "OKX 目前只接受降低本账户风险的操作。"
    ),
    "51023": _unknown("OKX says that the position is gone already.", "OKX 表示该仓位已不存在。"),
    "51043": _unknown("OKX does not find this position any more.", "OKX 已找不到这个仓位。"),
    "no_answer": _unknown(
        "The request left, and no answer came that could be read.", "请求已发出，但没有收到可读的回复。"
    ),
    "no_result": _unknown(
        "OKX answered without an error, and without saying that it was done.",
        "OKX 的回复没有报错，但也没有确认已执行。",
    ),
}
_KEYS = {
    "50030": _key("This key has no permission for this request.", "该密钥没有此请求的权限。"),
    "50035": _text(
        "OKX takes this request only from a key that is bound to IP addresses.",
        "On OKX's API page bind the key to this machine's address.",
        "该请求只接受绑定了 IP 的密钥。",
        "在 OKX 的 API 页面给密钥绑定本机 IP。",
    ),
    "50100": _account("OKX has frozen this API key.", "OKX 已冻结该 API 密钥。"),
    "50101": _text(
        "The key belongs to the other environment: one is demo, the other production.",
        "Check `environment` of the account, or use a key of the right environment.",
        "密钥所属环境不符：一个是模拟盘，一个是实盘。",
        "检查该账户的 environment，或改用对应环境的密钥。",
    ),
    "50105": _key("The passphrase of the key is wrong.", "密钥的口令（passphrase）不正确。"),
    "50110": _text(
        "This machine's IP address is not on the key's list.",
        "On OKX's API page add this machine's address to the key.",
        "本机 IP 不在密钥的白名单里。",
        "在 OKX 的 API 页面把本机 IP 加入该密钥。",
    ),
    "50111": _key("This is no key that OKX knows the form of.", "密钥格式不正确。"),
    "50113": _key(
        "The signature is wrong: the secret does not fit the key.", "签名错误：secret 与密钥不匹配。"
    ),
    "50114": _key("OKX does not accept this authorisation.", "OKX 不接受该授权。"),
    "50118": _account("OKX wants the broker's address with this key.", "该密钥需由经纪商提供其 IP。"),
    "50119": _text(
        "OKX does not know this key: mostly the region is wrong, or the key was deleted.",
        "Check `region` and `environment` of the account, and the key on OKX's API page.",
        "OKX 查不到这个密钥：多半是区域填错，或密钥已删除。",
        "检查该账户的 region 和 environment，并在 OKX 的 API 页面核对密钥。",
    ),
    "50120": _text(
        "This key may read, but not trade: a stop needs the permission Trade.",
        "Make a key with Read and Trade; enter it as action_api_key, action_api_secret, action_passphrase.",
        "该密钥只能读取，不能交易：停止跟单需要“交易”权限。",
        "新建带“读取”和“交易”权限的密钥，填入 action_api_key、action_api_secret、action_passphrase。",
    ),
    "50121": _account("OKX does not serve this IP address.", "OKX 不向本机 IP 提供服务。"),
    "other_account": _text(
        "The key for actions belongs to another OKX account than the one that is watched.",
        "Make the key for actions in the account that is watched (the same UID).",
        "用于操作的密钥属于另一个 OKX 账户，不是正在监控的账户。",
        "在被监控的账户（相同 UID）下创建用于操作的密钥。",
    ),
}
_ACCOUNT = {
    "50007": _account("OKX has blocked this user.", "OKX 已封禁该用户。"),
    "50008": _account("OKX does not know this user.", "OKX 查不到该用户。"),
    "50012": _account("The status of this account does not allow it.", "账户状态不允许此操作。"),
    "50027": _account("OKX has restricted trading on this account.", "OKX 已限制本账户交易。"),
    "50028": _account("This account cannot be used at present.", "本账户目前无法使用。"),
    "50029": _account("OKX's risk control stands in the way.", "触发了 OKX 的风控限制。"),
    "50041": _account("This user is not on OKX's list for this function.", "该用户不在此功能的白名单内。"),
    "50051": _account("OKX refuses it for compliance in this region.", "因所在地区的合规要求，OKX 拒绝。"),
    "50052": _account(
        "OKX refuses it by the rules of the account's region.", "按账户所在地区的规定，OKX 拒绝。"
    ),
    "50059": _account("A regulator's step must be completed first.", "需先完成监管要求的步骤。"),
    "50060": _account("OKX wants the identity confirmed first.", "需先完成身份验证。"),
    "50067": _text(
        "The account belongs to another site of OKX.",
        "Check `region` of the account: it says which site serves it.",
        "该账户属于 OKX 的另一个站点。",
        "检查该账户的 region：它决定使用哪个站点。",
    ),
    "51024": _account("OKX has blocked the trading account.", "OKX 已冻结交易账户。"),
    "51010": _text(
        "The account's mode does not support it.",
        "Check the account mode in the app: copying needs Spot or Futures mode.",
        "账户模式不支持此操作。",
        "在 App 中检查账户模式：跟单需要现货模式或合约模式。",
    ),
    "51001": _ours("OKX does not know the instrument", "OKX 查不到该品种"),
    "50005": _ours("OKX has taken this endpoint out of service", "该接口已下线"),
    "50038": _text(
        "Copy trading is not available in demo trading.",
        "Use an account of the production environment.",
        "模拟盘不支持跟单。",
        "改用实盘账户。",
    ),
    "50053": _text(
        "This is available in demo trading only.",
        "Check `environment` of the account.",
        "该功能仅在模拟盘可用。",
        "检查该账户的 environment。",
    ),
    "59200": _text(
        "OKX says that the balance is not enough.",
        "Stop it by hand; look at the balance of the trading account.",
        "OKX 表示余额不足。",
        "请手动停止跟单，并查看交易账户余额。",
    ),
    "59201": _text(
        "OKX says that the balance is negative.",
        "Stop it by hand; bring the balance of the trading account above zero.",
        "OKX 表示余额为负。",
        "请手动停止跟单，并把交易账户余额补足为正。",
    ),
}
_OURS = {
    "50000": _ours("its body is empty", "请求体为空"),
    "50002": _ours("its body is not JSON", "请求体不是有效的 JSON"),
    "50006": _ours("the content type", "Content-Type 不正确"),
    "50014": _ours("a parameter is empty", "某个参数为空"),
    "50015": _ours("one of two parameters is missing", "两个参数至少填一个"),
    "50016": _ours("two parameters do not fit together", "参数之间不匹配"),
    "50024": _ours("two parameters exclude each other", "两个参数只能填一个"),
    "50025": _ours("a parameter has too many values", "某个参数的值过多"),
    "50044": _ours("the type of broker is missing", "缺少经纪商类型"),
    "50103": _ours("the key's header is empty", "密钥请求头为空"),
    "50104": _ours("the passphrase's header is empty", "口令请求头为空"),
    "50106": _ours("the signature's header is empty", "签名请求头为空"),
    "50107": _ours("the timestamp's header is empty", "时间戳请求头为空"),
    "50108": _ours("the exchange id does not exist", "交易所 ID 不存在"),
    "50109": _ours("the domain does not exist", "域名不存在"),
    "50112": _ours("the timestamp is malformed", "时间戳格式错误"),
    "50115": _ours("the method is wrong", "请求方法错误"),
    "51000": _ours("a parameter is wrong", "某个参数有误"),
    "HTTP 405": _ours("the method is not allowed", "不允许该请求方法"),
    "bad_trader": _text(
        "What is named as the lead trader can be no code of OKX: those are 16 or 18 letters and digits.",
        "Correct lead_traders of the action.",
        "填写的带单员代码不符合 OKX 的格式（16 或 18 位字母和数字）。",
        "修改该操作的 lead_traders。",
    ),
    "no_close_type": _text(
        "The action does not say what becomes of open positions.",
        "Set open_positions of the action.",
        "该操作没有指定如何处理未平仓位。",
        "设置该操作的 open_positions。",
    ),
}
_TRANSPORT = {
    "switched_off": _later(
        "Actions were switched off: the request never left.", "操作已关闭：请求没有发出。"
    ),
    "not_sent": _later("OKX could not be reached: the request never left.", "无法连接 OKX：请求没有发出。"),
    "HTTP 403": _later(
        "OKX's edge turned the request away (HTTP 403) without a code.",
        "OKX 的网关拒绝了请求（HTTP 403），没有给出代码。",
    ),
    "HTTP 404": _text(
        "OKX has no copy trading at this address (HTTP 404): it is missing in some regions.",
        "Check `region` of the account.",
        "该地址没有跟单接口（HTTP 404）：部分地区未开放。",
        "检查该账户的 region。",
    ),
    "HTTP 410": _ours("OKX has taken the page out of service (HTTP 410)", "该接口已下线（HTTP 410）"),
    "HTTP 429": _later("OKX was asked too often (HTTP 429).", "请求过于频繁（HTTP 429）。"),
}

GATEWAY = "HTTP"  # stands for every status that has no entry
_ANY_GATEWAY = _unknown(
    "A gateway answered in OKX's place: nothing in it can be read.", "回复来自网关而非 OKX 本身，无法读取。"
)

STOP_TEXTS: Mapping[str, Bilingual] = (
    _CRISIS | _LATER | _OPEN | _KEYS | _ACCOUNT | _OURS | _TRANSPORT | {GATEWAY: _ANY_GATEWAY}
)  # by code, HTTP status, or our own word
