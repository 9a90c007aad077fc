"""Looks for our own copies of mails that left: in the Sent folder of the account, or where copies go to.

Exchange Online and Gmail keep a copy of what was submitted; elsewhere a rule of the mail server can. Only our own hex
tokens become part of a command, never anything of a mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from daemon.mailbox.answers import Doubts, ask
from daemon.mailbox.connection import CONNECTION_ERRORS, Access, Connection, MailboxDown, connect, said

HEADER = "X-Postroom-Outbox"

#: So many of what a search finds are looked at, the newest first, and so much of each.
LOOKED_AT, BEGINNING = 5, 16 * 1024

_BLANK_LINE = re.compile(rb"\n\r*\n")
_TOKEN = re.compile(r"[0-9a-f]{32}")


def find_copies(access: Access, tokens: Iterable[str]) -> set[str]:
    """Those of our tokens (32 hex digits) that a mail in the folder carries; MailboxDown if nobody can look now."""
    try:
        with connect(access) as connection:
            return {token for token in tokens if _TOKEN.fullmatch(token) and _lies_there(connection, token)}
    except MailboxDown:
        raise
    except CONNECTION_ERRORS as error:
        raise MailboxDown(f"{access.name}: the connection broke ({said(error)}).") from error


def _lies_there(connection: Connection, token: str) -> bool:
    """Whether a mail in the folder carries the token. A search is not believed: some servers find every mail, and what
    was not sent would count as sent.
    """
    found = sorted(connection.client.search(["HEADER", HEADER, token]))[-LOOKED_AT:]
    if not found:
        return False
    shown = ask(connection, found, f"BODY.PEEK[]<0.{BEGINNING}>", b"BODY[]<0>", Doubts())
    field = re.compile(rb"^%s:[ \t]*%s[ \t]*\r?$" % (HEADER.encode(), token.encode()), re.IGNORECASE | re.MULTILINE)
    heads = (_BLANK_LINE.split(one.value, maxsplit=1)[0] for one in shown.values() if isinstance(one.value, bytes))
    return any(field.search(head) for head in heads)
