"""Runs the example mails that rules bring along: what a rule should catch, and what it should leave alone.

Each rule is asked alone; how rules get in each other's way is the subject of lint.py. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rules.mail_words import MailWords
from rules.match import found_in
from rules.rule import Condition, ExampleMail, Group, Rule
from rules.say import aloud


@dataclass(frozen=True, slots=True)
class WrongExample:
    """An example mail that its rule does not treat as its author wanted. `line` is where it stands."""

    rule: str
    file: str
    line: int
    want: str
    got: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: rule '{self.rule}': want: {self.want}; got: {self.got}"


def run_examples(rules: Iterable[Rule]) -> tuple[WrongExample, ...]:
    """Rules -> every example that does not come out as its author wanted, in the order of the rules."""
    return tuple(wrong for rule in rules for wrong in (*_missed(rule), *_caught(rule)))


def title(example: ExampleMail) -> str:
    """An example mail -> a few words by which its author knows it again."""
    words = example.subject or example.words or next((file.name for file in example.attachments), "") or example.sender
    return words if len(words) <= 60 else words[:57] + "..."


def _missed(rule: Rule) -> Iterable[WrongExample]:
    for example in rule.catches:
        words = MailWords(example)
        if found_in(rule.when, words) is None:
            got = f"it is left alone, because {_why_not(rule.when, words)}"
            yield _wrong(rule, example, f"'{title(example)}' is caught", got)


def _caught(rule: Rule) -> Iterable[WrongExample]:
    for example in rule.leaves:
        if (facts := found_in(rule.when, MailWords(example))) is not None:
            got = f"it is caught, because {' and '.join(facts)}"
            yield _wrong(rule, example, f"'{title(example)}' is left alone", got)


def _wrong(rule: Rule, example: ExampleMail, want: str, got: str) -> WrongExample:
    return WrongExample(rule.name, rule.file, example.line, want, got)


def _why_not(condition: Condition, words: MailWords) -> str:
    """A condition that does not hold -> the smallest part of it that is to blame."""
    if isinstance(condition, Group) and condition.how == "all":
        return _why_not(next(part for part in condition.parts if found_in(part, words) is None), words)
    if isinstance(condition, Group) and condition.how == "none":
        wrong = next(part for part in condition.parts if found_in(part, words) is not None)
        return f"this must not be true: {aloud(wrong)}"
    return f"this is not true: {aloud(condition)}"
