"""A rule, what it may look at in a mail, and the verdict it gives: values only.

Nothing here reads a file, matches a mail or imports more than the standard library.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, get_args, runtime_checkable

if TYPE_CHECKING:
    from rules.index import RuleIndex

Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)

Place = Literal["subject", "body", "words"]
"""Where text is looked for; "words" is the subject or the body."""


Side = Literal["to", "cc", "delivered_to", "from"]


@runtime_checkable
class Calendar(Protocol):
    """A business calendar, as far as rules ask about it. Instants are aware; `local` is what its clocks show."""

    @property
    def zone(self) -> dt.tzinfo:
        """The time zone of its clocks."""

    def is_open(self, at: dt.datetime) -> bool:
        """Whether people work at this instant."""

    def local(self, at: dt.datetime) -> dt.datetime:
        """The instant as the clock on the wall shows it."""


@dataclass(frozen=True, slots=True)
class Offers:
    """The names that rules may use: what the settings offer them. A name that is not here does not exist.

    `owners`: lower-case addresses by department; `skills`: what its members can do. `groups`: those of the people file.
    `domains`: the organisation's own. `priorities`: by impact and urgency. `watched`: the addresses whose mail Postroom
    reads, in lower case.
    """

    departments: tuple[str, ...]
    calendars: Mapping[str, Calendar] = field(default_factory=dict)
    sla_policies: tuple[str, ...] = ()
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    skills: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    priorities: Mapping[tuple[str, str], Priority] = field(default_factory=dict)
    watched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MailFile:
    """An attachment: its name, and its type such as `application/pdf`, lower case."""

    name: str
    type: str = ""


@runtime_checkable
class Mail(Protocol):
    """All that a rule may look at. Anything of this shape can be matched; addresses are lower case."""

    @property
    def sender(self) -> str:
        """The address in From, such as `a.wulf@lindwerk.example`."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Every address it was sent to: To, Cc, Delivered-To, and the mailbox it came in by."""

    @property
    def cc(self) -> tuple[str, ...]:
        """The addresses in Cc."""

    @property
    def delivered_to(self) -> tuple[str, ...]:
        """The addresses in Delivered-To, and the mailbox it came in by."""

    @property
    def subject(self) -> str:
        """The decoded subject."""

    @property
    def words(self) -> str:
        """The newest words of the body, without quoted mail and signature."""

    @property
    def headers(self) -> Mapping[str, tuple[str, ...]]:
        """Lower-case header name -> its decoded values."""

    @property
    def attachments(self) -> tuple[MailFile, ...]:
        """The attachments."""

    @property
    def language(self) -> str:
        """Its language, such as `de`; "" if unknown."""

    @property
    def size(self) -> int:
        """Bytes of the whole mail."""

    @property
    def received_at(self) -> dt.datetime | None:
        """When it came (UTC); None where nobody said so, as in most examples."""

    @property
    def nature(self) -> str:
        """What wrote it: `human`, `list` or `system`."""

    @property
    def group(self) -> str:
        """The requester's group, by the people file; "" if it says nothing."""

    @property
    def depth(self) -> int:
        """How many earlier mails of its conversation it refers to."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word to look for: one of its folded forms or, if `begins`, any word that begins with the only one."""

    forms: frozenset[str]
    begins: bool = False

    def fits(self, word: str) -> bool:
        """Whether this folded word of a mail is meant."""
        return any(map(word.startswith, self.forms)) if self.begins else word in self.forms

    def covers(self, other: Word) -> bool:
        """Whether it finds everything that `other` finds."""
        return all(map(self.fits, other.forms)) and (self.begins or not other.begins)


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words to look for, one right behind the other."""

    written: str
    words: tuple[Word, ...]

    def covers(self, other: Phrase) -> bool:
        """Whether it stands wherever `other` stands."""
        places = range(len(other.words) - len(self.words) + 1)
        return any(
            all(mine.covers(theirs) for mine, theirs in zip(self.words, other.words[at:], strict=False))
            for at in places
        )


@dataclass(frozen=True, slots=True)
class AddressPattern:
    """`name@domain`, `*@domain`, `*@*.domain` or only `name`; None stands for "any"."""

    written: str
    local: str | None
    domain: DomainPattern | None

    def fits(self, address: str) -> bool:
        """Whether this lower-case address is meant."""
        local, _, domain = address.rpartition("@")
        return self.local in (None, local) and (self.domain is None or self.domain.fits(domain))


@dataclass(frozen=True, slots=True)
class DomainPattern:
    """`domain`, or `*.domain` for every name below it (not the domain itself)."""

    written: str
    name: str
    below: bool

    def fits(self, domain: str) -> bool:
        """Whether this lower-case domain is meant."""
        return domain.endswith("." + self.name) if self.below else domain == self.name


@dataclass(frozen=True, slots=True)
class NamePattern:
    """A file name with `*` and `?`, compiled for folded names."""

    written: str
    compiled: re.Pattern[str]


class CompiledRegex(Protocol):
    """The part of a compiled pattern of RE2 that matching uses."""

    def search(self, text: str) -> re.Match[str] | None:
        """The first place that fits, or None."""


@dataclass(frozen=True, slots=True)
class RegexPattern:
    """A regular expression as it was written, and compiled for unaccented text.

    `needs`: a folded piece of text without which it cannot fit, "" if none is known.
    """

    written: str
    compiled: CompiledRegex = field(repr=False, compare=False)
    needs: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class TypePattern:
    """`application/pdf`, or `image/*` for every type of the family."""

    written: str

    def fits(self, of_file: str) -> bool:
        """Whether this lower-case type is meant."""
        return of_file.startswith(self.written[:-1]) if self.written.endswith("/*") else of_file == self.written


@dataclass(frozen=True, slots=True)
class HasWords:
    """Holds when one of the phrases stands in the subject, in the body, or in either.

    `customer`: the phrases are names of customers; it changes only what is said.
    """

    place: Place
    phrases: tuple[Phrase, ...]
    customer: bool = False


@dataclass(frozen=True, slots=True)
class IsAddressed:
    """Holds when an address on this side fits one of the patterns; `to` is every recipient."""

    side: Side
    patterns: tuple[AddressPattern, ...]


@dataclass(frozen=True, slots=True)
class ComesFromDomain:
    """Holds when the sender's domain fits one of the patterns."""

    patterns: tuple[DomainPattern, ...]


