"""A log line is one line, hides what is secret, and nobody outside can forge one."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from daemon.logs import set_up, visible


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the log goes; afterwards logging is as it was before."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield io.StringIO()
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_a_json_object_with_an_instant_in_utc(stream: io.StringIO) -> None:
    set_up("info", "json", stream)

    structlog.get_logger("x").info("request_opened", request="REQ-1")
    logging.getLogger("imaplib").warning("from elsewhere")

    ours, theirs = lines(stream)
    assert (ours["event"], ours["level"], ours["request"]) == ("request_opened", "info", "REQ-1")
    assert ours["timestamp"].endswith("Z")
    assert theirs["event"] == "from elsewhere"


def test_less_important_lines_are_left_out(stream: io.StringIO) -> None:
    set_up("warning", "json", stream)

    structlog.get_logger("x").info("small")
    structlog.get_logger("x").error("large")

    assert [line["event"] for line in lines(stream)] == ["large"]


@pytest.mark.parametrize("key", ["password", "token", "raw", "words", "body"])
def test_secrets_and_words_of_mails_are_hidden(stream: io.StringIO, key: str) -> None:
    set_up("info", "json", stream)

    structlog.get_logger("x").info("seen", **{key: "geheim"})

    assert "geheim" not in stream.getvalue()
    assert lines(stream)[0][key] == "(hidden)"


@pytest.mark.parametrize("form", ["json", "console"])
def test_a_value_cannot_make_a_line_of_its_own_or_colour_the_terminal(stream: io.StringIO, form: str) -> None:
    set_up("info", form, stream)

    structlog.get_logger("x").info("seen", subject="a\n2026-11-23 [error] forged\x1b[2J\u202e")

    assert len(stream.getvalue().splitlines()) == 1
    assert not {"\x1b", "\u202e"} & set(stream.getvalue())


def test_a_fault_is_logged_with_its_traceback(stream: io.StringIO) -> None:
    set_up("info", "json", stream)

    try:
        raise LookupError("no such thing")
    except LookupError:
        structlog.get_logger("x").exception("fault")

    (line,) = lines(stream)
    assert "LookupError: no such thing" in line["exception"]


def test_visible_keeps_people_s_letters() -> None:
    assert visible("Grüße, 日本語 👍") == "Grüße, 日本語 👍"
    assert visible("a\tb\x00\x85\u200b\udce4") == r"a\tb\x00\x85\u200b\udce4"
