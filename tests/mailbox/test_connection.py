"""A connection is verified, says in a sentence why it cannot be had, and waits without missing or spinning."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from daemon.mailbox.connection import CONNECTION_ERRORS, Access, Connection, MailboxDown, connect
from daemon.mailbox.fetch import uids_from
from daemon.mailbox.watch import WakeUp
from tests.servers.certificate import Certificate
from tests.servers.dovecot import Dovecot, ImapAccount
from tests.servers.ports import free_port

if TYPE_CHECKING:
    from tests.mailbox.conftest import Link

Open = Callable[..., Connection]
Mail = Callable[..., bytes]

SECURITIES = ("tls", "starttls", "plain")

#: Seconds nobody wants to wait for what ends a wait at once, on whatever machine.
LONG = 120


@pytest.fixture
def wake_up() -> Iterator[WakeUp]:
    made = WakeUp()
    yield made
    made.close()


def seconds_of(wait: Callable[[], object]) -> float:
    begun = time.monotonic()
    wait()
    return time.monotonic() - begun


@pytest.mark.parametrize("security", SECURITIES)
def test_a_mailbox_is_reached_in_each_way(opened: Open, ways_in: dict[str, Access], security: str) -> None:
    connection = opened(ways_in[security])

    assert (connection.selected.exists, connection.selected.keywords, connection.selected.read_only) == (0, True, False)
    assert (connection.can_idle, connection.can_move) == (True, True)


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_signed_by_somebody_else_gets_no_password(ways_in: dict[str, Access], security: str) -> None:
    with pytest.raises(MailboxDown) as down:
        connect(replace(ways_in[security], ca_file=None))

    assert re.fullmatch(
        r"it: 127\.0\.0\.1:\d+ shows a certificate or TLS version that cannot be trusted "
        r"\(.*self-signed certificate.*\); correct the host name, or name the organisation's CA in ca_file\.",
        down.value.reason,
    )


def test_another_ca_does_not_vouch_for_the_server(access: Access, certificate: Certificate) -> None:
    with pytest.raises(MailboxDown, match="cannot be trusted"):
        connect(replace(access, ca_file=certificate.file))


def test_a_wrong_password_is_named_and_not_tried_again_for_a_minute(access: Access) -> None:
    with pytest.raises(MailboxDown) as down:
        connect(replace(access, password="wrong"))

    assert down.value.retry_after == 60
    assert down.value.reason == (
        f"it: 127.0.0.1:{access.port} refused the log-in of '{access.user}' ([AUTHENTICATIONFAILED] Authentication "
        "failed.); check user and password file."
    )


def test_a_password_beyond_ascii_is_sent_another_way(access: Access) -> None:
    with pytest.raises(MailboxDown, match="refused the log-in"):
        connect(replace(access, password="geheimnüß"))


WRONG: dict[str, tuple[dict[str, object], str]] = {
    "no server": ({"port": free_port()}, "cannot be reached .*Connection refused"),
    "no such host": ({"host": "imap.invalid"}, "imap.invalid:.* cannot be reached"),
    "no such folder": ({"folder": "Nowhere"}, "Mailbox doesn't exist: Nowhere"),
    "no such CA file": ({"ca_file": Path("/nowhere/ca.pem")}, "ca.pem"),
    "a folder name with a command in it": ({"folder": "INBOX\r\nX LOGOUT"}, "contains a line break"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_said_in_a_sentence(access: Access, wrong: str) -> None:
    changes, sentence = WRONG[wrong]

    with pytest.raises(MailboxDown, match=sentence):
        connect(replace(access, **changes))  # type: ignore[arg-type]


def test_a_server_that_speaks_no_tls_is_not_spoken_to_without(ways_in: dict[str, Access]) -> None:
    with pytest.raises(MailboxDown, match=r"cannot be (trusted|reached)"):
        connect(replace(ways_in["plain"], security="tls"))


def test_no_message_shows_the_password(access: Access) -> None:
    assert access.password not in repr(access)


@pytest.mark.parametrize("security", SECURITIES)
def test_a_mail_that_comes_while_idling_ends_the_wait(
    opened: Open, ways_in: dict[str, Access], security: str, imap_account: ImapAccount, a_mail: Mail
) -> None:
    connection = opened(ways_in[security])
    uids_from(connection, 1)
    comes = threading.Timer(0.1, imap_account.maildir.deliver, [a_mail()])
    comes.start()

    assert connection.wait(LONG)
    assert uids_from(connection, 1) == [1]
    comes.join()


@pytest.mark.parametrize("security", SECURITIES)
def test_a_mail_that_comes_between_a_look_and_idle_ends_the_wait(
    opened: Open, ways_in: dict[str, Access], security: str, imap_account: ImapAccount, a_mail: Mail
) -> None:
    """Dovecot tells of it in one packet with "+ idling", which imaplib then has read already."""
    connection = opened(ways_in[security])
    uids_from(connection, 1)
    imap_account.maildir.deliver(a_mail())

    assert seconds_of(lambda: connection.wait(LONG)) < LONG / 2


def test_a_mail_that_is_announced_with_another_answer_ends_the_wait(
    connection: Connection, imap_account: ImapAccount, a_mail: Mail
) -> None:
    """The server speaks of it once: in the answer to our own marking, for example."""
    uids_from(connection, 1)
    imap_account.maildir.deliver(a_mail())
    connection.client.noop()

    assert seconds_of(lambda: connection.wait(LONG)) < LONG / 2


def test_a_quiet_mailbox_waits_as_long_as_it_was_asked(connection: Connection) -> None:
    uids_from(connection, 1)

    assert not connection.wait(0.2)


def test_a_wake_up_ends_the_wait(opened: Open, access: Access, wake_up: WakeUp) -> None:
    connection = opened(access, wake_up.reads)
    uids_from(connection, 1)
    wake_up.now()

    assert seconds_of(lambda: connection.wait(LONG)) < LONG / 2
    assert seconds_of(lambda: connection.wait(0.2)) >= 0.2


def test_a_wake_up_ends_the_wait_where_the_server_cannot_idle(
    opened: Open, access: Access, wake_up: WakeUp, imap_account: ImapAccount
) -> None:
    connection = opened(access, wake_up.reads)
    connection.capabilities -= {"IDLE"}
    uids_from(connection, 1)
    wake_up.now()

    assert seconds_of(lambda: connection.wait(LONG)) < LONG / 2
    assert not connection.can_idle


def test_many_wake_ups_are_one(wake_up: WakeUp) -> None:
    for _ in range(70_000):  # a pipe holds 64 KiB
        wake_up.now()


def test_a_connection_that_ends_while_idling_raises_at_once(
    dovecot: Dovecot, connection: Connection, imap_account: ImapAccount
) -> None:
    uids_from(connection, 1)
    cut = threading.Timer(0.1, dovecot.kick, [imap_account.user])
    cut.start()

    with pytest.raises((MailboxDown, *CONNECTION_ERRORS)):
        connection.wait(LONG)
    cut.join()


def test_a_link_that_swallows_everything_is_given_up_after_its_time(
    opened: Open, ways_in: dict[str, Access], link: Link
) -> None:
    """Such a link pushes nothing and says nothing, not even to DONE (mjs/imapclient#449)."""
    connection = opened(replace(ways_in["plain"], port=link.port))
    uids_from(connection, 1)
    connection.client.socket().settimeout(0.3)
    goes_deaf = threading.Timer(0.1, setattr, [link, "is_deaf", True])
    goes_deaf.start()

    with pytest.raises((MailboxDown, *CONNECTION_ERRORS)):
        connection.wait(0.3)
    goes_deaf.join()


def test_renumbered_mails_are_seen_to_be_renumbered(
    opened: Open, access: Access, imap_account: ImapAccount, a_mail: Mail
) -> None:
    imap_account.maildir.deliver(a_mail())
    before = connect(access)
    before.close()
    imap_account.maildir.forget_uids()

    after = opened(access)

    assert after.selected.uidvalidity != before.selected.uidvalidity
    assert after.same_folder_still()


def test_a_renumbering_in_mid_session_is_noticed(connection: Connection) -> None:
    # Dovecot cuts the connection instead; RFC 9051 section 7.1 lets a server just say it.
    connection.client._imap.untagged_responses["UIDVALIDITY"] = [b"7", b"%d" % (connection.selected.uidvalidity + 1)]

    assert not connection.same_folder_still()
