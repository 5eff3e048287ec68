import pytest

from alertd.simulators.okx.maintenance import Maintenance, status_row
from alertd.simulators.okx.scenario import play
from alertd.simulators.okx.scenario_maintenance import MAINTENANCE
from alertd.simulators.okx.simulator import OkxSimulator


@pytest.mark.parametrize(("environment", "shown"), [("production", "1"), ("demo", "2")])
def test_a_row_names_the_environment(environment, shown):
    row = status_row(Maintenance("Upgrade", 5, 7, service_type="11"), environment)
    expected = {"env": shown, "begin": "5", "end": "7", "serviceType": "11", "state": "scheduled"}
    assert {name: row[name] for name in expected} == expected


def test_an_unknown_state_is_an_error():
    with pytest.raises(ValueError, match="scheduled, ongoing"):
        Maintenance("Upgrade", 5, 7, state="soon")


def test_one_that_follows_the_time_goes_through_its_states():
    one = Maintenance("Upgrade", 1000, 2000, follows=True, is_down=True, overrun_ms=500)
    states = [one.state_at(now_ms) for now_ms in (999, 1000, 1999, 2499, 2500)]
    assert states == ["scheduled", "ongoing", "ongoing", "ongoing", "completed"]
    assert [one.is_down_at(now_ms) for now_ms in (999, 1000, 2499, 2500)] == [False, True, True, False]
    endless = Maintenance("Upgrade", 1000, None, follows=True)
    assert (endless.state_at(10**9), endless.is_down_at(1500)) == ("ongoing", False)
    assert status_row(endless, "production", 1500)["end"] == ""
    cancelled = Maintenance("Upgrade", 1000, 2000, state="canceled", follows=True, is_down=True)
    assert (cancelled.state_at(1500), cancelled.is_down_at(1500)) == ("canceled", False)


async def test_while_it_lasts_nothing_is_served_but_the_announcement(world):
    okx = await world.serve()
    okx.add_account()
    client, rest = await world.subscribed(okx, "account"), world.rest(okx)
    now_ms = okx.now_ms()
    okx.announce_maintenance("Upgrade", now_ms, now_ms + 3_600_000, follows=True, is_down=True)
    assert (await client.closed())[0] == 1006
    status, body = await rest.get("/api/v5/account/balance", okx.account())
    assert (status, body["code"]) == (503, "50001")
    status, body = await rest.get("/api/v5/system/status", okx.account())
    assert [row["state"] for row in body["data"]] == ["ongoing"]
    okx.announce_maintenance("Upgrade", now_ms, now_ms + 1, follows=True, is_down=True)
    assert (await rest.get("/api/v5/account/balance", okx.account()))[0] == 200


async def test_another_announcement_of_a_title_takes_the_place_of_the_first():
    async with OkxSimulator() as okx:
        okx.announce_maintenance("Upgrade", 5, 7)
        okx.announce_maintenance("Upgrade", 5, 7, service_type="0")
        okx.announce_maintenance("Upgrade", 8, 9)
        assert [(one.service_type, one.begin_ms) for one in okx.maintenance] == [("0", 5), ("5", 8)]


async def test_the_scenario_liquidates_while_nobody_can_see():
    async with OkxSimulator(limits=MAINTENANCE.limits(300), speed=300) as okx:
        okx.add_account(MAINTENANCE.account())
        await play(okx, MAINTENANCE)
        [announced] = okx.maintenance
        assert announced.end_ms - announced.begin_ms == 400
        assert okx.happened == ["filled BTC-USDT-SWAP main", "liquidation BTC-USDT-SWAP main"]
