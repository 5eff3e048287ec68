"""Numbers as people type them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import typer


def share(text: str) -> Decimal:
    """A fraction, or a percentage."""
    value = amount(text.removesuffix("%"))
    return value / 100 if text.endswith("%") else value


def amount(text: str) -> Decimal:
    """A finite number."""
    try:
        value = Decimal(text)
    except InvalidOperation as exc:
        raise typer.BadParameter(f"{text!r} is no number") from exc
    if not value.is_finite():
        raise typer.BadParameter(f"{text!r} is no number")
    return value
