"""Asks rules about one mail: which rule gives the department, which the priority, and what matched.

Rules are asked in the order of the RuleSet. The first that holds and gives a department decides the
department; the first that holds and gives a priority decides the priority; they may be two rules. Decides;
touches nothing but the processor clock, which limits regular expressions.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rules.rule import (
    Answer,
    ComesFromDomain,
    Condition,
    FitsRegex,
    Group,
    HasAttachment,
    HasWords,
    HeaderHas,
    IsAddressed,
    Mail,
    Phrase,
    Place,
    RegexPattern,
    Rule,
    RuleSet,
    RuleTimeout,
    Verdict,
)
from rules.words import fold, spaced_words

RULE_SECONDS = 0.050
MAIL_SECONDS = 0.250
_RULE_LIMIT = f"its patterns took longer than {RULE_SECONDS * 1000:.0f} ms"
_MAIL_LIMIT = f"the {MAIL_SECONDS * 1000:.0f} ms for all patterns on one mail were used up"
_TIMEOUT_ADVICE = "what it did not see counted against the rule; write the pattern simpler, or use words"
LONGEST_TEXT = 100_000
"""Characters of a text that rules look at: a mail may be 25 MB, and nobody asks on page forty."""
LONGEST_NAME = 255

Facts = tuple[str, ...] | None
"""What was found, as pieces of a sentence; None when the condition does not hold."""


def first_match(rules: RuleSet, mail: Mail) -> Verdict | None:
    """Rules and a mail -> the verdict, or None when no rule holds. Raises nothing."""
    return ask(rules, mail).verdict


def ask(rules: RuleSet, mail: Mail) -> Answer:
    """Rules and a mail -> the verdict, and the rules whose patterns took too long. Raises nothing."""
    words, stopwatch = read_mail(mail), RegexStopwatch()
    department: _Hit | None = None
    priority: _Hit | None = None
    for rule in rules.rules:
        places, ranks = department is None and rule.department, priority is None and rule.priority
        if not (places or ranks) or (facts := what_holds(rule, words, stopwatch)) is None:
            continue
        department = _Hit(rule, facts) if places else department
        priority = _Hit(rule, facts) if ranks else priority
    return Answer(_verdict(department, priority), tuple(stopwatch.timeouts))


@dataclass(frozen=True, slots=True)
class _Hit:
    rule: Rule
    facts: tuple[str, ...]

    def __str__(self) -> str:
        return " and ".join(self.facts)


def _verdict(department: _Hit | None, priority: _Hit | None) -> Verdict | None:
    hit = department or priority
    if hit is None:
        return None
    ranked = priority.rule if priority else None
    return Verdict(
        rule=hit.rule.name,
        department=hit.rule.department,
        priority=ranked.priority if ranked else None,
        priority_reason=ranked.priority_reason if ranked else None,
        reason=_reason(hit, priority),
        matched=hit.facts,
        source=hit.rule.source,
    )


def _reason(hit: _Hit, priority: _Hit | None) -> str:
    reason = f"rule '{hit.rule.name}' matched: {hit}"
    if priority is None or priority.rule is hit.rule:
        return reason
    return f"{reason}; rule '{priority.rule.name}' gave priority {priority.rule.priority}: {priority}"


@dataclass(frozen=True, slots=True)
class Text:
    """The subject or the body: its words as spaced_words gives them, and as written for patterns."""

    name: str
    words: str
    written: str


@dataclass(frozen=True, slots=True)
class MailWords:
    """A mail made ready for many rules: every text folded once."""

    sender: str
    recipients: tuple[str, ...]
    texts: Mapping[Place, tuple[Text, ...]]
    """What each place means: "words" is the subject, then the body."""
    attachments: tuple[tuple[str, str], ...]
    """(name as written, folded name)"""
    headers: Mapping[str, tuple[str, ...]]
    _folded_headers: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def header_words(self, name: str) -> tuple[str, ...]:
        """Lower-case header name -> the spaced words of each of its values, folded when first asked for."""
        if name not in self._folded_headers:
            values = self.headers.get(name, ())
            self._folded_headers[name] = tuple(spaced_words(value[:LONGEST_TEXT]) for value in values)
        return self._folded_headers[name]


def read_mail(mail: Mail) -> MailWords:
    """A mail -> its words, ready to be looked at by any number of rules."""
    subject = _text("subject", mail.subject)
    body = _text("body", mail.words)
    names = (name[:LONGEST_NAME] for name in mail.attachments)
    return MailWords(
        sender=mail.sender.lower(),
        recipients=tuple(address.lower() for address in mail.recipients),
        texts={"subject": (subject,), "body": (body,), "words": (subject, body)},
        attachments=tuple((name, fold(name)) for name in names),
        headers=mail.headers,
    )


def _text(name: str, text: str) -> Text:
    text = text[:LONGEST_TEXT]
    return Text(name, spaced_words(text), text)


class RegexStopwatch:
    """The time that regular expressions may still take on one mail, and the rules that ran out of it.

    `regex` stops itself by the processor time of the process, so this counts processor time too: a busy
    machine makes matching slow, not different.
    """

    def __init__(self) -> None:
        self.timeouts: list[RuleTimeout] = []
        self._mail_left = MAIL_SECONDS
        self._rule_left = RULE_SECONDS
        self._problem = ""

    def start(self) -> None:
        """Gives the next rule its own share."""
        self._rule_left, self._problem = RULE_SECONDS, ""

    def stop(self, rule: Rule) -> None:
        """Writes the rule down if it ran out of time."""
        if self._problem:
            self.timeouts.append(RuleTimeout(rule.name, rule.source, self._problem))

    def search(self, pattern: RegexPattern, text: str) -> str | None:
        """A pattern and a text -> what was found, or None; TimeoutError when the time is used up."""
        allowed = min(self._rule_left, self._mail_left)
        if allowed <= 0:
            raise self._out_of_time(pattern)
        began = time.thread_time()
        try:
            found = pattern.compiled.search(text, timeout=allowed)
        except TimeoutError:
            raise self._out_of_time(pattern) from None
        finally:
            self._spend(time.thread_time() - began)
        return None if found is None else found.group()

    def _spend(self, seconds: float) -> None:
        self._rule_left -= seconds
        self._mail_left -= seconds

    def _out_of_time(self, pattern: RegexPattern) -> TimeoutError:
        limit = _MAIL_LIMIT if self._mail_left < self._rule_left else _RULE_LIMIT
        self._problem = self._problem or f"{limit} when it looked for '{pattern.written}'; {_TIMEOUT_ADVICE}"
        self._rule_left = 0.0
        return TimeoutError(self._problem)


@dataclass(frozen=True, slots=True)
class _Look:
    """One rule looking at one mail."""

    mail: MailWords
    stopwatch: RegexStopwatch
    in_doubt: Facts = None
    """What a pattern that ran out of time answers: always what speaks against the rule, so that a rule only
    ever acts on what it has really seen. Inside `none` that turns round."""


def what_holds(rule: Rule, mail: MailWords, stopwatch: RegexStopwatch) -> Facts:
    """A rule and a mail's words -> what was found, or None when the rule does not hold."""
    stopwatch.start()
    facts = _found(rule.when, _Look(mail, stopwatch))
    stopwatch.stop(rule)
    return facts


