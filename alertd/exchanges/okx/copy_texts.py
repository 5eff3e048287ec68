"""Copy-trading error codes in our own words: what it means, what to do, in English and Chinese.

Codes: OKX API guide, "Error Code > REST API > Copy trading" and "> Account".
"""

from __future__ import annotations

from typing import Literal, NamedTuple


class CodeText(NamedTuple):
    """What a code means and what cures it."""

    meaning: str
    cure: str


class Bilingual(NamedTuple):
    """The same in both languages."""

    en: CodeText
    zh: CodeText

    def of(self, language: Literal["en", "zh"]) -> CodeText:
        """In that language."""
        return self.zh if language == "zh" else self.en


def _text(meaning: str, cure: str, meaning_zh: str, cure_zh: str) -> Bilingual:
    return Bilingual(CodeText(meaning, cure), CodeText(meaning_zh, cure_zh))


_SPOT_LEADER = _text(
    "This account does not lead spot trades.",
    "Apply as a spot lead trader in the app or on the website, then try again.",
    "本账户还没有现货带单资格。",
    "先在 App 或网页上申请成为现货带单员，再重试。",
)

# 59130 is used for two different things; texts.py chooses by the exchange's message.
REPAYMENT_SAME_CURRENCY = _text(
    "An asset worth less than 1 USD can only repay a debt in that same asset.",
    "Repay with another asset, or hold at least 1 USD worth of this one.",
    "价值不足 1 美元的资产只能偿还同币种的借款。",
    "换用其他资产还款，或让该资产价值达到 1 美元以上。",
)
TAKE_PROFIT_TOO_HIGH = _text(
    "The take-profit percentage is above what copy settings allow.",
    "Set a lower take-profit percentage; the exchange's message names the maximum.",
    "止盈百分比超过了跟单设置允许的上限。",
    "调低止盈百分比；交易所返回的信息里写有上限。",
)
EITHER_59130 = _text(
    "Either the take-profit percentage is too high, or an asset below 1 USD was used to repay another one.",
    "Read the exchange's message; lower the take-profit, or repay with another asset.",
    "可能是止盈百分比过高，也可能是用不足 1 美元的资产偿还了其他币种。",
    "查看交易所返回的信息：调低止盈，或换用其他资产还款。",
)

