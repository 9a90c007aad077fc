"""A small Lindwerk with real servers: two mailboxes, an SMTP sink, and the daemon as a process of its own."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path
from typing import Any

import pytest

from daemon.store import copies, ledger, mailboxes, messages, outbox, requests
from daemon.store.database import Store
from daemon.store.outbox import MailState
from daemon.store.requests import StoredRequest
from tests.servers.dovecot import Dovecot, ImapAccount
from tests.servers.smtp_sink import Accepted, SmtpSink

ROOT = Path(__file__).parents[2]

SETTINGS = """
organisation:
  name: Lindwerk
  domains: [lindwerk.example]
  time_zone: Europe/Berlin
  operators: [olga.ops@lindwerk.example]
state_dir: state
database: {{url: "{database}"}}
mailboxes:
  it:
    address: it@lindwerk.example
    department: it
    host: 127.0.0.1
    port: {it.tls_port}
    ca_file: {it.ca_file}
    user: {it.user}
    password_file: imap.password
    poll: 1h
  people:
    address: people@lindwerk.example
    host: 127.0.0.1
    port: {people.port}
    security: starttls
    ca_file: {people.ca_file}
    user: {people.user}
    password_file: imap.password
    after: move
    poll: 1h
    idle_renew: 1s
smtp: {{host: 127.0.0.1, port: {sink.port}, security: plain, timeout: 60s}}
calendars:
  always:
    time_zone: Europe/Berlin
    hours: {{{always}}}
sla_policies:
  hours: {{first_response: {{normal: 4h}}, resolution: {{normal: 16h}}}}
  seconds: {{first_response: {{normal: 1s}}, resolution: {{normal: 1h}}}}
ladders:
  hours: [{{clock: first_response, at: due, tell: [owner], kind: reminder}}]
  seconds: [{{clock: first_response, at: due, tell: [escalation], kind: escalation}}]
departments:
  it:
    name: IT
    description: Computers and telephones.
    address: it@lindwerk.example
    members: [{{name: Jonas Petersen, email: jonas.petersen@lindwerk.example}}]
    lead: mara.vogt@lindwerk.example
    calendar: always
    sla_policy: hours
    ladder: hours
  hr:
    name: People & HR
    description: Contracts and leave.
    address: people@lindwerk.example
    members: [{{name: Tobias Lang, email: tobias.lang@lindwerk.example}}]
    lead: claire.fontaine@lindwerk.example
    escalation: carla.coo@lindwerk.example
    calendar: always
    sla_policy: seconds
    ladder: seconds
triage:
  members: [{{name: Anke Wulf, email: anke.wulf@lindwerk.example}}]
  lead: anke.wulf@lindwerk.example
  address: people@lindwerk.example
  calendar: always
  sla_policy: hours
  ladder: hours
rules: {{folder: rules}}
acknowledgement: {{per_sender_per_hour: 100}}
honesty: {{apologise: false}}
"""

SQLITE = "sqlite:///{state_dir}/postroom.db"
ALWAYS = ", ".join(f'{day}: ["00:00-24:00"]' for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))

RULES = """
rules:
  - name: network
    when: {words: [vpn]}
    then: {department: it}
  - name: leave
    when: {words: [holiday]}
    then: {department: hr}
"""

WORDS = "Since this morning nothing works."
EVA, JONAS, CARLA = (f"{name}@lindwerk.example" for name in ("eva.lund", "jonas.petersen", "carla.coo"))


def until(true: Callable[[], object], what: str, seconds: float = 120.0) -> None:
    """Wait until a condition holds; AssertionError with `what` was awaited if it never does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)


