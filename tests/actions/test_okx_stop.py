"""The performer against the simulated exchange: each reading, each answer, each fault."""

from __future__ import annotations

import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import aiohttp
import msgspec
import pytest

from alertd.actions.copied import TradersUnproved
from alertd.actions.okx_stop import OkxStop
from alertd.actions.performing import Performer, Said, Seen
from alertd.clock import Clock
from alertd.domain.action import Exposure, Intent, LeftPosition, OpenPositions
from alertd.domain.errors import RequestRefused, RequestUnavailable
from alertd.domain.events import Direction
from alertd.exchanges.okx.requests import Credentials
from alertd.exchanges.okx.rest import OkxRest
from alertd.exchanges.okx.stop_codes import TABLE
from alertd.simulators.okx.accounts import Account, LeadTrader
from alertd.simulators.okx.simulator import OkxSimulator
from alertd.sources.session import open_session
from tests.actions.intents import AT, planned
from tests.doubles.set_clock import SetClock

ANN, BEN = "25CD5A80241D6FE6", "2" * 18
BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
STOP, LIST, SETTINGS = "stop-copy-trading", "current-lead-traders", "copy-settings"
SUBS, POSITIONS = "current-subpositions", "account/positions"
AT_MARKET, LEADER, ME = OpenPositions
DEADLINE_S = 5.0


def intent(**changes: Any) -> Intent:
    return planned(**{"trader": ANN, "open_positions": OpenPositions.LEADER_CLOSES, **changes})


@pytest.fixture
async def okx() -> AsyncIterator[OkxSimulator]:
    async with OkxSimulator() as exchange:
        traders = (LeadTrader(ANN, "Ann"), LeadTrader(BEN, "Ben"))
        exchange.add_account(Account(role_type="2", perm="read_only,trade", lead_traders=traders))
        yield exchange


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with open_session() as opened:
        yield opened


def rest(
    okx: OkxSimulator, session: aiohttp.ClientSession, name: str = "main", clock: Clock | None = None
) -> OkxRest:
    who = okx.account(name)
    credentials = Credentials(who.api_key, who.api_secret, who.passphrase)
    return OkxRest(session, okx.rest_url, credentials, False, clock or Clock(), pause_s=0)


@pytest.fixture
def performer(okx: OkxSimulator, session: aiohttp.ClientSession) -> OkxStop:
    calls = rest(okx, session)
    return OkxStop(calls, calls, Clock())


def stops(okx: OkxSimulator, code: str = ANN) -> int:
    return okx.copying.stops["main", code]


async def test_it_is_a_performer(performer: Performer) -> None:
    assert await performer.traders() == {ANN: "Ann", BEN: "Ben"}


@pytest.mark.parametrize("positions", OpenPositions)
async def test_from_copied_to_stopped(
    okx: OkxSimulator, performer: OkxStop, positions: OpenPositions
) -> None:
    wanted = intent(open_positions=positions)
    before = await performer.read(wanted)
    assert (before.seen, before.exists, before.code) == (Seen.NOT_DONE, True, "")
    assert before.exposure is not None
    assert before.exposure.positions == ()
    answer = await performer.send(wanted)
    assert (answer.said, answer.code) == (Said.ACCEPTED, "0")
    assert answer.answer.startswith('HTTP 200 {"code":"0"')
    assert answer.request == before.request
    method, path, body = answer.request.split(" ", 2)
    assert (method, path) == ("POST", f"/api/v5/copytrading/{STOP}")
    assert json.loads(body) == {
        "instType": "SWAP",
        "uniqueCode": ANN,
        "subPosCloseType": {AT_MARKET: "market_close", LEADER: "copy_close", ME: "manual_close"}[positions],
    }
    assert (await performer.read(wanted)).seen is Seen.DONE
    assert (await performer.read(intent(trader=BEN))).seen is Seen.NOT_DONE
    assert (stops(okx), stops(okx, BEN)) == (1, 0)


async def test_a_code_in_other_letters_is_never_taken_for_somebody_who_is_not_copied(
    performer: OkxStop,
) -> None:
    assert (await performer.read(intent(trader=ANN.lower()))).seen is not Seen.DONE