COPY_TEXTS: dict[str, Bilingual] = {
    "59128": _text(
        "The leverage is too high for leading trades in this instrument.",
        "Lower the leverage of the instrument; the exchange's message names the maximum.",
        "该品种带单所设的杠杆过高。",
        "调低该品种的杠杆；交易所返回的信息里写有上限。",
    ),
    "59129": _text(
        "The debts must be repaid in a fixed order, and another asset comes first.",
        "Repay first with the asset named in the exchange's message.",
        "还款有先后顺序，应先用另一种资产。",
        "先用交易所信息中指定的币种还款。",
    ),
    "59206": _text(
        "The lead trader's places for copiers are all taken.",
        "Wait until a place is free, or copy another lead trader.",
        "该带单员的跟单名额已满。",
        "等待空出名额，或选择其他带单员。",
    ),
    "59216": _text(
        "The position is not there any more, or not yet.",
        "Look at the open positions first; try once more if it is still shown.",
        "该仓位已不存在，或尚未生成。",
        "先查看当前持仓；若仍在，再试一次。",
    ),
    "59218": _text(
        "A market close of all positions is already running.",
        "Do not send it again; watch the positions until they are gone.",
        "市价全部平仓已在进行中。",
        "不要重复提交；持续查看持仓直到清空。",
    ),
    "59245": _text(
        "The order holds more contracts than a lead trader may place at once.",
        "Split the order; the exchange's message names the maximum.",
        "单笔委托张数超过了带单员的上限。",
        "拆分下单；交易所返回的信息里写有上限。",
    ),
    "59247": _text(
        "The open position is too large for the leverage that was asked for.",
        "Choose a lower leverage, or reduce the position first.",
        "按所选杠杆，当前持仓已超过可持有的最大数量。",
        "选择更低的杠杆，或先减仓。",
    ),
    "59256": _text(
        "One-way position mode works with a single copied trader only.",
        "Stop copying until one trader is left, then switch the position mode.",
        "单向持仓（买卖模式）最多只能跟随一名带单员。",
        "停止跟单至仅剩一人，再切换持仓模式。",
    ),
    "59258": _text(
        "A lead trader cannot do this.",
        "Use an account that does not lead, or give up leading first.",
        "带单员身份不能执行此操作。",
        "换用非带单账户，或先退出带单。",
    ),
    "59259": _text(
        "The copy multiplier is outside the allowed range.",
        "Read the allowed range from the copy-trading configuration and set a value inside it.",
        "跟单倍数超出允许范围。",
        "查询跟单配置中的范围，填写范围内的数值。",
    ),
    "59260": _SPOT_LEADER,
    "59262": _text(
        "This account does not lead contract trades.",
        "Apply as a contract lead trader and wait for approval, then try again.",
        "本账户还没有合约带单资格。",
        "先申请合约带单并等待通过，再重试。",
    ),
    "59263": _text(
        "Copy trading is open to an allow list only, and this account is not on it.",
        "Ask the exchange or your broker's contact there for access.",
        "跟单功能仅对白名单开放，本账户不在其中。",
        "联系交易所或经纪商对接人申请开通。",
    ),
    "59264": _text(
        "Spot trades cannot be copied over the API.",
        "Use contracts (SWAP), or handle spot copying in the app.",
        "这里只能跟合约，现货跟单用不了 API。",
        "改用合约（SWAP），或在 App 中处理现货跟单。",
    ),
    "59267": _text(
        "There is nothing to cancel: this trader is not being copied.",
        "Check the list of copied traders; if the trader is absent, copying has ended already.",
        "没有可取消的跟单：当前并未跟随该带单员。",
        "查看跟单列表；若不在其中，说明跟单已结束。",
    ),
    "59268": _text(
        "The settings name an instrument that the lead trader does not trade.",
        "Choose only from the lead trader's own instruments.",
        "设置中包含带单员没有带单的品种。",
        "只从该带单员的带单品种中选择。",
    ),
    "59269": _text(
        "No contract lead trader has this code.",
        "Check the unique code (16 or 18 characters) against the list of copied traders.",
        "没有使用该代码的合约带单员。",
        "对照跟单列表核对唯一代码（16 或 18 位）。",
    ),
    "59270": _text(
        "The total for this trader is smaller than the fixed amount of a single order.",
        "Raise copyTotalAmt, or lower copyAmt.",
        "跟单总额小于单笔固定金额。",
        "提高 copyTotalAmt，或降低 copyAmt。",
    ),
    "59273": _text(
        "This account has never copied a contract trader.",
        "Check that this is the right account; copying starts with the first copy settings.",
        "本账户从未进行过合约跟单。",
        "确认账户是否正确；需先完成首次跟单设置。",
    ),
    "59274": _text(
        "An account cannot copy itself.",
        "Choose another lead trader.",
        "账户不能跟随自己。",
        "选择其他带单员。",
    ),
    "59275": _text(
        "An application to become a lead trader is open, so copying is blocked.",
        "Wait for the decision, or withdraw the application.",
        "带单申请正在审核，期间不能跟单。",
        "等待审核结果，或撤回申请。",
    ),
    "59276": _text(
        "The lead trader is about to stop leading and takes no copiers.",
        "Choose another lead trader; an existing copy ends by itself.",
        "该带单员正在退出带单，不再接受跟单。",
        "选择其他带单员；已有的跟单会自行结束。",
    ),
    "59277": _text(
        "The lead trader accepts no more copiers: the limit is reached.",
        "Try later, or copy another lead trader.",
        "该带单员的跟单人数已到上限。",
        "稍后再试，或选择其他带单员。",
    ),
    "59278": _text(
        "An earlier request to stop copying is still being carried out.",
        "Do not send it again; read the list of copied traders until the trader is gone.",
        "之前的停止跟单请求仍在处理中。",
        "不要重复提交；持续查看跟单列表直到该带单员消失。",
    ),
    "59279": _text(
        "This trader is being copied already.",
        "Change the existing settings instead of starting anew.",
        "已经在跟随该带单员。",
        "修改现有跟单设置，不要重新开始。",
    ),
    "59280": _text(
        "There are no settings to change: this trader is not being copied.",
        "Start with the first copy settings, or check the trader's code.",
        "没有可修改的设置：当前并未跟随该带单员。",
        "先完成首次跟单设置，或核对带单员代码。",
    ),
    "59282": _text(
        "Only sub-accounts of listed brokers may use this endpoint.",
        "Use a broker sub-account whose main account is listed, or ask the exchange.",
        "该接口仅限白名单经纪商的子账户使用。",
        "使用主账户在白名单内的经纪商子账户，或联系交易所。",
    ),
    "59283": _text(
        "The account is not in Futures mode.",
        "Switch the account mode to Futures, then try again.",
        "账户当前不是合约模式。",
        "将账户模式切换为合约模式后重试。",
    ),
    "59284": _text(
        "The ratio was changed as often as a month allows.",
        "Wait for the next month.",
        "本月比例修改次数已用完。",
        "等到下个月再修改。",
    ),
    "59285": _text(
        "This account has neither led nor copied so far.",
        "Check that this is the right account.",
        "本账户至今没有带单或跟单记录。",
        "确认账户是否正确。",
    ),
    "59286": _text(
        "An account in Spot mode cannot lead contracts.",
        "Switch the account to Futures mode first.",
        "现货模式的账户不能成为合约带单员。",
        "先将账户切换为合约模式。",
    ),
    "59287": _text(
        "The profit share is outside the allowed range.",
        "Set a share within the range named in the exchange's message.",
        "分润比例超出允许范围。",
        "在交易所信息给出的范围内重新设置。",
    ),
    "59288": _text(
        "Trades cannot be led from an account in Portfolio margin mode.",
        "Switch to Futures or Multi-currency margin mode, then try again.",
        "组合保证金模式的账户不能带单。",
        "切换为合约模式或跨币种保证金模式后重试。",
    ),
    "59292": _text(
        "This lead trader offers smart sync only, no copying with own settings.",
        "Manage the copy in the app, or choose another lead trader.",
        "该带单员只支持智能同步，不支持自定义跟单。",
        "在 App 中管理该跟单，或选择其他带单员。",
    ),
    "59641": _text(
        "The account mode cannot change while a fixed-term loan is open.",
        "Repay the loan first, then switch.",
        "存在未还的定期借款，不能切换账户模式。",
        "先还清定期借款，再切换。",
    ),
    "59642": _text(
        "Copying and leading work in Spot and Futures mode only.",
        "Switch the account to Spot or Futures mode.",
        "账户模式不符：有跟单或带单的账户只允许两种模式。",
        "将账户切换为现货模式或合约模式。",
    ),
    "59643": _text(
        "The account mode cannot change while spot trades are being copied.",
        "Stop spot copying first, then switch.",
        "正在现货跟单，不能切换账户模式。",
        "先停止现货跟单，再切换。",
    ),
}
