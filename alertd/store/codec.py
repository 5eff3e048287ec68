"""Alerts, notifications and events as JSON text and back, without loss.

Decimals are texts, times RFC 3339, bytes base64. The shapes are made from the domain's own types, so
they cannot drift apart; a field left at its default is not written, and one a text lacks gets its default.
`raw` of an event loses what is registered as a secret and is cut to `RAW_KEPT` bytes, in notifications
altogether (the alert's own row has it). What UTF-8 cannot hold (a lone surrogate) becomes "?".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, Union, get_type_hints

import msgspec

from alertd.domain.alert import Alert
from alertd.domain.command import AnyCommand
from alertd.domain.errors import AlertdError, Disposition
from alertd.domain.events import EVENT_TYPES, Event
from alertd.domain.notification import Notification
from alertd.telemetry import redact_bytes

RAW_KEPT = 16 * 1024

_encode = msgspec.json.Encoder(decimal_format="string").encode


class CodecError(AlertdError):
    """A stored text is not what this version of alertd writes."""

    disposition = Disposition.BUG


def _record_type(cls: type, **replaced: Any) -> type[msgspec.Struct]:
    """A Struct with the fields of the dataclass `cls`; the types in `replaced` stand for its own."""
    hints = get_type_hints(cls) | replaced
    shape: list[Any] = []
    for item in fields(cls):
        if item.default is not MISSING:
            shape.append((item.name, hints[item.name], item.default))
        elif item.default_factory is not MISSING:
            shape.append((item.name, hints[item.name], msgspec.field(default_factory=item.default_factory)))
        else:
            shape.append((item.name, hints[item.name]))
    return _record(cls, shape, None)


def _event_record_type(cls: type[Event]) -> type[msgspec.Struct]:
    """A Struct with the fields of the event `cls`, tagged with its kind."""
    shape: list[Any] = []
    for item in msgspec.structs.fields(cls):
        default = () if item.default is msgspec.NODEFAULT else (item.default,)
        shape.append((item.name, item.type, *default))
    return _record(cls, shape, cls.kind.value)


def _record(cls: type, shape: list[Any], tag: str | None) -> type[msgspec.Struct]:
    return msgspec.defstruct(
        f"{cls.__name__}Record",
        shape,
        kw_only=True,
        omit_defaults=True,
        tag_field="kind" if tag else None,
        tag=tag,
    )


_EVENT_RECORDS = {cls: _event_record_type(cls) for cls in EVENT_TYPES.values()}
_EVENT_OF_RECORD = {record: cls for cls, record in _EVENT_RECORDS.items()}
_AnyEventRecord: Any = Union[tuple(_EVENT_RECORDS.values())]  # noqa: UP007 - made at run time
_AlertRecord: Any = _record_type(Alert, event=_AnyEventRecord)
_NotificationRecord = _record_type(Notification, alert=_AlertRecord, also=tuple[_AlertRecord, ...])

_EVENT_NAMES = {cls: cls.__struct_fields__ for cls in _EVENT_RECORDS}
_ALERT_NAMES = tuple(item.name for item in fields(Alert))
_NOTIFICATION_NAMES = tuple(item.name for item in fields(Notification))

_decode_event: Callable[[str], Any] = msgspec.json.Decoder(_AnyEventRecord).decode
_decode_alert: Callable[[str], Any] = msgspec.json.Decoder(_AlertRecord).decode
_decode_notification: Callable[[str], Any] = msgspec.json.Decoder(_NotificationRecord).decode
_decode_command: Callable[[str], Any] = msgspec.json.Decoder(AnyCommand).decode


def encode_event(event: Event) -> str:
    """The event as JSON text."""
    return _text(_event_record(event, RAW_KEPT))


def decode_event(text: str) -> Event:
    """The inverse of `encode_event`. Raises: CodecError."""
    return _event(_decoded(_decode_event, text))


def encode_alert(alert: Alert) -> str:
    """The alert as JSON text."""
    return _text(_alert_record(alert, RAW_KEPT))


def decode_alert(text: str) -> Alert:
    """The inverse of `encode_alert`. Raises: CodecError."""
    return _alert(_decoded(_decode_alert, text))


def encode_notification(notification: Notification) -> str:
    """The notification as JSON text."""
    values = {name: getattr(notification, name) for name in _NOTIFICATION_NAMES}
    values["alert"] = _alert_record(notification.alert, 0)
    values["also"] = tuple(_alert_record(alert, 0) for alert in notification.also)
    return _text(_NotificationRecord(**values))


def decode_notification(text: str) -> Notification:
    """The inverse of `encode_notification`. Raises: CodecError."""
    record = _decoded(_decode_notification, text)
    values = {name: getattr(record, name) for name in _NOTIFICATION_NAMES}
    values["alert"] = _alert(record.alert)
    values["also"] = tuple(_alert(alert) for alert in record.also)
    return Notification(**values)


def encode_command(command: AnyCommand) -> str:
    """The command as JSON text, with its kind."""
    return _text(command)


def decode_command(text: str) -> AnyCommand:
    """The inverse of `encode_command`. Raises: CodecError."""
    command: AnyCommand = _decoded(_decode_command, text)
    return command


def _event_record(event: Event, raw_kept: int) -> msgspec.Struct:
    cls = type(event)
    values = {name: getattr(event, name) for name in _EVENT_NAMES[cls]}
    values["raw"] = redact_bytes(event.raw)[:raw_kept] if raw_kept else b""
    return _EVENT_RECORDS[cls](**values)


def _event(record: Any) -> Event:
    cls = _EVENT_OF_RECORD[type(record)]
    return cls(**{name: getattr(record, name) for name in _EVENT_NAMES[cls]})


def _alert_record(alert: Alert, raw_kept: int) -> msgspec.Struct:
    values = {name: getattr(alert, name) for name in _ALERT_NAMES}
    values["event"] = _event_record(alert.event, raw_kept)
    record: msgspec.Struct = _AlertRecord(**values)
    return record


def _alert(record: Any) -> Alert:
    values = {name: getattr(record, name) for name in _ALERT_NAMES}
    values["event"] = _event(record.event)
    return Alert(**values)


def _text(record: msgspec.Struct) -> str:
    try:
        return _encode(record).decode()
    except UnicodeEncodeError:
        plain = json.dumps(msgspec.to_builtins(record), ensure_ascii=False, separators=(",", ":"))
        return plain.encode("utf-8", "replace").decode()


def _decoded(decode: Callable[[str], Any], text: str) -> Any:
    try:
        return decode(text)
    except (msgspec.DecodeError, ValueError) as exc:
        raise CodecError(f"stored text cannot be read: {exc}") from exc
