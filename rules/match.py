"""Asks rules about one mail: which rule gives the department, the priority and the rest, and what matched.

Rules are asked in the order of the RuleSet. For each thing that a rule can give, the first that holds and gives it
decides; they may be different rules. Tags and watchers add up. After a rule with `stop` none is asked. Decides;
touches nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rules.mail_words import MailWords, Text, made_ready
from rules.rule import (
    Answer,
    CameAt,
    ComesFromDomain,
    Condition,
    FactIs,
    FitsRegex,
    Gift,
    Group,
    HasAttachment,
    HasAttachmentType,
    HasWords,
    HeaderHas,
    IsAddressed,
    Mail,
    Measures,
    Phrase,
    Rule,
    RuleSet,
    Side,
    Verdict,
)
from rules.words import words_of

Facts = tuple[str, ...] | None
"""What was found, as pieces of a sentence; None when the condition does not hold."""


def ask(rules: RuleSet, mail: Mail | MailWords) -> Answer:
    """Rules and a mail -> the verdict, and the names of all rules that gave something. Raises nothing.

    Only rules that may hold are asked, which the index knows from the words and addresses of the mail.
    """
    words = made_ready(mail)
    return _ask([rules.rules[number] for number in sorted(rules.index.may_hold(words))], words)


def ask_each(rules: Iterable[Rule], mail: Mail) -> Answer:
    """The same by asking every rule, one after the other: slow, and plainly right."""
    return _ask(rules, MailWords(mail))


def _ask(rules: Iterable[Rule], words: MailWords) -> Answer:
    given: dict[Gift, _Hit] = {}
    hits: list[_Hit] = []
    for rule in rules:
        fresh = rule.gives.keys() - given.keys()
        if not (fresh or rule.tags or rule.watchers or rule.stop) or (facts := found_in(rule.when, words)) is None:
            continue
        hit = _Hit(rule, facts)
        hits.append(hit)
        given |= dict.fromkeys(fresh, hit)
        if rule.stop:
            break
    return Answer(_verdict(given, hits), tuple(hit.rule.name for hit in hits))


@dataclass(frozen=True, slots=True)
class _Hit:
    rule: Rule
    facts: tuple[str, ...]

    def __str__(self) -> str:
        return " and ".join(self.facts)


def _verdict(given: Mapping[Gift, _Hit], hits: Sequence[_Hit]) -> Verdict | None:
    if not hits:
        return None
    main = given.get("place") or hits[0]
    by = {gift: hit.rule for gift, hit in given.items()}
    return Verdict(
        rule=main.rule.name,
        department=by["place"].department if "place" in by else None,
        priority=by["priority"].priority if "priority" in by else None,
        priority_reason=by["priority"].priority_reason if "priority" in by else None,
        reason=_reason(main, given, hits),
        reason_in_confidence=_reason(main, given, hits, in_confidence=True),
        matched=main.facts,
        source=main.rule.source,
        hold="place" in by and by["place"].hold,
        owner=by["owner"].owner if "owner" in by else None,
        skills=by["owner"].skills if "owner" in by else (),
        sla_policy=by["sla_policy"].sla_policy if "sla_policy" in by else None,
        silent="silence" in by,
        tags=tuple(dict.fromkeys(tag for hit in hits for tag in hit.rule.tags)),
        confidential="secrecy" in by,
        watchers=tuple(dict.fromkeys(one for hit in hits for one in hit.rule.watchers)),
    )


def _reason(main: _Hit, given: Mapping[Gift, _Hit], hits: Iterable[_Hit], *, in_confidence: bool = False) -> str:
    """What the main rule found, and what each other rule gave and why; in confidence without what was found."""
    told = [(main, "matched"), *((hit, said) for hit in hits if hit is not main and (said := _gave(hit, given)))]
    return "; ".join(f"rule '{hit.rule.name}' {said}{'' if in_confidence else f': {hit}'}" for hit, said in told)


def _gave(hit: _Hit, given: Mapping[Gift, _Hit]) -> str:
    gifts = [said for gift, said in hit.rule.gives.items() if given[gift] is hit]
    if hit.rule.tags:
        gifts.append(f"tags {', '.join(hit.rule.tags)}")
    if hit.rule.watchers:
        gifts.append(f"a copy to {', '.join(hit.rule.watchers)}")
    if not gifts:
        return "stopped" if hit.rule.stop else ""
    return f"gave {', '.join(gifts)}"


def found_in(condition: Condition, words: MailWords) -> Facts:
    """One condition and a mail's words -> what was found, or None when it does not hold."""
    return _CHECKS[type(condition)](condition, words)


def _any_holds(group: Group, words: MailWords) -> Facts:
    return next((facts for part in group.parts if (facts := found_in(part, words)) is not None), None)


