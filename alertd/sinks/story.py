"""What a message is made of before it is put together."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One alert told in parts, most important first.

    `subject` and `figure` make the title. `facts` are lines a person needs to decide, `steps` what can
    be done now, `details` what helps to understand it later.
    """

    subject: str
    happened: str
    figure: str = ""
    facts: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    names_account: bool = False  # the subject already says which account
