"""Mails are fetched whole and exactly, small ones first, and nothing in the mailbox changes by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from daemon.mailbox import fetch
from daemon.mailbox.answers import Doubts
from daemon.mailbox.connection import Connection
from daemon.mailbox.fetch import mails, uids_from
from tests.servers.dovecot import ImapAccount

Mail = Callable[..., bytes]
Inbox = Callable[..., Connection]

LIMIT = 10_000


def fetched(connection: Connection, *uids: int) -> list[fetch.Fetched]:
    return [mail for batch in mails(connection, uids, LIMIT, Doubts()) for mail in batch]


def take_away(account: ImapAccount, uid: int) -> None:
    """Somebody else moves a mail out of the inbox."""
    client = account.connect()
    client.create_folder("Elsewhere")
    client.select_folder("INBOX")
    client.move([uid], "Elsewhere")
    client.logout()


def test_a_mail_is_fetched_byte_by_byte(inbox: Inbox) -> None:
    raw = b"Subject: \xff \r\n\r\n" + bytes(range(1, 256)).replace(b"\n", b"") + b"\r\n.\r\n"

    (mail,) = fetched(inbox(raw), 1)

    assert (mail.content, mail.partial) == (raw, False)


def test_a_mail_comes_with_the_aware_instant_of_its_arrival(
    inbox: Inbox, imap_account: ImapAccount, a_mail: Mail
) -> None:
    arrived = dt.datetime(2026, 11, 20, 8, 30, tzinfo=dt.UTC)
    imap_account.maildir.deliver(a_mail(), received=arrived)

    (mail,) = fetched(inbox(), 1)

    assert mail.internal_date == arrived


def test_fetching_marks_nothing_as_read(inbox: Inbox, imap_account: ImapAccount, a_mail: Mail) -> None:
    assert len(fetched(inbox(a_mail(1), a_mail(2) + b"x" * LIMIT), 1, 2)) == 2

    other = imap_account.connect()
    other.select_folder("INBOX", readonly=True)
    assert [b"\\Seen" in flags for flags in other.get_flags([1, 2]).values()] == [False, False]


def test_of_a_mail_over_the_limit_only_the_headers_come(inbox: Inbox, a_mail: Mail) -> None:
    large = a_mail(1) + b"x" * LIMIT

    small, header = fetched(inbox(large, a_mail(2)), 1, 2)

    assert (small.uid, small.partial) == (2, False)
    assert (header.uid, header.partial) == (1, True)
    assert header.content == large.partition(b"hello")[0]


def test_of_an_endless_header_no_more_is_fetched_than_anybody_reads(inbox: Inbox, a_mail: Mail) -> None:
    endless = a_mail(1).partition(b"\r\n\r\n")[0] + b"".join(b"\r\nX-%d: %s" % (n, b"x" * 70) for n in range(12_000))

    (header,) = fetched(inbox(endless + b"\r\n\r\nbody\r\n"), 1)

    assert header.partial
    assert fetch.HEADER_BYTES - 100 < len(header.content) <= fetch.HEADER_BYTES
    assert header.content.endswith(b"x\r\n")
    assert endless.startswith(header.content)


def test_of_a_mail_without_lines_a_piece_is_fetched(inbox: Inbox) -> None:
    (piece,) = fetched(inbox(b"x" * 400_000), 1)

    assert set(piece.content) == set(b"x")
    assert len(piece.content) <= fetch.HEADER_BYTES


def test_a_mail_that_vanishes_between_search_and_fetch_is_left_out(
    inbox: Inbox, imap_account: ImapAccount, a_mail: Mail
) -> None:
    connection = inbox(a_mail(1), a_mail(2), a_mail(3))
    found = uids_from(connection, 1)
    take_away(imap_account, 2)

    assert [mail.uid for mail in fetched(connection, *found)] == [1, 3]


def test_a_mail_that_vanishes_between_two_batches_is_left_out(
    inbox: Inbox, imap_account: ImapAccount, a_mail: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "BATCH_MAILS", 1)
    connection = inbox(a_mail(1), a_mail(2), a_mail(3))
    batches = mails(connection, uids_from(connection, 1), LIMIT, Doubts())
    assert [mail.uid for mail in next(batches)] == [1]
    take_away(imap_account, 2)

    assert [[mail.uid for mail in batch] for batch in batches] == [[], [3]]


def test_the_search_does_not_name_the_last_mail_again(inbox: Inbox, a_mail: Mail) -> None:
    """`UID 4:*` means the last mail even if its UID is 3 (RFC 9051 section 9)."""
    connection = inbox(a_mail(1), a_mail(2), a_mail(3))

    assert uids_from(connection, 2) == [2, 3]
    assert uids_from(connection, 4) == []


def test_large_mails_come_last(inbox: Inbox, a_mail: Mail, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "BATCH_BYTES", 2_000)
    connection = inbox(*(a_mail(0) + b"x" * size for size in (100, 5_000, 900, 900, 900)))

    batches = [[mail.uid for mail in batch] for batch in mails(connection, uids_from(connection, 1), LIMIT, Doubts())]

    assert batches == [[1, 3], [4, 5], [2]]
