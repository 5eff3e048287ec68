"""What a message is made of before it is put together."""

from __future__ import annotations

import msgspec


class Headline(msgspec.Struct, frozen=True):
    """One alert in a title, or in one line among others: what it is about, and the one figure."""

    subject: str
    figure: str = ""
    names_account: bool = False  # the subject already says which account


class Story(Headline, frozen=True, kw_only=True):
    """One alert told in parts, most important first.

    `facts` are lines a person needs to decide, `steps` what can be done now, `details` what helps to
    understand it later. `says_better`: `happened` tells where the alert is better and only has to stay so.
    """

    happened: str
    facts: list[str] = []
    steps: list[str] = []
    details: list[str] = []
    says_better: bool = False
