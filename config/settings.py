"""Settings: every option an operator can set, with its type, its default and its documentation.

Values only: nothing here reads a file, a socket or the clock. What must hold between options of different
groups stands in `config.checks`, which `config.load` asks; `config.describe` prints the annotated example.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    Strict,
    ValidationInfo,
    field_validator,
    model_validator,
)

from config.values import (
    WEEKDAYS,
    DateRange,
    Interval,
    RungTime,
    is_loopback,
    parse_address,
    parse_business_duration,
    parse_bytes,
    parse_database_url,
    parse_date_range,
    parse_day,
    parse_domain,
    parse_duration,
    parse_envelope_sender,
    parse_host,
    parse_interval,
    parse_line,
    parse_path,
    parse_placed_path,
    parse_rung_time,
    parse_slug,
    parse_time_zone,
    parse_variable,
    parse_weekday,
    refuse_beyond,
    refuse_empty,
    refuse_no_time,
    refuse_overlap,
    refuse_unknown_country,
    refuse_unknown_language,
    refuse_unknown_region,
    under_base,
)

__all__ = [
    "ENVIRONMENT",
    "IMPACTS",
    "PRIORITIES",
    "URGENCIES",
    "Acknowledgement",
    "Calendar",
    "Ceilings",
    "Classifier",
    "Clock",
    "Customers",
    "Database",
    "DateRange",
    "Department",
    "GroupTargets",
    "Holidays",
    "Honesty",
    "Impact",
    "Interval",
    "Lifecycle",
    "Limits",
    "Log",
    "Mailbox",
    "Member",
    "Organisation",
    "People",
    "Priorities",
    "Priority",
    "Probe",
    "Replay",
    "Reports",
    "Rota",
    "Routing",
    "Rules",
    "Rung",
    "RungKind",
    "RungMails",
    "RungTime",
    "Section",
    "Security",
    "Settings",
    "SlaPolicy",
    "Smtp",
    "Strategy",
    "Tell",
    "Templates",
    "Triage",
    "Urgency",
]

Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: Final[tuple[Priority, ...]] = ("low", "normal", "high", "urgent")
Impact = Literal["person", "team", "organisation"]
IMPACTS: Final[tuple[Impact, ...]] = ("person", "team", "organisation")
Urgency = Literal["low", "normal", "high"]
URGENCIES: Final[tuple[Urgency, ...]] = ("low", "normal", "high")
Security = Literal["tls", "starttls", "plain"]
Clock = Literal["first_response", "next_response", "update", "resolution"]
Tell = Literal["owner", "deputy", "lead", "next_lead", "escalation"]
Strategy = Literal["least_loaded", "round_robin", "rota", "fixed"]
RungKind = Literal["reminder", "warning", "escalation"]

Line = Annotated[str, PlainValidator(parse_line)]
Slug = Annotated[str, PlainValidator(parse_slug)]
EmailAddress = Annotated[str, PlainValidator(parse_address)]
Domain = Annotated[str, PlainValidator(parse_domain)]
Host = Annotated[str, PlainValidator(parse_host)]
TimeZone = Annotated[str, PlainValidator(parse_time_zone)]
FilePath = Annotated[Path, PlainValidator(parse_placed_path)]
Duration = Annotated[timedelta, PlainValidator(parse_duration)]
Target = Annotated[timedelta, PlainValidator(parse_business_duration), AfterValidator(refuse_no_time)]
Day = Annotated[date, PlainValidator(parse_day)]
Days = Annotated[DateRange, PlainValidator(parse_date_range)]
Weekday = Annotated[int, PlainValidator(parse_weekday)]
Hours = Annotated[Interval, PlainValidator(parse_interval)]
Bytes = Annotated[int, PlainValidator(parse_bytes)]
# Strict, as YAML 1.2 tells numbers, truth and text apart: `port: true` and `enabled: "no"` are slips.
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Truth = Annotated[bool, Strict()]


def up_to(*, days: int = 0, hours: int = 0, minutes: int = 0) -> AfterValidator:
    """Return the check that a duration is longer than nothing and at most so long."""
    most = timedelta(days=days, hours=hours, minutes=minutes)
    return AfterValidator(lambda duration: refuse_beyond(duration, most))


NOT_EMPTY = AfterValidator(refuse_empty)
Port = Annotated[Whole, Field(ge=1, le=65535)]

ENVIRONMENT: Final[dict[str, tuple[str, str]]] = {
    "POSTROOM_DATABASE_URL": ("database.url", "for a test or a migration against another database"),
    "POSTROOM_STATE_DIR": ("state_dir", "for a run beside the one in service"),
    "POSTROOM_LOG_LEVEL": ("log.level", "for a closer look without an edit"),
}
"""The only environment variables that replace a setting: name -> (dotted setting, what it is good for)."""


def _plain_only_on_loopback(security: Security, info: ValidationInfo) -> Security:
    host = info.data.get("host")
    if security == "plain" and host is not None and not is_loopback(host):
        raise ValueError(f"plain would send the password readably to {host}; use tls or starttls")
    return security


SafeSecurity = Annotated[Security, AfterValidator(_plain_only_on_loopback)]
"""How a connection to the `host` above it is secured."""


class Section(BaseModel):
    """A group of options; a group whose options are all commented out has its defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _an_empty_group_has_its_defaults(cls, written: Any) -> Any:
        return {} if written is None else written


