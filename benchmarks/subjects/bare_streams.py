"""Many bare TLS streams over one session and one TLS context: the least a stream's memory can be."""

from __future__ import annotations

import asyncio
import ssl
from typing import Any

import aiohttp

from benchmarks import probe
from benchmarks.subjects.floor import connect


async def main() -> None:
    settings = probe.arguments()
    tls = ssl.create_default_context(cafile=settings["ca_file"])
    sockets: list[Any] = []
    loop = asyncio.get_running_loop()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def open_streams(rest: str) -> dict[str, int]:
            for _ in range(int(rest)):
                socket = await connect(session, settings["url"], settings["key"], tls)
                await socket.receive()  # the snapshot
                sockets.append(socket)
            return {"open": len(sockets)}

        probe.serve(lambda: {"loop": probe.loop_name(loop)}, {"open": probe.on_loop(loop, open_streams)})
        await asyncio.Event().wait()


if __name__ == "__main__":
    if probe.arguments().get("uvloop"):
        import uvloop

        uvloop.run(main())
    else:
        asyncio.run(main())
