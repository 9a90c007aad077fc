"""Delivery: demo mails and replies of the staff, put into the shared inboxes when their time has come.

A request bears the time of a little while ago, in its Date and as the server's time of arrival, as if it
had been held up on its way: the shortest promise that the settings allow is a minute, and nobody wants to
wait that long to see one broken.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from email.utils import format_datetime, parsedate_to_datetime
from typing import Self

from imapclient import IMAPClient

from demo.timetable import ACKNOWLEDGEMENT_OF, DemoMail, Outcome

#: How long ago a mail seems to have been written. What answers something is not older than that.
HELD_UP: dict[Outcome, dt.timedelta] = {
    "request": dt.timedelta(seconds=48),
    "followup": dt.timedelta(0),
    "disposition": dt.timedelta(0),
}

_DATE = re.compile(rb"^Date: *([^\n]+)$", re.MULTILINE)


class Inboxes:
    """Connections to the shared inboxes, by which mail is put into them (IMAP APPEND)."""

    def __init__(self, host: str, port: int, password: Callable[[str], str], inboxes: Iterable[str]) -> None:
        """Log in to every inbox; `password` gives the password of one."""
        self._clients: dict[str, IMAPClient] = {}
        for inbox in inboxes:
            client = IMAPClient(host, port=port, ssl=False, timeout=60)
            client.login(inbox, password(inbox))
            self._clients[inbox] = client

    def __enter__(self) -> Self:
        """Leave by closing the connections."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go, without waiting for a server that may be gone."""
        for client in self._clients.values():
            client.shutdown()

    def put(self, inbox: str, content: bytes, arrived: dt.datetime) -> None:
        """Put a mail (its bytes with CRLF) into an inbox; `arrived` (UTC) is what the server gives as INTERNALDATE."""
        self._clients[inbox].append("INBOX", content, msg_time=arrived)


def content_to_deliver(mail: DemoMail, written: dt.datetime, acknowledgement_id: str) -> bytes:
    """The bytes of a demo mail as they are delivered: dated `written` (UTC), lines ended by CRLF.

    `acknowledgement_id` (in angle brackets) is the Message-ID that a follow-up answers, "" for any other mail.
    """
    dated = _DATE.sub(lambda found: b"Date: " + _same_zone(found[1], written), mail.content, count=1)
    answering = ACKNOWLEDGEMENT_OF.sub(lambda _: acknowledgement_id.encode(), dated)
    return answering.replace(b"\n", b"\r\n")


def _same_zone(old: bytes, written: dt.datetime) -> bytes:
    """The new date by the clock of whoever wrote the old one."""
    zone = parsedate_to_datetime(old.decode("ascii")).tzinfo
    return format_datetime(written.astimezone(zone)).encode()