class Organisation(Section):
    """Whose requests these are."""

    name: Line = Field(description="The name of the organisation, as requesters read it in every mail.")
    domains: Annotated[tuple[Domain, ...], NOT_EMPTY] = Field(
        description="The mail domains of the organisation, the main one first. A sender of any other domain "
        "is external: by default no acknowledgement is sent to it. Subdomains are listed one by one.",
    )
    mail_domain: Domain | None = Field(
        default=None,
        examples=["postroom.lindwerk.example"],
        description="The right side of the Message-IDs that Postroom makes. Replies are recognised by it: "
        "do not change it while requests are open. Without it the first of the domains is used.",
    )
    time_zone: TimeZone = Field(
        description="The IANA time zone in which times are told to a person of whom no other zone is known."
    )
    operators: Annotated[tuple[EmailAddress, ...], NOT_EMPTY] = Field(
        description="Who gets a mail when a mailbox has been down for a quarter of an hour, a mail is quarantined or "
        "an important mail of ours is refused. Personal addresses, never a watched one.",
    )

    @property
    def id_domain(self) -> str:
        """The right side of our Message-IDs."""
        return self.mail_domain or self.domains[0]

    def is_internal(self, address: str) -> bool:
        """Say whether an e-mail address belongs to one of the domains (a subdomain does not)."""
        domain = address.rpartition("@")[2]
        return domain.isascii() and domain.lower() in self.domains  # U+212A in lower case is a k


PasswordFile = Annotated[
    # Not a FilePath: the folder that a relative one starts at is chosen when it is read.
    Annotated[Path, PlainValidator(parse_path)] | None,
    Field(
        examples=["postroom.password"],
        description="A file that holds nothing but the password and can be read by its owner only (mode "
        "0600). A relative path starts at $CREDENTIALS_DIRECTORY (systemd: LoadCredential=) or, without it, "
        "at the folder of this file. It is read at every login, so a new password needs no restart.",
    ),
]
PasswordEnv = Annotated[
    Annotated[str, PlainValidator(parse_variable)] | None,
    Field(
        examples=["LINDWERK_PASSWORD"],
        description="Instead of password_file: the name of an environment variable that holds the password. "
        "Other processes of the same user can read it, so a file is the better place.",
    ),
]


def _at_most_one_password(variable: str | None, info: ValidationInfo) -> str | None:
    if variable is not None and info.data.get("password_file") is not None:
        raise ValueError("stands beside password_file; keep one of them")
    return variable


def _exactly_one_password(variable: str | None, info: ValidationInfo) -> str | None:
    if variable is None and "password_file" in info.data and info.data["password_file"] is None:
        raise ValueError("wants a password to log in with; set password_file or password_env")
    return _at_most_one_password(variable, info)


class Database(Section):
    """Where everything is kept."""

    url: Annotated[str, PlainValidator(parse_database_url)] = Field(
        default="sqlite:///{state_dir}/postroom.db",
        description="SQLite in one file, or PostgreSQL: postgresql+psycopg://postroom@db.lindwerk.example/postroom. "
        "One daemon works with a database. {state_dir} stands for the setting of that name. A password in the "
        "URL is refused.",
    )
    password_file: PasswordFile = None
    password_env: PasswordEnv = None

    _one_password = field_validator("password_env")(_at_most_one_password)


class Mailbox(Section):
    """One watched IMAP folder."""

    address: EmailAddress = Field(description="The shared address whose mail lies in this mailbox.")
    aliases: tuple[EmailAddress, ...] = Field(
        default=(),
        examples=[["service@lindwerk.example"]],
        description="Other addresses whose mail is delivered to the same mailbox.",
    )
    plus_addresses: Truth = Field(
        default=False,
        description="true where the mail server delivers it+anything@ like it@ (RFC 5233): mails from this address "
        "then ask for answers to such an address, which say what they answer even if a mail program or a relay "
        "loses the references.",
    )
    department: Slug | None = Field(
        default=None,
        examples=["it"],
        description="The department that most mail here is meant for. It is a hint for routing and the home "
        "of mail that cannot be read. Without it the mailbox takes requests for anybody.",
    )
    host: Host = Field(description="The IMAP server.")
    port: Port | None = Field(
        default=None,
        examples=[993],
        description="The port of the IMAP server. Without it 993 for tls, 143 for starttls and plain.",
    )
    security: SafeSecurity = Field(
        default="tls",
        description="tls encrypts from the first byte; starttls begins in clear and refuses to log in when "
        "the server does not offer encryption; plain sends the password readably and is allowed only for a "
        "server on this machine.",
    )
    ca_file: FilePath | None = Field(
        default=None,
        examples=["lindwerk-ca.pem"],
        description="The certificates (PEM) that may sign the server's. Without it those of the system.",
    )
    user: Line = Field(description="The name to log in with, often the address.")
    password_file: PasswordFile = None
    password_env: PasswordEnv = None
    folder: Line = Field(
        default="INBOX",
        description="The folder that is watched. Every mail in it becomes a request or is accounted for.",
    )
    after: Literal["keyword", "move"] = Field(
        default="keyword",
        description="What happens to a mail that has been taken in: keyword leaves it where it is and sets "
        "a keyword that mail programs can show; move puts it into done_folder. Nothing is ever deleted.",
    )
    done_folder: Line = Field(
        default="Done",
        description="The folder to which `after: move` moves; it is made when it does not exist.",
    )
    poll: Annotated[Duration, up_to(hours=1)] = Field(
        default=timedelta(seconds=60),
        description="How often the folder is looked at even when the server announces nothing: the longest "
        "time that a mail waits for its acknowledgement when IDLE fails silently.",
    )
    idle_renew: Annotated[Duration, up_to(minutes=29)] = Field(
        default=timedelta(minutes=9),
        description="How often IDLE is begun anew. RFC 2177 wants less than 29m; many firewalls forget a "
        "quiet connection after 10m.",
    )

    _one_password = field_validator("password_env")(_exactly_one_password)

    @field_validator("done_folder")
    @classmethod
    def _moves_somewhere_else(cls, done_folder: str, info: ValidationInfo) -> str:
        if info.data.get("after") == "move" and info.data.get("folder") == done_folder:
            raise ValueError(f"wants another folder than the watched one; {done_folder!r} is both")
        return done_folder

    @property
    def service_port(self) -> int:
        """The port to connect to (RFC 8314: 993 for implicit TLS; RFC 9051: 143)."""
        return self.port or (993 if self.security == "tls" else 143)

    @property
    def addresses(self) -> tuple[str, ...]:
        """The address and its aliases, lower case."""
        return (self.address, *self.aliases)


