"""The options of settings: those that leaders and those who copy both have. What is not named is None."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

import typer

from alertd.cli.toobit.amounts import amount
from alertd.exchanges.toobit.models import MarginModes

OnOff = Literal["on", "off"]

Amount = Annotated[Decimal | None, typer.Option(parser=amount, metavar="USDT")]
Modes = Annotated[MarginModes | None, typer.Option()]
Switch = Annotated[OnOff | None, typer.Option()]


def is_on(switch: OnOff | None) -> bool | None:
    """None: not named."""
    return None if switch is None else switch == "on"