async def test_a_stop_on_its_way_is_not_done(okx: OkxSimulator, performer: OkxStop) -> None:
    okx.copying.limits = replace(okx.copying.limits, stopping_s=60)
    assert (await performer.send(intent())).said is Said.ACCEPTED
    assert (await performer.read(intent())).seen is Seen.NOT_DONE
    again = await performer.send(intent())
    assert (again.said, again.code) == (Said.IN_PROGRESS, "59278")
    okx.copying.limits = replace(okx.copying.limits, list_drops_first=True)
    assert (await performer.read(intent())).seen is Seen.MIXED
    assert stops(okx) == 1


@pytest.mark.parametrize("page", ["list", "settings"])
@pytest.mark.parametrize("is_stopped", [True, False])
async def test_one_wrong_page_proves_nothing(
    okx: OkxSimulator, performer: OkxStop, page: str, is_stopped: bool
) -> None:
    if is_stopped:
        await performer.send(intent())
    okx.lie(page, times=1)
    assert (await performer.read(intent())).seen is Seen.MIXED
    assert (await performer.read(intent())).seen is (Seen.DONE if is_stopped else Seen.NOT_DONE)


@pytest.mark.parametrize("page", [LIST, SETTINGS])
@pytest.mark.parametrize(
    "body",
    [
        "<html>",
        "",
        '{"code":"0","msg":"","data":[{}]}',
        '{"code":"0","msg":"","data":[{"copyState":"2"}]}',
        '{"code":"0","msg":"","data":[{"copyState":"1"},{"copyState":"0"}]}',
        '{"code":"0","msg":"","data":[{"copyState":"0"},{"copyState":5}]}',
        '{"code":"0","msg":"","data":"?"}',
        '{"code":"0","msg":"","data":null}',
        '{"code":"0","msg":"","data":{}}',
        '{"code":"0","msg":""}',
        '{"code":"","msg":"","data":[]}',
        '{"data":[]}',
        "[]",
        "{}",
        '{"code":"50030","msg":"no","data":[]}',
        '{"code":"99999","msg":"no","data":[]}',
    ],
)
@pytest.mark.parametrize("is_stopped", [True, False])
async def test_a_page_that_cannot_be_read_proves_nothing(
    okx: OkxSimulator, performer: OkxStop, page: str, body: str, is_stopped: bool
) -> None:
    if is_stopped:
        await performer.send(intent())
    okx.fail_rest(200, body=body, path=page)
    reading = await performer.read(intent())
    assert reading.seen is Seen.UNREADABLE
    assert reading.code
    assert "unreadable" in reading.answer


async def test_settings_without_a_row_prove_nothing(okx: OkxSimulator, performer: OkxStop) -> None:
    await performer.send(intent())
    okx.fail_rest(200, body='{"code":"0","msg":"","data":[]}', path=SETTINGS)
    assert (await performer.read(intent())).seen is Seen.UNREADABLE


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ({"uniqueCode": ANN, "nickName": 5}, Seen.NOT_DONE),  # a broken row that names the trader
        ({"uniqueCode": BEN, "nickName": 5}, Seen.MIXED),  # another's
        ({"nickName": "who?"}, Seen.UNREADABLE),  # anybody's
    ],
)
async def test_a_broken_row_of_the_list_counts_as_who_it_names(
    okx: OkxSimulator, performer: OkxStop, row: dict[str, Any], wanted: Seen
) -> None:
    okx.fail_rest(200, body=json.dumps({"code": "0", "msg": "", "data": [row]}), path=LIST)
    assert (await performer.read(intent())).seen is wanted
    with pytest.raises(RequestUnavailable):
        await performer.traders()  # one would be missing