class Smtp(Section):
    """The server that takes our mail."""

    host: Host = Field(description="The submission server that takes all outgoing mail.")
    port: Port | None = Field(
        default=None,
        examples=[465],
        description="The port of the SMTP server. Without it 465 for tls, 587 for starttls, 25 for plain.",
    )
    security: SafeSecurity = Field(
        default="tls",
        description="tls encrypts from the first byte; starttls begins in clear and refuses to send when "
        "the server does not offer encryption; plain is allowed only for a server on this machine.",
    )
    ca_file: FilePath | None = Field(
        default=None,
        examples=["lindwerk-ca.pem"],
        description="The certificates (PEM) that may sign the server's. Without it those of the system.",
    )
    user: Line | None = Field(
        default=None,
        examples=["postroom@lindwerk.example"],
        description="The name to log in with. Without it Postroom does not log in.",
    )
    password_file: PasswordFile = None
    password_env: PasswordEnv = None
    connections: Whole = Field(
        default=2,
        ge=1,
        le=10,
        description="How many connections are used at once. More sends a burst faster, but servers count connections.",
    )
    timeout: Annotated[Duration, up_to(minutes=10)] = Field(
        default=timedelta(seconds=30),
        description="How long to wait for the server at every step but the last; then the mail is tried again later.",
    )
    final_reply_timeout: Annotated[Duration, up_to(hours=1)] = Field(
        default=timedelta(minutes=10),
        description="How long to wait for the answer after the whole mail was sent. RFC 5321 section "
        "4.5.3.2.6 wants at least 10m: with less, a mail that the server took is taken for lost and may be "
        "sent twice.",
    )
    envelope_sender: Annotated[str, PlainValidator(parse_envelope_sender)] | None = Field(
        default=None,
        examples=["bounces@lindwerk.example"],
        description="The address to which bounces go, or <> for none. Without it the department's own "
        "address, so that a bounce is filed with its request.",
    )

    @field_validator("password_env")
    @classmethod
    def _one_password_for_a_user(cls, variable: str | None, info: ValidationInfo) -> str | None:
        if "user" in info.data and "password_file" in info.data:
            held = bool(variable or info.data["password_file"])
            if info.data["user"] and not held:
                raise ValueError("wants a password to log in with; set password_file or password_env")
            if held and not info.data["user"]:
                raise ValueError("wants a user to log in with; set user, or take the password away")
        return _at_most_one_password(variable, info)

    @property
    def service_port(self) -> int:
        """The port to connect to (RFC 8314: 465 for implicit TLS; RFC 6409: 587; RFC 5321: 25)."""
        return self.port or {"tls": 465, "starttls": 587, "plain": 25}[self.security]


class Probe(Section):
    """The folder in which a copy of every mail of ours appears, however it got there."""

    host: Host = Field(description="The IMAP server of the account.")
    port: Port | None = Field(
        default=None,
        examples=[993],
        description="The port of the IMAP server. Without it 993 for tls, 143 for starttls and plain.",
    )
    security: SafeSecurity = Field(
        default="tls", description="tls, starttls or plain (only for a server on this machine), as for a mailbox."
    )
    ca_file: FilePath | None = Field(
        default=None,
        examples=["lindwerk-ca.pem"],
        description="The certificates (PEM) that may sign the server's. Without it those of the system.",
    )
    user: Line = Field(description="The name to log in with: the account that sends, or one that gets copies.")
    password_file: PasswordFile = None
    password_env: PasswordEnv = None
    folder: Line = Field(default="Sent", description="The folder with the copies. Nothing in it is ever changed.")

    _one_password = field_validator("password_env")(_exactly_one_password)

    @property
    def service_port(self) -> int:
        """The port to connect to (RFC 8314: 993 for implicit TLS; RFC 9051: 143)."""
        return self.port or (993 if self.security == "tls" else 143)


class Holidays(Section):
    """Public holidays, on which a calendar is closed."""

    country: Line = Field(description="The country, in two capital letters (ISO 3166), such as DE, FR or ES.")
    region: Line | None = Field(
        default=None,
        examples=["HH"],
        description="The region with holidays of its own, such as HH (Hamburg), 69M or AN. Without it those "
        "of the whole country.",
    )
    language: Line | None = Field(
        default=None,
        examples=["en_US"],
        description="The language of the holidays' names, such as de, fr or en_US. Without it the country's own.",
    )

    @field_validator("country")
    @classmethod
    def _known_country(cls, country: str) -> str:
        refuse_unknown_country(country)
        return country

    @field_validator("region")
    @classmethod
    def _known_region(cls, region: str | None, info: ValidationInfo) -> str | None:
        if region is not None and "country" in info.data:
            refuse_unknown_region(info.data["country"], region)
        return region

    @field_validator("language")
    @classmethod
    def _known_language(cls, language: str | None, info: ValidationInfo) -> str | None:
        if language is not None and "country" in info.data:
            refuse_unknown_language(info.data["country"], language)
        return language


