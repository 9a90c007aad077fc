"""A small Lindwerk for the stories: two departments, a real store, a real parser, a clock that tests move."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path

import pytest
import structlog

from daemon import intake
from daemon.office import Office, open_office
from daemon.parsing import ParserPool
from daemon.premises import read_settings
from daemon.store import copies, ledger, messages, outbox, requests, schema
from daemon.store.copies import Arrival
from daemon.store.database import Store

SETTINGS = """
organisation:
  name: Lindwerk
  domains: [lindwerk.example]
  time_zone: Europe/Berlin
  operators: [olga.ops@lindwerk.example]
mailboxes:
  it:
    address: it@lindwerk.example
    department: it
    host: 127.0.0.1
    port: 1143
    security: plain
    user: it
    password_env: NOBODY_LOGS_IN
  people:
    address: people@lindwerk.example
    host: 127.0.0.1
    port: 1143
    security: plain
    user: people
    password_env: NOBODY_LOGS_IN
smtp: {host: 127.0.0.1, port: 1125, security: plain}
calendars:
  office:
    time_zone: Europe/Berlin
    hours:
      mon: ["09:00-17:00"]
      tue: ["09:00-17:00"]
      wed: ["09:00-17:00"]
      thu: ["09:00-17:00"]
      fri: ["09:00-17:00"]
sla_policies:
  standard:
    first_response: {normal: 4h, high: 1h}
    resolution: {normal: 16h, high: 8h}
ladders:
  standard:
    - {clock: first_response, at: 50%, tell: [owner], kind: reminder}
    - {clock: first_response, at: due, tell: [lead], kind: warning}
    - {clock: resolution, at: due, tell: [escalation], kind: escalation}
  triage:
    - {clock: first_response, at: 50%, tell: [owner], kind: reminder}
departments:
  it:
    name: IT
    description: Computers and telephones.
    address: it@lindwerk.example
    members:
      - {name: Jonas Petersen, email: jonas.petersen@lindwerk.example}
      - {name: Aylin Demir, email: aylin.demir@lindwerk.example}
    lead: mara.vogt@lindwerk.example
    escalation: carla.coo@lindwerk.example
    calendar: office
    sla_policy: standard
    ladder: standard
  hr:
    name: People & HR
    description: Contracts and leave.
    address: people@lindwerk.example
    members:
      - {name: Tobias Lang, email: tobias.lang@lindwerk.example}
    lead: claire.fontaine@lindwerk.example
    escalation: carla.coo@lindwerk.example
    calendar: office
    sla_policy: standard
    ladder: standard
triage:
  members: [{name: Anke Wulf, email: anke.wulf@lindwerk.example}]
  lead: anke.wulf@lindwerk.example
  address: people@lindwerk.example
  calendar: office
  sla_policy: standard
  ladder: triage
rules: {folder: rules}
"""

RULES = """
rules:
  - name: network
    when: {words: [vpn, wifi]}
    then: {department: it}
  - name: leave
    when: {words: [holiday, urlaub]}
    then: {department: hr}
"""


@dataclass
class Day:
    """The clock of a test; `at` is UTC."""

    at: dt.datetime = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)  # a Monday, 10:00 in Hamburg

    def __call__(self) -> dt.datetime:
        return self.at

    def goes_on(self, **more: float) -> None:
        self.at += dt.timedelta(**more)


@pytest.fixture(autouse=True)
def _plain_tracebacks() -> Iterator[None]:
    """Rich would show every local value of every frame: seconds for each fault that a story provokes."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
        ]
    )
    yield
    structlog.reset_defaults()


@pytest.fixture
def day() -> Day:
    """A Monday morning that goes on when a test says so."""
    return Day()


@pytest.fixture(scope="session")
def parsers() -> Iterator[ParserPool]:
    """The real child process that reads mail."""
    with ParserPool(wall_seconds=120) as pool:
        yield pool


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database of the newest schema, to be copied: migrations take their time."""
    path = tmp_path_factory.mktemp("migrated") / "postroom.db"
    store = Store(f"sqlite:///{path}")
    schema.upgrade(store)
    store.close()
    return path


@pytest.fixture
def settings_file(tmp_path: Path) -> Path:
    """The settings and rules on disk."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "all.yaml").write_text(RULES)
    path = tmp_path / "postroom.yaml"
    path.write_text(SETTINGS)
    return path


@pytest.fixture
def office(settings_file: Path, parsers: ParserPool, day: Day, migrated: Path) -> Iterator[Office]:
    """An office without a model: what no rule places goes to triage."""
    settings = read_settings(settings_file, {})
    settings.state_dir.mkdir(mode=0o700)
    store = Store(settings.database.url)
    shutil.copy(migrated, str(store.url.database))
    yield open_office(settings_file, settings, store, parsers, clock=day)
    store.close()


