import pytest

from alertd.simulators.okx.channels import BadArgument, Service, Subscription, read_argument
from alertd.simulators.okx.market import small_market

MARKET = small_market()
PRIVATE, BUSINESS, PUBLIC = Service.PRIVATE, Service.BUSINESS, Service.PUBLIC


@pytest.mark.parametrize(
    ("service", "arg", "code"),
    [
        (PRIVATE, "positions", "60013"),
        (PRIVATE, {"channel": "positions", "instType": 1}, "60013"),
        (PRIVATE, {}, "60027"),
        (PRIVATE, {"channel": ""}, "60027"),
        (PRIVATE, {"channel": "copytrading-notification"}, "60018"),
        (PRIVATE, {"channel": "copytrading-lead-notification", "instType": "SWAP"}, "64001"),
        (PUBLIC, {"channel": "copytrading-lead-notification", "instType": "SWAP"}, "64001"),
        (BUSINESS, {"channel": "account"}, "64002"),
        (BUSINESS, {"channel": "tickers", "instId": "BTC-USDT-SWAP"}, "64002"),
        (PUBLIC, {"channel": "account"}, "60008"),
        (PRIVATE, {"channel": "tickers", "instId": "BTC-USDT-SWAP"}, "60008"),
        (PRIVATE, {"channel": "positions", "instType": "ANY", "uly": "BTC-USDT"}, "64000"),
        (PRIVATE, {"channel": "positions"}, "60027"),
        (PRIVATE, {"channel": "liquidation-warning", "instType": ""}, "60027"),
        (PRIVATE, {"channel": "positions", "instType": "SPOT"}, "60033"),
        (PRIVATE, {"channel": "liquidation-warning", "instType": "EVENTS"}, "60033"),
        (BUSINESS, {"channel": "copytrading-lead-notification", "instType": "ANY"}, "60033"),
        (PRIVATE, {"channel": "positions", "instType": "SWAP", "instId": "NEAR-USDT-SWAP"}, "60018"),
        (PRIVATE, {"channel": "positions", "instType": "SWAP", "instFamily": "NEAR-USDT"}, "60018"),
        (PUBLIC, {"channel": "tickers"}, "60027"),
    ],
)
def test_refused_arguments(service, arg, code):
    found = read_argument(service, arg, MARKET)
    assert isinstance(found, BadArgument)
    assert found.code == code


@pytest.mark.parametrize(
    ("narrowed", "wanted"),
    [
        ({"instType": "ANY"}, {"BTC-USDT-SWAP", "BTC-USD-SWAP", "ETH-USD-271231", "BTC-USDT"}),
        ({"instType": "SWAP"}, {"BTC-USDT-SWAP", "BTC-USD-SWAP"}),
        ({"instType": "MARGIN"}, {"BTC-USDT"}),
        ({"instType": "FUTURES"}, {"ETH-USD-271231"}),
        ({"instType": "OPTION"}, set()),
        ({"instType": "SWAP", "instFamily": "BTC-USD"}, {"BTC-USD-SWAP"}),
        ({"instType": "ANY", "instId": "BTC-USDT"}, {"BTC-USDT"}),
        ({"instType": "SWAP", "instFamily": "BTC-USD", "instId": "BTC-USDT-SWAP"}, {"BTC-USDT-SWAP"}),
    ],
)
def test_what_a_subscription_wants(narrowed, wanted):
    found = read_argument(PRIVATE, {"channel": "liquidation-warning", **narrowed}, MARKET)
    assert isinstance(found, Subscription)
    offered = ("BTC-USDT-SWAP", "BTC-USD-SWAP", "ETH-USD-271231", "BTC-USDT")
    assert {one for one in offered if found.wants(MARKET.instrument(one))} == wanted


@pytest.mark.parametrize(
    ("channel", "extra", "every_s"),
    [
        ("positions", '{"updateInterval": "0"}', 0),
        ("positions", '{"updateInterval": "2000"}', 2),
        ("positions", '{"updateInterval": "4000"}', 4),
        ("positions", '{"updateInterval": "1000"}', None),
        ("positions", '{"updateInterval": 2000}', None),
        ("positions", "not json", None),
        ("positions", "[]", None),
        ("account", '{"updateInterval": "0"}', 0),
        ("account", '{"updateInterval": "2000"}', None),
    ],
)
def test_the_interval_asked_for(channel, extra, every_s):
    arg = {"channel": channel, "extraParams": extra} | ({"instType": "ANY"} if channel == "positions" else {})
    found = read_argument(PRIVATE, arg, MARKET)
    assert found.push_every_s == every_s


def test_the_argument_of_a_push():
    found = read_argument(PRIVATE, {"channel": "positions", "instType": "ANY", "extraParams": "{}"}, MARKET)
    assert found.push_arg("7") == {"channel": "positions", "instType": "ANY", "uid": "7"}
    assert found.push_arg("7", "SWAP")["instType"] == "SWAP"
    assert dict(found.arg)["extraParams"] == "{}"
