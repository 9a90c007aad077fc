"""Mistakes in rule files: where, in which rule, what is wrong and what to write instead."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from rules.rule import Offers

# What other mail programs and people call the words of our rules.
_OFTEN_MEANT = {
    "sender": "from",
    "title": "subject",
    "text": "body",
    "file": "attachment",
    "attachments": "attachment",
    "domain": "from_domain",
    "headers": "header",
    "type": "attachment_type",
    "depth": "thread",
    "recipient": "to",
    "requester": "group",
    "ack": "acknowledge",
    "sla": "sla_policy",
    "policy": "sla_policy",
    "tag": "tags",
    "triage": "hold",
    "assign": "owner",
    "skills": "skill",
    "copy": "watchers",
    "watcher": "watchers",
    "secret": "confidential",
    "private": "confidential",
    "or": "any",
    "and": "all",
    "not": "none",
    "if": "when",
}


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake. `line` counts from 1, `rule` is "" outside of a rule."""

    file: str
    line: int
    rule: str
    problem: str

    def __str__(self) -> str:
        rule = f"rule '{self.rule}': " if self.rule else ""
        return f"{self.file}:{self.line}: {rule}{self.problem}"


class RuleFileError(Exception):
    """The rules cannot be used; `mistakes` has every reason, file by file and line by line."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda mistake: (mistake.file, mistake.line)))
        count = len(self.mistakes)
        heading = "1 mistake" if count == 1 else f"{count} mistakes"
        super().__init__("\n".join([f"{heading} in the rules:", *map(str, self.mistakes)]))


@dataclass(slots=True)
class Notebook:
    """Where whoever reads a file writes mistakes down and reads on, so that all are told at once.

    `offers` and `lists` are the names that the file may use: those of the settings, and the lists of all files.
    """

    file: str
    offers: Offers
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rule: str = ""
    mistakes: list[Mistake] = field(default_factory=list)

    def note(self, line: int, problem: str) -> None:
        """Writes a mistake down against the file and rule being read."""
        self.mistakes.append(Mistake(self.file, line, self.rule, problem))


def meant(word: str, known: Collection[str]) -> str:
    """A wrong word and the right ones -> the one that is probably meant, "" if none is near."""
    often = _OFTEN_MEANT.get(word.casefold(), "")
    by_small_letters = {name.casefold(): name for name in sorted(known)}
    if often in known:
        return often
    near = difflib.get_close_matches(word.casefold(), by_small_letters, n=1, cutoff=0.7)
    begun = [name for name in by_small_letters if len(word) > 1 and name.startswith(word.casefold())]
    return by_small_letters[near[0]] if near else by_small_letters[begun[0]] if len(begun) == 1 else ""


def nearest(word: str, known: Collection[str]) -> str:
    """A wrong word and the right ones -> what to write instead, as the end of a sentence."""
    right = meant(word, known)
    return f"did you mean '{right}'?" if right else f"use one of: {', '.join(sorted(known))}"
