"""Marks show people which mails were taken in; they never take a mail away."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from daemon.mailbox.answers import Doubts
from daemon.mailbox.connection import Access, Connection, MailboxDown
from daemon.mailbox.fetch import mails, uids_from
from daemon.mailbox.mark import KEYWORD, mark
from tests.servers.dovecot import ImapAccount

Mail = Callable[..., bytes]
Open = Callable[[Access], Connection]


@pytest.fixture
def three(imap_account: ImapAccount, a_mail: Mail) -> list[bytes]:
    """Three mails that lie in the inbox."""
    raws = [a_mail(number) for number in (1, 2, 3)]
    imap_account.maildir.deliver_many(raws)
    return raws


@pytest.fixture
def unwritable(imap_account: ImapAccount) -> Iterator[Callable[[], None]]:
    """Takes the server's right to change the inbox away until the test is over."""

    def set_mode(mode: int) -> None:
        for part in ("cur", "new", "tmp", ""):
            (imap_account.maildir.path / part).chmod(mode)

    yield lambda: set_mode(0o555)
    set_mode(0o755)


def flags(account: ImapAccount, folder: str = "INBOX") -> dict[int, set[bytes]]:
    client = account.connect()
    client.select_folder(folder, readonly=True)
    found = {uid: set(flags) - {b"\\Recent"} for uid, flags in client.get_flags(client.search()).items()}
    client.logout()
    return found


def test_a_mail_gets_a_keyword_and_stays_where_it_is(
    three: list[bytes], connection: Connection, imap_account: ImapAccount
) -> None:
    assert mark(connection, [1, 3], "keyword", "Done") == "keyword"

    assert flags(imap_account) == {1: {KEYWORD.encode()}, 2: set(), 3: {KEYWORD.encode()}}


def test_marking_again_changes_nothing(three: list[bytes], connection: Connection, imap_account: ImapAccount) -> None:
    for _ in range(2):
        mark(connection, [1], "keyword", "Done")

    assert flags(imap_account)[1] == {KEYWORD.encode()}


def test_a_mail_is_moved_into_a_folder_that_is_made_for_it(
    three: list[bytes], connection: Connection, imap_account: ImapAccount
) -> None:
    assert mark(connection, [1, 2], "move", "Done/2026") == "moved"

    assert imap_account.maildir.contents("INBOX") == three[2:]
    assert imap_account.maildir.contents("Done/2026") == three[:2]


def test_a_mail_that_is_gone_counts_as_moved(
    three: list[bytes], connection: Connection, imap_account: ImapAccount
) -> None:
    mark(connection, [1], "move", "Done")

    assert mark(connection, [1, 2], "move", "Done") == "moved"
    assert imap_account.maildir.contents("Done") == three[:2]


def test_without_move_a_mail_gets_the_keyword(
    three: list[bytes], connection: Connection, imap_account: ImapAccount
) -> None:
    connection.capabilities -= {"MOVE"}

    assert mark(connection, [1], "move", "Done") == "keyword"
    assert imap_account.maildir.contents("INBOX") == three


def test_what_somebody_flagged_for_deletion_is_still_there_afterwards(
    three: list[bytes], connection: Connection, imap_account: ImapAccount
) -> None:
    client = imap_account.connect()
    client.select_folder("INBOX")
    client.add_flags([1, 2], ["\\Deleted"])
    client.logout()

    mark(connection, [1], "keyword", "Done")
    mark(connection, [3], "move", "Done")
    connection.close()

    assert imap_account.maildir.contents("INBOX") == three[:2]
    assert flags(imap_account) == {1: {b"\\Deleted", KEYWORD.encode()}, 2: {b"\\Deleted"}}


def test_a_folder_that_may_not_be_written_is_read_and_left_alone(
    three: list[bytes], opened: Open, access: Access, unwritable: Callable[[], None]
) -> None:
    opened(access).close()  # the server numbers the mails
    unwritable()
    connection = opened(access)

    assert connection.selected.read_only
    assert [
        mail.content for batch in mails(connection, uids_from(connection, 1), 10_000, Doubts()) for mail in batch
    ] == three
    assert mark(connection, [1], "keyword", "Done") == "none"


def test_nothing_is_marked_after_a_renumbering_in_mid_session(
    three: list[bytes], connection: Connection, imap_account: ImapAccount
) -> None:
    connection.client._imap.untagged_responses["UIDVALIDITY"] = [b"7"]

    assert mark(connection, [1], "move", "Done") == "none"
    assert imap_account.maildir.contents("INBOX") == three


def test_nothing_to_mark_sends_nothing(connection: Connection) -> None:
    connection.close()

    assert mark(connection, [], "keyword", "Done") == "none"


def test_a_folder_name_cannot_end_a_command(three: list[bytes], connection: Connection) -> None:
    with pytest.raises(MailboxDown, match=r"contains a line break or NUL; correct it in the settings\."):
        mark(connection, [1], "move", "Done\r\nX1 EXPUNGE")
