"""Whether a folder still has the numbers by which its mails are known.

RFC 9051 section 2.3.1.1 forbids a server to give a UID a second time under one UIDVALIDITY. A server that was restored
from a backup, or whose index was repaired by hand, does: its new mails come under numbers that are known already, and
would be overlooked. Two things give it away: the next number to come (UIDNEXT) lies below one that is known, and a
known number shows another mail.
"""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from daemon.mailbox.answers import Answer, Doubts, ask
from daemon.mailbox.connection import Connection

#: So many of the highest known numbers are looked at, because those are given again first, and so many others.
HIGHEST, OTHERS = 3, 3

#: So much of each: the Message-ID stands behind the marks of a dozen mail servers.
BEGINNING = 16 * 1024

_ID = re.compile(rb"^message-id[ \t]*:[ \t\r\n]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_BLANK_LINE = re.compile(rb"(?:\A|\n)\r*\n")


@dataclass(frozen=True, slots=True)
class Known:
    """How the mail begins that is known by this UID, and when it came (aware, or None)."""

    uid: int
    content: bytes
    internal_date: dt.datetime | None


def to_look_at(listed: Collection[int]) -> list[int]:
    """Of the known UIDs in the folder those that are looked at, ascending."""
    ordered = sorted(listed)
    rest = ordered[:-HIGHEST]
    return sorted([*random.sample(rest, min(OTHERS, len(rest))), *ordered[-HIGHEST:]])


def given_again_from(connection: Connection, listed: Collection[int], highest: int) -> int | None:
    """The folder's next number, if it has been given before: `highest` is the highest that is known. None if not.

    A server whose folder has a number as high as its UIDNEXT says nothing that can be believed.
    """
    following = connection.uidnext_at_first()
    return following if following is not None and max(listed, default=0) < following <= highest else None


def show_other_mails(connection: Connection, known: Sequence[Known]) -> list[int]:
    """Those of these UIDs under which another mail lies now; what the server does not show is not counted."""
    item = f"BODY.PEEK[]<0.{BEGINNING}> INTERNALDATE"
    shown = ask(connection, [one.uid for one in known], item, b"BODY[]<0>", Doubts())
    return [one.uid for one in known if one.uid in shown and _is_another(one, shown[one.uid])]


def _is_another(known: Known, shown: Answer) -> bool:
    """By the Message-IDs; where neither has one, by all of the beginning and the moment it came."""
    if not isinstance(shown.value, bytes) or not shown.value:
        return False
    before, now = _message_id(known.content), _message_id(shown.value)
    if before or now:
        return before != now
    same_moment = known.internal_date is not None and known.internal_date == shown.internal_date
    return not same_moment and known.content != shown.value


def _message_id(beginning: bytes) -> bytes:
    blank = _BLANK_LINE.search(beginning)
    found = _ID.search(beginning, 0, blank.start() if blank else len(beginning))
    return found[1].strip() if found else b""
