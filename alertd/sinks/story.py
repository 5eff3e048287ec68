"""What a message is made of before it is put together."""

from __future__ import annotations

import msgspec


class Story(msgspec.Struct, frozen=True, kw_only=True):
    """One alert told in parts, most important first.

    `subject` and `figure` make the title. `facts` are lines a person needs to decide, `steps` what can
    be done now, `details` what helps to understand it later. `says_better`: `happened` tells where the alert
    is better and only has to stay so.
    """

    subject: str
    happened: str
    figure: str = ""
    facts: list[str] = []
    steps: list[str] = []
    details: list[str] = []
    names_account: bool = False  # the subject already says which account
    says_better: bool = False
