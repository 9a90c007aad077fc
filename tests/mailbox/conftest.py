"""Ways into a real mailbox: how to reach it, and connections that are closed after the test."""

from __future__ import annotations

import contextlib
import socket
import threading
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


class Link:
    """A TCP link to the mail server that can go deaf: it stays open and swallows what both sides say."""

    def __init__(self, host: str, port: int) -> None:
        self.is_deaf = False
        self._server = (host, port)
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._open = [self._door]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                ours, _ = self._door.accept()
                theirs = socket.create_connection(self._server)
                self._open += [ours, theirs]
                for pair in ((ours, theirs), (theirs, ours)):
                    threading.Thread(target=self._pass_on, args=pair, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while said := source.recv(65536):
                if not self.is_deaf:
                    target.sendall(said)

    def close(self) -> None:
        """Ends every connection."""
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@pytest.fixture
def link(imap_account: ImapAccount) -> Iterator[Link]:
    """A link to the plain port of the mail server."""
    made = Link(imap_account.host, imap_account.port)
    yield made
    made.close()


@pytest.fixture
def a_mail() -> Callable[..., bytes]:
    """Makes the bytes of a small mail with this number in its subject."""
    return lambda number=1: MAIL % number
