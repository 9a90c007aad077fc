"""Log lines: one JSON object each for machines, or readable ones for a terminal; never a mail's words."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

#: Keys that could carry a secret or a mail's body; their values never reach the log.
HIDDEN = frozenset({"password", "secret", "token", "raw", "content", "words", "text", "body"})


def set_up(level: str, form: str, stream: TextIO | None = None) -> None:
    """Configure structlog and the standard library's logging once, to `stream` or else standard output.

    `level` is debug, info, warning or error; `form` is json or console.
    """
    import structlog  # noqa: PLC0415 - a twelfth of a second; `visible`, which every command needs, does without

    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _hide_and_escape,
    ]
    last: Any = (
        structlog.processors.JSONRenderer()
        if form == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stdout.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(number)
    for noisy in ("imapclient", "alembic", "sqlalchemy.engine"):
        logging.getLogger(noisy).setLevel(max(number, logging.WARNING))


def _hide_and_escape(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop what must not be logged; make control and direction characters visible (log forging, bidi)."""
    for key, value in event.items():
        if key in HIDDEN:
            event[key] = "(hidden)"
        elif isinstance(value, str) and key != "exception":
            event[key] = visible(value)
    return event


def visible(text: str) -> str:
    """The text with every control, format and surrogate character written as an escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
