"""Sends through one sink as a process of its own: `python -m tests.sinks.send_child URL [OPTIONS as JSON]`.

Prints one JSON line per send. The root logger stands at DEBUG, as in a careless embedding.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from dataclasses import asdict

from msgspec.structs import replace

from alertd.domain.alert import Severity
from alertd.domain.canary import CANARY
from alertd.domain.notification import Reason
from alertd.sinks.apprise_sink import AppriseSink
from alertd.sinks.settings import SinkSettings
from tests.sinks.samples import BERLIN, T, delivery, margin, ratio_alert


async def main() -> None:
    options = {"count": 1, "timeout_s": 10, "instrument": "BTC-USDT-SWAP", "also": 0, "canary": False}
    options.update(json.loads(sys.argv[2]) if len(sys.argv) > 2 else {})
    settings = SinkSettings.model_validate({"url": sys.argv[1], "timeout_s": options["timeout_s"]})
    sink = AppriseSink("phone", settings, "en", BERLIN)
    of = ratio_alert(margin(instrument=options["instrument"]), severity=Severity.CRITICAL)
    if options["canary"]:
        of = replace(of, event=replace(of.event, account=CANARY))
    also = (of,) * int(str(options["also"]))
    for _ in range(int(str(options["count"]))):
        result = await sink.send([delivery(of, Reason.REMINDER, also=also)], T)
        sys.stdout.write(json.dumps(asdict(result)) + "\n")
        sys.stdout.flush()
    await sink.close()


if __name__ == "__main__":
    logging.basicConfig(level=logging.DEBUG)
    asyncio.run(main())
