"""Story: which rules do their work. What each decided and how often people overruled it, and what it matches today.

Two sources: the routes as they were recorded, whatever the rules were then; and past mail, asked again by the
rules of today. Nothing is written.
"""

from __future__ import annotations

import datetime as dt
import re
import threading
from collections import Counter
from dataclasses import dataclass

from daemon.mail.message import Message
from daemon.office import Office
from daemon.replay import Progress, ask_again, made_ready_again, only, past_requests
from daemon.store.past import PastRequest
from rules.match import ask
from rules.rule import Rule, RuleSet


@dataclass(frozen=True, slots=True)
class RuleCoverage:
    """One rule. source: where it stands, "" for one that is no longer in the rules.

    decided, overruled: routes of the past by a rule of this name, and those that a person moved elsewhere.
    would_decide: past mails that it would decide today. matches: whether it holds for any of them, even where
    another rule is asked first.
    """

    rule: str
    source: str
    decided: int
    overruled: int
    would_decide: int
    matches: bool


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every rule, in the order in which they are asked, then those that are gone; and how many mails were asked."""

    rules: tuple[RuleCoverage, ...]
    mails: int
    left_out: int


def coverage(office: Office, rules: RuleSet, since: dt.datetime, threads: int, progress: Progress) -> Coverage:
    """What the rules did and would do since an instant (UTC). Raises ParserDown."""
    asked = past_requests(office, since)
    decided, overruled = _recorded(asked)
    silent, would = _Silent(office, rules), Counter[tuple[str, str]]()
    mails = left_out = 0
    for _, found in ask_again(asked, office, threads, silent.ask, progress):
        if isinstance(found, str):
            left_out += 1
        else:
            mails += 1
            would.update(found)
    rows = [
        RuleCoverage(
            rule.name, rule.source, decided[rule.name], overruled[rule.name], would[_key(rule)], silent.matched(rule)
        )
        for rule in rules.rules
    ]
    gone = sorted(set(decided) - {rule.name for rule in rules.rules})
    rows += [RuleCoverage(name, "", decided[name], overruled[name], 0, matches=False) for name in gone]
    return Coverage(tuple(rows), mails, left_out)


def _recorded(asked: list[PastRequest]) -> tuple[Counter[str], Counter[str]]:
    """How many routes rules of each name decided, and how many of them people overruled."""
    decided, overruled = Counter[str](), Counter[str]()
    for one in asked:
        name = rule_in(one.reason) if one.source == "rule" else None
        if name is not None:
            decided[name] += 1
            overruled[name] += one.moved_by is not None and one.department != one.first_department
    return decided, overruled


_MATCHED = re.compile(r"rule '(.*?)' matched(?=[:;]|$)")


def rule_in(reason: str) -> str | None:
    """The rule that a route's reason names (`rule 'leave' matched: ...`), None if it names none."""
    found = _MATCHED.match(reason)
    return found[1] if found else None


def _key(rule: Rule) -> tuple[str, str]:
    return rule.name, rule.source


class _Silent:
    """The rules that no past mail has been found to match yet. Asked by several threads.

    Each mail is asked again by them alone, until none of them holds: a rule behind another is found too, at the
    price of one question more for each mail and for each rule.
    """

    def __init__(self, office: Office, rules: RuleSet) -> None:
        self._office = office
        self._all, self._without = rules, only(rules, [r for r in rules.rules if r.department is None])
        self._lock = threading.Lock()
        self._left = rules

    def ask(self, one: PastRequest, message: Message) -> list[tuple[str, str]]:
        """The rules that decide about this mail: for its department, and for its priority alone."""
        mail = made_ready_again(one, message, self._office)
        found = [v for rules in (self._all, self._without) if (v := ask(rules, mail).verdict) is not None]
        while (verdict := ask(self._left, mail).verdict) is not None:
            with self._lock:
                rest = [rule for rule in self._left.rules if _key(rule) != (verdict.rule, verdict.source)]
                self._left = only(self._left, rest)
        return list(dict.fromkeys((verdict.rule, verdict.source) for verdict in found))

    def matched(self, rule: Rule) -> bool:
        """Whether a mail was found that it matches."""
        return rule not in self._left.rules
