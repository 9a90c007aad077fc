"""The servers that all other tests stand on do what they promise."""

from __future__ import annotations

import os
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy
from imapclient.exceptions import IMAPClientError, LoginError

from tests.servers.dovecot import Dovecot, ImapAccount
from tests.servers.ports import listens
from tests.servers.programs import PROGRAMS, MissingProgram, find_program
from tests.servers.smtp_sink import USUAL, Accepted, Answer, Phase, Security, SmtpSink, read_journal

MAIL = b"From: a@lindwerk.example\r\nSubject: %d\r\n\r\nhello\r\n.a line with a dot\r\n"
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("security", ["plain", "starttls", "tls"])
def test_an_account_can_be_reached_with_and_without_tls(imap_account: ImapAccount, security: Security) -> None:
    client = imap_account.connect(security)

    assert client.select_folder("INBOX")[b"EXISTS"] == 0


def test_a_wrong_password_is_refused_at_once(imap_account: ImapAccount) -> None:
    client = imap_account.connect()
    client.logout()
    wrong = ImapAccount(
        imap_account.user,
        imap_account.port,
        imap_account.tls_port,
        imap_account.certificate,
        imap_account.maildir,
        password="wrong",
    )

    def seconds() -> float:
        started = time.monotonic()
        with pytest.raises(LoginError):
            wrong.connect()
        wrong.close()
        return time.monotonic() - started

    assert any(seconds() < 2 for _ in range(20)), "no attempt was refused before Dovecot's usual two seconds"
    assert imap_account.connect().noop()


def test_delivered_mails_get_their_uids_in_order(imap_account: ImapAccount) -> None:
    mails = [MAIL % number for number in range(30)]
    imap_account.maildir.deliver_many(mails)
    client = imap_account.connect()
    client.select_folder("INBOX")

    fetched = client.fetch(client.search(), ["BODY.PEEK[]"])

    assert [fetched[uid][b"BODY[]"] for uid in sorted(fetched)] == mails


def test_a_delivered_mail_can_have_arrived_earlier(imap_account: ImapAccount) -> None:
    earlier = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    imap_account.maildir.deliver(MAIL % 1, received=earlier)
    client = imap_account.connect()
    client.select_folder("INBOX")

    assert client.fetch([1], ["INTERNALDATE"])[1][b"INTERNALDATE"] == earlier


def test_what_is_appended_and_moved_is_seen_on_disk(imap_account: ImapAccount) -> None:
    imap_account.append(MAIL % 1)
    imap_account.maildir.deliver(MAIL % 2)
    client = imap_account.connect()
    client.create_folder("Done")
    client.select_folder("INBOX")

    client.move([1, 2], "Done")

    assert imap_account.maildir.contents("INBOX") == []
    assert sorted(imap_account.maildir.contents("Done")) == [MAIL % 1, MAIL % 2]


def test_forgotten_uids_come_back_under_another_uidvalidity(imap_account: ImapAccount) -> None:
    imap_account.maildir.deliver(MAIL % 1)
    client = imap_account.connect()
    before = client.select_folder("INBOX")[b"UIDVALIDITY"]
    client.logout()

    imap_account.maildir.forget_uids()

    after = imap_account.connect().select_folder("INBOX")
    assert after[b"UIDVALIDITY"] != before
    assert after[b"EXISTS"] == 1


def test_a_kicked_user_loses_the_connection(dovecot: Dovecot, imap_account: ImapAccount) -> None:
    client = imap_account.connect()
    client.noop()

    dovecot.kick(imap_account.user)

    with pytest.raises((OSError, IMAPClientError, client.AbortError)):
        client.noop()


def test_each_test_gets_an_empty_database(db_url: str) -> None:
    engine = sqlalchemy.create_engine(db_url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("create table thing (number integer)"))
        connection.execute(sqlalchemy.text("insert into thing values (1)"))

    with engine.begin() as connection:
        assert connection.execute(sqlalchemy.text("select number from thing")).scalars().all() == [1]
    engine.dispose()


def test_the_journal_is_written_before_the_client_hears(smtp_sink: SmtpSink) -> None:
    smtp_sink.script("dot", Answer(cut="before"))

    with client_of(smtp_sink) as client, pytest.raises(smtplib.SMTPServerDisconnected):
        client.sendmail("a@lindwerk.example", ["b@lindwerk.example"], MAIL % 1)

    (written,) = read_journal(smtp_sink.journal)
    assert written == smtp_sink.wait(1)[0]
    assert written.raw == MAIL % 1
    assert (written.sender, written.recipients) == ("a@lindwerk.example", ("b@lindwerk.example",))


