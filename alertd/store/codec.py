"""Alerts, notifications and events as JSON text and back, without loss.

Decimals are texts, times RFC 3339, bytes base64. The domain's own types are what is written and read, so
nothing can drift apart; a field left at its default is not written, and one a text lacks gets its default.
`raw` of an event loses what is registered as a secret and is cut to `RAW_KEPT` bytes, in notifications
altogether (the alert's own row has it). What UTF-8 cannot hold (a lone surrogate) becomes "?".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Union

import msgspec
from msgspec.structs import FieldInfo, fields, replace

from alertd.domain.action import Intent, Step, Switch
from alertd.domain.alert import Alert
from alertd.domain.command import AnyCommand
from alertd.domain.errors import AlertdError, Disposition
from alertd.domain.events import EVENT_TYPES, Event
from alertd.domain.notification import Notification
from alertd.domain.silence import Silence
from alertd.telemetry import redact, redact_bytes

RAW_KEPT = 16 * 1024
_FROM_OUTSIDE = ("detail", "request", "answer")  # of a step: what may hold a secret

_encode = msgspec.json.Encoder(decimal_format="string").encode


class CodecError(AlertdError):
    """A stored text is not what this version of alertd writes."""

    disposition = Disposition.BUG


def _record_type(cls: type, **replaced: Any) -> type[msgspec.Struct]:
    """To read `cls` with: the types in `replaced` stand for its own, which say less."""
    shape: list[Any] = [
        (item.name, replaced.get(item.name, item.type), *_default(item)) for item in fields(cls)
    ]
    return msgspec.defstruct(f"{cls.__name__}Record", shape, kw_only=True, gc=False)


def _default(item: FieldInfo) -> tuple[Any, ...]:
    if item.default_factory is not msgspec.NODEFAULT:
        return (msgspec.field(default_factory=item.default_factory),)
    return () if item.default is msgspec.NODEFAULT else (item.default,)


_AnyEvent: Any = Union[tuple(EVENT_TYPES.values())]  # noqa: UP007 - made at run time
_AlertRecord: Any = _record_type(Alert, event=_AnyEvent)
_SilenceRecord: Any = _record_type(Silence, passed=tuple[_AlertRecord, ...])
_NotificationRecord: Any = _record_type(
    Notification, alert=_AlertRecord, also=tuple[_AlertRecord, ...], silence=_SilenceRecord | None
)

_IntentRecord: Any = _record_type(Intent, event=_AnyEvent)

_ALERT_NAMES = Alert.__struct_fields__
_NOTIFICATION_NAMES = Notification.__struct_fields__
_SILENCE_NAMES = Silence.__struct_fields__
_INTENT_NAMES = Intent.__struct_fields__

_decode_event: Callable[[str], Any] = msgspec.json.Decoder(_AnyEvent).decode
_decode_alert: Callable[[str], Any] = msgspec.json.Decoder(_AlertRecord).decode
_decode_notification: Callable[[str], Any] = msgspec.json.Decoder(_NotificationRecord).decode
_decode_silence: Callable[[str], Any] = msgspec.json.Decoder(_SilenceRecord).decode
_decode_command: Callable[[str], Any] = msgspec.json.Decoder(AnyCommand).decode

_decode_intent: Callable[[str], Any] = msgspec.json.Decoder(_IntentRecord).decode
_decode_step: Callable[[str], Any] = msgspec.json.Decoder(Step).decode
_decode_switch: Callable[[str], Any] = msgspec.json.Decoder(Switch).decode


def encode_event(event: Event) -> str:
    """The event as JSON text."""
    return _text(_kept(event))


def decode_event(text: str) -> Event:
    """The inverse of `encode_event`. Raises: CodecError."""
    event: Event = _decoded(_decode_event, text)
    return event


def encode_alert(alert: Alert) -> str:
    """The alert as JSON text."""
    return _text(replace(alert, event=_kept(alert.event)) if alert.event.raw else alert)


def decode_alert(text: str) -> Alert:
    """The inverse of `encode_alert`. Raises: CodecError."""
    return _alert(_decoded(_decode_alert, text))


def encode_notification(notification: Notification) -> str:
    """The notification as JSON text."""
    bare = replace(
        notification,
        alert=_without_raw(notification.alert),
        also=tuple([_without_raw(alert) for alert in notification.also]),
        silence=None if notification.silence is None else _bare(notification.silence),
    )
    return _text(bare)


def decode_notification(text: str) -> Notification:
    """The inverse of `encode_notification`. Raises: CodecError."""
    record = _decoded(_decode_notification, text)
    values = {name: getattr(record, name) for name in _NOTIFICATION_NAMES}
    values["alert"] = _alert(record.alert)
    values["also"] = tuple(_alert(alert) for alert in record.also)
    values["silence"] = None if record.silence is None else _silence(record.silence)
    return Notification(**values)


def encode_silence(silence: Silence) -> str:
    """The silence as JSON text."""
    return _text(_bare(silence))


def decode_silence(text: str) -> Silence:
    """The inverse of `encode_silence`. Raises: CodecError."""
    return _silence(_decoded(_decode_silence, text))


def _bare(silence: Silence) -> Silence:
    return replace(silence, passed=tuple(map(_without_raw, silence.passed)))


def _silence(record: Any) -> Silence:
    values = {name: getattr(record, name) for name in _SILENCE_NAMES}
    return Silence(**{**values, "passed": tuple(map(_alert, record.passed))})


def encode_command(command: AnyCommand) -> str:
    """The command as JSON text, with its kind."""
    return _text(command)


def decode_command(text: str) -> AnyCommand:
    """The inverse of `encode_command`. Raises: CodecError."""
    command: AnyCommand = _decoded(_decode_command, text)
    return command


def encode_intent(intent: Intent) -> str:
    """The intent as JSON text, without what is registered as a secret."""
    return _text(replace(intent, event=_kept(intent.event), detail=redact(intent.detail)))


def decode_intent(text: str) -> Intent:
    """The inverse of `encode_intent`. Raises: CodecError."""
    record = _decoded(_decode_intent, text)
    return Intent(**{name: getattr(record, name) for name in _INTENT_NAMES})


def encode_step(step: Step) -> str:
    """The step as JSON text, without what is registered as a secret."""
    return _text(replace(step, **{name: redact(getattr(step, name)) for name in _FROM_OUTSIDE}))


def decode_step(text: str) -> Step:
    """The inverse of `encode_step`. Raises: CodecError."""
    step: Step = _decoded(_decode_step, text)
    return step


def encode_switch(switch: Switch) -> str:
    """The switch as JSON text."""
    return _text(switch)


def decode_switch(text: str) -> Switch:
    """The inverse of `encode_switch`. Raises: CodecError."""
    switch: Switch = _decoded(_decode_switch, text)
    return switch


def _kept(event: Event) -> Event:
    return replace(event, raw=redact_bytes(event.raw)[:RAW_KEPT]) if event.raw else event


def _without_raw(alert: Alert) -> Alert:
    return replace(alert, event=replace(alert.event, raw=b"")) if alert.event.raw else alert


def _alert(record: Any) -> Alert:
    return Alert(**{name: getattr(record, name) for name in _ALERT_NAMES})


def _text(told: msgspec.Struct) -> str:
    try:
        return _encode(told).decode()
    except UnicodeEncodeError:
        plain = json.dumps(msgspec.to_builtins(told), ensure_ascii=False, separators=(",", ":"))
        return plain.encode("utf-8", "replace").decode()


def _decoded(decode: Callable[[str], Any], text: str) -> Any:
    try:
        return decode(text)
    except (msgspec.DecodeError, ValueError) as exc:
        raise CodecError(f"stored text cannot be read: {exc}") from exc
