"""What the tests of rules share: reading rules from text, and mails to ask them about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from rules.rule import ExampleMail, Offers, RuleSet
from rules.rule_file import RuleFileError, read_rules

DEPARTMENTS = ("it", "hr", "finance", "facilities", "legal", "procurement", "security", "communications")


@dataclass(frozen=True)
class Weekdays:
    """A calendar that is open from nine to five, Monday to Friday, in Hamburg."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Berlin"))

    def local(self, at: dt.datetime) -> dt.datetime:
        return at.astimezone(self.zone)

    def is_open(self, at: dt.datetime) -> bool:
        local = self.local(at)
        return local.weekday() < 5 and dt.time(9) <= local.time() < dt.time(17)


OFFERS = Offers(
    priorities={("person", "low"): "low", ("team", "high"): "urgent"},
    departments=DEPARTMENTS,
    calendars={"office": Weekdays()},
    sla_policies=("standard", "urgent"),
    owners={
        "finance": ("tobias.lang@lindwerk.example", "ines.kern@lindwerk.example"),
        "it": ("aylin.demir@lindwerk.example",),
    },
    skills={"it": ("vpn", "databases")},
    groups=("Field", "dealers"),
    domains=("lindwerk.example",),
    watched=("it@lindwerk.example",),
)


@pytest.fixture(scope="session")
def departments() -> tuple[str, ...]:
    """The departments of Lindwerk."""
    return DEPARTMENTS


@pytest.fixture(scope="session")
def offers() -> Offers:
    """What the settings of Lindwerk offer to rules."""
    return OFFERS


@pytest.fixture(scope="session")
def read() -> Callable[..., RuleSet]:
    """File names (without .yaml) and their text -> the rules."""

    def read_files(**files: str) -> RuleSet:
        return read_rules({f"{name}.yaml": text.encode() for name, text in files.items()}, OFFERS)

    return read_files


@pytest.fixture(scope="session")
def rule_when(read: Callable[..., RuleSet]) -> Callable[[str], RuleSet]:
    """The `when` of a rule, on one line -> a set with only this rule, which gives finance."""

    def one_rule(when: str) -> RuleSet:
        return read(finance=f"department: finance\nrules:\n  - name: the rule\n    when: {when}\n")

    return one_rule


@pytest.fixture(scope="session")
def mistakes_in() -> Callable[[str], list[str]]:
    """The text of finance.yaml -> the mistakes in it, as they are told."""

    def mistakes(text: str | bytes) -> list[str]:
        content = text.encode() if isinstance(text, str) else text
        with pytest.raises(RuleFileError) as caught:
            read_rules({"finance.yaml": content}, OFFERS)
        return [str(mistake) for mistake in caught.value.mistakes]

    return mistakes


@pytest.fixture(scope="session")
def mail() -> Callable[..., ExampleMail]:
    """Some facts of a mail -> a mail with these facts."""

    def a_mail(**facts: Any) -> ExampleMail:
        return ExampleMail(line=1, **facts)

    return a_mail