class Calendar(Section):
    """When somebody works: business time is counted in it."""

    time_zone: TimeZone = Field(
        description="The IANA time zone of the opening hours; changes of the clock are respected."
    )
    hours: dict[Weekday, tuple[Hours, ...]] = Field(
        description="The opening hours of each weekday, mon to sun; a weekday without hours is closed. "
        "22:00-06:00 ends on the next day, 24:00 is midnight at the end of the day. Clocks of a request run "
        "only while it is open."
    )
    holidays: Holidays | None = Field(default=None, description="Public holidays, on which it is closed all day.")
    closed: tuple[Day, ...] = Field(
        default=(),
        examples=[["2026-12-28", "2026-12-29"]],
        description="Other days on which it is closed all day.",
    )
    closed_files: tuple[FilePath, ...] = Field(
        default=(),
        examples=[["bridge-days.ics"]],
        description="iCalendar files (.ics) whose whole-day events are closed days, also those of every year.",
    )
    special: dict[Day, tuple[Hours, ...]] = Field(
        default={},
        examples=[{"2026-12-24": ["08:00-12:00"]}],
        description="Days with other hours than their weekday's, also when they are a holiday.",
    )

    @field_validator("hours")
    @classmethod
    def _opens_and_never_twice(cls, hours: dict[int, tuple[Interval, ...]]) -> dict[int, tuple[Interval, ...]]:
        if not any(hours.values()):
            raise ValueError('never opens; give at least one weekday hours, such as mon: ["08:00-17:00"]')
        # Eight days, as the night of Sunday runs into Monday.
        refuse_overlap([(WEEKDAYS[day % 7], hours.get(day % 7, ())) for day in range(8)])
        return hours

    @field_validator("special")
    @classmethod
    def _special_days_fit(
        cls, special: dict[date, tuple[Interval, ...]], info: ValidationInfo
    ) -> dict[date, tuple[Interval, ...]]:
        closed = info.data.get("closed", ())
        if both := sorted(set(closed) & set(special)):
            raise ValueError(f"{both[0]} stands in closed and in special; keep one of them")
        hours = info.data.get("hours", {})
        for day in special:
            beside = [day + timedelta(days=away) for away in (-1, 0, 1)]
            opening = (special.get(d, () if d in closed else hours.get(d.weekday(), ())) for d in beside)
            refuse_overlap([(str(d), intervals) for d, intervals in zip(beside, opening, strict=True)])
        return special


def _all_priorities(targets: dict[Priority, timedelta]) -> dict[Priority, timedelta]:
    if "normal" not in targets:
        raise ValueError("wants a target for 'normal', to which the other priorities fall back")
    return {priority: targets.get(priority, targets["normal"]) for priority in PRIORITIES}


Targets = Annotated[dict[Priority, Target], AfterValidator(_all_priorities)]


NEXT_RESPONSE: Final = (
    "Within which business time a person answers when the requester writes again after an answer. It counts from the "
    "oldest mail that is not answered; without it there is no such clock."
)
UPDATE: Final = (
    "After which business time at most the requester hears from a person again, counted from one answer to the next "
    "until the request is resolved. Time in which it waits for somebody else does not count; without it there is no "
    "such clock."
)


class GroupTargets(Section):
    """What is promised to one group of requesters instead; what is not named here is as for everybody."""

    first_response: Targets | None = Field(
        default=None, examples=[{"normal": "2h"}], description="How soon a person answers somebody of this group."
    )
    next_response: Targets | None = Field(
        default=None,
        examples=[{"normal": "4h"}],
        description="How soon a person answers when somebody of this group writes again.",
    )
    update: Targets | None = Field(
        default=None,
        examples=[{"normal": "16h"}],
        description="How often at least somebody of this group hears from a person.",
    )
    resolution: Targets | None = Field(
        default=None,
        examples=[{"normal": "12h"}],
        description="How soon a request of somebody of this group is resolved.",
    )


class SlaPolicy(Section):
    """What a department promises in business time; once made, all four priorities have a target."""

    first_response: Targets = Field(
        description="Within which business time a person answers, for low, normal, high and urgent requests "
        "(one that is not named has the target of normal). An acknowledgement does not count as an answer."
    )
    resolution: Targets = Field(
        description="Within which business time the request is resolved. Time in which it waits for "
        "somebody else does not count."
    )
    next_response: Targets | None = Field(default=None, examples=[{"normal": "8h"}], description=NEXT_RESPONSE)
    update: Targets | None = Field(default=None, examples=[{"normal": "24h", "urgent": "4h"}], description=UPDATE)
    groups: dict[Line, GroupTargets] = Field(
        default={},
        examples=[{"field": {"first_response": {"normal": "2h"}}}],
        description="Other targets for the requesters of a group, as the people file names it.",
    )

    @field_validator("resolution")
    @classmethod
    def _answered_before_resolved(
        cls, resolution: dict[Priority, timedelta], info: ValidationInfo
    ) -> dict[Priority, timedelta]:
        _refuse_resolved_before_answered(info.data.get("first_response", {}), resolution)
        return resolution

    @field_validator("groups")
    @classmethod
    def _groups_are_answered_before_resolved(
        cls, groups: dict[str, GroupTargets], info: ValidationInfo
    ) -> dict[str, GroupTargets]:
        for one in groups.values():
            answered = one.first_response or info.data.get("first_response", {})
            _refuse_resolved_before_answered(answered, one.resolution or info.data.get("resolution", {}))
        return groups


def _refuse_resolved_before_answered(
    answered: dict[Priority, timedelta], resolution: dict[Priority, timedelta]
) -> None:
    sooner = [one for one in PRIORITIES if one in resolution and answered.get(one, timedelta()) > resolution[one]]
    if sooner:
        raise ValueError(f"promises to resolve {' and '.join(sooner)} requests before they are answered")


class Rung(Section):
    """One step of an escalation ladder."""

    clock: Clock = Field(
        description="The clock that this rung watches: first_response, next_response, update or resolution."
    )
    at: Annotated[RungTime, PlainValidator(parse_rung_time)] = Field(
        description="When it is climbed, in business time: 80% (of the target has gone by), due, due+2h or due-30m."
    )
    tell: Annotated[tuple[Tell, ...], NOT_EMPTY] = Field(
        description="Whom it tells: owner, deputy (the owner's), lead, next_lead, escalation (the addresses of these "
        "names at the department). The first is asked by name to act; the others are told that they are. In place of "
        "somebody who is away, their deputy is told, or the next one up.",
    )
    kind: RungKind = Field(
        description="The mail that is sent: reminder (there is time), warning (it is about to be late) or "
        "escalation (it is late)."
    )