@dataclass
class House:
    """Mail in, and what the house made of it."""

    office: Office
    uid: int = 0
    sent_before: set[int] = field(default_factory=set)

    def receives(self, raw: bytes | EmailMessage, mailbox: str = "it", **arrival: object) -> int:
        """One mail comes in by a mailbox and is taken in; how many had their effect."""
        self.uid += 1
        content = raw if isinstance(raw, bytes) else raw.as_bytes(policy=SMTP)
        values: dict[str, object] = {"uidvalidity": 1, "internal_date": self.office.now()}
        one = Arrival(mailbox=mailbox, uid=self.uid, content=content, **(values | arrival))  # type: ignore[arg-type]
        accepted = intake.accept([one], self.office, self.office.now())
        return intake.take_in(accepted, self.office, _nothing, _nothing)

    def sends(self) -> list[tuple[str, str, EmailMessage]]:
        """(kind, recipient, mail) of every mail queued since the last time this was asked."""
        with self.office.store.reading() as connection:
            rows = [
                dict(row._mapping) for row in connection.execute(outbox.outbox.select().order_by(outbox.outbox.c.id))
            ]
        new = [row for row in rows if row["id"] not in self.sent_before]
        self.sent_before |= {row["id"] for row in new}
        return [(row["kind"], row["recipient"], _read(row["raw"])) for row in new]

    def request(self, number: int = 1) -> requests.StoredRequest:
        with self.office.store.reading() as connection:
            found = requests.find(connection, number)
        assert found is not None
        return found

    def requests(self) -> list[requests.StoredRequest]:
        with self.office.store.reading() as connection:
            return requests.listing(connection, statuses=["new", "open", "waiting", "resolved", "closed"])

    def ledger(self, number: int = 1) -> list[tuple[str, str, str | None]]:
        """(actor, what, to) of each line."""
        with self.office.store.reading() as connection:
            return [(e.actor, e.what, e.to_value) for e in ledger.of_request(connection, number)]

    def dispositions(self) -> dict[str, int]:
        with self.office.store.reading() as connection:
            return messages.counts(connection)

    def copies(self) -> dict[str, int]:
        with self.office.store.reading() as connection:
            return copies.counts(connection)

    def runs_with(self, **other: object) -> None:
        self.office = replace(self.office, **other)  # type: ignore[arg-type]

    def sets(self, group: str, **values: object) -> None:
        """Other settings of one group."""
        settings = self.office.settings
        changed = getattr(settings, group).model_copy(update=values)
        self.runs_with(settings=settings.model_copy(update={group: changed}))

    def sets_department(
        self, slug: str, members: Mapping[str, Mapping[str, object]] | None = None, **values: object
    ) -> None:
        """Other settings of a department, and of its members by their address."""
        settings = self.office.settings
        one = settings.departments[slug]
        people = tuple(who.model_copy(update=(members or {}).get(who.email, {})) for who in one.members)
        departments = settings.departments | {slug: one.model_copy(update=values | {"members": people})}
        self.runs_with(settings=settings.model_copy(update={"departments": departments}))


def _nothing() -> None:
    return None


def _read(raw: bytes) -> EmailMessage:
    import email

    mail = email.message_from_bytes(raw, policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


@pytest.fixture
def house(office: Office) -> House:
    """Lindwerk at work."""
    return House(office)


@pytest.fixture
def asked(house: House, a_mail: Callable[..., EmailMessage]) -> tuple[EmailMessage, EmailMessage]:
    """Eva has asked; (her acknowledgement, the owner's notice)."""
    house.receives(a_mail())
    (_, _, acknowledgement), (_, _, notice) = house.sends()
    return acknowledgement, notice


@pytest.fixture
def a_mail() -> Callable[..., EmailMessage]:
    """Makes a mail of Eva, who cannot reach the VPN."""
    count = iter(range(1, 10_000))

    def make(subject: str = "VPN is broken", words: str = "Since this morning.\n", **headers: str) -> EmailMessage:
        mail = EmailMessage()
        fields = {
            "From": "Eva Lund <eva.lund@lindwerk.example>",
            "To": "it@lindwerk.example",
            "Date": "Mon, 23 Nov 2026 10:00:00 +0100",
            "Message-ID": f"<mail.{next(count)}@mail.lindwerk.example>",
        }
        for name, value in (fields | {k.replace("_", "-"): v for k, v in headers.items()}).items():
            if value:
                mail[name] = value
        if "@lindwerk.example" not in str(mail["From"]):  # what the servers on its way write
            mail["DKIM-Signature"] = "v=1; a=rsa-sha256; d=outside.example; b=" + 36 * f" {'x' * 70}"
        mail["Subject"] = subject
        mail.set_content(words)
        return mail

    return make
