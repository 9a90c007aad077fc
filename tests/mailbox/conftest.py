"""Ways into a real mailbox: how to reach it, and connections that are closed after the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from daemon.mailbox.connection import Access, Connection, connect
from tests.servers.dovecot import ImapAccount

MAIL = b"From: eva.lund@lindwerk.example\r\nSubject: Mail %d\r\n\r\nhello\r\n"


@pytest.fixture
def access(imap_account: ImapAccount) -> Access:
    """The right way into an empty mailbox: TLS, verified with the organisation's own CA."""
    account = imap_account
    return Access(
        name="it",
        host=account.host,
        port=account.tls_port,
        security="tls",
        user=account.user,
        password=account.password,
        folder="INBOX",
        ca_file=account.ca_file,
    )


@pytest.fixture
def ways_in(access: Access, imap_account: ImapAccount) -> dict[str, Access]:
    """The right way into the mailbox with each kind of security."""
    plain = replace(access, port=imap_account.port)
    return {"tls": access, "starttls": replace(plain, security="starttls"), "plain": replace(plain, security="plain")}


@pytest.fixture
def opened() -> Iterator[Callable[..., Connection]]:
    """Connects, and closes when the test is over."""
    with ExitStack() as connections:

        def open_(access: Access, wake_up: int | None = None) -> Connection:
            return connections.enter_context(connect(access, wake_up))

        yield open_


@pytest.fixture
def connection(opened: Callable[..., Connection], access: Access) -> Connection:
    """A connection to the mailbox, its INBOX selected."""
    return opened(access)


@pytest.fixture
def inbox(opened: Callable[..., Connection], access: Access, imap_account: ImapAccount) -> Callable[..., Connection]:
    """Puts mails into the mailbox and connects to it afterwards."""

    def with_(*raws: bytes) -> Connection:
        imap_account.maildir.deliver_many(raws)
        return opened(access)

    return with_


@pytest.fixture
def a_mail() -> Callable[..., bytes]:
    """Makes the bytes of a small mail with this number in its subject."""
    return lambda number=1: MAIL % number