REFUSALS: dict[str, tuple[Callable[[OkxSimulator], object], dict[str, Any], Said, str]] = {
    "read-only key": (lambda okx: okx.change_account(perm="read_only"), {}, Said.REFUSED, "50120"),
    "lead trader": (lambda okx: okx.change_account(role_type="1"), {}, Said.REFUSED, "59258"),
    "account mode": (lambda okx: okx.change_account(acct_lv="3"), {}, Said.REFUSED, "59283"),
    "wrong region": (lambda okx: okx.change_account(region="eea"), {}, Said.REFUSED, "50119"),
    "wrong address": (lambda okx: okx.change_account(ip="192.0.2.1"), {}, Said.REFUSED, "50110"),
    "no such trader": (lambda okx: None, {"trader": "3" * 16}, Said.REFUSED, "59269"),
    "rate": (lambda okx: okx.fail_rest(0, "50011", path=STOP), {}, Said.NOT_TAKEN, "50011"),
    "clock": (lambda okx: okx.fail_rest(0, "50102", path=STOP), {}, Said.NOT_TAKEN, "50102"),
    "5xx": (lambda okx: okx.fail_rest(500, body="", path=STOP), {}, Said.UNKNOWN, "HTTP 500"),
    "HTML": (lambda okx: okx.fail_rest(200, body="<html>", path=STOP), {}, Said.UNKNOWN, "HTTP 200"),
    "no page": (lambda okx: okx.fail_rest(404, body="<html>", path=STOP), {}, Said.REFUSED, "HTTP 404"),
    "reset": (lambda okx: okx.cut_rest(path=STOP), {}, Said.UNKNOWN, "no_answer"),
    "half an answer": (
        lambda okx: okx.fail_rest(200, body='{"code":"0","data":[{"res', path=STOP),
        {},
        Said.UNKNOWN,
        "HTTP 200",
    ),
    "result is a text": (
        lambda okx: okx.fail_rest(200, body='{"code":"0","data":[{"result":"true"}]}', path=STOP),
        {},
        Said.UNKNOWN,
        "no_result",
    ),
    "frozen": (lambda okx: okx.change_account(frozen="50009"), {}, Said.HELD, "50009"),
    "no code": (lambda okx: None, {"trader": "no code!"}, Said.REFUSED, "bad_trader"),
    "no close type": (lambda okx: None, {"open_positions": None}, Said.REFUSED, "no_close_type"),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_fault_is_told_by_its_own_code(okx: OkxSimulator, performer: OkxStop, name: str) -> None:
    arrange, changes, said, code = REFUSALS[name]
    arrange(okx)
    answer = await performer.send(intent(**changes))
    assert (answer.said, answer.code) == (said, code)
    assert stops(okx) == 0


@pytest.mark.parametrize("code", sorted(code for code in TABLE if code.isdigit() and code != "0"))
async def test_every_code_of_the_table_as_an_answer(okx: OkxSimulator, performer: OkxStop, code: str) -> None:
    okx.fail_rest(0, code, path=STOP)
    answer = await performer.send(intent())
    assert (answer.said, answer.code) == (TABLE[code].said, code)


@pytest.mark.parametrize(
    ("kind", "code", "seen"), [("smart_sync", "59292", Seen.UNREADABLE), ("spot", "59264", Seen.UNREADABLE)]
)
async def test_traders_that_the_api_does_not_stop(
    okx: OkxSimulator, performer: OkxStop, kind: str, code: str, seen: Seen
) -> None:
    okx.account().lead_traders = (LeadTrader(ANN, kind=kind),)
    answer = await performer.send(intent())
    assert (answer.said, answer.code) == (Said.REFUSED, code)
    reading = await performer.read(intent())
    assert (reading.seen, reading.code) == (seen, code)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda okx: None, "59269"),
        (lambda okx: setattr(okx.account(), "lead_traders", ()), "59269"),
        (lambda okx: okx.fail_rest(0, "59273", path=LIST), "59273"),
        (lambda okx: okx.fail_rest(0, "59285", path=LIST), "59285"),
    ],
)
async def test_a_trader_who_never_was_copied(
    okx: OkxSimulator, performer: OkxStop, change: Callable[[OkxSimulator], object], code: str
) -> None:
    change(okx)
    reading = await performer.read(intent(trader="3" * 16))
    assert (reading.seen, reading.exists, reading.code) == (Seen.DONE, False, code)


async def test_who_copies_nobody_has_no_traders(okx: OkxSimulator, performer: OkxStop) -> None:
    okx.fail_rest(0, "59285", path=LIST)
    assert await performer.traders() == {}
    okx.fail_rest(0, "50030", path=LIST)
    with pytest.raises(RequestRefused):
        await performer.traders()


EMPTY = json.dumps({"code": "0", "msg": "", "data": []})


def remembering(okx: OkxSimulator, session: aiohttp.ClientSession, *known: str) -> OkxStop:
    """As after a restart, over a store that knows these."""

    async def remembered() -> dict[str, str]:
        return dict.fromkeys(known, "known")

    calls = rest(okx, session)
    return OkxStop(calls, calls, Clock(), remembered=remembered)


async def never_looked() -> None:
    """The store knows nothing yet."""


