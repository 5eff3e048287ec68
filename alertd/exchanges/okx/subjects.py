"""Which dangers of an account are open: what is open now against what was, so that ends are told."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from alertd.domain.events import Event, MarginMode
from alertd.exchanges.okx import margin_events
from alertd.exchanges.okx.observed import Observed
from alertd.exchanges.okx.position_rows import Subject, subject_of


class OpenSubjects:
    """The subjects that were told as open. `rated`: currencies the account channel gives a ratio for.

    A currency counts through its ratio only where `positions` does not show it: a narrowed subscription must
    not make a cross danger end that the account still tells of. None is the whole account.
    """

    def __init__(self) -> None:
        self._open: dict[str, Subject] = {}
        self.rated: set[str | None] = set()

    @property
    def names(self) -> Collection[str]:
        """Of all that were told as open."""
        return self._open.keys()

    def rate(self, given: Collection[str | None], absent: Collection[str | None]) -> bool:
        """The account channel gave a ratio for these, or no more; True where that is news."""
        rated = (self.rated | set(given)) - set(absent)
        is_news = rated != self.rated
        self.rated = rated
        return is_news

    def settle(
        self,
        held: Iterable[Subject],
        seen: Observed,
        *,
        is_whole: bool,
        is_complete: bool,
        after_gap: bool,
    ) -> list[Event]:
        """Tell what ended, and the whole set where it is known.

        `is_whole`: everything was shown just now, by a connection for the first time or by the records;
        `is_complete`: some connection has shown everything.
        """
        subjects = {subject.name: subject for subject in held}
        for currency in self.rated:
            subject = subject_of(MarginMode.CROSS, currency)
            subjects[subject.name] = subject
        before, self._open = self._open, subjects
        events: list[Event] = [
            margin_events.ended(seen, subject, after_gap=after_gap)
            for name, subject in sorted(before.items())
            if name not in subjects
        ]
        if is_whole or (is_complete and before.keys() != subjects.keys()):
            events.append(margin_events.snapshot(seen, frozenset(subjects), after_gap=after_gap))
        return events