class Member(Section):
    """Somebody who owns requests."""

    name: Line = Field(description="The name that requesters read.")
    email: EmailAddress = Field(description="The personal address, never a watched one.")
    time_zone: TimeZone | None = Field(
        default=None,
        examples=["Europe/Paris"],
        description="The IANA time zone in which times are told to this person. Without it the organisation's.",
    )
    capacity: Number = Field(
        default=1.0,
        ge=0,
        le=10,
        description="The share of new requests compared with the others: 0.5 gets half as many, 0 none by itself.",
    )
    absent: tuple[Days, ...] = Field(
        default=(),
        examples=[["2026-12-20..2027-01-03", "2027-02-15"]],
        description="Days away, first and last included; no new request is given to this person on them.",
    )
    absent_file: FilePath | None = Field(
        default=None,
        examples=["mara-vogt.ics"],
        description="An iCalendar file (.ics) whose whole-day events are days away too.",
    )
    deputy: EmailAddress | None = Field(
        default=None,
        examples=["jonas.petersen@lindwerk.example"],
        description="Who stands in while this person is away: another member, or the lead. The deputy gets what the "
        "rota, a rule or a fixed owner would have given to this person, and the mails of the ladder.",
    )
    skills: tuple[Slug, ...] = Field(
        default=(),
        examples=[["network", "sap"]],
        description="What this person can do that not all here can; a request that wants a skill goes to somebody "
        "who has it.",
    )


class Lifecycle(Section):
    """How long a request may wait, when it is closed, and what opens it again."""

    wait_for_requester: Annotated[Duration, up_to(days=366)] = Field(
        default=timedelta(days=14),
        description="The longest time for which a request waits for its requester (a day has 24 hours). Then, as when "
        "the requester writes, it is open again and its owner is told.",
    )
    wait_for_third_party: Annotated[Duration, up_to(days=366)] = Field(
        default=timedelta(days=30), description="The same for somebody else, such as a supplier."
    )
    wait_for_date: Annotated[Duration, up_to(days=366)] = Field(
        default=timedelta(days=180), description="How far away a day may be until which a request waits."
    )
    close_after: Annotated[Duration, up_to(days=366)] = Field(
        default=timedelta(days=14),
        description="A request that was resolved is closed after so many days in which nobody wrote about it.",
    )
    reopen_for: Duration = Field(
        default=timedelta(days=30),
        description="For how long after it was resolved a mail of its requester opens a request again. A later one "
        "opens a new request, which names the old one; 0s lets no resolved request be opened by mail.",
    )


class Rota(Section):
    """Whose turn it is to own new requests."""

    since: Day | None = Field(
        default=None,
        examples=["2026-11-23"],
        description="The first day of the first of the `turns`, which need it.",
    )
    days: Whole = Field(default=7, ge=1, le=366, description="How many days a turn lasts.")
    turns: tuple[EmailAddress, ...] = Field(
        default=(),
        examples=[["mara.vogt@lindwerk.example", "jonas.petersen@lindwerk.example"]],
        description="The members in the order of their turns; after the last the first begins again.",
    )
    file: FilePath | None = Field(
        default=None,
        examples=["it-rota.ics"],
        description="An iCalendar file (.ics) with a whole-day event for each turn, with the name or the address of "
        "the member in its title. It goes before `turns`, which fill the days that it leaves.",
    )


class Department(Section):
    """Who handles which requests, and what is promised for them."""

    name: Line = Field(description="The name that requesters read.")
    description: Line = Field(description="What it handles, in one sentence; acknowledgements quote it.")
    address: EmailAddress = Field(
        description="The shared address from which it writes; an address or an alias of a mailbox, as answers go there."
    )
    members: Annotated[tuple[Member, ...], NOT_EMPTY] = Field(description="Who owns its requests.")
    lead: EmailAddress = Field(description="Who is warned before a promise breaks; a member or somebody else.")
    next_lead: EmailAddress | None = Field(
        default=None,
        examples=["carla.coo@lindwerk.example"],
        description="Whom the lead answers to, and who is told by rungs that tell `next_lead`.",
    )
    escalation: EmailAddress | None = Field(
        default=None,
        examples=["board@lindwerk.example"],
        description="Who is told by rungs that tell `escalation`; needed when the ladder has such a rung.",
    )
    calendar: Slug = Field(description="The calendar in which its clocks run.")
    sla_policy: Slug = Field(description="The SLA policy, that is what it promises.")
    ladder: Slug = Field(description="The escalation ladder, that is who is told when a promise is in danger.")
    confidential: Truth = Field(
        default=False,
        description="Whether each of its requests is confidential: nobody but the owner is told by mail what it says, "
        "and no list or report shows it.",
    )
    strategy: Strategy = Field(
        default="least_loaded",
        description="Who gets a new request: least_loaded (the least unfinished work for their capacity), round_robin "
        "(in turn, whatever they have), rota (whose turn it is), fixed (always the same member). Whoever is away, or "
        "asks it themselves, is passed over, and the request says why.",
    )
    fixed_owner: EmailAddress | None = Field(
        default=None,
        examples=["mara.vogt@lindwerk.example"],
        description="Who gets every new request; needed for `strategy: fixed`.",
    )
    rota: Rota | None = Field(
        default=None,
        examples=[{"since": "2026-11-23", "turns": ["mara.vogt@lindwerk.example", "jonas.petersen@lindwerk.example"]}],
        description="Whose turn it is; needed for `strategy: rota`.",
    )
    accept_within: Target | None = Field(
        default=None,
        examples=["1h"],
        description="Within which business time the owner takes a request; any answer to it does. Otherwise it goes to "
        "the next, then to the lead, and everybody concerned is told. Without it nobody need accept.",
    )
    own_part: Target | None = Field(
        default=None,
        examples=["8h"],
        description="Within which business time of its own it does its part of a request that other departments had "
        "too: what departments agree on among themselves. Reports say how often; no requester is promised it.",
    )
    lifecycle: Lifecycle = Field(
        default_factory=Lifecycle, description="How long its requests may wait, when they are closed and opened again."
    )


