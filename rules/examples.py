"""Runs the example mails that rules bring along: what a rule should catch, and what it should leave alone.

Each rule is asked alone; how rules get in each other's way is the subject of lint.py. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rules.match import MailWords, RegexStopwatch, found_in, read_mail, what_holds
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
    words = example.subject or example.words or next(iter(example.attachments), "") or example.sender
    return words if len(words) <= 60 else words[:57] + "..."


def _missed(rule: Rule) -> Iterable[WrongExample]:
    for example in rule.catches:
        words, stopwatch = read_mail(example), RegexStopwatch()
        if what_holds(rule, words, stopwatch) is None:
            slow = "".join(f"; {timeout.problem}" for timeout in stopwatch.timeouts)
            got = f"it is left alone, because {_why_not(rule.when, words)}{slow}"
            yield _wrong(rule, example, f"'{title(example)}' is caught", got)


def _caught(rule: Rule) -> Iterable[WrongExample]:
    for example in rule.leaves:
        if (facts := what_holds(rule, read_mail(example), RegexStopwatch())) is not None:
            got = f"it is caught, because {' and '.join(facts)}"
            yield _wrong(rule, example, f"'{title(example)}' is left alone", got)


def _wrong(rule: Rule, example: ExampleMail, want: str, got: str) -> WrongExample:
    return WrongExample(rule.name, rule.file, example.line, want, got)


def _why_not(condition: Condition, words: MailWords) -> str:
    """A condition that does not hold -> the smallest part of it that is to blame."""
    if isinstance(condition, Group) and condition.how == "all":
        failing = (part for part in condition.parts if found_in(part, words) is None)
        return next((_why_not(part, words) for part in failing), _in_doubt(condition))
    if isinstance(condition, Group) and condition.how == "none":
        holding = (part for part in condition.parts if found_in(part, words) is not None)
        return next((f"this must not be true: {aloud(part)}" for part in holding), _in_doubt(condition))
    return f"this is not true: {aloud(condition)}"


def _in_doubt(condition: Condition) -> str:
    """Each part may be quick enough alone when the rule as a whole is too slow."""
    return f"this was not seen in time: {aloud(condition)}"
