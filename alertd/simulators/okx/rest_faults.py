"""Which REST calls fail, and how; which pages of copy trading show what is not so."""

from __future__ import annotations

from dataclasses import dataclass, replace

PAGES = ("list", "settings", "sub_positions")


@dataclass(frozen=True, slots=True)
class RestFailure:
    """What REST calls are answered with. `body` None: the usual envelope of `code`.

    `status` 0: the one that belongs to the code. `path`: the end of the paths it concerns, "" is all.
    `hangs`: nothing is answered at all before the exchange is healed; `cuts`: TCP is reset instead.
    `after_effect`: what was asked for is done all the same. `times`: so many calls, None is all until healed.
    """

    status: int = 503
    code: str = "50001"
    body: str | None = None
    path: str = ""
    hangs: bool = False
    cuts: bool = False
    after_effect: bool = False
    times: int | None = None


class RestFaults:
    """Those of now. One failure for each path, one lie for each page."""

    def __init__(self) -> None:
        self._failures: dict[str, RestFailure] = {}
        self._lies: dict[str, int | None] = {}  # so many answers to come; None: until healed

    def __bool__(self) -> bool:
        return bool(self._failures or self._lies)

    def add(self, failure: RestFailure) -> None:
        times = None if failure.times is None else int(failure.times)
        self._failures[failure.path] = replace(failure, times=times)

    def lie(self, page: str, times: int | None) -> None:
        """Raises: ValueError."""
        if page not in PAGES:
            raise ValueError(f"page is {', '.join(PAGES)}, not {page!r}")
        self._lies[page] = None if times is None else int(times)

    def clear(self) -> None:
        self._failures.clear()
        self._lies.clear()

    def take(self, path: str) -> RestFailure | None:
        """How a call of this path fails, by the longest that fits; it counts as one of its times."""
        fitting = [one for one in self._failures.values() if path.endswith(one.path)]
        if not fitting:
            return None
        found = max(fitting, key=lambda one: len(one.path))
        if found.times is not None:
            self._count(found)
        return found

    def lies(self, page: str) -> bool:
        """Whether this answer is a lie; it counts as one of its times."""
        if page not in self._lies:
            return False
        left = self._lies[page]
        if left is not None and left <= 1:
            del self._lies[page]
        elif left is not None:
            self._lies[page] = left - 1
        return True

    def _count(self, found: RestFailure) -> None:
        left = (found.times or 0) - 1
        if left > 0:
            self._failures[found.path] = replace(found, times=left)
        else:
            del self._failures[found.path]