class Triage(Section):
    """Who sorts what neither a rule nor the model could place."""

    address: EmailAddress = Field(
        description="The shared address from which triage writes; an address or an alias of a mailbox."
    )
    members: Annotated[tuple[Member, ...], NOT_EMPTY] = Field(description="Who sorts the requests.")
    lead: EmailAddress = Field(description="Who is warned before a request has waited too long in triage.")
    next_lead: EmailAddress | None = Field(
        default=None,
        examples=["carla.coo@lindwerk.example"],
        description="Whom the lead answers to, and who is told by rungs that tell `next_lead`.",
    )
    escalation: EmailAddress | None = Field(
        default=None,
        examples=["board@lindwerk.example"],
        description="Who is told by rungs that tell `escalation`; needed when the ladder has such a rung.",
    )
    calendar: Slug = Field(description="The calendar in which the clocks of a request in triage run.")
    sla_policy: Slug = Field(description="The SLA policy of a request until it is placed.")
    ladder: Slug = Field(description="The escalation ladder of a request in triage.")
    lifecycle: Lifecycle = Field(
        default_factory=Lifecycle, description="When a request that was resolved in triage is closed and opened again."
    )


def _whole_table(table: dict[Impact, dict[Urgency, Priority]]) -> dict[Impact, dict[Urgency, Priority]]:
    missing = [
        f"{impact}/{urgency}" for impact in IMPACTS for urgency in URGENCIES if not table.get(impact, {}).get(urgency)
    ]
    if missing:
        raise ValueError(f"wants a priority for every impact and urgency; missing: {', '.join(missing)}")
    return table


class Priorities(Section):
    """How much hurry a request has."""

    table: Annotated[dict[Impact, dict[Urgency, Priority]], AfterValidator(_whole_table)] = Field(
        default={
            "person": {"low": "low", "normal": "normal", "high": "high"},
            "team": {"low": "normal", "normal": "high", "high": "urgent"},
            "organisation": {"low": "high", "normal": "urgent", "high": "urgent"},
        },
        description="The priority by impact (person, team or organisation is held up) and urgency (low, normal, high). "
        "Rules name impact and urgency instead of a priority, and so does `postroom prioritise`.",
    )
    requester_urgent: Truth = Field(
        default=True,
        description='Whether a requester who writes "urgent", or marks the mail so, raises its priority by one step.',
    )
    reminders: Whole = Field(
        default=3,
        ge=1,
        le=20,
        description="After so many further mails of the requester without an answer the lead is asked to look, as also "
        "when a mail shows that its writer has lost patience.",
    )


class Honesty(Section):
    """What is said when a promise cannot be kept."""

    apologise: Truth = Field(
        default=True,
        description="Whether the requester gets an apology when a promise is broken: what was promised, what happened, "
        "what is next; and the lead a recovery, which ends when the requester confirms.",
    )
    forecast: Truth = Field(
        default=True,
        description="Whether leads are warned of promises that will probably be broken, from how much there is to do "
        "and how fast the department was in the last four weeks.",
    )


class Reports(Section):
    """What leads read of their departments every week."""

    weekly: Truth = Field(
        default=False,
        description="Whether every lead gets a report of the week by mail: kept promises, breaches, waiting, "
        "handovers, the oldest requests and what will probably be late.",
    )
    day: Weekday = Field(default=0, examples=["mon"], description="The day on which it is written.")
    hour: Whole = Field(
        default=7,
        ge=0,
        le=23,
        description="The hour at which it is written, in the time zone of the organisation.",
    )
    good_from: Number = Field(
        default=0.9,
        ge=0.01,
        le=1,
        description="The share of kept promises from which a week is shown as good.",
    )


class Customers(Section):
    """Customers of the organisation, who may wait behind an internal request."""

    file: FilePath | None = Field(
        default=None,
        examples=["customers.csv"],
        description="A CSV file with the columns name, also (other spellings, with semicolons between) and steps. A "
        "request that names a customer rises by so many steps of priority (1 if not said), with the reason.",
    )


class Routing(Section):
    """When the model may decide."""

    promise: Number = Field(
        default=0.95,
        ge=0.5,
        le=0.999,
        description="The share of automatic routes that must be right, 0.5 to 0.999. The model acts alone "
        "only where it was measured to keep this; a higher promise sends more requests to triage.",
    )
    confirm: Number = Field(
        default=0.02,
        ge=0,
        le=0.5,
        description="The share of the requests that the model placed alone, drawn by chance, of which a person is "
        "asked whether they lie right (`postroom confirm`). Corrections come only where somebody noticed a mistake; "
        "these answers tell whether the promise is kept.",
    )
    corrections_per_day: Whole = Field(
        default=20,
        ge=1,
        le=10_000,
        description="What one person says of placements on one day counts together no more than so many words in "
        "training, and no more of their corrections count against the promise.",
    )


class Rules(Section):
    """Rules that departments write."""

    folder: FilePath | None = Field(
        default=None,
        examples=["rules"],
        description="The folder of rule files (*.yaml). Without it there are no rules.",
    )
    shadow: FilePath | None = Field(
        default=None,
        examples=["rules-trial"],
        description="A folder of candidate rules that are asked beside the live ones, of every new request. Nothing "
        "is done by their answer; `postroom shadow report` shows where they differ.",
    )


class Classifier(Section):
    """The model that places what no rule matches."""

    folder: Annotated[Path, PlainValidator(parse_path)] = Field(
        default=Path("{state_dir}/models"),
        description="The folder of the models. {state_dir} stands for the setting of that name.",
    )
    enabled: Truth = Field(
        default=True,
        description="false asks no model: what no rule matches goes to triage and a person places it.",
    )
    shadow: Annotated[str, PlainValidator(parse_line)] | None = Field(
        default=None,
        examples=["20261103-081500-4f1c22ab"],
        description="The version of a stored model that is asked beside the one in service, of every new request, "
        "as with rules.shadow.",
    )
    examples: tuple[FilePath, ...] = Field(
        default=(),
        examples=[["labelled/old-requests.csv"]],
        description="Files and folders of labelled mails (as for `postroom train`) from which a retraining learns, "
        "beside what people said of our own requests.",
    )
    retrain: Literal["never", "weekly"] = Field(
        default="never",
        description="weekly trains a new model once a week from what people said since, in a process of its own.",
    )
    promote: Truth = Field(
        default=False,
        description="true puts a retrained model into service by itself if the gate lets it pass; otherwise it waits "
        "for `postroom models promote`.",
    )


