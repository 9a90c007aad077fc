"""One trial: a small house with real servers, a load of mail written down before it is delivered, and the oracle.

The trial kills or breaks; then `drain` lets a healthy daemon finish, and `judge` asks the oracle, in a process of
its own, what became of everything.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from functools import partial
from pathlib import Path
from typing import Any

from config.settings import Smtp
from daemon.deliveries import BLIND
from daemon.store.outbox import CLAIM
from tests.integration.conftest import JONAS, ROOT, SQLITE, Lindwerk, furnish, read
from tests.servers.dovecot import Dovecot, ImapAccount
from tests.servers.smtp_sink import Accepted, Answer, SmtpSink

#: The mail server answers the dot so late that a kill can fall between the two (the prototype's figure).
REPLY_DELAY = 0.05

#: Seconds to wait for a daemon on a machine that has other things to do.
PATIENCE = 120.0

#: So long a mail server may take to answer a dot (smtp.final_reply_timeout, as it is).
FINAL_REPLY: dt.timedelta = Smtp.model_fields["final_reply_timeout"].default

#: Words of mails, planted to be looked for in logs.
PLANTED = "The projector hums like seventeen bees"

ADDRESSES = {"it": "it@lindwerk.example", "people": "people@lindwerk.example"}
ROBOT = "robot@lindwerk.example"

#: Where the product may look for what it sent, if the mail server keeps copies.
PROBE = """
probe:
  host: 127.0.0.1
  port: {copies.tls_port}
  ca_file: {copies.ca_file}
  user: {copies.user}
  password_file: imap.password
  folder: Sent
"""


@dataclass
class Load:
    """Writes mail to the house: what people and machines write on a busy morning. Each mail is journalled first."""

    lindwerk: Lindwerk
    journal: Path
    chance: random.Random
    name: str
    written: int = 0
    delivered: int = 0
    _ids: list[str] = field(default_factory=list)
    _replied: set[str] = field(default_factory=set)

    def write(self) -> None:
        """One mail of a kind chosen by chance."""
        kinds = (self._request, self._to_both, self._same_id_again, self._machine, self._follow_up, self._answer)
        self.chance.choices(kinds, (10, 4, 1, 2, 2, 2))[0]()

    def _request(self) -> None:
        mailbox = self.chance.choice(("it", "it", "people"))
        self._deliver(self._mail(self._person(), mailbox), (mailbox,), "request")

    def _to_both(self) -> None:
        self._deliver(self._mail(self._person(), "it", "people"), ("it", "people"), "request")

    def _same_id_again(self) -> None:
        """Outlook's "resend this message" and some programs use one Message-ID for different mails."""
        mail = self._mail(self._person(), "it")
        if self._ids:
            mail.replace_header("Message-ID", self.chance.choice(self._ids))
        self._deliver(mail, ("it",), "request")

    def _machine(self) -> None:
        mail = self._mail(ROBOT, "it")
        mail["Auto-Submitted"] = "auto-replied"
        self._deliver(mail, ("it",), "nothing")

    def _follow_up(self) -> None:
        """A requester answers the acknowledgement."""
        self._reply_to([mail for mail in self.lindwerk.sink.accepted if "person." in mail.recipients[0]])

    def _answer(self) -> None:
        """The owner answers the notice, and the requester shall get it."""
        self._reply_to([mail for mail in self.lindwerk.sink.accepted if mail.recipients[0] == JONAS])

    def _reply_to(self, received: list[Accepted]) -> None:
        open_ones = [mail for mail in received if mail.sha256 not in self._replied]
        if not open_ones:
            self._request()
            return
        taken = self.chance.choice(open_ones)
        self._replied.add(taken.sha256)
        ours = read(taken)
        mail = self._mail(taken.recipients[0], "it")
        mail.replace_header("Subject", f"Re: {ours['Subject']}")
        mail["In-Reply-To"] = mail["References"] = ours["Message-ID"]
        self._deliver(mail, ("it",), "part")

    def _person(self) -> str:
        return f"person.{self.name}.{self.written}@lindwerk.example"

    def _mail(self, sender: str, *to: str) -> EmailMessage:
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = ", ".join(ADDRESSES[name] for name in to)
        mail["Date"] = "Mon, 23 Nov 2026 10:00:00 +0100"
        mail["Message-ID"] = f"<{uuid.UUID(int=self.chance.getrandbits(128)).hex}@mail.lindwerk.example>"
        mail["Subject"] = self.chance.choice(("VPN is broken", "My holiday", "Somebody parks on my place"))
        mail.set_content(f"{PLANTED}: {self.chance.getrandbits(64):x}.\n")
        return mail

    def _deliver(self, mail: EmailMessage, mailboxes: tuple[str, ...], makes: str) -> None:
        content = mail.as_bytes(policy=SMTP)
        copies = {name: b"Delivered-To: %s\r\n" % name.encode() + content for name in mailboxes}
        line = {
            "copies": {name: hashlib.sha256(raw).hexdigest() for name, raw in copies.items()},
            "makes": makes,
            "sender": mail["From"],
            "answered": makes == "request",
        }
        with self.journal.open("a") as journal:
            journal.write(json.dumps(line) + "\n")
        for name, raw in copies.items():
            self.lindwerk.accounts[name].maildir.deliver(raw)
            self.delivered += 1
        self.written += 1
        if makes == "request":
            self._ids.append(mail["Message-ID"])


