"""One Apprise service, prepared so that it does what a delivery needs and nothing by itself.

Importing this module imports Apprise (27 MB, 80 ms), and the first service loads all its plugins
(52 MB, 110 ms): do it in a worker thread, after the streams have begun to connect.

Source for every remark on Apprise: version 2.2.0, read and measured; `tests/sinks/test_apprise_facts.py`.
"""

from __future__ import annotations

import re
import threading
from difflib import get_close_matches
from functools import partial
from typing import Any

import apprise
from apprise.conversion import convert_between
from apprise.manager_plugins import NotificationManager
from apprise.utils.parse import parse_urls
from msgspec.structs import replace

from alertd.clock import Clock
from alertd.domain.alert import Severity
from alertd.sinks.apprise_ear import Ear, keep_apprise_quiet, listen_to_answers, listen_to_mail, listening
from alertd.sinks.message import Markup, Message
from alertd.sinks.outcome import Attempt, Status
from alertd.sinks.shorten import Limits

# Typed as Any because Apprise ships no types for them.
_new_registry: Any = NotificationManager
_split_urls: Any = parse_urls
_convert: Any = convert_between

_clock = Clock()
_loading = threading.Lock()  # sinks load at the same time, Apprise's registry is one for the process
# What of a service makes a message come without a sound. Source: the plugins of Apprise 2.2.0.
_HUSHED: dict[str, tuple[str, Any]] = {
    "tgram": ("silent", True),
    "ntfy": ("priority", "min"),
    "ntfys": ("priority", "min"),
    "pover": ("priority", -2),
    "gotify": ("priority", 0),
    "gotifys": ("priority", 0),
    "discord": ("flags", 4096),
}


_MAIL = ("mailto", "mailtos")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_SAYS_OK = ("tgram", "slack")
_KEEPS_A_CONNECTION = ("mqtt", "mqtts")
_FORMATS = {
    Markup.PLAIN: apprise.NotifyFormat.TEXT,
    Markup.HTML: apprise.NotifyFormat.HTML,
    Markup.MARKDOWN: apprise.NotifyFormat.MARKDOWN,
}


class UnusableUrl(Exception):
    """The URL cannot become a service. The text says why and what to do, and holds no part of a secret."""


class ApprisePlugin:
    """One loaded service. `send` blocks."""

    def __init__(self, url: str, timeout_s: float, *, hushed: bool = False) -> None:
        """`hushed`: messages come without a sound, where the service knows that. Raises: UnusableUrl."""
        keep_apprise_quiet()
        scheme = url.strip().partition("://")[0].lower()
        self._make = partial(_prepared, url, timeout_s, _HUSHED.get(scheme) if hushed else None)
        self._service = self._make()
        if scheme in _MAIL:
            listen_to_mail()
        listen_to_answers(self._service)
        self._says_ok = scheme in _SAYS_OK
        self._markup = _markup_of(self._service, scheme)
        self._keeps_a_connection = scheme in _KEEPS_A_CONNECTION
        self._timeout_s = timeout_s

    @property
    def limits(self) -> Limits:
        """What the service takes."""
        return Limits(
            # A title of its own is never marked, so in a chat ours stands in the body.
            title=0 if self._markup is Markup.MARKDOWN else max(0, self._service.title_maxlen),
            body=self._service.body_maxlen,
            lines=max(0, self._service.body_max_line_count),
            length=self._length if self._markup is Markup.PLAIN else _strict_length,
            markup=self._markup,
        )

    def send(self, message: Message, severity: Severity, good_news: bool) -> Attempt:
        """One attempt, from connecting to the answer, on this thread; several may send at once.

        Asks the service itself: through `Apprise.notify` each send would attach log handlers of its own to
        the one logger, where all that send meanwhile hear each other, and cost a quarter more.
        """
        ear = listening.ear = Ear()
        began_s = _clock.monotonic_s()
        try:
            is_sent = self._service.notify(
                body=message.body,
                title=message.title,
                notify_type=_notify_type(severity, good_news),
                body_format=_FORMATS[message.markup],  # without it nothing is escaped
            )
        except Exception as error:  # noqa: BLE001 - a plugin's bug is a failed attempt, as Apprise takes it
            ear.hear(f"the service raised {type(error).__name__}: {error}")
            is_sent = False
        finally:
            listening.ear = None
        if self._keeps_a_connection and not is_sent:
            self._service = self._make()  # the one there is may be broken, and sends again by itself later
        status = Status.SUCCESS if is_sent else Status.FAILURE
        answer = ear.answer
        if answer is not None and not self._says_ok:
            answer = replace(answer, is_denied=False)  # what "ok" means there is not known
        return Attempt(status, tuple(ear.texts), ear.cause, answer, _clock.monotonic_s() - began_s)

    def _length(self, text: str) -> int:
        """The length in UTF-16 units after escaping, the strictest count any service is known to use."""
        target = self._service.resolve_format(apprise.NotifyFormat.TEXT)
        return max(_strict_length(text), len(_convert(apprise.NotifyFormat.TEXT, target, text)))

    @property
    def chat(self) -> str:
        """The chat of Telegram it sends to; "" at other services."""
        return str(self._service.targets[0][0]) if self._service.schema == "tgram" else ""

    def move(self, chat: int) -> str:
        """Send to that chat of Telegram from now on. Returns the former one."""
        (former, topic), *_ = self._service.targets
        self._service.targets = [(chat, topic)]
        return str(former)