class Replay(Section):
    """The gate: what a candidate must keep on past mail."""

    recall_points: Number = Field(
        default=2.0,
        ge=0,
        le=100,
        description="By how many points the recall of a department may fall: of 100 requests that people "
        "gave to it or left with it, so many fewer may be sent there by the candidate.",
    )
    precision: Number | None = Field(
        default=None,
        ge=0.5,
        le=1,
        examples=[0.97],
        description="The share of the candidate's automatic routes that must be right. Without it routing.promise.",
    )


class Acknowledgement(Section):
    """The automatic first answer."""

    external: Truth = Field(
        default=False,
        description="true also acknowledges senders outside the organisation; their addresses are easily "
        "forged, so strangers may get mail that they did not ask for. None of it is larger than the mail that came.",
    )
    promise: Literal["target", "measured"] = Field(
        default="target",
        description="The date that it names: target, that is what the SLA policy promises; or measured, that is when "
        "four of five requests of the department got their first answer in the last four weeks, where that is later, "
        "and the mail says so.",
    )
    per_sender_per_hour: Whole = Field(
        default=5,
        ge=1,
        le=100,
        description="How many acknowledgements one sender gets within an hour; then one mail says that further mail is "
        "taken in silently. It is what ends a loop between two machines.",
    )
    per_sender_per_day: Whole | None = Field(
        default=None,
        ge=1,
        le=2400,
        examples=[10],
        description="The same within a day. Without it twice as many as within an hour.",
    )
    external_per_minute: Whole = Field(
        default=100,
        ge=1,
        le=10_000,
        description="How many acknowledgements all senders outside the organisation together get within a minute, "
        "where `external` is true: so many mails at most can be had sent to strangers by forged senders.",
    )
    stale_after: Annotated[Duration, up_to(days=30)] = Field(
        default=timedelta(minutes=60),
        description="How long an acknowledgement may wait for the mail server. One that could not leave for so long "
        "is dropped, and the request says so: hours later it would only puzzle its reader.",
    )

    @property
    def a_day(self) -> int:
        """How many acknowledgements one sender gets within a day."""
        return self.per_sender_per_day or 2 * self.per_sender_per_hour


class Ceilings(Section):
    """Where automatic mail ends, so that neither a storm nor two programs in conversation bury anybody."""

    requests_per_sender: Whole = Field(
        default=20,
        ge=1,
        le=100_000,
        description="How many requests one sender opens within an hour. Further mails are gathered in one request, "
        "where its owner sees and counts them. Raise it if a form writes for many people from one address.",
    )
    rounds: Whole = Field(
        default=3,
        ge=1,
        le=20,
        description="After so many rounds in which a sender answers each of our mails within minutes, always with "
        "the same text, nothing more is sent because of it: two programs are answering each other.",
    )
    passed_on_per_sender: Whole = Field(
        default=10,
        ge=1,
        le=1000,
        description="How many mails of one sender about one request are passed on within an hour; further ones are "
        "kept with the request.",
    )
    passed_on_per_request: Whole = Field(
        default=30,
        ge=1,
        le=10_000,
        description="The same for all senders together.",
    )
    mails_per_hour: Whole = Field(
        default=25_000,
        ge=100,
        le=10_000_000,
        description="How many mails are sent within an hour. Beyond it requests are still opened and placed, but no "
        "acknowledgement and no notice of them is sent, apologies wait, and the operators are told.",
    )


class RungMails(Section):
    """How the mails of the ladder reach people."""

    together_above: Whole = Field(
        default=5,
        ge=1,
        le=1000,
        description="When more rungs than this are due to one person at the same moment, one mail lists them all.",
    )
    quiet_hours: Hours | None = Field(
        default=None,
        examples=["20:00-07:00"],
        description="When nobody is disturbed, by the clock of the person who is told. A rung that falls due then is "
        "told at the end of these hours, if it still matters. Without it mails go out whenever a department works.",
    )


class Templates(Section):
    """The words of our mails."""

    folder: FilePath | None = Field(
        default=None,
        examples=["templates"],
        description="The folder of your own mail templates; a file there replaces the built-in one of the same name.",
    )


class People(Section):
    """What is known of requesters."""

    file: FilePath | None = Field(
        default=None,
        examples=["people.csv"],
        description="A CSV file with the columns email, name, time_zone, group and language: so that each "
        "requester reads times of their own zone, and reports can compare groups. Without it every "
        "requester gets the organisation's zone.",
    )


class Limits(Section):
    """What one mail may cost, and how much room is left."""

    free_space: Bytes = Field(
        default=200 * 2**20,
        ge=2**20,
        le=2**50,
        examples=["200MiB"],
        description="How much of the disk of the state directory, and of that of an SQLite file elsewhere, stays free; "
        "at least twice message_bytes. With less no mail is taken in: it waits in its mailbox, escalations and mails "
        "that wait to be sent go on, and the operators are told.",
    )

    message_bytes: Bytes = Field(
        default=25 * 2**20,
        ge=2**10,
        le=2**30,
        examples=["25MiB"],
        description="The size up to which a mail is fetched. Of a larger one only the header is taken in, "
        "and a person is told to look into the mailbox.",
    )
    parse_cpu_seconds: Whole = Field(
        default=5,
        ge=1,
        le=600,
        description="The processor time in seconds after which the reading of a mail is stopped and it is quarantined.",
    )
    parse_wall_seconds: Whole = Field(
        default=10,
        ge=1,
        le=600,
        description="The same in elapsed seconds; what is read meanwhile waits behind it.",
    )
    parse_memory_mb: Whole = Field(
        default=768,
        ge=128,
        le=65536,
        description="The memory in MB of each process that reads mails; a mail that needs more is quarantined.",
    )
    parse_processes: Whole = Field(
        default=1,
        ge=1,
        le=64,
        description="How many processes read mails at the same time; each may use the memory above.",
    )
    attempts: Whole = Field(
        default=3,
        ge=1,
        le=20,
        description="How often a mail that cannot be taken in is tried before it is quarantined.",
    )


