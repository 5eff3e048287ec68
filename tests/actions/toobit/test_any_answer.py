"""Whatever Toobit's host answers, nothing is raised, and nothing counts as taken or done that is not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from hypothesis import example, given, settings
from hypothesis import strategies as st

from alertd.actions.performing import Performer, Said, Seen
from alertd.actions.toobit_pause import ToobitPause
from alertd.actions.toobit_remove import ToobitRemove
from alertd.actions.toobit_stop import ToobitStop
from alertd.domain.action import ActionType, Intent
from alertd.exchanges.toobit.follower import FollowerCalls
from alertd.exchanges.toobit.leader import LeaderCalls
from alertd.exchanges.toobit.requests import Credentials
from alertd.exchanges.toobit.rest import Host, ToobitRest
from alertd.sources.session import open_session
from tests.actions.intents import AT
from tests.actions.toobit.conftest import as_sent, intent
from tests.doubles.set_clock import SetClock

LIMITED = (429, -1003, -1015)  # it waits a minute then
NOT_FOLLOWING = -32045  # which says that it is done
plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
values = st.recursive(
    plain, lambda deep: st.lists(deep, max_size=3) | st.dictionaries(st.text(), deep), max_leaves=8
)
codes = st.integers(-130000, 1000) | st.sampled_from([200, 0, "200", "-1007", None, "x", 1.5]) | plain
envelopes = st.fixed_dictionaries({}, optional={"code": codes, "msg": values, "data": values})
bodies = st.binary(max_size=60) | (envelopes | values).map(lambda value: json.dumps(value).encode())


def says_so(status: int, body: bytes) -> bool:
    """Whether it is a success in the documented envelope, or as near to one as makes no difference."""
    try:
        found = json.loads(body)
    except ValueError:
        return False
    if status != 200 or not isinstance(found, dict):
        return False
    code = found.get("code")
    if code in (None, ""):  # not told
        return "data" in found
    if isinstance(code, float):  # 0.0 is the number 0
        return code in (0, 200)
    return str(code) in ("0", "200")


def is_of_another_test(body: bytes) -> bool:
    return any(str(one).encode() in body for one in (*LIMITED, NOT_FOLLOWING))


@asynccontextmanager
async def answering(status: int, body: bytes) -> AsyncIterator[tuple[ToobitRest, SetClock]]:
    async def any_call(request: web.Request) -> web.Response:
        if request.path == "/api/v1/time":
            return web.json_response({"serverTime": int(AT.timestamp() * 1000)})
        return web.Response(status=status, body=body)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", any_call)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    clock = SetClock(AT)
    try:
        async with open_session() as session:
            host = Host(f"http://127.0.0.1:{runner.addresses[0][1]}")
            yield ToobitRest(session, host, Credentials("k", "s"), clock, pause_s=0.0), clock
    finally:
        await runner.cleanup()


async def put_to_the_test(status: int, body: bytes) -> None:
    async with answering(status, body) as (rest, clock):
        leader, follower = LeaderCalls(rest), FollowerCalls(rest)
        cases: list[tuple[Performer, Intent]] = [
            (ToobitStop(follower, clock), intent(ActionType.STOP_COPYING, "77")),
            (ToobitPause(leader, rest, 60, clock), intent(ActionType.PAUSE_LEADING)),
            (ToobitRemove(leader, ("77",), clock), intent(ActionType.REMOVE_FOLLOWER, "77")),
        ]
        for performer, asked in cases:
            before = await performer.read(asked)
            answer = await performer.send(as_sent(asked))
            after = await performer.read(as_sent(asked))
            assert Seen.DONE not in (before.seen, after.seen)
            assert answer.said is not Said.ALREADY
            assert answer.said is not Said.ACCEPTED or says_so(status, body)
            await performer.exposure(asked)


@settings(max_examples=80, deadline=None)
@given(status=st.sampled_from([200, 201, 302, 400, 401, 403, 404, 418, 500, 504]), body=bodies)
@example(status=200, body=b"")
@example(status=200, body=b'{"code":200,"msg":"success","data":[]}')
@example(status=200, body=b'{"code":200,"msg":"success","data":null}')
@example(status=400, body=b'{"code":-31337,"msg":"?"}')
@example(status=200, body=b'{"code":200,"data":{"total":"0","pages":"0","list":[]}}')
def test_nothing_is_raised_and_nothing_is_made_up(status: int, body: bytes) -> None:
    if not is_of_another_test(body):
        asyncio.run(put_to_the_test(status, body))
