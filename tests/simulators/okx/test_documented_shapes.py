"""Every example of the API guide is answered in its shape: the same keys, and values of the same types."""

import json
from pathlib import Path

import pytest

from alertd.simulators.okx.accounts import Account, LeadTrader

EXAMPLES = Path(__file__).parents[2] / "data" / "okx_simulator"
FUTURE = "ETH-USD-271231"
TRADER = LeadTrader()
POSITION = json.loads((EXAMPLES / "ws_positions_snapshot.json").read_text(encoding="utf-8"))["data"][0]
MARGIN = json.loads((EXAMPLES / "rest_positions_margin_isolated.json").read_text(encoding="utf-8"))["data"][0]
# What the simulator has beyond the examples: in the guide's field tables, but not in its examples ...
IN_TABLE = {"baseBal", "bePx", "quoteBal", "usdPx"}
BEYOND = {
    "ws_account_snapshot": {"autoLendStatus", "autoLendMtAmt"},
    "ws_positions_snapshot": IN_TABLE,
    # ... and the margin example shows a part of the fields only.
    "rest_positions_margin_isolated": (POSITION.keys() - MARGIN.keys() - {"pTime"}) | IN_TABLE,
}
WHERE = dict.fromkeys(BEYOND, ".data[]") | {"ws_account_snapshot": ".data[].details[]"}


async def _socket(okx, world, service, request, event):
    client = await world.logged_in(okx, service=service)
    await client.send(request)
    while (frame := await client.frame()).get("event", "push") != event:
        pass
    return frame


def _subscribe(**arg):
    return {"id": "77", "op": "subscribe", "args": [arg]}


async def login_accepted(okx, world):
    return await (await world.connect(okx.private_ws_url)).login(okx.account())


async def login_refused(okx, world):
    okx.refuse_login("60009")
    return await (await world.connect(okx.private_ws_url)).login(okx.account())


async def subscribed(okx, world):
    request = _subscribe(channel="liquidation-warning", instType="ANY")
    return await _socket(okx, world, "private", request, "subscribe")


async def subscribe_refused(okx, world):
    request = {"id": "77", "op": "subscribe", "argss": [{"channel": "liquidation-warning"}]}
    return await _socket(okx, world, "private", request, "error")


async def unsubscribed(okx, world):
    client = await world.connect(okx.public_ws_url)
    return await client.request({"op": "unsubscribe", "args": [{"channel": "tickers", "instId": "BTC-USDT"}]})


async def counted(okx, world):
    return await _socket(
        okx, world, "private", _subscribe(channel="orders", instType="ANY"), "channel-conn-count"
    )


async def counted_out(okx, world):
    okx.refused_channels.add("orders")
    request = _subscribe(channel="orders", instType="ANY")
    return await _socket(okx, world, "private", request, "channel-conn-count-error")


async def noticed(okx, world):
    client = await world.connect(okx.private_ws_url)
    okx.notice()
    return await client.frame()


async def account_snapshot(okx, world):
    return await _socket(okx, world, "private", _subscribe(channel="account"), "push")


async def positions_snapshot(okx, world):
    okx.set_balance("ETH", 5)
    okx.open_position(FUTURE)
    return await _socket(okx, world, "private", _subscribe(channel="positions", instType="FUTURES"), "push")


async def warning(okx, world):
    okx.set_balance("ETH", 5)
    okx.open_position(FUTURE)
    client = await world.subscribed(okx, "liquidation-warning", skip=1, instType="ANY")
    okx.push_liquidation_warning(FUTURE)
    return await client.frame()


async def lead_notification(okx, world):
    client = await world.subscribed(
        okx, "copytrading-lead-notification", service="business", skip=0, instType="SWAP"
    )
    okx.push_lead_notification("2")
    return await client.frame()


def get(path):
    async def produce(okx, world):
        okx.set_balance("BTC", 1)
        okx.open_position("BTC-USDT", size=1)
        okx.open_position("BTC-USDT-SWAP", lead_trader=TRADER.unique_code)
        okx.announce_maintenance("Upgrade", 1, 2, state="completed")
        return (await world.rest(okx).get(f"/api/v5/{path}", okx.account()))[1]

    return produce