def test_a_server_that_keeps_copies_has_filed_a_mail_before_the_client_hears(
    tmp_path: Path, imap_account: ImapAccount
) -> None:
    keep = partial(imap_account.maildir.deliver, folder="Sent")
    with SmtpSink(tmp_path / "smtp.jsonl", keeps_copy=keep) as sink:
        sink.script("dot", Answer(cut="before"), Answer(451))
        for number in (1, 2):  # the first is accepted and the client never hears of it, the second is refused
            with client_of(sink) as client, pytest.raises(smtplib.SMTPException):
                client.sendmail("a@lindwerk.example", ["b@lindwerk.example"], MAIL % number)
        sink.wait(1)

    assert imap_account.maildir.contents("Sent") == [MAIL % 1]
    with imap_account.connect() as client:
        client.select_folder("Sent", readonly=True)
        assert len(client.search(["SUBJECT", "1"])) == 1


# Phase, what the sink does there, what the client sees, and whether the mail was accepted all the same.
TROUBLES: list[tuple[Phase, Answer, type[Exception] | None, bool]] = [
    ("greet", Answer(421, "4.3.2 shutting down"), smtplib.SMTPConnectError, False),
    ("greet", Answer(cut="before"), smtplib.SMTPServerDisconnected, False),
    ("EHLO", Answer(cut="before"), smtplib.SMTPServerDisconnected, False),
    ("MAIL", Answer(451), smtplib.SMTPSenderRefused, False),
    ("MAIL", Answer(hang=True), TimeoutError, False),
    ("RCPT", Answer(450), smtplib.SMTPRecipientsRefused, False),
    ("RCPT", Answer(421), smtplib.SMTPRecipientsRefused, False),
    ("DATA", Answer(554), smtplib.SMTPDataError, False),
    ("DATA", Answer(cut="after"), smtplib.SMTPServerDisconnected, False),
    ("dot", Answer(452), smtplib.SMTPDataError, False),
    ("dot", Answer(554, cut="before"), smtplib.SMTPServerDisconnected, False),
    ("dot", Answer(cut="before"), smtplib.SMTPServerDisconnected, True),
    ("dot", Answer(hang=True), TimeoutError, True),
    ("dot", Answer(delay=5), TimeoutError, True),
    ("dot", Answer(cut="after"), None, True),
]


@pytest.mark.parametrize(("phase", "answer", "seen", "accepted"), TROUBLES)
def test_the_sink_misbehaves_where_the_script_says(
    smtp_sink: SmtpSink, phase: Phase, answer: Answer, seen: type[Exception] | None, accepted: bool
) -> None:
    smtp_sink.script(phase, answer)

    def send(seconds: float = 60) -> None:
        with client_of(smtp_sink, seconds) as client:
            client.sendmail("a@lindwerk.example", ["b@lindwerk.example"], MAIL % 1)

    if seen is None:
        send()
    elif seen is TimeoutError:
        while not smtp_sink.has_misbehaved():  # any other step can be slow, too
            # smtplib takes a server that is too slow for one that is gone.
            with pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)):
                send(seconds=0.3)
    else:
        with pytest.raises(seen):
            send()
    assert len(smtp_sink.accepted) == accepted

    send()

    assert len(smtp_sink.wait(1 + accepted)) == 1 + accepted


def test_a_script_speaks_of_one_recipient_and_one_turn(smtp_sink: SmtpSink) -> None:
    smtp_sink.script("RCPT", USUAL, Answer(550, "5.1.1 no such user"), recipient="b@lindwerk.example")
    smtp_sink.script("dot", Answer(451), recipient="c@lindwerk.example", always=True)

    with client_of(smtp_sink) as client:
        client.sendmail("", ["a@lindwerk.example", "b@lindwerk.example"], MAIL % 1)
        client.sendmail("", ["a@lindwerk.example", "b@lindwerk.example"], MAIL % 2)
        for _ in range(2):
            with pytest.raises(smtplib.SMTPDataError):
                client.sendmail("", ["c@lindwerk.example"], MAIL % 3)

    assert [mail.recipients for mail in smtp_sink.mails_to("a@lindwerk.example")] == [
        ("a@lindwerk.example", "b@lindwerk.example"),
        ("a@lindwerk.example",),
    ]
    assert smtp_sink.mails_to("c@lindwerk.example") == []


def test_a_script_for_an_unknown_recipient_of_ehlo_is_a_mistake(smtp_sink: SmtpSink) -> None:
    with pytest.raises(ValueError, match="at EHLO no recipient is known yet"):
        smtp_sink.script("EHLO", USUAL, recipient="a@lindwerk.example")


