"""Shows people which mails were taken in: a keyword or a move. The database stays the truth.

Nothing is ever expunged or altered. Without MOVE (RFC 6851) a copy-and-delete would need UID EXPUNGE
and could take away what people had flagged \\Deleted; Postroom then sets its keyword instead.
"""

from __future__ import annotations

from collections.abc import Sequence

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from daemon.mailbox.connection import Connection, imap_name, said

KEYWORD = "$Postroom"


class MarkRefused(Exception):
    """The server listens but does not mark; the sentence says what it said. No reason to leave mail unread."""


def mark(connection: Connection, uids: Sequence[int], how: str, done_folder: str) -> str:
    """Mark these UIDs; the word for what was done: moved, keyword, or none (the server allows neither).

    `how` is keyword or move. Idempotent: a UID that is gone already counts as marked. Raises MarkRefused,
    or what a broken connection raises.
    """
    if not uids or connection.selected.read_only or not connection.same_folder_still():
        return "none"
    try:
        return _mark(connection, uids, how, done_folder)
    except IMAPClientAbortError:
        raise
    except IMAPClientError as error:
        raise MarkRefused(said(error)) from error


def _mark(connection: Connection, uids: Sequence[int], how: str, done_folder: str) -> str:
    if how == "move" and connection.can_move:
        _move(connection, list(uids), imap_name(done_folder))
        return "moved"
    if connection.selected.keywords:
        connection.client.add_flags(list(uids), [KEYWORD], silent=True)
        return "keyword"
    return "none"


def _move(connection: Connection, uids: list[int], folder: str) -> None:
    """Move all in one command (500 take 0.04 s on Dovecot, one by one 7 s); make the folder if it is missing."""
    try:
        connection.client.move(uids, folder)
    except IMAPClientError as error:
        if "TRYCREATE" not in str(error).upper():
            raise
        connection.client.create_folder(folder)
        connection.client.move(uids, folder)