async def test_whom_an_empty_list_leaves_out_is_out_only_by_his_settings_too(
    okx: OkxSimulator, session: aiohttp.ClientSession
) -> None:
    okx.fail_rest(200, body=EMPTY, path=LIST)
    performer = remembering(okx, session, ANN, BEN)
    assert await performer.traders() == {ANN: "known", BEN: "known"}
    okx.account().lead_traders = [LeadTrader(ANN, "Ann")]
    okx.account().former_lead_traders = [LeadTrader(BEN, "Ben")]
    assert await performer.traders() == {ANN: "known"}
    okx.fail_rest(500, path=SETTINGS)
    assert await performer.traders() == {ANN: "known", BEN: "known"}, "unreadable proves nothing"


async def test_whom_a_short_list_leaves_out_is_one_of_them(
    okx: OkxSimulator, session: aiohttp.ClientSession
) -> None:
    row = {"uniqueCode": ANN, "nickName": "Ann"}
    okx.fail_rest(200, body=json.dumps({"code": "0", "msg": "", "data": [row]}), path=LIST)
    assert await remembering(okx, session, BEN).traders() == {ANN: "Ann", BEN: "known"}


async def test_whom_it_named_once_it_asks_for_until_his_end_is_shown(
    okx: OkxSimulator, performer: OkxStop
) -> None:
    assert len(await performer.traders()) == 2
    okx.fail_rest(200, body=EMPTY, path=LIST)
    assert await performer.traders() == {ANN: "Ann", BEN: "Ben"}
    okx.account().former_lead_traders = okx.account().lead_traders
    okx.account().lead_traders = []
    assert await performer.traders() == {}


async def test_an_empty_list_is_held_against_whose_positions_are_open(
    okx: OkxSimulator, session: aiohttp.ClientSession
) -> None:
    calls = rest(okx, session)
    performer = OkxStop(calls, calls, Clock(), remembered=never_looked)
    okx.fail_rest(200, body=EMPTY, path=LIST)
    assert await performer.traders() == {}
    okx.open_position(BTC, "long", size=1, lever=10, lead_trader=ANN)
    assert await performer.traders() == {ANN: ""}
    fresh = OkxStop(calls, calls, Clock(), remembered=never_looked)
    okx.copying.limits = replace(okx.copying.limits, names_copied_positions=False)
    with pytest.raises(TradersUnproved):
        await fresh.traders()  # something is open, and nobody knows whose it is
    assert await remembering(okx, session).traders() == {}, "its own: alertd saw before that it copies nobody"


@pytest.mark.parametrize("fault", ["cut_rest", "fail_rest"])
async def test_an_effect_without_an_answer_is_found_by_reading(
    okx: OkxSimulator, performer: OkxStop, fault: str
) -> None:
    getattr(okx, fault)(path=STOP, after_effect=True, **({"body": ""} if fault == "fail_rest" else {}))
    answer = await performer.send(intent())
    assert answer.said is Said.UNKNOWN
    assert (await performer.read(intent())).seen is Seen.DONE
    okx.heal()
    assert (await performer.send(intent())).said is Said.ALREADY
    assert stops(okx) == 1


@pytest.mark.looptime
@pytest.mark.parametrize("after_effect", [True, False])
async def test_an_answer_that_never_comes(okx: OkxSimulator, performer: OkxStop, after_effect: bool) -> None:
    okx.hang_rest(path=STOP, after_effect=after_effect)
    answer = await performer.send(intent())
    assert (answer.said, answer.code) == (Said.UNKNOWN, "no_answer")
    assert (await performer.read(intent())).seen is (Seen.DONE if after_effect else Seen.NOT_DONE)
    assert okx.copying.asked["main", ANN] == int(after_effect)


@pytest.mark.looptime
@pytest.mark.parametrize("page", [LIST, SETTINGS])
async def test_a_page_that_never_comes(okx: OkxSimulator, performer: OkxStop, page: str) -> None:
    okx.hang_rest(path=page)
    reading = await performer.read(intent())
    assert (reading.seen, reading.code) == (Seen.UNREADABLE, "unavailable")


async def test_without_a_connection_it_was_not_taken(session: aiohttp.ClientSession) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
        calls = OkxRest(session, url, Credentials("k", "s", "p"), False, Clock(), pause_s=0)
        performer = OkxStop(calls, calls, Clock())
        answer = await performer.send(intent())
        assert (answer.said, answer.code) == (Said.NOT_TAKEN, "not_sent")
        reading = await performer.read(intent())
        assert (reading.seen, reading.code, reading.exposure) == (Seen.UNREADABLE, "unavailable", None)
        with pytest.raises(RequestUnavailable):
            await performer.findings()


