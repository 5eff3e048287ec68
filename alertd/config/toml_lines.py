"""PURE: where the keys of a TOML text stand, because tomllib does not say."""

from __future__ import annotations

import re

Path = tuple[str | int, ...]
"""A key from the top of the configuration down; an int is a place in a list, from 0."""

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")
_NOT_STRUCTURE = re.compile(r'"(?:\\.|[^"\\])*"|\'[^\']*\'|#.*')
_LONG_QUOTE = re.compile(r'"""|\'\'\'')


class _Reader:
    """Reads line by line; knows in which table it stands."""

    def __init__(self) -> None:
        self.found: dict[Path, int] = {}
        self._table: Path = ()
        self._lists: dict[Path, int] = {}  # the [[...]] tables met so far: their last index
        self._inside_quote: str | None = None
        self._depth = 0  # open brackets of a value that goes over several lines

    def line(self, number: int, text: str) -> None:
        if self._inside_quote is not None or self._depth > 0:
            self._skip(text)
        elif header := _HEADER.match(text):
            self._table = self._enter(_parts(header[2]), is_list=header[1] == "[[")
            self.found.setdefault(self._table, number)
        elif key := _KEY.match(text):
            parts = _parts(key[1])
            for length in range(1, len(parts) + 1):
                self.found.setdefault((*self._table, *parts[:length]), number)
            self._skip(text[key.end() :])

    def _skip(self, text: str) -> None:
        for quote in _LONG_QUOTE.findall(text):
            if self._inside_quote is None:
                self._inside_quote = quote
            elif self._inside_quote == quote:
                self._inside_quote = None
        if self._inside_quote is None:
            bare = _NOT_STRUCTURE.sub("", text)
            self._depth += sum(bare.count(c) for c in "[{") - sum(bare.count(c) for c in "]}")

    def _enter(self, parts: tuple[str, ...], *, is_list: bool) -> Path:
        path: Path = ()
        for part in parts[:-1]:
            path = self._latest((*path, part))
        path = (*path, parts[-1])
        if not is_list:
            return self._latest(path)
        self._lists[path] = self._lists.get(path, -1) + 1
        return self._latest(path)

    def _latest(self, path: Path) -> Path:
        return (*path, self._lists[path]) if path in self._lists else path


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))


def key_lines(text: str) -> dict[Path, int]:
    """The line, from 1, of each key and table written on a line of its own.

    Keys inside `{...}` are not listed: look for the nearest prefix of their path.
    """
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), start=1):
        reader.line(number, line)
    return reader.found
