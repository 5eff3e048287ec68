"""Covers alertd/telemetry.py."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog

from alertd.telemetry import Counters, redact, redact_bytes, register_secret, set_up_logging

SECRET = 'pl"anted/s3cret+ü'


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_planted_secret_reaches_no_log_output(log_format: str) -> None:
    register_secret(SECRET)
    out = io.StringIO()
    set_up_logging(log_format, "debug", out)  # type: ignore[arg-type]
    log = structlog.get_logger("test")
    log.info(f"in the text {SECRET}", field=SECRET, nested={"deep": [SECRET]})
    try:
        raise ValueError(f"in an exception {SECRET}")
    except ValueError:
        log.exception("it failed")
    logging.getLogger("some.library").warning("url https://h/bot%s/x", SECRET)
    text = out.getvalue()
    assert "it failed" in text
    assert "some" in text
    for form in (SECRET, json.dumps(SECRET)[1:-1], "s3cret"):
        assert form not in text


def test_json_lines_are_json_with_time_and_level() -> None:
    out = io.StringIO()
    set_up_logging("json", "info", out)
    structlog.get_logger().info("hello", account="main")
    line = json.loads(out.getvalue())
    assert (line["event"], line["level"], line["account"]) == ("hello", "info", "main")
    assert line["timestamp"].endswith("Z")


def test_debug_lines_of_libraries_are_never_shown() -> None:
    out = io.StringIO()
    set_up_logging("json", "debug", out)
    logging.getLogger("some.library").info("quiet")
    assert out.getvalue() == ""


def test_short_texts_are_not_taken_for_secrets() -> None:
    register_secret("abc")
    assert redact("abc") == "abc"


def test_counters_keep_a_number_for_each_label_set() -> None:
    counters = Counters()
    counters.add("frames_total", account="a")
    counters.add("frames_total", 2, account="b")
    counters.set("streams_live", 3)
    cell = counters.cell("frames_total", account="a")
    cell.value += 1
    assert counters.value("frames_total", account="a") == 2
    assert counters.value("frames_total", account="b") == 2
    assert [name for name, _ in counters.families()] == ["frames_total", "streams_live"]


def test_what_exists_no_more_is_not_shown() -> None:
    counters = Counters()
    counters.add("frames_total", account="a")
    counters.add("frames_total", account="b")
    counters.add("events_total")
    counters.forget("account", "a")
    assert list(counters.cells("frames_total")) == [(("account", "b"),)]
    assert counters.value("events_total") == 1


def test_secrets_are_taken_out_of_bytes_that_are_no_text() -> None:
    register_secret("pässwörd/1")
    frame = b"\xff" + "x pässwörd/1 y".encode() + json.dumps("pässwörd/1").encode() + b"\x00"
    assert redact_bytes(frame) == b'\xffx *** y"***"\x00'


def test_a_secret_that_is_registered_after_a_line_was_written_is_hidden_from_then_on() -> None:
    register_secret("the-first-secret")
    assert redact("the-first-secret, the-second-secret") == "***, the-second-secret"
    register_secret("the-second-secret")
    assert redact("the-first-secret, the-second-secret") == "***, ***"
    assert redact_bytes(b"the-second-secret") == b"***"
