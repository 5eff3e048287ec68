"""What an error code of OKX means."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from alertd.cli.options import AsJson, TextLanguage
from alertd.cli.output import FAILED, err, out, print_json
from alertd.exchanges.okx.codes import CODES, classify
from alertd.exchanges.okx.copy_texts import COPY_TEXTS
from alertd.exchanges.okx.texts import copy_trading_text

_TWO_MEANINGS = "59130"  # no single text, so it stands outside the table


def code(
    code: Annotated[str, typer.Argument(metavar="CODE", help="The error code, such as 59130.")],
    message: Annotated[
        str, typer.Option("--message", help="What OKX wrote with it: some codes have two meanings.")
    ] = "",
    language: TextLanguage = "en",
    as_json: AsJson = False,
) -> None:
    """Explain an error code: what it means, what to do, and how alertd takes it."""
    answer = explained(code, message, language)
    if as_json:
        print_json({"ok": bool(answer), "code": code, **answer})
    elif answer:
        for name, value in answer.items():
            out().print(f"{name}: {value}", markup=False)
    else:
        err().print(f"unknown code {code}: look it up in OKX's error table", markup=False)
    raise typer.Exit(0 if answer else FAILED)


def explained(code: str, message: str, language: Literal["en", "zh"]) -> dict[str, str]:
    """`meaning` and `cure` of a copy-trading code; `classification` and `reason` of one that alertd can meet.

    Empty: an unknown code.
    """
    answer: dict[str, str] = {}
    text = copy_trading_text(code, message, language)
    if code in COPY_TEXTS or code == _TWO_MEANINGS:
        answer = {"meaning": text.meaning, "cure": text.cure}
    known = CODES.get(code)
    if known is not None:
        answer |= {"classification": str(classify(code)), "reason": known.meaning}
    return answer