class Log(Section):
    """What is written to the journal."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least important line that is written: debug, info, warning or error."
    )
    format: Literal["json", "console"] = Field(
        default="json",
        description="json for machines, one object per line; console for a person at a terminal.",
    )


class Settings(Section):
    """Everything an operator can set; `config.load.load` makes it and checks groups against each other."""

    organisation: Organisation = Field(description="Whose requests these are.")
    state_dir: FilePath = Field(
        default=Path("postroom-state"),
        description="The folder for the database, the models and the lock. Without it $STATE_DIRECTORY, "
        "which systemd sets for the service, or postroom-state beside this file. Set it when you also run "
        "commands by hand: they do not have that variable and would open another database.",
    )
    database: Database = Field(default_factory=Database, description="Where everything is kept.")
    mailboxes: Annotated[dict[Slug, Mailbox], NOT_EMPTY] = Field(
        description="The shared mailboxes that are watched, each under a short name."
    )
    smtp: Smtp = Field(description="The server through which mail leaves.")
    probe: Probe | None = Field(
        default=None,
        description="Where a copy of every sent mail can be found, such as the Sent Items of the sending account at "
        "Exchange Online. When a connection breaks after the last octet of a mail, nobody knows whether it was "
        "accepted: with a copy to look for, it is sent again only if there is none. Without it, it may arrive twice.",
    )
    calendars: Annotated[dict[Slug, Calendar], NOT_EMPTY] = Field(
        description="When people work, each under a short name that departments refer to."
    )
    sla_policies: Annotated[dict[Slug, SlaPolicy], NOT_EMPTY] = Field(
        description="What is promised to requesters, each policy under a short name."
    )
    ladders: Annotated[dict[Slug, Annotated[tuple[Rung, ...], NOT_EMPTY]], NOT_EMPTY] = Field(
        description="Who is told when a promise is in danger: escalation ladders, each with its rungs in order.",
    )
    departments: Annotated[dict[Slug, Department], NOT_EMPTY] = Field(
        description="Who handles which requests, each under the short name that rules, the model and staff "
        "words use. Keep the name when you rename a department: history and the model know it by that name.",
    )
    triage: Triage = Field(description="Who sorts the requests that neither a rule nor the model could place.")
    routing: Routing = Field(default_factory=Routing, description="When the model may decide alone.")
    rules: Rules = Field(default_factory=Rules, description="The rules that departments write.")
    classifier: Classifier = Field(
        default_factory=Classifier, description="The model that places what no rule matches."
    )
    replay: Replay = Field(default_factory=Replay, description="What a candidate must keep on past mail.")
    acknowledgement: Acknowledgement = Field(
        default_factory=Acknowledgement, description="The automatic first answer to a requester."
    )
    ceilings: Ceilings = Field(default_factory=Ceilings, description="Where automatic mail ends, within an hour.")
    rung_mails: RungMails = Field(
        default_factory=RungMails, description="How the mails of the escalation ladders reach people."
    )
    templates: Templates = Field(default_factory=Templates, description="The words of the mails that Postroom writes.")
    priorities: Priorities = Field(default_factory=Priorities, description="How much hurry a request has.")
    customers: Customers = Field(
        default_factory=Customers, description="Customers who may wait behind an internal request."
    )
    honesty: Honesty = Field(default_factory=Honesty, description="What is said when a promise cannot be kept.")
    reports: Reports = Field(default_factory=Reports, description="What leads read of their departments every week.")
    people: People = Field(default_factory=People, description="What is known of requesters.")
    limits: Limits = Field(default_factory=Limits, description="What one mail may cost, so that none stops the next.")
    log: Log = Field(default_factory=Log, description="What is written to the journal.")

    @field_validator("database")
    @classmethod
    def _database_in_its_place(cls, database: Database, info: ValidationInfo) -> Database:
        return database.model_copy(update={"url": _placed_url(database.url, info)})

    @field_validator("classifier")
    @classmethod
    def _models_in_their_place(cls, classifier: Classifier, info: ValidationInfo) -> Classifier:
        folder = under_base(Path(_with_state_dir(str(classifier.folder), info)), info)
        return classifier.model_copy(update={"folder": folder})

    def watched_addresses(self) -> frozenset[str]:
        """Return the addresses and aliases of all mailboxes, lower case."""
        return frozenset(chain.from_iterable(mailbox.addresses for mailbox in self.mailboxes.values()))

    def mailbox_of_address(self, address: str) -> str | None:
        """Return the name of the mailbox that gets mail for this address, None when it is not watched."""
        at = address.lower()
        return next((name for name, mailbox in self.mailboxes.items() if at in mailbox.addresses), None)

    def person(self, email: str) -> Member | None:
        """Return the member of a department or of triage with this address, None for anybody else."""
        at = email.lower()
        return next((member for member in self._members() if member.email == at), None)

    def is_absent(self, email: str, day: date) -> bool:
        """Say whether this person is away on a day, wherever it stands."""
        at = email.lower()
        return any(day in days for member in self._members() if member.email == at for days in member.absent)

    def _members(self) -> Iterator[Member]:
        for department in self.departments.values():
            yield from department.members
        yield from self.triage.members


def _placed_url(url: str, info: ValidationInfo) -> str:
    """Return the URL with {state_dir} replaced and, for SQLite, an absolute file."""
    url = _with_state_dir(url, info)
    if not url.startswith("sqlite:///"):
        return url
    return f"sqlite:///{under_base(Path(url.removeprefix('sqlite:///')), info)}"


def _with_state_dir(text: str, info: ValidationInfo) -> str:
    # Without a valid state_dir the settings are refused anyway.
    return text.replace("{state_dir}", str(info.data.get("state_dir", "")))