async def test_a_clock_that_is_off_is_measured(okx: OkxSimulator, session: aiohttp.ClientSession) -> None:
    slow = SetClock(Clock().now().replace(year=2025))
    performer = OkxStop(rest(okx, session, clock=slow), rest(okx, session, clock=slow), Clock())
    assert (await performer.read(intent())).seen is Seen.NOT_DONE
    calls = rest(okx, session, clock=slow)
    alone = OkxStop(calls, calls, Clock())
    assert (await alone.send(intent())).said is Said.NOT_TAKEN
    assert (await alone.send(intent())).said is Said.ACCEPTED


def two_keys(okx: OkxSimulator, session: aiohttp.ClientSession, **changes: str) -> OkxStop:
    who = {"name": "second", "api_key": "second-key", "uid": "7" * 18, **changes}
    okx.add_account(Account(role_type="2", perm="read_only,trade", lead_traders=(LeadTrader(ANN),), **who))
    return OkxStop(rest(okx, session), rest(okx, session, "second"), Clock())


async def test_switched_off_in_the_last_moment_nothing_leaves(
    okx: OkxSimulator, session: aiohttp.ClientSession
) -> None:
    calls = rest(okx, session)
    answer = await OkxStop(calls, calls, Clock(), lambda: False).send(intent())
    assert (answer.said, answer.code) == (Said.NOT_TAKEN, "switched_off")
    assert not okx.copying.asked


async def test_another_account_under_the_same_name_proves_nothing(
    okx: OkxSimulator, session: aiohttp.ClientSession
) -> None:
    """It copies nobody: in the account that is meant the copying goes on."""
    mine = msgspec.structs.replace(intent().event, uid=Account().uid)
    okx.add_account(Account(name="second", api_key="second-key", uid="7" * 18))
    calls = rest(okx, session, "second")
    performer, wanted = OkxStop(calls, calls, Clock()), intent(event=mine)
    reading = await performer.read(wanted)
    assert (reading.seen, reading.code) == (Seen.UNREADABLE, "other_account")
    assert (await performer.exposure(wanted)).positions is None
    calls = rest(okx, session)
    assert (await OkxStop(calls, calls, Clock()).read(wanted)).seen is Seen.NOT_DONE
    other = intent(event=msgspec.structs.replace(mine, account="elsewhere", uid="8"))
    assert (await OkxStop(calls, calls, Clock()).read(other)).seen is Seen.NOT_DONE


async def test_while_it_is_not_known_whose_key_it_is_nothing_is_proved(
    okx: OkxSimulator, session: aiohttp.ClientSession
) -> None:
    okx.fail_rest(status=503, path="account/config")
    mine = msgspec.structs.replace(intent().event, uid=Account().uid)
    calls = rest(okx, session)
    reading = await OkxStop(calls, calls, Clock()).read(intent(event=mine))
    assert (reading.seen, reading.code) == (Seen.UNREADABLE, "50001")


async def test_a_key_of_another_account_stops_nothing(
    okx: OkxSimulator, session: aiohttp.ClientSession
) -> None:
    performer = two_keys(okx, session)
    assert await performer.findings() == ("other_account",)
    answer = await performer.send(intent())
    assert (answer.said, answer.code) == (Said.REFUSED, "other_account")
    assert not okx.copying.asked


@pytest.mark.parametrize(
    ("fault", "said", "code"),
    [
        (lambda okx: okx.fail_rest(0, "50119", path="account/config"), Said.REFUSED, "50119"),
        (lambda okx: okx.fail_rest(0, "50011", path="account/config"), Said.NOT_TAKEN, "50011"),
        (lambda okx: okx.fail_rest(0, "50026", path="account/config"), Said.NOT_TAKEN, "50026"),
        (lambda okx: okx.fail_rest(502, body="", path="account/config"), Said.NOT_TAKEN, "not_sent"),
    ],
)
async def test_while_it_is_not_known_whose_key_it_is_nothing_is_sent(
    okx: OkxSimulator, session: aiohttp.ClientSession, fault: Any, said: Said, code: str
) -> None:
    performer = two_keys(okx, session)
    fault(okx)
    answer = await performer.send(intent())
    assert (answer.said, answer.code) == (said, code)
    assert not okx.copying.asked


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({}, ()),
        ({"perm": "read_only"}, ("50120",)),
        ({"role_type": "1", "acct_lv": "1"}, ("59258", "59283")),
        ({"region": "eea"}, ("50119",)),
    ],
)
async def test_what_would_stand_in_the_way(
    okx: OkxSimulator, performer: OkxStop, change: dict[str, str], wanted: tuple[str, ...]
) -> None:
    okx.change_account(**change)
    assert await performer.findings() == wanted


