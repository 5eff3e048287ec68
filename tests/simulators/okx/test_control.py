import inspect
import json

import pytest

from alertd.simulators.okx import control
from alertd.simulators.okx.accounts import Account, LeadTrader
from alertd.simulators.okx.faults import Faults
from alertd.simulators.okx.maintenance import Maintenance

BTC = "BTC-USDT-SWAP"


@pytest.fixture
def rest(okx, world):
    return world.rest(okx)


async def test_price_and_position(okx, rest):
    assert await rest.post("/simulator/price", instId=BTC, px="90000") == (200, {"ok": True})
    assert okx.market.mark(BTC) == 90000
    await rest.post("/simulator/price", instId=BTC, px=80000.5)
    assert str(okx.market.mark(BTC)) == "80000.5"
    await rest.post("/simulator/position", instId=BTC, side="short", size=2, mgnMode="cross", lever=5)
    (held,) = okx.account().positions.values()
    assert (held.sign, held.size, held.lever, held.mgn_mode) == (-1, 2, 5, "cross")
    await rest.post("/simulator/position", action="close", instId=BTC, event="adl")
    await rest.post("/simulator/position", instId=BTC)
    await rest.post("/simulator/position", action="margin", instId=BTC, amount="50")
    assert okx.happened == [
        f"filled {BTC} main",
        f"adl {BTC} main",
        f"filled {BTC} main",
        f"adjust_margin {BTC} main",
    ]


async def test_the_account_is_changed_on_the_exchange_s_pages(okx, rest):
    changes = {"perm": "read_only,withdraw", "ip": "192.0.2.1", "liquidationGear": 0, "acctLv": "3"}
    assert await rest.post("/simulator/account", **changes, roleType="2") == (200, {"ok": True})
    owner = okx.account()
    assert (owner.perm, owner.ip) == ("read_only,withdraw", "192.0.2.1")
    assert (owner.liquidation_gear, owner.acct_lv, owner.role_type) == ("0", "3", "2")


async def test_a_glide(okx, rest, until):
    await rest.post("/simulator/price", instId=BTC, px="90000", overS="0.1")
    await until(lambda: okx.market.mark(BTC) == 90000)


async def test_warnings_notifications_and_balances(okx, rest, world):
    okx.open_position(BTC)
    warned = await world.subscribed(okx, "liquidation-warning", instType="ANY", skip=1)
    led = await world.subscribed(
        okx, "copytrading-lead-notification", service="business", instType="SWAP", skip=0
    )
    await rest.post("/simulator/warning", instId=BTC, mgnRatio="1.5")
    await rest.post("/simulator/lead-notification", infoType=3, minLeadEq="700")
    assert (await warned.frame())["data"][0]["mgnRatio"] == "1.5"
    row = (await led.frame())["data"][0]
    assert (row["infoType"], row["minLeadEq"]) == ("3", "700")
    await rest.post("/simulator/balance", ccy="USDT", amount="5000", event="claw_back")
    assert okx.account().cash["USDT"] == 5000


async def test_stops_are_slow_and_shown(world, until):
    okx = await world.serve()
    okx.add_account(Account(role_type="2", perm="read_only,trade", lead_traders=(LeadTrader(),)))
    rest, code = world.rest(okx), LeadTrader().unique_code
    await rest.post("/simulator/copying", stoppingS="0.2", closingS=0, listDropsFirst=True)
    await rest.post("/simulator/copying", listsUntilClosed=True, namesCopiedPositions=False)
    limits = okx.copying.limits
    assert (limits.stopping_s, limits.closing_s, limits.list_drops_first) == (0.2, 0, True)
    assert (limits.lists_until_closed, limits.names_copied_positions) == (True, False)
    assert (await rest.post("/simulator/copying", stopping=1))[0] == 400
    await rest.post("/simulator/position", instId=BTC, leadTrader=code)
    body = {"uniqueCode": code, "subPosCloseType": "copy_close"}
    assert (await rest.act("/api/v5/copytrading/stop-copy-trading", okx.account(), body))[1]["code"] == "0"
    (shown,) = control.state(okx)["accounts"]["main"]["copying"]
    assert shown == {"uniqueCode": code, "state": "stopping", "stops": 1}
    await until(lambda: okx.copying.state_of(okx.account(), code) == "stopped")
    await rest.post("/simulator/leader-closes", uniqueCode=code, instId=BTC)
    assert okx.account().positions == {}


async def test_faults_of_calls_with_their_options(okx, rest):
    for kind in ("fail_rest", "hang_rest", "cut_rest"):
        fault = {"kind": kind, "path": "stop-copy-trading", "after_effect": True, "times": "2"}
        status, _ = await rest.call("POST", "/simulator/fault", body=json.dumps(fault))
        assert status == 200
        failure = okx.rest_faults.take("/api/v5/copytrading/stop-copy-trading")
        assert (failure.after_effect, failure.times) == (True, 2)
    assert (await rest.post("/simulator/fault", kind="lie", page="list", times=1))[0] == 200
    assert control.state(okx)["faults"]["rest_fails"]
    assert [okx.rest_faults.lies("list") for _ in range(2)] == [True, False]
    assert (await rest.post("/simulator/fault", kind="lie", page="book"))[0] == 400