@dataclass
class Trial:
    """A house under load, its journals, and the way to a verdict."""

    lindwerk: Lindwerk
    load: Load
    copies: ImapAccount | None = None
    """In whose Sent folder the mail server keeps what it accepts; None if it keeps nothing."""
    start_takes: float = 1.0
    """Seconds from the start of the daemon to its readiness, the last time it was measured."""

    @property
    def folder(self) -> Path:
        """Where everything of this trial lies."""
        return self.lindwerk.folder

    def drain(self, seconds: float = 240.0) -> None:
        """A healthy daemon does what is left, and then one for which the blind time is over.

        On PostgreSQL, which several may share, what a dead daemon has claimed is its own for two minutes, and what was
        at its dot for as long as an answer may take besides: the clock of the healthy one is ahead so far.
        """
        claimed = 0.0 if self.lindwerk.database == SQLITE else (FINAL_REPLY + CLAIM).total_seconds() + 60
        self._work_through(_ahead(claimed), ("queued", "sending"), seconds)
        for _ in range(3):  # a rung may fall due in the second in which the daemon is stopped
            self._work_through(
                _ahead(claimed + BLIND.total_seconds() + 60), ("queued", "sending", "uncertain"), seconds
            )
            if not self._left(("queued", "sending", "uncertain")):
                break

    def _work_through(self, environment: dict[str, str], until_none_is: tuple[str, ...], seconds: float) -> None:
        daemon = self.lindwerk.start(ready=False, **environment)
        daemon.hears("READY=1", seconds)
        self._wait_for_no_more(until_none_is, seconds)
        assert daemon.stop(seconds=seconds) == 0

    def _wait_for_no_more(self, of_outbox: tuple[str, ...], seconds: float) -> None:
        end = time.monotonic() + seconds
        while left := self._left(of_outbox):
            assert time.monotonic() < end, f"{left} things are not done after {seconds:g} s; see {self.folder}"
            time.sleep(0.2)  # a look costs the database as much as a mail does

    def _left(self, of_outbox: tuple[str, ...]) -> int:
        """How many mails are unseen or not marked, and how many of the outbox are in these states."""
        counts = self.lindwerk.counts()
        copies, outbox = counts["copies"], counts["outbox"]
        unseen = self.load.delivered - sum(copies.values())
        return unseen + sum(copies.get(s, 0) for s in ("stored", "done")) + sum(outbox.get(s, 0) for s in of_outbox)

    def judge(self) -> dict[str, Any]:
        """The oracle's figures; its sentences are under "violations"."""
        lindwerk = self.lindwerk
        logs = [str(path) for daemon in lindwerk.daemons for path in (daemon.log, daemon.log.with_suffix(".err"))]
        case = {
            "injected": str(self.load.journal),
            "sent": str(lindwerk.sink.journal),
            "mailboxes": {name: str(account.maildir.path) for name, account in lindwerk.accounts.items()},
            "database": lindwerk.database.replace("{state_dir}", str(self.folder / "state")),
            "logs": [*logs, str(self.folder / "state" / "status.json")],
            "planted": [PLANTED, lindwerk.accounts["it"].password],
            "never": ["", ROBOT, *ADDRESSES.values()],
        }
        if self.copies is not None:
            case["kept"] = str(self.copies.maildir.path)
        (self.folder / "case.json").write_text(json.dumps(case))
        command = [sys.executable, "-m", "tests.oracle", str(self.folder)]
        said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert said.stdout, said.stderr
        *violations, figures = said.stdout.splitlines()
        faults = [fault for daemon in lindwerk.daemons for fault in daemon.faults()]
        counts: dict[str, Any] = json.loads(figures)
        return counts | {"violations": violations, "tracebacks": faults}


def _ahead(seconds: float) -> dict[str, str]:
    """The environment of a daemon whose clock goes so far ahead."""
    return {"POSTROOM_TEST": "1", "POSTROOM_CLOCK_AHEAD": str(seconds)} if seconds else {}


@contextmanager
def a_trial(
    folder: Path,
    dovecot: Dovecot,
    chance: random.Random,
    name: str,
    attempts: int,
    database: str = SQLITE,
    *,
    keeps_copies: bool = False,
) -> Iterator[Trial]:
    """A house in `folder` with its mailboxes on this server; whatever still runs at the end is ended.

    `attempts`: after so many deaths over one mail it is set aside as their cause (limits.attempts). `database`: its
    URL, an empty one. `keeps_copies`: the mail server keeps a copy of what it accepts where the product can see it.
    """
    folder.mkdir(parents=True)
    accounts = {"it": dovecot.new_account(), "people": dovecot.new_account()}
    copies = dovecot.new_account() if keeps_copies else None
    keep = partial(copies.maildir.deliver, folder="Sent") if copies else None
    with SmtpSink(folder / "smtp.jsonl", keeps_copy=keep) as sink:
        sink.script("dot", Answer(delay=REPLY_DELAY), always=True)
        lindwerk = furnish(folder, accounts, sink, database)
        lindwerk.replaces("acknowledgement: {", f"limits: {{attempts: {attempts}}}\nacknowledgement: {{")
        if copies is not None:
            with copies.connect() as client:
                client.select_folder("Sent")  # the server makes it: not at the moment when we deliver into it
            with lindwerk.path.open("a") as settings:
                settings.write(PROBE.format(copies=copies))
        journal = folder / "injected.jsonl"
        journal.touch()
        try:
            yield Trial(lindwerk, Load(lindwerk, journal, chance, name), copies)
        finally:
            lindwerk.ends()
            for account in (*accounts.values(), *([copies] if copies else [])):
                account.close()