async def stop_copying(okx, world):
    body = {"instType": "SWAP", "uniqueCode": TRADER.unique_code, "subPosCloseType": "copy_close"}
    return (await world.rest(okx).act("/api/v5/copytrading/stop-copy-trading", okx.account(), body))[1]


PRODUCED = {
    "rest_account_config": get("account/config"),
    "rest_copy_settings": get(f"copytrading/copy-settings?instType=SWAP&uniqueCode={TRADER.unique_code}"),
    "rest_copytrading_config": get("copytrading/config"),
    "rest_current_lead_traders": get("copytrading/current-lead-traders?instType=SWAP"),
    "rest_current_subpositions": get("copytrading/current-subpositions"),
    "rest_positions_margin_isolated": get("account/positions?instType=MARGIN"),
    "rest_stop_copy_ok": stop_copying,
    "rest_system_status": get("system/status?state=completed"),
    "ws_account_snapshot": account_snapshot,
    "ws_channel_conn_count": counted,
    "ws_channel_conn_count_error": counted_out,
    "ws_lead_notification": lead_notification,
    "ws_liquidation_warning": warning,
    "ws_login_error": login_refused,
    "ws_login_ok": login_accepted,
    "ws_notice_64008": noticed,
    "ws_positions_snapshot": positions_snapshot,
    "ws_subscribe_ack_liqwarn": subscribed,
    "ws_subscribe_error": subscribe_refused,
    "ws_unsubscribe_ack": unsubscribed,
}
SAME_VALUES = (
    "event",
    "code",
    "channel",
    "instType",
    "eventType",
    "curPage",
    "lastPage",
    "result",
    "infoType",
)


MAY_BE_EMPTY = {"closeOrderAlgo"}  # orders are not simulated


def unlike(example, answer, where=""):
    """What differs in shape, one line each."""
    if type(example) is not type(answer):
        return [f"{where} {type(example).__name__} -> {type(answer).__name__}"]
    if isinstance(example, dict):
        return _unlike_objects(example, answer, where)
    if not isinstance(example, list):
        return []
    if example and not answer:
        return [f"{where} is empty"]
    pattern = example if len(example) == len(answer) else example[:1] * len(answer)
    return [line for one in zip(pattern, answer, strict=False) for line in unlike(*one, f"{where}[]")]


def _unlike_objects(example, answer, where):
    lines = [f"{where} lacks {key}" for key in example.keys() - answer.keys()]
    lines += [f"{where} adds {key}" for key in answer.keys() - example.keys()]
    for key in example.keys() & answer.keys():
        if key in SAME_VALUES and example[key] != answer[key]:
            lines.append(f"{where}.{key} {example[key]!r} -> {answer[key]!r}")
        if not (key in MAY_BE_EMPTY and answer[key] == []):
            lines += unlike(example[key], answer[key], f"{where}.{key}")
    return lines


def _read(name):
    return json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))


async def _answered(world, name):
    okx = await world.serve()
    okx.add_account(Account(role_type="2", perm="read_only,trade", lead_traders=(TRADER,)))
    return await PRODUCED[name](okx, world)


@pytest.mark.parametrize("name", sorted(PRODUCED))
async def test_an_example_is_answered_in_its_shape(world, name):
    found = unlike(_read(name), await _answered(world, name))
    assert sorted(found) == sorted(f"{WHERE.get(name)} adds {key}" for key in BEYOND.get(name, ()))


def test_every_example_is_answered():
    assert {one.stem for one in EXAMPLES.glob("*.json")} == set(PRODUCED)


@pytest.mark.parametrize(
    ("answer", "lines"),
    [
        ({"event": "error", "data": [{"a": "1"}]}, []),
        ({"event": "login", "data": [{"a": "1"}]}, [".event 'error' -> 'login'"]),
        ({"event": "error", "data": [{"a": 1}]}, [".data[].a str -> int"]),
        ({"event": "error", "data": []}, [".data is empty"]),
        ({"event": "error", "data": [{"a": "1"}, {}]}, [".data[] lacks a"]),
        ({"event": "error", "data": [{"a": "1", "b": ""}]}, [".data[] adds b"]),
        ({"event": "error"}, [" lacks data"]),
    ],
)
def test_the_comparison_sees_a_difference(answer, lines):
    assert unlike({"event": "error", "data": [{"a": "7"}]}, answer) == lines