async def test_nothing_secret_is_told(okx: OkxSimulator, performer: OkxStop) -> None:
    who = okx.account()
    leaked = f"{who.api_key} {who.api_secret} {who.passphrase}"
    okx.fail_rest(200, body=json.dumps({"code": "59999", "msg": leaked, "data": []}), path=STOP)
    answer = await performer.send(intent())
    okx.fail_rest(200, body=json.dumps({"code": "59999", "msg": leaked, "data": []}), path=LIST)
    reading = await performer.read(intent())
    told = repr((answer, reading))
    assert "***" in answer.detail
    assert "***" in answer.answer
    for secret in leaked.split():
        assert secret not in told


# What is open


async def left(performer: OkxStop, wanted: Intent) -> tuple[LeftPosition, ...] | None:
    return (await performer.exposure(wanted)).positions


async def test_what_is_open_of_one_trader(okx: OkxSimulator, performer: OkxStop) -> None:
    okx.open_position(BTC, size=3, lead_trader=ANN)
    okx.open_position(ETH, "short", size=2, lead_trader=BEN)
    okx.open_position("SOL-USDT-SWAP")
    mark = okx.market.mark(BTC) * 3 / 100
    (one,) = await left(performer, intent()) or ()
    assert (one.instrument, one.direction, one.size, one.currency) == (BTC, Direction.LONG, Decimal(3), "USD")
    assert one.notional is not None
    assert abs(one.notional - mark) < 1


async def test_a_market_close_is_proved_by_both_pages(okx: OkxSimulator, performer: OkxStop) -> None:
    okx.copying.limits = replace(okx.copying.limits, closing_s=60)
    okx.open_position(BTC, size=3, lead_trader=ANN)
    wanted = intent(open_positions=AT_MARKET)
    before = await performer.read(wanted)
    assert (await performer.send(wanted)).said is Said.ACCEPTED
    wanted = replace_left(wanted, before.exposure)
    okx.lie("sub_positions")  # what names the trader shows nothing any more: the account still does
    reading = await performer.read(wanted)
    assert reading.seen is Seen.DONE
    assert reading.exposure is not None
    assert [one.instrument for one in reading.exposure.positions or ()] == [BTC]
    assert (await performer.send(wanted)).said is Said.IN_PROGRESS
    okx.close_position(BTC)
    reading = await performer.read(replace_left(wanted, reading.exposure))
    assert reading.exposure is not None
    assert reading.exposure.positions == ()


async def test_positions_that_nobody_names_are_not_told_apart(okx: OkxSimulator, performer: OkxStop) -> None:
    okx.copying.limits = replace(okx.copying.limits, names_copied_positions=False)
    okx.open_position(BTC, lead_trader=ANN)
    assert await left(performer, intent()) is None  # copying uses margin
    assert (await performer.read(intent())).exposure is None
    okx.stop_copying(ANN)
    assert await left(performer, intent()) is None
    okx.close_position(BTC)
    assert await left(performer, intent()) == ()


@pytest.mark.parametrize("page", [SUBS, POSITIONS])
@pytest.mark.parametrize("body", ["<html>", '{"code":"0","msg":"","data":[{"instId":5}]}'])
async def test_what_cannot_be_read_is_not_nothing(
    okx: OkxSimulator, performer: OkxStop, page: str, body: str
) -> None:
    okx.fail_rest(200, body=body, path=page)
    assert await left(performer, intent()) is None
    reading = await performer.read(intent())
    assert (reading.seen, reading.exposure) == (Seen.NOT_DONE, None)


def replace_left(wanted: Intent, exposure: Exposure | None) -> Intent:
    assert exposure is not None
    return intent(open_positions=wanted.open_positions, left=exposure)


def test_the_tests_see_what_they_build() -> None:
    assert intent().planned_at == AT
