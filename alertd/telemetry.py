"""Logs and counters, and the one place where secrets are taken out of what leaves the process."""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterator
from typing import Any, Literal, TextIO
from urllib.parse import quote

# structlog would bring rich and all that rich brings, a twentieth of the start and 3 MB, for tracebacks that
# show the values of locals, which no log of ours may hold. It does without where rich cannot be imported.
if "rich" not in sys.modules:
    sys.modules["rich"] = None  # type: ignore[assignment]
    import structlog

    del sys.modules["rich"]
else:
    import structlog

REDACTED = "***"
_SHORTEST_SECRET = 4  # shorter texts occur by chance everywhere
_secrets: set[str] = set()
_pattern: re.Pattern[str] | None = None  # None also: to be made anew


def register_secret(value: str) -> None:
    """From now on `value` is replaced in everything that is logged or shown."""
    global _pattern  # noqa: PLW0603 - one registry per process, as the log it guards
    if len(value) < _SHORTEST_SECRET or value in _secrets:
        return
    # As it stands, and as it would stand inside a URL or a JSON text.
    in_json = (json.dumps(value, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False))
    _secrets.update({value, quote(value, safe=""), *in_json})
    _pattern = None  # once for all: each of 1,500 took as long as all before it, and Python kept 512 of them


def redact(text: str) -> str:
    """`text` with every registered secret replaced."""
    return _made_pattern().sub(REDACTED, text) if _secrets else text


def redact_bytes(data: bytes) -> bytes:
    """`data`, which need not be a text, with every registered secret replaced."""
    for secret in _longest_first():
        as_bytes = secret.encode("utf-8", "surrogatepass")
        if as_bytes in data:
            data = data.replace(as_bytes, REDACTED.encode())
    return data


def _longest_first() -> list[str]:
    return sorted(_secrets, key=len, reverse=True)


def _made_pattern() -> re.Pattern[str]:
    global _pattern  # noqa: PLW0603 - as above
    if _pattern is None:
        _pattern = re.compile("|".join(re.escape(secret) for secret in _longest_first()))
    return _pattern


class _RedactingStream:
    """Wraps the output stream, so that no formatter, traceback or library can go around redaction."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(redact(text))
        return len(text)

    def flush(self) -> None:
        self._stream.flush()

    def isatty(self) -> bool:
        return self._stream.isatty()


LogFormat = Literal["auto", "console", "json"]


def _name_logger(_: Any, __: str, event: dict[str, Any]) -> dict[str, Any]:
    """Name the library a foreign record comes from."""
    record = event.get("_record")
    if record is not None:
        event["logger"] = record.name
    return event


def set_up_logging(log_format: LogFormat = "auto", level: str = "info", stream: TextIO | None = None) -> None:
    """Console lines for people, JSON where the output is collected by a machine (`auto`: not a terminal)."""
    target = stream if stream is not None else sys.stderr
    out = _RedactingStream(target)
    as_json = log_format == "json" or (log_format == "auto" and not target.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        _name_logger,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if as_json
        else structlog.dev.ConsoleRenderer(
            colors=target.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    last = [structlog.processors.format_exc_info, renderer] if as_json else [renderer]
    structlog.configure(
        processors=[*shared, *last],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=out),  # type: ignore[arg-type]
        cache_logger_on_first_use=False,
    )
    _route_library_logs(shared, last, out)


def _route_library_logs(shared: list[Any], last: list[Any], out: _RedactingStream) -> None:
    """Warnings of libraries take the same road; never lower, their debug lines may hold URLs with tokens."""
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)


class Cell:
    """One number of one label set. Hot paths keep the cell and count with `cell.value += 1`."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: float = 0


Labels = tuple[tuple[str, str], ...]


class Counters:
    """All numbers of the process, read by `/metrics`. Names ending in `_total` only grow."""

    def __init__(self) -> None:
        self._cells: dict[str, dict[Labels, Cell]] = {}
        self._pairs: dict[tuple[str, str], tuple[str, str]] = {}  # each once: an account has twenty cells

    def cell(self, name: str, **labels: str) -> Cell:
        """The number `name` with these labels, made at first use."""
        by_labels = self._cells.setdefault(name, {})
        key = tuple(sorted(labels.items()))
        known = by_labels.get(key)
        if known is None:
            key = tuple(self._pairs.setdefault(pair, pair) for pair in key)
            known = by_labels[key] = Cell()
        return known

    def add(self, name: str, n: float = 1, **labels: str) -> None:
        """Count `n` more."""
        self.cell(name, **labels).value += n

    def set(self, name: str, value: float, **labels: str) -> None:
        """The value now."""
        self.cell(name, **labels).value = value

    def value(self, name: str, **labels: str) -> float:
        """The value now; 0 where nothing was counted."""
        return self.cell(name, **labels).value

    def forget(self, label: str, value: str) -> None:
        """Drop every number with this label: what it counted exists no more."""
        for by_labels in self._cells.values():
            for labels in [labels for labels in by_labels if (label, value) in labels]:
                del by_labels[labels]
        self._pairs.pop((label, value), None)

    def cells(self, name: str) -> dict[Labels, Cell]:
        """Every label set of `name`."""
        return self._cells.get(name, {})

    def families(self) -> Iterator[tuple[str, dict[Labels, Cell]]]:
        """Each name with its cells."""
        yield from sorted(self._cells.items())
