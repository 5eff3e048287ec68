"""What a person reads, message by message."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec import structs

from alertd.domain.alert import Alert, Severity
from alertd.domain.events import (
    ConfigurationState,
    CoverageLine,
    CoverageReport,
    CoverageState,
    DeliveryHealth,
    Direction,
    LiquidationType,
    MarginMode,
    Source,
)
from alertd.domain.notification import Reason
from alertd.sinks.figures import width
from alertd.sinks.render import render
from alertd.sinks.texts import Language
from tests.sinks.samples import (
    ANY,
    T,
    alert,
    coverage,
    delivery,
    lead,
    liquidation,
    margin,
    ratio_alert,
    told,
    warning,
)

NOWHERE: dict[str, Any] = {
    "instrument": None,
    "direction": None,
    "margin_mode": None,
    "margin_currency": None,
    "observed_at": None,
}
DEAD_SINK = DeliveryHealth(
    **{**ANY, "account": "", "exchange": ""}, sink="phone", healthy=False, detail="error=401"
)
REFUSED_FILE = ConfigurationState(
    **{**ANY, "account": "", "exchange": ""}, accepted=False, problems=("alertd.toml:3: rules.x: y",)
)
LADDER = {"severity": Severity.CRITICAL}


def shows(text: str, *snippets: str) -> None:
    for snippet in snippets:
        assert snippet in text


@pytest.mark.parametrize(
    ("late_s", "source", "late"),
    [
        (75.2, Source.RECONCILE, "75 s"),
        (5.0, Source.RECONCILE, "5 s"),
        (4.9, Source.RECONCILE, ""),
        (299, Source.RECONCILE, "299 s"),
        (4000, Source.RECONCILE, "1 h 6 min"),
        (75.2, Source.PUSH, ""),
    ],
)
def test_what_was_learned_late_says_how_late(late_s: float, source: Source, late: str) -> None:
    event = liquidation(remaining_size=Decimal(0), source=source)
    event = structs.replace(event, observed_at=event.received_at - timedelta(seconds=late_s))
    message = told(alert(event, "liquidation"))
    if not late:
        assert message.title == "CRITICAL BTC-USDT-SWAP long: liquidated, nothing left, main"
        assert "learned" not in message.body
        return
    assert message.title.startswith("CRITICAL BTC-USDT-SWAP")
    assert f"liquidated, learned {late} late" in message.title
    shows(
        message.body,
        f"alertd learned this about {late} late, from the records of OKX",
        "nothing, the position",
    )
    assert "晚" in told(alert(event, "liquidation"), language="zh").title


def test_an_isolated_position_near_liquidation() -> None:
    message = told(ratio_alert())
    assert message.title == "CRITICAL BTC-USDT-SWAP long: ratio 180 %, main"
    assert message.body.startswith("BTC-USDT-SWAP long is close to liquidation.\nAccount: main (OKX)\n")
    shows(
        message.body,
        "Position: BTC-USDT-SWAP long, isolated margin in USDT",
        "Margin ratio: 180 % (liquidation at 100 %)",
        "Distance to liquidation: 2.1 % of the price",
        "Buffer used: 76 %",
        "Time to liquidation: 12 min",
        "Mark price: 64,123.45",
        "Liquidation price: 62,800",
        "Leverage: 10x",
        "Size: 12 ",
        "Alert since: 2026-03-01 13:51:05 (CET, Europe/Berlin), 12 min ago",
        "Event time: 2026-03-01 14:03:04 (CET, Europe/Berlin); ",
        "seen 0.3 s after the exchange's time, sent 0.1 s later",
        "Rule: margin_ratio; margin ratio 180 %, level 300 %",
        "alertd did: nothing.",
        "1. In the OKX app open Positions and pick BTC-USDT-SWAP long.",
        "Add margin to this position",
        "market close",
    )


def test_a_copied_position_is_told_with_its_trader() -> None:
    copied = structs.replace(margin(), trader="77", trader_name="whale")
    assert told(ratio_alert(copied)).title == "CRITICAL BTC-USDT-SWAP long (whale): ratio 180 %, main"


def test_the_same_in_chinese() -> None:
    message = told(ratio_alert(), language="zh")
    assert message.title == "严重 BTC-USDT-SWAP 多 保证金率 180% main"
    shows(
        message.body,
        "BTC-USDT-SWAP 多 接近强平。",
        "账户：main（OKX）",
        "仓位：BTC-USDT-SWAP 多，逐仓 USDT",
        "保证金率：180%（100% 时强平）",
        "距强平：价格的 2.1%",
        "缓冲已用：76%",
        "标记价格：64,123.45",
        "强平价格：62,800",
        "杠杆：10 倍",
        "比交易所时间晚 0.3 秒收到，0.1 秒后发出",
        "规则：margin_ratio；保证金率 180%，界限 300%",
        "怎么办：\n1. 在 OKX 应用中打开“仓位”",
        "市价全平",
    )


@pytest.mark.parametrize(
    ("figure", "value", "english", "chinese"),
    [
        ("buffer_used", "0.76", "buffer 76 % used", "缓冲已用 76%"),
        ("minutes_to_liquidation", "12.3", "liq. in 12 min", "12 分钟后强平"),
        ("minutes_to_liquidation", "0.4", "liq. in less than 1 min", "不到 1 分钟后强平"),
        ("minutes_to_liquidation", "250", "liq. in 4 h 10 min", "4 小时 10 分后强平"),
        ("distance_to_liquidation", "0.0206", "2.1 % to liq.", "距强平 2.1%"),
        ("notional_usd", "7700.5", "value in USD 7,700.5", "USD 价值 7,700.5"),
    ],
)
def test_the_title_names_what_the_rule_looked_at(figure: str, value: str, english: str, chinese: str) -> None:
    of = ratio_alert(figure=figure, value=Decimal(value))
    assert told(of).title == f"CRITICAL BTC-USDT-SWAP long: {english}, main"
    assert told(of, language="zh").title == f"严重 BTC-USDT-SWAP 多 {chinese} main"


def test_missing_figures_are_said_or_left_out_and_never_zero() -> None:
    event = margin(margin_ratio=None, liquidation_price=None, mark_price=None, distance_to_liquidation=None)
    body = told(ratio_alert(event, value=None)).body
    shows(body, "Margin ratio: the exchange gives none", "Liquidation price: the exchange gives none")
    assert "Mark price" not in body
    assert "Distance" not in body
    assert not re.search(r"\b0 %|: 0\b", body)


def test_a_cross_currency_stands_for_all_its_positions() -> None:
    event = margin(margin_mode=MarginMode.CROSS, position_count=3)
    message = told(ratio_alert(event))
    assert message.title == "CRITICAL BTC-USDT-SWAP long +2: ratio 180 %, main"
    shows(message.body, "3 positions share this margin ratio", "Move more USDT into the trading account")
    nameless = margin(margin_mode=MarginMode.CROSS, instrument=None, direction=None)
    assert told(ratio_alert(nameless)).title == "CRITICAL cross USDT: ratio 180 %, main"


def test_a_position_already_inside_its_level_when_opened() -> None:
    inside = ratio_alert(margin(opening_margin_ratio=Decimal("2.5")), severity=Severity.INFO)
    shows(told(inside).body, "already inside this level", "Nothing has to be done at once")
    assert told(inside).title.startswith("INFO ")
    outside = ratio_alert(margin(opening_margin_ratio=Decimal(5)))
    assert "already inside" not in told(outside).body
    assert "500 % when opened" in told(outside).body


def test_worse_names_both_levels() -> None:
    of = ratio_alert(margin())
    message = told(of, Reason.WORSENED, previous_severity=Severity.WARNING)
    assert message.title.startswith("CRITICAL worse BTC-USDT-SWAP long: ")
    shows(message.body, "has come closer to liquidation", "Changed from WARNING to CRITICAL.")
    chinese = told(of, Reason.WORSENED, "zh", previous_severity=Severity.WARNING)
    assert "由警告变为严重。" in chinese.body


def test_a_reminder_says_since_when_and_what_else_is_open() -> None:
    also = (
        ratio_alert(margin(instrument="ETH-USDT-SWAP", direction=Direction.SHORT), severity=Severity.WARNING),
        alert(coverage(), "coverage"),
    )
    message = told(ratio_alert(), Reason.REMINDER, also=also)
    assert message.title.startswith("CRITICAL still BTC-USDT-SWAP long")
    shows(
        message.body,
        "Still so, since 2026-03-01 13:51:05 (CET, Europe/Berlin), 12 min ago.",
        "Also open on this account:\n- WARNING ETH-USDT-SWAP short: ratio 180 %\n",
        "\n- CRITICAL main not watched: login refused",
    )
    many = told(ratio_alert(), Reason.REMINDER, also=also * 10)
    assert "- and 10 more" in many.body


@pytest.mark.parametrize(
    ("reason", "title", "happened", "step"),
    [
        (Reason.RECOVERED, "RECOVERED", "is further from liquidation again", "Nothing now."),
        (Reason.CLOSED, "CLOSED", "is closed.", "If it was not you who closed it"),
        (Reason.LIQUIDATED, "LIQUIDATED", "was liquidated by OKX", "check what is left"),
        (Reason.REDUCED, "REDUCED", "was reduced by OKX", "check what is left"),
        (Reason.UNKNOWN, "END UNKNOWN", "could not be learned how", "Open the OKX app now"),
    ],
)
def test_how_an_alert_ended(reason: Reason, title: str, happened: str, step: str) -> None:
    for event in (margin(), warning()):
        message = told(ratio_alert(event), reason)  # type: ignore[arg-type]
        assert message.title == f"{title} BTC-USDT-SWAP long, main"
        shows(message.body, happened, step)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "The figures below are those with which the alert ended."), ("zh", "以下是告警结束时的数字。")],
)
def test_figures_of_a_recovery_are_told_as_such(language: Any, words: str) -> None:
    shows(told(ratio_alert(), Reason.RECOVERED, language=language).body, words)


def test_the_exchanges_own_warning_may_come_too_late() -> None:
    message = told(alert(warning(margin_ratio=Decimal("2.9")), "liquidation_warning"))
    assert message.title == "CRITICAL BTC-USDT-SWAP long: OKX warns, ratio 290 %, main"
    shows(message.body, "OKX itself warns", "It may already be liquidated")
    chinese = told(alert(warning(), "liquidation_warning"), language="zh")
    assert chinese.title == "严重 BTC-USDT-SWAP 多 OKX 强平预警 main"
    assert "可能已经被强平" in chinese.body


def test_an_unreadable_warning_sends_to_the_app() -> None:
    message = told(alert(warning(**NOWHERE, readable=False), "liquidation_warning"))
    assert message.title == "CRITICAL OKX liquidation warning unreadable: look now, main"
    shows(message.body, "unreadable warning", "Look at the app now", "Account: main (OKX)")


def test_an_unreadable_warning_names_the_position_if_that_much_is_known() -> None:
    event = warning(margin_ratio=None, readable=False)
    message = told(alert(event, "liquidation_warning"))
    assert message.title == "CRITICAL BTC-USDT-SWAP long: OKX warns, main"
    shows(message.body, "for BTC-USDT-SWAP long", "unreadable warning", "Look at the app now")
    chinese = told(alert(event, "liquidation_warning"), language="zh")
    shows(chinese.body, "BTC-USDT-SWAP 多", "无法解读")


def test_a_warning_names_all_cross_instruments() -> None:
    event = warning(margin_mode=MarginMode.CROSS, instruments=("BTC-USDT-SWAP", "ETH-USDT-SWAP"))
    shows(told(alert(event)).body, "Instruments named: BTC-USDT-SWAP, ETH-USDT-SWAP")


@pytest.mark.parametrize(
    ("kind", "left", "figure", "line"),
    [
        (LiquidationType.LIQUIDATION, "0", "liquidated, nothing left", "What is left: nothing"),
        (LiquidationType.LIQUIDATION, "3.5", "liquidated, 3.5 left", "What is left: 3.5"),
        (LiquidationType.ADL, None, "auto-deleveraged", "What is left: OKX does not say"),
        (LiquidationType.CLAW_BACK, None, "claw-back", "a part of profits was taken"),
    ],
)
def test_it_has_happened(kind: LiquidationType, left: str | None, figure: str, line: str) -> None:
    remaining = None if left is None else Decimal(left)
    message = told(alert(liquidation(liquidation_type=kind, remaining_size=remaining), "liquidation"))
    assert message.title.startswith(f"CRITICAL BTC-USDT-SWAP long: {figure}")
    shows(message.body, "This has happened; it is no forecast.", line)


def test_figures_that_are_older_than_the_rest_are_named_with_their_age() -> None:
    since = T - timedelta(seconds=42)
    event = margin(
        stale=("distance_to_liquidation", "minutes_to_liquidation", "unrealised_pnl"), stale_since=since
    )
    shows(
        told(ratio_alert(event)).body,
        "Older than the rest, seen 2026-03-01 14:02:23 (CET, Europe/Berlin), 42 s ago: "
        "distance to liquidation, minutes to liquidation",
    )
    assert "Older than" not in told(ratio_alert()).body
    assert "Older than" not in told(ratio_alert(event), Reason.RECOVERED).body


def test_a_reminder_with_figures_of_long_ago_says_so() -> None:
    shows(told(ratio_alert(), Reason.REMINDER, late_s=90).body, "1 min ago: nothing newer came.")
    assert "nothing newer" not in told(ratio_alert(), Reason.REMINDER, late_s=20).body


def test_a_part_that_was_liquidated_is_said_to_be_one() -> None:
    event = liquidation(was_a_part=True)
    shows(told(alert(event, "liquidation")).body, "What is left: this was a part of the position")


def test_what_a_claw_back_took_is_told() -> None:
    event = liquidation(liquidation_type=LiquidationType.CLAW_BACK, balance_change=Decimal("-1234.5"))
    shows(told(alert(event, "liquidation")).body, "Change of the balance: -1,234.5 USDT")


FOLLOWERS = "This trade was not led: your own position may exist, your followers do not have it."


@pytest.mark.parametrize(
    ("fields", "figure", "lines"),
    [
        ({"info_type": "1"}, "position limit", ["position limit for lead trades", "under the limit"]),
        (
            {"info_type": "2", "max_lead_trades": Decimal(1000)},
            "daily limit 1,000",
            ["Daily maximum: 1,000 lead trades", "wait for the next day's count"],
        ),
        ({"info_type": "2"}, "daily limit", ["daily number of lead trades is reached (type 2)."]),
        (
            {"info_type": "3", "min_lead_equity": Decimal(500)},
            "equity under 500 USDT",
            ["Minimum: 500 USDT", "move USDT into the trading account"],
        ),
        ({"info_type": "7"}, 'unknown type "7"', ['unknown type "7"', "message that says why"]),
    ],
)
def test_a_lead_trade_that_was_not_led(fields: dict[str, Any], figure: str, lines: list[str]) -> None:
    message = told(alert(lead(**fields), "lead_1", severity=Severity.WARNING))
    assert message.title.startswith(f"WARNING NOT led BTC-USDT-SWAP long: {figure}")
    assert message.body.startswith(FOLLOWERS)
    shows(message.body, *lines, "Check in the OKX app whether your own position exists")
    shows(message.body, "Event time: the exchange gives none; it came in at 2026-03-01 14:03:05")
    chinese = told(alert(lead(**fields), "lead_1"), language="zh").body
    assert chinese.startswith("这笔交易没有带单：您自己的仓位可能存在，您的跟单者没有这个仓位。")


def test_a_lead_trade_without_an_instrument() -> None:
    message = told(alert(lead(**NOWHERE), "lead_1", severity=Severity.WARNING))
    assert message.title == "WARNING lead trade NOT led: position limit, main"
    assert "Trade: OKX does not name it" in message.body


def test_a_repeated_occurrence_is_counted() -> None:
    assert "It has happened 3 times" in told(alert(lead(), occurrences=3), Reason.WORSENED).body
    assert "has happened 3" not in told(ratio_alert(occurrences=3)).body


def test_refused_credentials_come_with_the_cure() -> None:
    message = told(alert(coverage(code="60032", detail="API key does not exist"), "coverage"))
    assert message.title == "CRITICAL main not watched: login refused (60032)"
    shows(
        message.body,
        "silence means nothing",
        "does not try again by itself",
        "the region is wrong",
        "Check api_key, api_secret and passphrase of [accounts.main]",
        "exactly one region and one environment",
        "Detail: API key does not exist",
        "Since: 2026-03-01 14:03:05 (CET, Europe/Berlin)",
    )
    assert "属于另一个 environment" in told(alert(coverage(code="50101")), language="zh").body


def test_a_refused_key_that_is_tried_again_is_told_as_that() -> None:
    refused = coverage(exchange="toobit", code="-1002", detail="not authorised")
    body = told(alert(refused, "account_parked")).body
    shows(body, "tries again every 10 minutes", "key of the copy-trading account", "parked this account")
    assert "does not try again" not in body
    assert "passphrase" not in body
    assert "每 10 分钟" in told(alert(refused, "account_parked"), language="zh").body


def test_a_stream_that_is_only_partly_watched_and_one_that_is_back() -> None:
    degraded = coverage(state=CoverageState.DEGRADED, cause="channel_refused")
    message = told(alert(degraded, severity=Severity.WARNING))
    assert message.title == "WARNING main partly watched: channel refused"
    back = told(alert(degraded), Reason.RECOVERED)
    assert back.title == "RECOVERED main watched again"
    assert "look at the account once" in back.body
    assert told(alert(coverage(cause="something new"))).title == "CRITICAL main not watched: something new"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"positions": 2}, "Positions open when last seen: 2"),
        ({"positions": 0}, "No positions were open when last seen."),
        ({}, "Which positions are open is not known."),
        ({"alarmed": True}, "An alert was open there"),
        ({"blame": "ours"}, "this machine's own network"),
        ({"blame": "theirs"}, "not this machine's network"),
        ({"blame": "undecided"}, "cannot be told"),
    ],
)
def test_what_is_at_stake_and_whose_network_it_is(changes: dict[str, Any], says: str) -> None:
    lost = coverage(cause="connection", **changes)
    message = told(alert(lost, "coverage"))
    shows(message.body, says)
    assert "level" not in message.body  # how the rule counts urgency is nobody's business
    assert message.title == "CRITICAL main not watched: no connection"


@pytest.mark.parametrize(
    ("missed", "says"),
    [
        (None, "not compared with the exchange's records: look at the account once"),
        (0, "records: nothing was missed"),
        (2, "records: 2 missed"),
    ],
)
def test_coming_back_says_how_long_and_what_was_missed(missed: int | None, says: str) -> None:
    back = coverage(state=CoverageState.WATCHED, cause="", lasted_s=190, missed=missed)
    message = told(alert(back, "coverage"), Reason.RECOVERED)
    assert message.title == "RECOVERED main watched again"
    shows(message.body, "It was not watched for 3 min.", says)


def test_several_accounts_are_told_with_a_list() -> None:
    names = tuple(f"desk_{n}" for n in range(23))
    lost = coverage(account="", accounts=names, cause="clock", stream="")
    message = told(alert(lost, "coverage"))
    assert message.title == "CRITICAL 23 accounts not watched: clock wrong"
    shows(message.body, "for one cause", "Accounts: desk_0, desk_1", "desk_19 and 3 more")
    # Where only lead streams are lost, positions are seen: that is no outage.
    partly = structs.replace(lost, state=CoverageState.DEGRADED, cause="connection", phase="unreachable")
    assert told(alert(partly)).title == "CRITICAL 23 accounts partly watched: no connection"
    back = structs.replace(lost, state=CoverageState.WATCHED, accounts=names[:2])
    assert told(alert(back), Reason.RECOVERED).title == "RECOVERED 2 accounts watched again"


def test_the_weekly_report_is_one_line_an_account() -> None:
    def line(account: str, **changes: Any) -> CoverageLine:
        whole = {"watched_percent": Decimal("99.97"), "gaps": 3, "longest_s": 41}
        figures = {**whole, "unreconciled": 0, "missed": 0}
        return CoverageLine(account=account, **{**figures, **changes})

    report = CoverageReport(
        event_id="r",
        exchange="",
        account="",
        received_at=T,
        since=T,
        until=T,
        watched_percent=Decimal("99.97"),
        lines=(
            line("main", unseen=("smart_sync:USDT", "no_liquidation_price:BTC-USD-OPTION")),
            line("desk", unreconciled=1, missed=2),
            line("quiet", watched_percent=Decimal("100.00"), gaps=0),
            *(line(f"more_{n}") for n in range(18)),
        ),
    )
    message = told(alert(report, "coverage_report", severity=Severity.INFO))
    assert message.title == "INFO coverage report: 99.97 % watched"
    shows(
        message.body,
        "- main: 99.97 %, 3 gaps, longest 41 s, all reconciled",
        "cannot see: smart-sync copies (USDT), BTC-USD-OPTION has no liquidation price",
        "- desk: 99.97 %, 3 gaps, longest 41 s, 1 not compared with the exchange's records, 2 missed",
        "- quiet: 100 %, no gaps",
        "- and 1 more",
    )


def test_a_dead_sink_is_told_with_its_keys() -> None:
    message = told(alert(DEAD_SINK, "sink_dead", severity=Severity.WARNING))
    assert message.title == "WARNING sink phone fails: alerts do not arrive there"
    shows(message.body, "Detail: error=401", "ALERTD_SINKS__PHONE__URL", "secret file sinks.phone.url")
    assert "Account:" not in message.body
    assert "takes alerts again" in told(alert(DEAD_SINK), Reason.RECOVERED).body


def test_a_refused_configuration_says_why_and_that_the_old_one_goes_on() -> None:
    message = told(alert(REFUSED_FILE, "configuration_refused", severity=Severity.WARNING))
    assert message.title == "WARNING configuration refused: the old one stays in force"
    shows(message.body, "- alertd.toml:3: rules.x: y", "alertd check", "SIGHUP")
    many = structs.replace(REFUSED_FILE, problems=tuple(f"problem {n}" for n in range(11)))
    body = told(alert(many, "configuration_refused")).body
    assert "problem 7" in body
    assert "problem 8" not in body
    assert "and 3 more" in body
    assert "is in force" in told(alert(REFUSED_FILE), Reason.RECOVERED).body


def test_a_failed_rule_never_looks_like_no_match() -> None:
    message = told(alert(margin(), "my_rule", error="no such overload"))
    assert message.title == "CRITICAL rule my_rule failed, main"
    shows(message.body, "rule my_rule failed: no such overload", "Correct [rules.my_rule]")
    assert "works again" in told(alert(margin(), "my_rule", error="x"), Reason.RECOVERED).body


def test_a_rule_of_the_users_own_is_called_by_its_name() -> None:
    shows(
        told(alert(margin(), "big_btc")).body,
        "Your rule big_btc fired for BTC-USDT-SWAP long.",
        "Rule: big_btc",
    )
    over = told(alert(margin(), "big_btc"), Reason.RECOVERED).body
    shows(over, "Your rule big_btc no longer fires", "The figures below are those with which it ended.")


def test_a_possible_duplicate_says_so_twice() -> None:
    message = told(ratio_alert(), duplicate=True)
    assert message.title.startswith("CRITICAL (dup?) BTC-USDT-SWAP long: ")
    assert "Possible duplicate: whether an earlier attempt arrived is not known." in message.body
    chinese = told(ratio_alert(), language="zh", duplicate=True)
    assert "（重复?）" in chinese.title
    assert "可能重复" in chinese.body
    assert "uplicate" not in told(ratio_alert()).body


@pytest.mark.parametrize(
    ("late_s", "text"),
    [
        (0.1, "sent 0.1 s later"),
        (9, "sent 9.0 s later"),
        (240, "sent 4 min late"),
        (3 * 3600 + 65, "sent 3 h 1 min late"),
        (4 * 86_400, "sent 4 days late"),
    ],
)
def test_how_late_it_goes_out(late_s: float, text: str) -> None:
    assert text in told(ratio_alert(), late_s=late_s).body


def test_an_exchange_clock_ahead_of_ours_is_said() -> None:
    ahead = margin(observed_at=T.replace(second=7))
    assert "seen 2.0 s before the exchange's time (the clocks differ)" in told(ratio_alert(ahead)).body


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("UTC", "13:03:04 (UTC)"),
        ("Asia/Shanghai", "21:03:04 (CST, Asia/Shanghai)"),
        ("Asia/Dubai", "17:03:04 (+04, Asia/Dubai)"),
    ],
)
def test_every_time_names_its_zone(zone: str, text: str) -> None:
    message = render(delivery(ratio_alert()), language="en", timezone=ZoneInfo(zone), now=T)
    assert text in message.body


LONG = "B" * 40
TITLES: list[Alert] = [
    ratio_alert(),
    ratio_alert(margin(instrument=LONG)),
    ratio_alert(margin(account="a_very_long_account_name_of_a_desk")),
    ratio_alert(margin(instrument="BTC-USD-261225-100000-C", position_count=12)),
    alert(warning(margin_ratio=Decimal("123.456"))),
    alert(warning(readable=False, account="a_very_long_account_name_of_a_desk")),
    alert(liquidation(remaining_size=Decimal("123456.789"))),
    alert(lead(info_type="3", min_lead_equity=Decimal("12345.67"))),
    alert(lead(info_type="x" * 50)),
    alert(coverage(account="a_very_long_account_name_of_a_desk", code="60032")),
    alert(DeliveryHealth(**ANY, sink="s" * 60, healthy=False), "dead"),
    alert(margin(), "r" * 60, error="x"),
]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("reason", list(Reason))
@pytest.mark.parametrize("of", TITLES, ids=lambda of: f"{of.event.kind}-{of.fingerprint.rule[:5]}")
def test_every_title_fits_a_lock_screen(of: Alert, reason: Reason, language: Language) -> None:
    for duplicate in (False, True):
        title = told(of, reason, language, duplicate=duplicate).title
        assert width(title) <= 60
        assert "\n" not in title
        assert not duplicate or re.search(r"dup\?|重复\?", title)


def test_the_account_is_given_up_first_then_the_subject_is_cut() -> None:
    long_account = ratio_alert(margin(account="a_very_long_account_name_of_a_desk"))
    assert told(long_account).title == "CRITICAL BTC-USDT-SWAP long: ratio 180 %, a_very.."
    long_subject = ratio_alert(margin(instrument=LONG))
    assert re.fullmatch(r"CRITICAL B+\.\.: ratio 180 %", told(long_subject).title)


CHINESE_ALERTS = [
    *(alert(lead(info_type=kind)) for kind in ("1", "2", "3", "9")),
    *(alert(coverage(cause=cause)) for cause in ("connection", "clock", "queue_full", "unreadable", "stale")),
    *(alert(liquidation(liquidation_type=kind)) for kind in LiquidationType),
    alert(DEAD_SINK, "sink_dead"),
    alert(REFUSED_FILE, "configuration_refused"),
    ratio_alert(),
    alert(warning()),
    alert(warning(readable=False)),
]


@pytest.mark.parametrize("of", CHINESE_ALERTS, ids=lambda of: of.event.kind)
@pytest.mark.parametrize("reason", list(Reason))
def test_no_english_sentence_in_chinese(of: Alert, reason: Reason) -> None:
    message = told(of, reason, "zh", duplicate=True)
    text = re.sub(r"alertd ack \w+", "", f"{message.title}\n{message.body}")  # to be typed as it stands
    # Three words in a row are a sentence; keys, units and names are fewer.
    assert not re.search(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b", text, re.IGNORECASE)


@pytest.mark.parametrize(
    ("state", "cause", "reason", "said"),
    [
        ("blind", "credentials", Reason.NEW, "parked this stream"),
        ("blind", "connection", Reason.NEW, "keeps trying"),
        ("degraded", "channel_refused", Reason.NEW, "keeps trying"),
        ("watched", "", Reason.RECOVERED, "watches on"),
    ],
)
def test_a_stream_that_is_not_seen_is_never_told_as_watched(
    state: str, cause: str, reason: Reason, said: str
) -> None:
    event = coverage(state=CoverageState(state), cause=cause)
    body = told(alert(event, "coverage"), reason).body
    assert said in body.splitlines()[-1]


def test_a_size_is_in_what_the_exchange_counts_by() -> None:
    body = told(ratio_alert(margin(exchange="toobit", trader="77"))).body
    assert "(coins)" in body
    assert "contracts" not in body
    own = told(ratio_alert(margin(exchange="toobit"))).body
    assert "contracts" in own
    assert "(coins)" not in own