@dataclass
class Daemon:
    """`postroom run` as a process of its own, and what it tells systemd."""

    process: subprocess.Popen[bytes]
    log: Path
    heard: list[str]

    def hears(self, word: str, seconds: float = 120.0) -> None:
        """Wait until systemd would have heard this word; the end of the process is the end of the wait."""
        until(lambda: self._says(word) or self.process.poll() is not None, word, seconds)
        assert self._says(word), f"ended with {self.process.returncode} before {word}: {self.complaint()}"

    def _says(self, word: str) -> bool:
        return any(word in datagram.splitlines() for datagram in list(self.heard))

    def stop(self, number: int = signal.SIGTERM, seconds: float = 120.0) -> int:
        """Send a signal and wait for the end; the exit status."""
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def complaint(self) -> str:
        """What it wrote to standard error."""
        return self.log.with_suffix(".err").read_text()

    def lines(self) -> list[dict[str, Any]]:
        """The log, line by line; every line is a JSON object."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def faults(self) -> list[str]:
        """Tracebacks in the log: there is no expected trouble that writes one."""
        return [line["exception"] for line in self.lines() if "exception" in line]


@dataclass
class Lindwerk:
    """The settings, the servers behind them, and the daemons that were started on them."""

    folder: Path
    accounts: dict[str, ImapAccount]
    sink: SmtpSink
    database: str
    daemons: list[Daemon] = field(default_factory=list)
    _store: Store | None = None
    _closing: list[socket.socket] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """The settings file."""
        return self.folder / "postroom.yaml"

    @property
    def store(self) -> Store:
        """The daemon's database."""
        if self._store is None:
            self._store = Store(self.database.replace("{state_dir}", str(self.folder / "state")))
        return self._store

    def replaces(self, old: str, new: str) -> None:
        """Edit the settings file."""
        text = self.path.read_text()
        assert old in text
        self.path.write_text(text.replace(old, new))

    def start(self, ready: bool = True, under: Sequence[str | Path] = (), **environment: str) -> Daemon:
        """Start the daemon; by default wait until it says that it is ready. `under`: a command that runs it."""
        name = f"postroom-{uuid.uuid4().hex}"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        listener.bind(f"\0{name}")
        listener.settimeout(0.1)
        self._closing.append(listener)
        log = self.folder / f"daemon-{len(self.daemons)}.log"
        with log.open("wb") as output, log.with_suffix(".err").open("wb") as complaint:
            process = subprocess.Popen(
                [*under, sys.executable, "-m", "daemon", "-c", self.path, "run"],
                cwd=ROOT,
                stdout=output,
                stderr=complaint,
                env=os.environ | {"NOTIFY_SOCKET": f"@{name}"} | environment,
            )
        daemon = Daemon(process, log, [])
        threading.Thread(target=_listen, args=(listener, daemon.heard), daemon=True).start()
        self.daemons.append(daemon)
        if ready:
            daemon.hears("READY=1")
        return daemon

    def ends(self) -> None:
        """Stop what still runs and close what is open."""
        for daemon in self.daemons:
            if daemon.process.poll() is None:
                daemon.process.kill()
                daemon.process.wait()
        for listener in self._closing:
            listener.close()
        if self._store is not None:
            self._store.close()

    def writes(self, raw: bytes | EmailMessage, *mailboxes: str, **delivery: Any) -> None:
        """Deliver a mail into these mailboxes (it, people)."""
        content = raw if isinstance(raw, bytes) else raw.as_bytes(policy=SMTP)
        for name in mailboxes:
            self.accounts[name].maildir.deliver(b"Delivered-To: %s\r\n" % name.encode() + content, **delivery)

    def mails_to(self, recipient: str, count: int, seconds: float = 120.0) -> list[EmailMessage]:
        """Wait for so many mails to somebody, and give them back as they left."""
        return [read(mail) for mail in self.sink.wait(count, recipient=recipient, seconds=seconds)]

    def notice(self, recipient: str, number: int) -> list[EmailMessage]:
        """The mails to somebody about a request."""
        mails = [read(mail) for mail in self.sink.mails_to(recipient)]
        return [mail for mail in mails if f"[REQ-{number}]" in mail["Subject"]]

    def status(self) -> dict[str, Any]:
        """What the daemon last wrote into its status file."""
        status: dict[str, Any] = json.loads((self.folder / "state" / "status.json").read_text())
        return status

    def sentence_of(self, worker: str) -> str:
        """How this worker is, by the status file."""
        return next(f"{w['state']}: {w['sentence']}" for w in self.status()["workers"] if w["name"] == worker)

    def requests(self) -> list[StoredRequest]:
        """Every request, oldest first."""
        with self.store.reading() as connection:
            return requests.listing(connection, statuses=["new", "open", "waiting", "resolved", "closed"])[::-1]

    def request(self, subject: str) -> StoredRequest:
        """Wait for the request with this subject."""
        until(lambda: any(request.subject == subject for request in self.requests()), f"a request {subject}")
        return next(request for request in self.requests() if request.subject == subject)

    def outbox(self) -> list[MailState]:
        """Every mail of the outbox, oldest first."""
        with self.store.reading() as connection:
            found = [outbox.of_request(connection, request.id) for request in self.requests()]
        return sorted((mail for mails in found for mail in mails), key=lambda mail: mail.id)

    def counts(self) -> dict[str, dict[str, int]]:
        """How many copies, messages and outgoing mails there are of each kind."""
        with self.store.reading() as connection:
            return {
                "copies": copies.counts(connection),
                "messages": messages.counts(connection),
                "outbox": outbox.counts(connection),
            }

    def has_scanned(self, name: str) -> bool:
        """Whether this mailbox was ever looked through to its end."""
        return self.scanned_at(name) is not None

    def scanned_at(self, name: str) -> dt.datetime | None:
        """When this mailbox was last looked through."""
        with self.store.reading() as connection:
            known = mailboxes.find(connection, name)
        return known.scanned_at if known else None

    def keywords(self, name: str) -> dict[int, set[bytes]]:
        """The flags of the mails in an inbox."""
        client = self.accounts[name].connect()
        client.select_folder("INBOX", readonly=True)
        found = {uid: set(flags) - {b"\\Recent"} for uid, flags in client.get_flags(client.search()).items()}
        client.logout()
        return found

    def ledger(self, number: int) -> list[str]:
        """What happened to a request."""
        with self.store.reading() as connection:
            return [entry.what for entry in ledger.of_request(connection, number)]