def _prepared(url: str, timeout_s: float, switch: tuple[str, Any] | None) -> Any:
    """Raises: UnusableUrl."""
    with _loading:
        # service_timeout=0: the send runs on the calling thread instead of Apprise's shared pool of
        # a few threads, where one hung service starves all others.
        # app_id: the name that stands as sender where the URL gives none.
        asset = apprise.AppriseAsset(
            app_id="alertd", service_timeout=0, http_redirects=False, interpret_emojis=False
        )
        service = _load(apprise.Apprise(asset=asset), url)
    service.retry = 0  # the outbox is the only one that tries again
    service.optional = False  # else Apprise calls a failure a success
    service.request_rate_per_sec = 0  # else it sleeps up to 5.5 s in our thread
    service.socket_connect_timeout = service.socket_read_timeout = timeout_s
    # Own shortening comes first; this only keeps a wrong measure from becoming a refusal. Never
    # `split`: its pieces arrive out of order.
    service.overflow_mode = apprise.OverflowMode.TRUNCATE
    _refuse_several_targets(service)
    if switch:
        setattr(service, *switch)
    if service.schema in _KEEPS_A_CONNECTION:
        service.qos = max(1, service.qos)  # with 0 nobody says whether a message arrived
    return service


def _strict_length(text: str) -> int:
    """In UTF-16 units, which are never fewer than characters: what Telegram counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _markup_of(service: Any, scheme: str) -> Markup:
    """Markup where the service is known to show it and to keep what is escaped; else plain text.

    Not Slack: what escapes a character there is shown to the reader.
    """
    if getattr(service, "template", None):
        return Markup.PLAIN  # the text is put into somebody's own page
    if scheme == "discord":
        return Markup.MARKDOWN if service._format_override is None else Markup.PLAIN
    if scheme in _MAIL:
        return Markup.HTML if service.resolve_format(_FORMATS[Markup.HTML]) == "html" else Markup.PLAIN
    if scheme != "tgram":
        return Markup.PLAIN
    if service.resolve_format(_FORMATS[Markup.HTML]) == "html":
        return Markup.HTML
    return Markup.MARKDOWN if service.markdown_ver == "MarkdownV2" else Markup.PLAIN


def _load(holder: apprise.Apprise, url: str) -> Any:
    scheme = url.partition("://")[0].lower()
    if "://" not in url:
        raise UnusableUrl("is no URL; write scheme://..., for example tgram://TOKEN/CHAT")
    if len(_split_urls(url)) != 1:
        raise UnusableUrl("holds several URLs; give each a sink of its own")
    plugin = _plugin_class(scheme)
    if holder.add(url) and len(holder.services) == 1:
        return holder.services[0]
    if plugin is None:
        raise UnusableUrl(f'the scheme "{scheme}" is unknown{_nearest(scheme)}')
    if not plugin.enabled:
        required = plugin.requirements.get("packages_required") or "see the page of the service"
        needed = required if isinstance(required, str) else ", ".join(required)
        raise UnusableUrl(f'"{scheme}" needs a package that is not installed: {needed}')
    forms = " or ".join(dict.fromkeys(_form(scheme, template) for template in plugin.templates[-2:]))
    raise UnusableUrl(f"a part is missing or malformed; the form is {forms}")


def _plugin_class(scheme: str) -> Any:
    known = _new_registry()
    if scheme not in known:
        return None
    return known[scheme]


def _form(scheme: str, template: str) -> str:
    """`{schema}://{bot_token}/{targets}` as `tgram://BOT_TOKEN/TARGETS`."""
    # In capitals also because a password such as `token` would be taken out of the name of its own place.
    form = template.replace("{schema}", scheme).replace("{targets}", "{target}")
    return _PLACEHOLDER.sub(lambda found: found[1].upper(), form)


def _nearest(scheme: str) -> str:
    if scheme in ("http", "https"):
        return f'; for a webhook of your own write "json{"s" if scheme == "https" else ""}://HOST/PATH"'
    close = get_close_matches(scheme, _new_registry().schemas(), n=1)
    return f', did you mean "{close[0]}"?' if close else "; see the list of services of Apprise"


def _refuse_several_targets(service: Any) -> None:
    """One refused target would make the delivered ones a failure, and their repeats duplicates."""
    targets: Any = getattr(service, "targets", None)
    named = len(targets) if hasattr(targets, "__len__") else 0
    if max(named, len(service)) > 1:
        raise UnusableUrl("names several targets; a sink has exactly one: write a sink for each")
    if service.schema == "tgram" and not named:
        raise UnusableUrl(
            "names no chat; write tgram://TOKEN/CHAT (a chat that is guessed is lost after a day)"
        )


def _notify_type(severity: Severity, good_news: bool) -> apprise.NotifyType:
    if good_news:
        return apprise.NotifyType.SUCCESS
    return {
        Severity.CRITICAL: apprise.NotifyType.FAILURE,
        Severity.WARNING: apprise.NotifyType.WARNING,
        Severity.INFO: apprise.NotifyType.INFO,
    }[severity]