@dataclass(frozen=True, slots=True)
class HeaderHas:
    """Holds when one of the phrases stands in a value of this header (lower-case name)."""

    name: str
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class HasAttachment:
    """Holds when the name of an attachment fits one of the patterns."""

    patterns: tuple[NamePattern, ...]


@dataclass(frozen=True, slots=True)
class HasAttachmentType:
    """Holds when the type of an attachment fits one of the patterns."""

    patterns: tuple[TypePattern, ...]


@dataclass(frozen=True, slots=True)
class FitsRegex:
    """Holds when one of the regular expressions is found in the text, accents taken off."""

    place: Place
    patterns: tuple[RegexPattern, ...]


Fact = Literal["language", "nature", "group"]


@dataclass(frozen=True, slots=True)
class FactIs:
    """Holds when this fact about the mail is one of the values (lower case)."""

    fact: Fact
    values: tuple[str, ...]


Measure = Literal["size", "thread"]


@dataclass(frozen=True, slots=True)
class Measures:
    """Holds when the size in bytes, or the number of earlier mails, is over or under the limit."""

    measure: Measure
    over: bool
    limit: int
    written: str


@dataclass(frozen=True, slots=True)
class CameAt:
    """Holds when the mail came while this calendar is open or closed, on these weekdays, in this part of the day.

    What is None is not asked. `days`: 0 is Monday. `between`: local times; over midnight if the second is not
    after the first. Weekday and time of day are those of the calendar's clocks; an hour after midnight belongs
    to the day on which it lies.
    """

    calendar: str
    of: Calendar = field(repr=False, compare=False)
    is_open: bool | None = None
    days: tuple[int, ...] | None = None
    between: tuple[dt.time, dt.time] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Holds when any, all or none of its parts hold."""

    how: Literal["any", "all", "none"]
    parts: tuple[Condition, ...]


Condition = (
    HasWords
    | IsAddressed
    | ComesFromDomain
    | HeaderHas
    | HasAttachment
    | HasAttachmentType
    | FitsRegex
    | FactIs
    | Measures
    | CameAt
    | Group
)


@dataclass(frozen=True, slots=True)
class ExampleMail:
    """A mail that a rule file brings along; it has the shape of Mail. `line` is where it stands, from 1.

    `to`, `cc` and `delivered_to` together are the recipients.
    """

    line: int
    sender: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    delivered_to: tuple[str, ...] = ()
    subject: str = ""
    words: str = ""
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attachments: tuple[MailFile, ...] = ()
    language: str = ""
    size: int = 0
    received_at: dt.datetime | None = None
    nature: str = "human"
    group: str = ""
    depth: int = 0

    @property
    def recipients(self) -> tuple[str, ...]:
        """Everybody it was sent to."""
        return (*self.to, *self.cc, *self.delivered_to)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one file, and what it gives; what is None, False or empty it does not give.

    `hold`: a person in triage places the mail. `silent`: it is not acknowledged. `confidential`: nobody but its owner
    reads what it says. `watchers`: lower-case addresses that get a copy. `stop`: no later rule is asked.
    """

    name: str
    when: Condition
    department: str | None
    priority: Priority | None
    priority_reason: str | None
    order: int
    file: str
    line: int
    catches: tuple[ExampleMail, ...] = ()
    leaves: tuple[ExampleMail, ...] = ()
    hold: bool = False
    owner: str | None = None
    skills: tuple[str, ...] = ()
    sla_policy: str | None = None
    silent: bool = False
    tags: tuple[str, ...] = ()
    confidential: bool = False
    watchers: tuple[str, ...] = ()
    stop: bool = False

    @property
    def source(self) -> str:
        """Where the rule stands: `finance.yaml:12`."""
        return f"{self.file}:{self.line}"

    @property
    def gives(self) -> Mapping[Gift, str]:
        """What it decides, each by its name and as people say it; tags, watchers and stop decide nothing."""
        given: dict[Gift, str | None] = {
            "place": "hold for triage" if self.hold else self.department and f"department {self.department}",
            "priority": self.priority and f"priority {self.priority}",
            "owner": f"owner {self.owner}" if self.owner else " and ".join(f"skill {one}" for one in self.skills),
            "sla_policy": self.sla_policy and f"SLA policy {self.sla_policy}",
            "silence": "no acknowledgement" if self.silent else None,
            "secrecy": "confidential" if self.confidential else None,
        }
        return {gift: said for gift, said in given.items() if said}


Gift = Literal["place", "priority", "owner", "sla_policy", "silence", "secrecy"]
"""What at most one rule decides: the first that gives it. A department and a hold are both a place, an owner and a
skill both say who."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Every rule of a folder in the order in which they are asked, and the version of the files."""

    rules: tuple[Rule, ...]
    version: str
    departments: tuple[str, ...]
    """The departments that existed when the rules were read."""
    index: RuleIndex = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say about one mail, and why.

    `rule` gave the place (a department, or to be held for triage); when no rule did, it is the first that gave
    anything. What other rules gave, `reason` tells with their names; `reason_in_confidence` is the same without a word
    of the mail.
    """

    rule: str
    department: str | None
    priority: Priority | None
    priority_reason: str | None
    reason: str
    reason_in_confidence: str
    matched: tuple[str, ...]
    source: str
    hold: bool = False
    owner: str | None = None
    skills: tuple[str, ...] = ()
    sla_policy: str | None = None
    silent: bool = False
    tags: tuple[str, ...] = ()
    confidential: bool = False
    watchers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict on one mail, if any, and the names of all rules that gave something, the first asked first."""

    verdict: Verdict | None
    fired: tuple[str, ...]