@pytest.mark.parametrize("security", ["plain", "starttls", "tls"])
def test_the_sink_asks_for_the_right_password(new_smtp_sink: Callable[..., SmtpSink], security: Security) -> None:
    sink = new_smtp_sink(security=security, credentials=("postroom", "secret"))

    with client_of(sink) as client:
        assert client.mail("a@lindwerk.example")[0] == 530
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("postroom", "wrong")
        client.login("postroom", "secret")
        client.sendmail("a@lindwerk.example", ["b@lindwerk.example"], MAIL % 1)

    assert len(sink.wait(1)) == 1
    assert not any("secret" in command.line for command in sink.heard)


def test_the_sink_refuses_what_a_strict_server_refuses(smtp_sink: SmtpSink) -> None:
    raw = {
        "a line is longer": b"x" * 1001 + b"\r\n",
        "a bare CR or LF": b"one\ntwo\r\n",
        "8-bit data": "grün\r\n".encode(),
    }
    for complaint, body in raw.items():
        with socket.create_connection((smtp_sink.host, smtp_sink.port)) as line, line.makefile("rwb") as file:
            commands = b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<b@lindwerk.example>\r\nDATA\r\n"
            file.write(commands + b"\r\n" + body + b".\r\nQUIT\r\n")
            file.flush()
            assert complaint in file.read().decode()

    assert smtp_sink.accepted == []


def test_international_addresses_and_8_bit_data_are_taken_when_announced(smtp_sink: SmtpSink) -> None:
    with client_of(smtp_sink) as client:
        client.sendmail(
            "jörg@lindwerk.example",
            ["zoë@lindwerk.example"],
            "Subject: grün\r\n\r\n".encode(),
            mail_options=["SMTPUTF8", "BODY=8BITMIME"],
        )

    assert smtp_sink.wait(1, recipient="zoë@lindwerk.example")[0].sender == "jörg@lindwerk.example"


def test_a_shut_door_opens_again_on_the_same_port(smtp_sink: SmtpSink) -> None:
    smtp_sink.shut_door()
    with pytest.raises(ConnectionRefusedError), client_of(smtp_sink):
        pass

    smtp_sink.open_door()

    with client_of(smtp_sink) as client:
        assert client.noop()[0] == 250


def test_an_acceptance_survives_its_journal() -> None:
    mail = Accepted(datetime(2026, 3, 2, tzinfo=UTC), 7, "", ("b@lindwerk.example",), bytes(range(256)))

    assert Accepted.from_line(mail.to_line()) == mail


def test_a_missing_server_program_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name, path: None)

    with pytest.raises(MissingProgram) as missing:
        find_program("dovecot")

    assert str(missing.value) == (
        "dovecot (the Dovecot IMAP server) is not installed: run 'make test', or install the package "
        "dovecot-imapd (Debian, Ubuntu) or dovecot (Fedora)."
    )


def test_every_server_program_is_on_this_machine() -> None:
    assert [find_program(name).is_file() for name in PROGRAMS] == [True] * len(PROGRAMS)


def test_servers_die_with_the_process_that_started_them() -> None:
    program = (
        "from tests.servers.dovecot import Dovecot; from tests.servers.postgres import Postgres\n"
        "with Dovecot.create() as d, Postgres.create() as p:\n"
        "    print(d.port, p.port, d.folder, p.folder, flush=True)\n"
        "    input()\n"
    )
    victim = subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert victim.stdout is not None
    *ports, dovecot_folder, postgres_folder = victim.stdout.readline().split()
    assert all(listens(int(port)) for port in ports)

    os.kill(victim.pid, signal.SIGKILL)
    victim.communicate()

    end = time.monotonic() + 60
    while any(listens(int(port)) for port in ports) and time.monotonic() < end:
        time.sleep(0.01)
    assert not any(listens(int(port)) for port in ports)
    for folder in (dovecot_folder, postgres_folder):
        subprocess.run(["rm", "-rf", folder], check=True)


@contextmanager
def client_of(sink: SmtpSink, seconds: float = 60) -> Iterator[smtplib.SMTP]:
    """A client that has greeted the sink, over TLS if the sink speaks it."""
    context = sink.certificate.client_context() if sink.certificate else None
    kind = partial(smtplib.SMTP_SSL, context=context) if sink.security == "tls" else smtplib.SMTP
    client: smtplib.SMTP = kind(sink.host, sink.port, timeout=seconds)
    try:
        if sink.security == "starttls":
            client.starttls(context=context)
        client.ehlo_or_helo_if_needed()
        yield client
    finally:
        client.close()
