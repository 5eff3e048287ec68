"""Everything that persons can tell alertd to do over HTTP: a path, a right, a body and a function each."""

from __future__ import annotations

from typing import Any

from alertd.web.acknowledging import ACKNOWLEDGE
from alertd.web.actions import APPROVE, DENY, SWITCH
from alertd.web.drilling import DRILL
from alertd.web.leaving import COME_BACK, GO_AWAY
from alertd.web.silences import ADD_SILENCE, EXPIRE_SILENCE
from alertd.web.writing import Write

WRITES: tuple[Write[Any], ...] = (
    ACKNOWLEDGE,
    DRILL,
    GO_AWAY,
    COME_BACK,
    ADD_SILENCE,
    EXPIRE_SILENCE,
    APPROVE,
    DENY,
    SWITCH,
)
