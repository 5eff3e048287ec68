"""What alertd has done to an account itself, as far as it concerns something that is told."""

from __future__ import annotations

from datetime import datetime

import msgspec

from alertd.domain.action import ActionType


class Deed(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A change that alertd asked an exchange for. `at`: when it began to.

    `proved`: readings show that it is so. `closes`: positions that were copied are closed at market by it.
    `explains`: what is told is its effect, so nobody else is to be looked for. `approved_by` empty: it went
    without asking.
    """

    intent_id: str
    type: ActionType
    trader: str
    at: datetime
    trader_name: str = ""
    proved: bool = False
    closes: bool = False
    explains: bool = False
    approved_by: tuple[str, ...] = ()
