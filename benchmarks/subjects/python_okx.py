"""python-okx, unmodified: the private stream with a callback that decodes each push, as its examples do."""

from __future__ import annotations

import asyncio
import json
from importlib.metadata import version

from okx.websocket.WsPrivateAsync import WsPrivateAsync

from benchmarks import probe


async def main() -> None:
    settings = probe.arguments()
    count = 0

    def take(text: str) -> None:
        nonlocal count
        push = json.loads(text)
        if "data" in push:
            count += 1

    async def open_streams(rest: str) -> dict[str, int]:
        """More of the same, for what one costs."""
        async with asyncio.TaskGroup() as group:
            for _ in range(int(rest)):
                group.create_task(open_one())
        return {"open": len(streams)}

    async def open_one() -> None:
        stream = WsPrivateAsync(
            apiKey=settings["key"], passphrase="p", secretKey="secret", url=settings["url"]
        )
        streams.append(stream)
        await stream.start()
        await stream.subscribe([{"channel": "positions", "instType": "ANY"}], take)

    streams: list[WsPrivateAsync] = []
    loop = asyncio.get_running_loop()
    probe.serve(
        lambda: {
            "reached": count,
            "delivered": count,
            "loop": probe.loop_name(loop),
            "python-okx": version("python-okx"),
            "websockets": version("websockets"),
        },
        {"open": probe.on_loop(loop, open_streams)},
    )
    await open_one()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
