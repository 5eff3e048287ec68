"""What the paths for people may ask of the daemon; the app gives the callables."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime

import msgspec

from alertd.alerts.lifecycle import Changes
from alertd.domain.action import Switch
from alertd.domain.alert import Alert
from alertd.domain.command import AnyCommand
from alertd.domain.silence import Silence
from alertd.store.archive import Archive
from alertd.web.auth import Callers
from alertd.web.naming import Names


class Doors(msgspec.Struct, frozen=True, kw_only=True):
    """`command` raises CommandRefused. `open_alerts`: as stored, without the canary's; `shown`: one of them
    with the newest figures; `next_step`: when the next step of its chain is due, if any. `silences`: all that
    are known, be they over or not. `switch`: of the actions. `names`: what may be named, under the
    configuration in force.
    """

    now: Callable[[], datetime]
    callers: Callable[[], Callers]
    command: Callable[[AnyCommand], Awaitable[Changes]]
    open_alerts: Callable[[], Collection[Alert]]
    shown: Callable[[Alert], Alert]
    archive: Archive
    names: Callable[[], Names]
    silences: Callable[[], Collection[Silence]] = tuple
    switch: Callable[[], Switch] = Switch
    next_step: Callable[[Alert], datetime | None] = lambda _: None
