"""Orders over HTTP."""

import pytest

from alertd.simulators.toobit.control import FAULTS


async def order(one, name, **body):
    async with one.session.post(f"{one.toobit.rest_url}/simulator/{name}", json=body) as answer:
        return answer.status, await answer.json()


async def state(one):
    async with one.session.get(f"{one.toobit.rest_url}/simulator/state") as answer:
        return await answer.json()


OK = (200, {"ok": True})
BTC = "BTC-SWAP-USDT"


async def test_a_day_of_orders(as_leader):
    assert await order(as_leader, "price", symbol=BTC, price="90500", last="90501") == OK
    assert await order(as_leader, "position", leader="whale", symbol=BTC, side="short", size="0.1") == OK
    assert await order(as_leader, "position", leader="whale", symbol=BTC, action="close", side="short") == OK
    assert await order(as_leader, "leverage", leader="leader", symbol=BTC, leverage=50) == OK
    assert await order(as_leader, "follower", leader="leader", follower="8001", action="join", amount=9) == OK
    assert await order(as_leader, "follower", leader="leader", follower="7001", action="leave") == OK
    assert (
        await order(as_leader, "follower", leader="leader", follower="8001", action="transfer", amount=-4)
        == OK
    )
    assert await order(as_leader, "leader", leader="leader", action="config", profitRate="0.2") == OK
    assert await order(as_leader, "leader", leader="leader", action="settle", day="2026-11-16") == OK
    assert await order(as_leader, "leader", leader="dolphin", action="stop") == OK
    assert await order(as_leader, "account", account="copier", can_trade=False) == OK
    found = await state(as_leader)
    assert found["prices"][BTC] == "90500"
    assert found["leaders"]["leader"]["config"]["profitRate"] == "0.2"
    assert not found["leaders"]["dolphin"]["is_active"]
    assert not found["accounts"]["copier"]["can_trade"]
    ids = {one["follower"] for one in found["followers"] if one["leader"] == "leader"}
    assert "8001" in ids
    assert "7001" not in ids
    assert "secret" not in str(found)


@pytest.mark.parametrize("kind", sorted(FAULTS))
async def test_every_fault_can_be_ordered(kind, as_leader):
    options = {"shift_clock": {"ms": 5}}.get(kind, {})
    assert await order(as_leader, "fault", kind=kind, **options) == OK


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [
        ("price", {"symbol": BTC}, "price"),
        ("price", {"symbol": "X", "price": 1}, "there is no contract"),
        ("position", {"leader": "whale", "symbol": BTC, "action": "double"}, "action is open, close"),
        ("follower", {"leader": "whale", "action": "join"}, "follower is missing"),
        ("fault", {"kind": "explode"}, "kind is one of"),
        ("fault", {"kind": "ban", "until": 5}, "unexpected keyword"),
        ("account", {"account": "copier", "api_secret": "x"}, "cannot be changed"),
    ],
)
async def test_what_cannot_be_done_is_said(name, body, said, as_leader):
    status, answer = await order(as_leader, name, **body)
    assert (status, answer["ok"]) == (400, False)
    assert said in answer["error"]
