"""A rule, what it may look at in a mail, and the verdict it gives: values only.

Nothing here reads a file, matches a mail or imports more than the standard library.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, get_args, runtime_checkable

Priority = Literal["low", "normal", "high", "urgent"]
PRIORITIES: tuple[Priority, ...] = get_args(Priority)

Place = Literal["subject", "body", "words"]
"""Where text is looked for; "words" is the subject or the body."""


@runtime_checkable
class Mail(Protocol):
    """All that a rule may look at. Anything of this shape can be matched; addresses are lower case."""

    @property
    def sender(self) -> str:
        """The address in From, such as `a.wulf@lindwerk.example`."""

    @property
    def sender_name(self) -> str:
        """The name beside it, or ""."""

    @property
    def recipients(self) -> tuple[str, ...]:
        """Every address it was sent to: To, Cc, Delivered-To, and the mailbox it came in by."""

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
    def attachments(self) -> tuple[str, ...]:
        """The file names of the attachments."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words to look for. `key` is what spaced_words must contain: " invoice ", or " invoic" for "invoic*"."""

    written: str
    key: str


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
    """The part of a compiled pattern of the module `regex` that matching uses."""

    def search(self, string: str, *, timeout: float | None = None) -> re.Match[str] | None:
        """The first place that fits, or None; TimeoutError after `timeout` seconds."""


@dataclass(frozen=True, slots=True)
class RegexPattern:
    """A regular expression as it was written, and compiled."""

    written: str
    compiled: CompiledRegex = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class HasWords:
    """Holds when one of the phrases stands in the subject, in the body, or in either."""

    place: Place
    phrases: tuple[Phrase, ...]


@dataclass(frozen=True, slots=True)
class IsAddressed:
    """Holds when a recipient (`to`) or the sender (`from`) fits one of the patterns."""

    side: Literal["to", "from"]
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
class FitsRegex:
    """Holds when one of the regular expressions is found in the text as it was written."""

    place: Place
    patterns: tuple[RegexPattern, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Holds when any, all or none of its parts hold."""

    how: Literal["any", "all", "none"]
    parts: tuple[Condition, ...]


Condition = HasWords | IsAddressed | ComesFromDomain | HeaderHas | HasAttachment | FitsRegex | Group


@dataclass(frozen=True, slots=True)
class ExampleMail:
    """A mail that a rule file brings along; it has the shape of Mail. `line` is where it stands, from 1."""

    line: int
    sender: str = ""
    sender_name: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    words: str = ""
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attachments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of one file. It gives a department, or a priority with its reason, or both."""

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

    @property
    def source(self) -> str:
        """Where the rule stands: `finance.yaml:12`."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Every rule of a folder in the order in which they are asked, and the version of the files."""

    rules: tuple[Rule, ...]
    version: str
    departments: tuple[str, ...]
    """The departments that existed when the rules were read."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say about one mail, and why.

    `rule` gave the department; when no rule did, it gave the priority. `priority` may come from another rule,
    which `reason` then names.
    """

    rule: str
    department: str | None
    priority: Priority | None
    priority_reason: str | None
    reason: str
    matched: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class RuleTimeout:
    """A rule whose regular expressions took too long on one mail, so that they counted against the rule."""

    rule: str
    source: str
    problem: str

    def __str__(self) -> str:
        return f"{self.source}: rule '{self.rule}': {self.problem}"


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict on one mail, if any, and the rules that could not be asked properly."""

    verdict: Verdict | None
    timeouts: tuple[RuleTimeout, ...]
