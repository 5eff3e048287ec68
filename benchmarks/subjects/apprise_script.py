"""A script as people write it: a WebSocket loop, and Apprise for each warning. Keeps and repeats nothing."""

from __future__ import annotations

import asyncio
import json
import ssl
from importlib.metadata import version

import aiohttp
import apprise

from benchmarks import probe
from benchmarks.subjects.floor import login


async def main() -> None:
    settings = probe.arguments()
    sender = apprise.Apprise()
    sender.add(settings["sink_url"])
    count = 0

    async def send(row: dict[str, str]) -> None:
        nonlocal count
        body = f"{row['instId']} {row['posSide']}: margin ratio {row['mgnRatio']}, mark price {row['markPx']}"
        await sender.async_notify(title=f"Liquidation warning {row['instId']}", body=body)
        count += 1

    loop = probe.loop_name(asyncio.get_running_loop())
    probe.serve(lambda: {"delivered": count, "loop": loop, "apprise": version("apprise")})
    tls = ssl.create_default_context(cafile=settings["ca_file"]) if settings["tls"] else None
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as sends:
        socket = await session.ws_connect(settings["url"], ssl=tls or True, max_msg_size=0)
        await socket.send_str(login(settings["key"]))
        await socket.receive()
        arg = {"channel": "liquidation-warning", "instType": "ANY"}
        await socket.send_str(json.dumps({"op": "subscribe", "args": [arg]}))
        async for message in socket:
            push = json.loads(message.data)
            for row in push.get("data", ()):
                sends.create_task(send(row))


if __name__ == "__main__":
    asyncio.run(main())
