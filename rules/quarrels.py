"""Rules that disagree about one mail while neither has the right to go first. Thinks; touches nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rules.mail_words import MailWords, made_ready
from rules.match import found_in
from rules.rule import Gift, Mail, Rule, RuleSet


@dataclass(frozen=True, slots=True)
class Quarrel:
    """Two rules of equal order that hold for the same mail and give different things of the same kind.

    `first` wins only because of its file name or its place in the file.
    """

    first: Rule
    second: Rule
    gift: Gift

    def __str__(self) -> str:
        mine, theirs = self.first.gives[self.gift], self.second.gives[self.gift]
        return (
            f"rule '{self.first.name}' ({self.first.source}) gives {mine}, rule '{self.second.name}' "
            f"({self.second.source}) gives {theirs}, and both have the order {self.first.order}"
        )


def quarrels(rules: RuleSet, mail: Mail | MailWords) -> tuple[Quarrel, ...]:
    """Rules and a mail -> every quarrel that decides something about this mail."""
    decided: dict[Gift, Rule] = {}
    found = []
    for rule in _heard(rules, made_ready(mail)):
        for gift, given in rule.gives.items():
            first = decided.setdefault(gift, rule)
            if first.order == rule.order and first.gives[gift] != given:
                found.append(Quarrel(first, rule, gift))
    return tuple(found)


def _heard(rules: RuleSet, words: MailWords) -> Iterator[Rule]:
    """The rules that hold, up to the order at which one of them stops the asking."""
    last: int | None = None
    for number in sorted(rules.index.may_hold(words)):
        rule = rules.rules[number]
        if last is not None and rule.order > last:
            return
        if found_in(rule.when, words) is not None:
            last = rule.order if rule.stop else last
            yield rule