def found_in(condition: Condition, mail: MailWords) -> Facts:
    """One condition and a mail's words -> what was found, or None. To explain: it has its own stopwatch."""
    return _found(condition, _Look(mail, RegexStopwatch()))


def _found(condition: Condition, look: _Look) -> Facts:
    return _CHECKS[type(condition)](condition, look)


def _any_holds(group: Group, look: _Look) -> Facts:
    return next((facts for part in group.parts if (facts := _found(part, look)) is not None), None)


def _all_hold(group: Group, look: _Look) -> Facts:
    seen: tuple[str, ...] = ()
    for part in group.parts:
        facts = _found(part, look)
        if facts is None:
            return None
        seen += facts
    return seen


def _none_holds(group: Group, look: _Look) -> Facts:
    against = replace(look, in_doubt=() if look.in_doubt is None else None)
    return () if _any_holds(group, against) is None else None


_GROUPS: Mapping[str, Callable[[Group, _Look], Facts]] = {
    "any": _any_holds,
    "all": _all_hold,
    "none": _none_holds,
}


def _group(group: Group, look: _Look) -> Facts:
    return _GROUPS[group.how](group, look)


def _words(condition: HasWords, look: _Look) -> Facts:
    for text in look.mail.texts[condition.place]:
        if phrase := _first_phrase(condition.phrases, text.words):
            return (f"{text.name} has '{phrase.written}'",)
    return None


def _first_phrase(phrases: Iterable[Phrase], words: str) -> Phrase | None:
    for phrase in phrases:
        if phrase.key in words:
            return phrase
    return None


def _addressed(condition: IsAddressed, look: _Look) -> Facts:
    to = condition.side == "to"
    for address in look.mail.recipients if to else (look.mail.sender,):
        if any(pattern.fits(address) for pattern in condition.patterns):
            return (f"{'sent to' if to else 'from'} '{address}'",)
    return None


def _from_domain(condition: ComesFromDomain, look: _Look) -> Facts:
    domain = look.mail.sender.rpartition("@")[2]
    return (f"from domain '{domain}'",) if any(p.fits(domain) for p in condition.patterns) else None


def _header(condition: HeaderHas, look: _Look) -> Facts:
    for words in look.mail.header_words(condition.name):
        if phrase := _first_phrase(condition.phrases, words):
            return (f"header {condition.name} has '{phrase.written}'",)
    return None


def _attachment(condition: HasAttachment, look: _Look) -> Facts:
    for name, folded in look.mail.attachments:
        if any(pattern.compiled.match(folded) for pattern in condition.patterns):
            return (f"an attachment is named '{name}'",)
    return None


def _regex(condition: FitsRegex, look: _Look) -> Facts:
    try:
        for text in look.mail.texts[condition.place]:
            for pattern in condition.patterns:
                if (found := look.stopwatch.search(pattern, text.written)) is not None:
                    return (f"{text.name} fits '{pattern.written}' with '{found[:80]}'",)
    except TimeoutError:
        return look.in_doubt
    return None


# The value type of each check is the key beside it; the type checker cannot say that of a table.
_CHECKS: Mapping[type[Condition], Callable[[Any, _Look], Facts]] = {
    HasWords: _words,
    IsAddressed: _addressed,
    ComesFromDomain: _from_domain,
    HeaderHas: _header,
    HasAttachment: _attachment,
    FitsRegex: _regex,
    Group: _group,
}