async def test_the_account_is_frozen_and_moved(okx, rest):
    await rest.post("/simulator/account", frozen=50009, region="eea")
    assert (okx.account().frozen, okx.account().region) == ("50009", "eea")


async def test_copying_and_maintenance(world):
    okx = await world.serve()
    okx.add_account(Account(role_type="2", lead_traders=(LeadTrader(),)))
    rest, code = world.rest(okx), LeadTrader().unique_code
    await rest.post("/simulator/position", instId=BTC, leadTrader=code)
    assert list(okx.account().copied_from.values()) == [code]
    await rest.post("/simulator/stop-copying", uniqueCode=code, closes=True)
    assert (okx.account().lead_traders, okx.account().positions) == ([], {})
    body = {"title": "Upgrade", "begin": 5, "end": 7, "state": "ongoing", "serviceType": 0}
    assert await rest.post("/simulator/maintenance", **body) == (200, {"ok": True})
    assert okx.maintenance == [Maintenance("Upgrade", 5, 7, state="ongoing", service_type="0")]
    more = {"end": "", "follows": True, "down": True, "overrunS": 2, "maintType": 2, "state": "scheduled"}
    assert await rest.post("/simulator/maintenance", **body | more) == (200, {"ok": True})
    assert okx.maintenance == [
        Maintenance(
            "Upgrade",
            5,
            None,
            service_type="0",
            maintenance_type="2",
            follows=True,
            is_down=True,
            overrun_ms=2000,
        )
    ]


async def test_faults(okx, rest, world):
    client = await world.subscribed(okx, "positions", instType="ANY")
    await rest.post("/simulator/fault", kind="mute", channel="positions", service="private")
    okx.open_position(BTC)
    await client.no_more()
    await rest.post("/simulator/fault", kind="delay", seconds=0.01)
    await rest.post("/simulator/fault", kind="heal")
    await rest.post("/simulator/push-regular")
    assert (await client.frame())["eventType"] == "snapshot"
    await rest.post("/simulator/fault", kind="refuse_login", code="60024")
    await rest.post("/simulator/fault", kind="close_all", code=4007)
    assert (await client.closed())[0] == 4007
    other = await world.connect(okx.private_ws_url)
    assert (await other.login(okx.account()))["code"] == "60024"


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("price", {"instId": BTC}, "px is missing"),
        ("price", {"instId": "X", "px": 1}, "unknown instrument"),
        ("price", {"instId": BTC, "px": "x"}, "not a number"),
        ("price", {"instId": BTC, "px": []}, "list"),
        ("position", {"instId": BTC, "action": "burn"}, "action is"),
        ("position", {"instId": BTC, "leverage": 3}, "leverage"),
        ("position", {"action": "close", "instId": BTC}, "no open position"),
        ("warning", {"instId": BTC, "account": "nobody"}, "which account"),
        ("lead-notification", {}, "infoType is missing"),
        ("position", {"instId": BTC, "leadTrader": "x"}, "copies nobody"),
        ("stop-copying", {"uniqueCode": "x"}, "copies nobody"),
        ("maintenance", {"title": "Upgrade"}, "begin is missing"),
        ("maintenance", {"title": "x", "begin": 1, "end": 2, "state": "soon"}, "state is"),
        ("account", {"api_secret": "x"}, "changeable are"),
        ("fault", {"kind": "explode"}, "kind is one of"),
        ("fault", {"kind": "mute"}, "channel"),
        ("fault", {"kind": "inject_bytes"}, "kind is one of"),
    ],
)
async def test_what_is_wrong_is_named(rest, path, body, named):
    status, answer = await rest.post(f"/simulator/{path}", **body)
    assert (status, answer["ok"]) == (400, False)
    assert named in answer["error"]


@pytest.mark.parametrize("body", ["no json", "[]"])
async def test_a_body_that_is_no_object(rest, body):
    status, _ = await rest.call("POST", "/simulator/price", body=body)
    assert status == 400


async def test_state_shows_everything_but_secrets(okx, rest, world):
    okx.open_position(BTC)
    await world.subscribed(okx, "positions", instType="ANY")
    status, text = await rest.call("GET", "/simulator/state")
    state = json.loads(text)
    assert status == 200
    assert state["prices"][BTC] == "100000"
    assert state["accounts"]["main"]["positions"][0]["instId"] == BTC
    assert state["connections"][0]["subscriptions"] == [{"channel": "positions", "instType": "ANY"}]
    assert state["happened"] == [f"filled {BTC} main"]
    account = okx.account()
    assert not any(secret in text for secret in (account.api_key, account.api_secret, account.passphrase))


def test_every_fault_is_offered_and_documented():
    doors = {name for name, _ in inspect.getmembers(Faults, inspect.isfunction) if not name.startswith("_")}
    assert doors - {"chosen", "inject_bytes"} == control.FAULTS
    assert all(name in control.__doc__ for name in control.FAULTS)