def _all_hold(group: Group, words: MailWords) -> Facts:
    seen: tuple[str, ...] = ()
    for part in group.parts:
        facts = found_in(part, words)
        if facts is None:
            return None
        seen += facts
    return seen


def _none_holds(group: Group, words: MailWords) -> Facts:
    return () if _any_holds(group, words) is None else None


_GROUPS: Mapping[str, Callable[[Group, MailWords], Facts]] = {
    "any": _any_holds,
    "all": _all_hold,
    "none": _none_holds,
}


def _group(group: Group, words: MailWords) -> Facts:
    return _GROUPS[group.how](group, words)


def _words(condition: HasWords, words: MailWords) -> Facts:
    for text in words.texts(condition.place):
        if said := _first_phrase(condition.phrases, text):
            return (f"{text.name} names the customer {said}" if condition.customer else f"{text.name} has {said}",)
    return None


def _first_phrase(phrases: Iterable[Phrase], text: Text) -> str | None:
    """The first phrase that stands in the text; the words of the mail too, where they are another form."""
    for phrase in phrases:
        if (found := text.find(phrase)) is not None:
            as_written = phrase.words[-1].begins or found.split() == words_of(phrase.written)
            return f"'{phrase.written}'" if as_written else f"'{phrase.written}' as '{found}'"
    return None


def _addressed(condition: IsAddressed, words: MailWords) -> Facts:
    for address in words.addresses[condition.side]:
        if any(pattern.fits(address) for pattern in condition.patterns):
            return (f"{_SIDES[condition.side]} '{address}'",)
    return None


def _from_domain(condition: ComesFromDomain, words: MailWords) -> Facts:
    (sender,) = words.addresses["from"]
    domain = sender.rpartition("@")[2]
    return (f"from domain '{domain}'",) if any(p.fits(domain) for p in condition.patterns) else None


def _header(condition: HeaderHas, words: MailWords) -> Facts:
    for text in words.header(condition.name):
        if said := _first_phrase(condition.phrases, text):
            return (f"{text.name} has {said}",)
    return None


def _attachment(condition: HasAttachment, words: MailWords) -> Facts:
    for file, folded in words.files:
        if any(pattern.compiled.match(folded) for pattern in condition.patterns):
            return (f"an attachment is named '{file.name}'",)
    return None


def _attachment_type(condition: HasAttachmentType, words: MailWords) -> Facts:
    for file, _ in words.files:
        if any(pattern.fits(file.type.lower()) for pattern in condition.patterns):
            return (f"the attachment '{file.name}' is of type {file.type.lower()}",)
    return None


def _regex(condition: FitsRegex, words: MailWords) -> Facts:
    for text in words.texts(condition.place):
        for pattern in condition.patterns:
            if (found := pattern.compiled.search(text.plain)) is not None:
                return (f"{text.name} fits '{pattern.written}' with '{found[0][:80]}'",)
    return None


def _fact(condition: FactIs, words: MailWords) -> Facts:
    value = words.facts[condition.fact]
    return (f"the {condition.fact} is {value}",) if value in condition.values else None


def _measured(condition: Measures, words: MailWords) -> Facts:
    value = words.mail.size if condition.measure == "size" else words.mail.depth
    if not (value > condition.limit if condition.over else value < condition.limit):
        return None
    if condition.measure == "thread":
        return (f"it refers to {value} earlier mail{'' if value == 1 else 's'}",)
    return (f"it is {'larger' if condition.over else 'smaller'} than {condition.written}",)


def _came_at(condition: CameAt, words: MailWords) -> Facts:
    at = words.mail.received_at
    if at is None or (condition.is_open is not None and condition.of.is_open(at) != condition.is_open):
        return None
    local = condition.of.local(at)
    if condition.days is not None and local.weekday() not in condition.days:
        return None
    if condition.between is not None and not _lies_between(local.time(), *condition.between):
        return None
    closed = "" if condition.is_open is None else f", while it is {'open' if condition.is_open else 'closed'}"
    return (f"it came on {local:%A at %H:%M} by the calendar {condition.calendar}{closed}",)


def _lies_between(at: dt.time, first: dt.time, last: dt.time) -> bool:
    return first <= at < last if first < last else at >= first or at < last


_SIDES: Mapping[Side, str] = {
    "to": "sent to",
    "cc": "in copy to",
    "delivered_to": "delivered to",
    "from": "from",
}
# The value type of each check is the key beside it; the type checker cannot say that of a table.
_CHECKS: Mapping[type[Condition], Callable[[Any, MailWords], Facts]] = {
    HasWords: _words,
    IsAddressed: _addressed,
    ComesFromDomain: _from_domain,
    HeaderHas: _header,
    HasAttachment: _attachment,
    HasAttachmentType: _attachment_type,
    FitsRegex: _regex,
    FactIs: _fact,
    Measures: _measured,
    CameAt: _came_at,
    Group: _group,
}