def _listen(listener: socket.socket, heard: list[str]) -> None:
    while listener.fileno() != -1:
        try:
            heard.append(listener.recv(4096).decode())
        except TimeoutError:
            continue
        except OSError:
            return


def read(mail: Accepted) -> EmailMessage:
    """A mail that left, to be looked at."""
    found = message_from_bytes(mail.raw, policy=default)
    assert isinstance(found, EmailMessage)
    return found


def furnish(folder: Path, accounts: dict[str, ImapAccount], sink: SmtpSink, database: str = SQLITE) -> Lindwerk:
    """Settings, rules and a password in a folder; `database` is a SQLAlchemy URL."""
    for account in accounts.values():
        account.connect().logout()  # the server makes the mailbox: not at the moment when we deliver into it
    lindwerk = Lindwerk(folder, accounts, sink, database)
    lindwerk.path.write_text(SETTINGS.format(**accounts, sink=sink, database=database, always=ALWAYS))
    (folder / "rules").mkdir()
    (folder / "rules" / "all.yaml").write_text(RULES)
    password = folder / "imap.password"
    password.write_text(accounts["it"].password)
    password.chmod(0o600)
    return lindwerk


@contextmanager
def without_faults(lindwerk: Lindwerk) -> Iterator[Lindwerk]:
    """At the end all daemons are ended; none has logged a traceback, a password or the words of a mail."""
    try:
        yield lindwerk
        assert [fault for daemon in lindwerk.daemons for fault in daemon.faults()] == []
        logs = "".join(daemon.log.read_text() + daemon.complaint() for daemon in lindwerk.daemons)
        assert [word for word in (WORDS, lindwerk.accounts["it"].password) if word in logs] == []
    finally:
        lindwerk.ends()


@pytest.fixture
def new_lindwerk(
    tmp_path: Path, new_imap_account: Callable[[], ImapAccount], smtp_sink: SmtpSink
) -> Iterator[Callable[..., Lindwerk]]:
    """Furnishes a Lindwerk on this database; nothing is started yet."""
    with ExitStack() as houses:

        def new(database: str = SQLITE) -> Lindwerk:
            accounts = {"it": new_imap_account(), "people": new_imap_account()}
            return houses.enter_context(without_faults(furnish(tmp_path, accounts, smtp_sink, database)))

        yield new


@pytest.fixture
def lindwerk(new_lindwerk: Callable[..., Lindwerk]) -> Lindwerk:
    """Lindwerk on SQLite, nothing started yet."""
    return new_lindwerk()


@pytest.fixture(scope="module")
def open_house(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot) -> Iterator[Lindwerk]:
    """A Lindwerk whose daemon runs, for all tests of a file: each of them writes in another name."""
    folder = tmp_path_factory.mktemp("lindwerk")
    accounts = {"it": dovecot.new_account(), "people": dovecot.new_account()}
    with SmtpSink(folder / "smtp.jsonl") as sink, without_faults(furnish(folder, accounts, sink)) as lindwerk:
        lindwerk.start(WATCHDOG_USEC="400000")
        yield lindwerk
    for account in accounts.values():
        account.close()


@pytest.fixture
def a_mail() -> Callable[..., EmailMessage]:
    """Makes a mail of Eva, who cannot reach the VPN."""

    def make(subject: str = "VPN is broken", words: str = f"{WORDS}\n", **headers: str) -> EmailMessage:
        mail = EmailMessage()
        fields = {
            "From": f"Eva Lund <{EVA}>",
            "To": "it@lindwerk.example",
            "Date": "Mon, 23 Nov 2026 10:00:00 +0100",
            "Message-ID": f"<{uuid.uuid4().hex}@mail.lindwerk.example>",
        }
        for name, value in (fields | {k.replace("_", "-"): v for k, v in headers.items()}).items():
            mail[name] = value
        if "@lindwerk.example" not in str(mail["From"]):  # what the servers on its way write
            mail["DKIM-Signature"] = "v=1; a=rsa-sha256; d=outside.example; b=" + 36 * f" {'x' * 70}"
        mail["Subject"] = subject
        mail.set_content(words)
        return mail

    return make
