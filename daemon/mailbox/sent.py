"""Looks for our own copies of mails that left: in the Sent folder of the account, or where copies go to.

Exchange Online and Gmail keep a copy of what was submitted; elsewhere a rule of the mail server can. Only our own hex
tokens become part of a command, never anything of a mail.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from daemon.mailbox.connection import CONNECTION_ERRORS, Access, MailboxDown, connect, said

HEADER = "X-Postroom-Outbox"

_TOKEN = re.compile(r"[0-9a-f]{32}")


def find_copies(access: Access, tokens: Iterable[str]) -> set[str]:
    """Those of our tokens (32 hex digits) that a mail in the folder carries; MailboxDown if nobody can look now."""
    try:
        with connect(access) as connection:
            search = connection.client.search
            return {token for token in tokens if _TOKEN.fullmatch(token) and search(["HEADER", HEADER, token])}
    except MailboxDown:
        raise
    except CONNECTION_ERRORS as error:
        raise MailboxDown(f"{access.name}: the connection broke ({said(error)}).") from error
