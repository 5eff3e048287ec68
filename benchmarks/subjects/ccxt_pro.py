"""ccxt.pro, unmodified: the loop over `watch_positions` that its manual shows."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import ccxt.pro

from benchmarks import probe


async def main() -> None:
    settings = probe.arguments()
    config: dict[str, Any] = {
        "apiKey": settings["key"],
        "secret": "secret",
        "password": "p",
        "enableRateLimit": False,
        "urls": {"api": {"rest": settings["rest_url"], "ws": settings["base_url"]}},
    }
    if settings["tls"]:
        config["cafile"] = settings["ca_file"]
    exchange = ccxt.pro.okx(config)
    exchange.options["fetchMarkets"] = ["swap"]
    exchange.has["fetchCurrencies"] = False
    delivered = 0
    newest = 0
    loop = asyncio.get_running_loop()
    probe.serve(
        lambda: {
            "reached": newest,
            "delivered": delivered,
            "loop": probe.loop_name(loop),
            "ccxt": ccxt.__version__,
        }
    )
    while True:
        try:
            positions = await exchange.watch_positions()
        except ccxt.NetworkError as lost:
            print(repr(lost), file=sys.stderr)
            continue
        for position in positions:
            delivered += 1
            newest = max(newest, int(position["info"]["pTime"]))


if __name__ == "__main__":
    asyncio.run(main())
