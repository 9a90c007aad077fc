"""The office: settings, rules, model, people, templates, store and clock, put together once and passed on.

A value, not a place of work: stories take it as an argument. A reload makes a new one beside the old
and replaces it only if everything in it loads.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from classifier import registry
from classifier.examination import threshold
from classifier.predict import Model
from config.settings import Department, Settings, Triage
from daemon import keys as signing
from daemon.calendars import read_absences, read_calendars, read_rotas
from daemon.customer_file import CustomersRefused, read_customers
from daemon.desk.business_time import BusinessCalendar
from daemon.desk.ics import CalendarFileRefused, ClosedDays
from daemon.desk.notices import Stationery, TemplatesRefused
from daemon.desk.ownership import Turn
from daemon.desk.request import TRIAGE
from daemon.desk.rota import Rota
from daemon.desk.urgency import Customers
from daemon.mailbox.connection import Access, MailboxDown
from daemon.outbox.smtp import ChannelDown, SmtpAccess
from daemon.parsing import ParserPool
from daemon.people import PeopleRefused, Person, known_people
from daemon.premises import OfficeClosed, read_settings, secret_of, utc_now
from daemon.stationery import load_stationery
from daemon.store import installation, outbox
from daemon.store.database import Store
from daemon.vocabulary import offers_to_rules
from rules.mistakes import RuleFileError
from rules.rule import Offers, RuleSet
from rules.rule_file import load_folder


@dataclass(frozen=True, slots=True)
class Office:
    """Everything a story needs.

    `clock` gives aware UTC instants. `watched`: every address and alias of our mailboxes; `staff`: every
    member of a department; both lower case. `troubles` are sentences for the status. `quiet_before` (UTC): what came
    before it may have been answered by a database that was lost since; its mails go into the state `quiet_as`.
    `withholds`: no mail that is written in this office leaves. `absences`: days away that stand in iCalendar files,
    by lower-case address; `rotas`: by department. `floor`: the model broke its promise, and acts
    alone only from there on.
    """

    path: Path
    settings: Settings
    store: Store
    keys: signing.Keys
    parsers: ParserPool
    stationery: Stationery
    calendars: Mapping[str, BusinessCalendar]
    people: Mapping[str, Person]
    rules: RuleSet | None
    model: Model | None
    clock: Callable[[], dt.datetime]
    watched: frozenset[str]
    staff: tuple[str, ...]
    troubles: tuple[str, ...] = field(default=())
    quiet_before: dt.datetime | None = None
    quiet_as: str = outbox.HELD
    withholds: outbox.Withheld | None = None
    absences: Mapping[str, tuple[ClosedDays, ...]] = field(default_factory=dict)
    rotas: Mapping[str, Rota] = field(default_factory=dict)
    floor: registry.Floor | None = None
    customers: Customers = field(default_factory=Customers)

    def as_of(self, instant: dt.datetime) -> Office:
        """The office that deals with something of this instant (UTC): it withholds what may have been said before."""
        if self.quiet_before is None or instant >= self.quiet_before:
            return self
        when = f"{self.quiet_before:%d %b %H:%M} UTC"
        why = f"not sent: the database was restored or rebuilt at {when}, and this may have been told before"
        return replace(self, withholds=outbox.Withheld(self.quiet_as, why))

    def now(self) -> dt.datetime:
        """This instant, in UTC."""
        return self.clock()

    def seconds_until(self, at: dt.datetime | None, longest: float) -> float:
        """How long a worker may sleep whose next work is due then (UTC; None: none is): `longest` at most."""
        return longest if at is None else max(0.05, min(longest, (at - self.now()).total_seconds()))

    @property
    def rules_version(self) -> str | None:
        """Version of the rules in force."""
        return self.rules.version if self.rules else None

    @property
    def model_version(self) -> str | None:
        """Version of the model in service."""
        return self.model.version if self.model else None

    @property
    def confidential(self) -> frozenset[str]:
        """The departments whose every request is confidential."""
        return frozenset(slug for slug, one in self.settings.departments.items() if one.confidential)

    @property
    def acts_alone_from(self) -> float | None:
        """The least confidence from which the model names some department alone; None if it never may."""
        departments = self.model.departments if self.model else ()
        found = [one for name in departments if (one := self.names_alone_from(name)) is not None]
        return min(found, default=None)

    def names_alone_from(self, department: str) -> float | None:
        """The confidence from which the model names this department alone; None if it never may."""
        return threshold(self.model, self.settings.routing.promise, self.floor, department) if self.model else None

    def desk(self, department: str | None) -> Department | Triage:
        """The department with this slug; triage for None or for one that is no longer in the settings."""
        return self.settings.departments.get(department or TRIAGE, self.settings.triage)

    def calendar(self, department: str | None) -> BusinessCalendar:
        """The business calendar by which the clocks of this department run."""
        return self.calendars[self.desk(department).calendar]

    def turn(self, department: str | None, on: dt.date) -> Turn | None:
        """Whose turn it is in this department on this day of its calendar; None where nobody is named."""
        desk = self.settings.departments.get(department or TRIAGE)
        if desk is None or desk.strategy not in ("rota", "fixed"):
            return None
        if desk.strategy == "fixed" and desk.fixed_owner:
            return Turn(desk.fixed_owner.lower(), "every request here goes to {}")
        rota = self.rotas.get(department or TRIAGE)
        address = rota.on(on) if rota else None
        return Turn(address, "the rota names {}") if address else None

    def is_away(self, address: str, on: dt.date) -> bool:
        """Whether the settings, or a calendar file that they name, say that this person is away on this day."""
        if any(on in days.of_year(on.year) for days in self.absences.get(address.lower(), ())):
            return True
        return self.settings.is_absent(address, on)

    def person(self, email: str) -> Person:
        """What is known of this address: the people file first, then the members of departments."""
        if (known := self.people.get(email.lower())) is not None:
            return known
        if (member := self.settings.person(email)) is not None:
            return Person(member.email, member.name, member.time_zone or "")
        return Person(email)


def open_office(
    path: Path,
    settings: Settings,
    store: Store,
    parsers: ParserPool,
    *,
    clock: Callable[[], dt.datetime] = utc_now,
    strict: bool = False,
) -> Office:
    """Put an office together, or raise OfficeClosed.

    A model that is refused stops nothing (rules and triage go on and `troubles` says so), unless
    `strict`, as at a reload, where the model in use is better than none.
    """
    troubles: list[str] = []
    try:
        model = _model(settings)
        floor = registry.floor(settings.classifier.folder, model.version) if model else None
    except registry.ModelRefused as error:
        if strict:
            raise OfficeClosed(str(error)) from error
        model = floor = None
        troubles.append(f"No model is in service, rules and triage do all the routing: {error}")
    try:
        calendars, people = read_calendars(settings, clock()), known_people(settings)
        return Office(
            path=path,
            settings=settings,
            store=store,
            keys=signing.load_or_create(settings.state_dir),
            parsers=parsers,
            stationery=load_stationery(settings.templates.folder),
            calendars=calendars,
            people=people,
            rules=_rules(settings, offers_to_rules(settings, calendars, people)),
            model=model,
            clock=clock,
            watched=settings.watched_addresses(),
            staff=_staff(settings),
            troubles=tuple(troubles),
            absences=read_absences(settings),
            rotas=read_rotas(settings),
            floor=floor,
            customers=read_customers(settings.customers.file) if settings.customers.file else Customers(),
        )
    except (
        CustomersRefused,
        RuleFileError,
        signing.KeysRefused,
        TemplatesRefused,
        CalendarFileRefused,
        PeopleRefused,
    ) as error:
        raise OfficeClosed(str(error)) from error


def move_in(office: Office) -> Office:
    """Give a new database this installation's keys to live with; OfficeClosed if it has lived with others.

    Which mail is which is known by these keys: with others, mails that were answered would be answered again.
    The office that comes back knows what the database has lived through, a restore above all.
    """
    with office.store.writing() as database:
        known = installation.find(database)
        if known is None:
            installation.adopt(database, office.keys.fingerprint, office.now())
            return office
    require_same_keys(office, known.keys_fingerprint)
    return replace(office, quiet_before=known.quiet_before, quiet_as=known.quiet_as or outbox.HELD)


def require_same_keys(office: Office, known: str | None) -> None:
    """OfficeClosed if the database, which knows this fingerprint, has lived with other keys than these."""
    if known is not None and known != office.keys.fingerprint:
        raise OfficeClosed(
            f"The database {office.store.url.render_as_string(hide_password=True)} belongs to other keys than "
            f"{office.settings.state_dir / signing.FILE}; put the key file back that was in use with it (from the "
            "backup of its state directory), or name another database. If that file is lost for good, "
            "`postroom db adopt-keys` lets the database live on with the new one."
        )


def reopen(office: Office) -> Office:
    """A new office from the same files, beside the old one; OfficeClosed with every mistake if they do not load.

    The state directory and the database stay what they were: they change with a restart.
    """
    settings = read_settings(office.path)
    fixed = settings.model_copy(update={"state_dir": office.settings.state_dir, "database": office.settings.database})
    new = open_office(office.path, fixed, office.store, office.parsers, clock=office.clock, strict=True)
    return replace(new, quiet_before=office.quiet_before, quiet_as=office.quiet_as)


def with_candidate(office: Office, rules_folder: Path | None, model_version: str | None) -> Office:
    """The same office with candidate rules, a stored model, or both, in place of its own. Raises OfficeClosed."""
    settings, rules, model = office.settings, office.rules, office.model
    try:
        if rules_folder is not None:
            rules = load_rules(rules_folder, settings)
        if model_version is not None:
            root = settings.classifier.folder
            model = load_model(registry.stored(root, model_version), settings)
    except (RuleFileError, registry.ModelRefused) as error:
        raise OfficeClosed(str(error)) from error
    floor = office.floor if model is office.model else None
    return replace(office, rules=rules, model=model, floor=floor)


def _staff(settings: Settings) -> tuple[str, ...]:
    members = [member.email for department in settings.departments.values() for member in department.members]
    return tuple(dict.fromkeys(members))


def load_rules(folder: Path, settings: Settings) -> RuleSet:
    """The rules in a folder, read as the daemon would read them. Raises RuleFileError with every mistake."""
    return load_folder(folder, offers_to_rules(settings, read_calendars(settings, utc_now()), known_people(settings)))


def _rules(settings: Settings, offers: Offers) -> RuleSet | None:
    return load_folder(settings.rules.folder, offers) if settings.rules.folder else None


def _model(settings: Settings) -> Model | None:
    """The champion, or None where the classifier is off or nothing was trained yet."""
    if not settings.classifier.enabled:
        return None
    champion = registry.champion(settings.classifier.folder)
    return None if champion is None else load_model(champion, settings)


def load_model(folder: Path, settings: Settings) -> Model:
    """The stored model in this folder, if it fits the departments of the settings. Raises ModelRefused."""
    model = Model.load(folder)
    unknown = sorted(set(model.departments) - set(settings.departments))
    if unknown:
        raise registry.ModelRefused(
            f"The model {model.version} knows departments that the settings do not ({', '.join(unknown)}); "
            "train a new one with `postroom train`, or bring the department back."
        )
    return model


def imap_access(office: Office, name: str) -> Access:
    """How to reach the mailbox called `name`, its password read afresh. MailboxDown if the secret cannot be read."""
    return access_of(office.settings, office.path, name)


def access_of(settings: Settings, path: Path, name: str) -> Access:
    """The same for whoever has no office, only the settings and their file. Raises MailboxDown."""
    mailbox = settings.mailboxes[name]
    try:
        password = secret_of(mailbox, path, os.environ)
    except OfficeClosed as error:
        raise MailboxDown(f"{name}: {error}") from error
    return Access(
        name=name,
        host=mailbox.host,
        port=mailbox.service_port,
        security=mailbox.security,
        user=mailbox.user,
        password=password,
        folder=mailbox.folder,
        ca_file=mailbox.ca_file,
    )


def probe_access(office: Office) -> Access | None:
    """How to reach the folder with our own copies; None without one. MailboxDown if its secret cannot be read."""
    probe = office.settings.probe
    if probe is None:
        return None
    try:
        password = secret_of(probe, office.path, os.environ)
    except OfficeClosed as error:
        raise MailboxDown(f"probe: {error}") from error
    return Access(
        name="probe",
        host=probe.host,
        port=probe.service_port,
        security=probe.security,
        user=probe.user,
        password=password,
        folder=probe.folder,
        ca_file=probe.ca_file,
    )


def smtp_access(office: Office) -> SmtpAccess:
    """How to reach the mail server, its password read afresh. ChannelDown if the secret cannot be read."""
    smtp = office.settings.smtp
    try:
        password = secret_of(smtp, office.path, os.environ) if smtp.user else None
    except OfficeClosed as error:
        raise ChannelDown(str(error)) from error
    return SmtpAccess(
        host=smtp.host,
        port=smtp.service_port,
        security=smtp.security,
        user=smtp.user,
        password=password,
        timeout=smtp.timeout.total_seconds(),
        final_reply_timeout=smtp.final_reply_timeout.total_seconds(),
        greet_as=office.settings.organisation.id_domain,
        ca_file=smtp.ca_file,
    )
