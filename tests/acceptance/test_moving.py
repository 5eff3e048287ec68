"""Routes that change under load, by a reload and by a restart: nothing is lost, nothing told twice."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from itertools import count
from pathlib import Path
from typing import Any

from alertd.simulators.okx.accounts import Account
from alertd.simulators.okx.simulator import OkxSimulator
from tests.acceptance.house import LIMITS, Hook, LoopClock, account_table, hurried, sinks_of, stored, until
from tests.acceptance.test_reload import Office, open_office

INSTRUMENT = re.compile(r"C\d{3}-USDT-SWAP")


def warning(uid: str, instrument: str) -> str:
    row = (
        f'{{"instType":"SWAP","instId":"{instrument}","mgnMode":"isolated","posId":"7{instrument}",'
        '"posSide":"long","pos":"1","posCcy":"","lever":"10","markPx":"100","mgnRatio":"1.4","ccy":"USDT"}'
    )
    return f'{{"arg":{{"channel":"liquidation-warning","instType":"SWAP","uid":"{uid}"}},"data":[{row}]}}'


def told(hook: Hook) -> Counter[str]:
    return Counter(name for text in hook.texts for name in set(INSTRUMENT.findall(text)))


@hurried(5)
async def test_what_is_told_while_routes_change_is_told_once(tmp_path: Path) -> None:
    clock = LoopClock()
    async with (
        OkxSimulator(clock=clock.unix_s, limits=LIMITS) as okx,
        Hook() as first,
        Hook() as second,
        Hook() as third,
    ):
        owner = okx.add_account(Account(role_type="1"))
        owner.set_cash("BTC", owner.cash["USDT"], 0)
        hooks = {"first": first, "second": second, "third": third}
        tables: dict[str, Any] = {
            "accounts": {"main": account_table(okx, owner, stale_after_s=1000.0, reconcile_interval_s=3600)},
            "sinks": sinks_of(hooks),
            "routes": [{"sinks": ["first"], "remind_s": []}],
        }
        names = (f"C{n:03}-USDT-SWAP" for n in count())
        pushed: list[str] = []

        async def push(n: int) -> None:
            for _ in range(n):
                pushed.append(next(names))
                assert okx.inject_text(warning(owner.uid, pushed[-1]), "private") == 1
                await asyncio.sleep(0.02)

        async def reload_to(office: Office, *sinks: str) -> None:
            office.tables["routes"] = [{"sinks": list(sinks), "remind_s": []}]
            await office.reload()

        async with open_office(tmp_path, tables) as office, asyncio.TaskGroup() as load:
            pushing = load.create_task(push(200))
            await until(lambda: len(pushed) > 50)
            await reload_to(office, "second")
            await until(lambda: len(pushed) > 120)
            await reload_to(office, "second", "third")
            await pushing
        tables["routes"] = [{"sinks": ["first"], "remind_s": []}]
        async with open_office(tmp_path, tables):
            await push(20)
            await until(lambda: told(first)[pushed[-1]])
        query = "select sink, count(*) from deliveries where state <> 'sent' group by sink"
        assert stored(tmp_path, query) == []
        in_all = told(first) + told(second)
        assert {name: n for name, n in in_all.items() if n != 1} == {}
        assert set(in_all) == set(pushed)
        assert set(told(third)) <= set(told(second))
        assert told(third)[pushed[199]] == 1
