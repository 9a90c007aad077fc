"""Finds rules that read well but will not do what their author thinks.

What it finds is certain or comes with an example mail; what it does not find may still be wrong: it compares
the written conditions and the example mails, it does not prove anything about all mails. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.examples import title
from rules.mail_words import MailWords
from rules.match import found_in
from rules.quarrels import quarrels
from rules.rule import (
    CameAt,
    Condition,
    ExampleMail,
    FactIs,
    FitsRegex,
    Gift,
    Group,
    HasWords,
    HeaderHas,
    Measures,
    Phrase,
    RegexPattern,
    Rule,
    RuleSet,
)
from rules.say import aloud

_EVERYDAY = ("Hello", "Frage", "Re: 4711", "Merci", "why?")
"""Subjects that have little in common: a pattern that fits them all fits nearly every mail."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one rule that its author should look at, with what to do."""

    rule: str
    source: str
    problem: str

    def __str__(self) -> str:
        return f"{self.source}: rule '{self.rule}': {self.problem}"


def lint(rules: RuleSet) -> tuple[Finding, ...]:
    """Rules -> everything doubtful about them, file by file.."""
    found = [finding for look in _LOOKS for finding in look(rules)]
    places = {rule.source: (rule.file, rule.line) for rule in rules.rules}
    return tuple(sorted(found, key=lambda finding: places[finding.source]))


def matching_nothing(rules: RuleSet, silent: Collection[tuple[str, str]], mails: str) -> tuple[Finding, ...]:
    """The rules (by name and source) that matched none of these past mails; `mails` says how many and when."""
    problem = f"it never matches: it holds for none of the {mails}; look whether its words are those that people write"
    return tuple(_finding(rule, problem) for rule in rules.rules if (rule.name, rule.source) in silent)


def _finding(rule: Rule, problem: str) -> Finding:
    return Finding(rule.name, rule.source, problem)


def _same_names(rules: RuleSet) -> Iterator[Finding]:
    first: dict[str, Rule] = {}
    for rule in rules.rules:
        other = first.setdefault(rule.name.casefold(), rule)
        if other is not rule:
            yield _finding(rule, f"the rule at {other.source} has the same name; give one of them another")


def _without_example(rules: RuleSet) -> Iterator[Finding]:
    for rule in rules.rules:
        if not rule.catches:
            yield _finding(rule, "it has no example that it catches; add the mail that you wrote it for")


def _patterns_that_find_nothing(rules: RuleSet) -> Iterator[Finding]:
    for rule in rules.rules:
        for condition in _every(rule.when):
            for pattern in condition.patterns if isinstance(condition, FitsRegex) else ():
                if fits := _what_it_fits(pattern):
                    yield _finding(rule, f"the pattern '{pattern.written}' {fits}")


def _what_it_fits(pattern: RegexPattern) -> str:
    if pattern.compiled.search(""):
        return "also fits an empty text, so it may fit every mail; let it ask for at least one character"
    if all(map(pattern.compiled.search, _EVERYDAY)):
        return f"fits nearly every mail, such as '{_EVERYDAY[0]}' and '{_EVERYDAY[1]}'; ask for more"
    return ""


def _contradictions(rules: RuleSet) -> Iterator[Finding]:
    for rule in rules.rules:
        asked = _parts(rule.when, "all")
        forbidden = [part for group in asked for part in _parts(group, "none") if part is not group]
        for part in asked:
            if any(_implies(part, other) for other in forbidden):
                problem = f"it never matches, because it both asks for and forbids this: {aloud(part)}"
                yield _finding(rule, f"{problem}; remove one of the two")


def _never_reached(rules: RuleSet) -> Iterator[Finding]:
    for at, rule in enumerate(rules.rules):
        if earlier := next(_covering(rule, at, rules), None):
            if rule.when == earlier.when and rule.order == earlier.order and _same_gifts(rule, earlier):
                yield _finding(
                    rule, f"it says the same as rule '{earlier.name}' ({earlier.source}); remove one of them"
                )
                continue
            first = f"rule '{earlier.name}' ({earlier.source}) is asked before it"
            also = ", stops the asking" if earlier.stop else ""
            problem = f"it never acts, because {first}{also} and holds whenever this one does"
            yield _finding(rule, f"{problem}; remove this one or give it a lower order")


def _same_gifts(rule: Rule, other: Rule) -> bool:
    return _all_gifts(rule) == _all_gifts(other)


def _all_gifts(rule: Rule) -> tuple[object, ...]:
    return rule.gives, rule.tags, rule.watchers, rule.stop


def _covering(rule: Rule, at: int, rules: RuleSet) -> Iterator[Rule]:
    """Earlier rules that leave this one nothing to give, and hold whenever it does."""
    # A rule that leaves the example alone cannot cover this one, and that is quickly seen.
    held = rules.index.may_hold(MailWords(rule.catches[0])) if rule.catches else range(at)
    for number in sorted(held):
        other = rules.rules[number]
        if number < at and _leaves_nothing(rule, other) and _implies(rule.when, other.when):
            yield other


def _leaves_nothing(rule: Rule, other: Rule) -> bool:
    adds_nothing = set(rule.tags) <= set(other.tags) and set(rule.watchers) <= set(other.watchers)
    gives_as_much = rule.gives.keys() <= other.gives.keys() and adds_nothing
    return other.stop or (gives_as_much and not rule.stop)


def _taken_examples(rules: RuleSet) -> Iterator[Finding]:
    """Examples that another rule takes elsewhere, or would if a file were named differently."""
    for at, rule in enumerate(rules.rules):
        for example in rule.catches:
            words = MailWords(example)
            for number in sorted(rules.index.may_hold(words) - {at}):
                other = rules.rules[number]
                asked_no_later = number < at or other.order == rule.order
                if asked_no_later and _quarrel(rule, other) and found_in(other.when, words) is not None:
                    yield _finding(rule, _taken(example, rule, other))


def _quarrels_of_others(rules: RuleSet) -> Iterator[Finding]:
    """Mails that a third rule brings along, and about which two rules of equal order disagree."""
    told: set[tuple[str, str, Gift]] = set()
    for rule in rules.rules:
        for example in (*rule.catches, *rule.leaves):
            for quarrel in quarrels(rules, example):
                pair = (quarrel.first.source, quarrel.second.source, quarrel.gift)
                own = rule in (quarrel.first, quarrel.second) and example in rule.catches
                if not own and pair not in told:
                    told.add(pair)
                    about = f"the mail '{title(example)}' ({rule.file}:{example.line})"
                    yield _finding(
                        quarrel.second, f"about {about}, {quarrel}; give the more important one a lower order"
                    )


def _taken(example: ExampleMail, rule: Rule, other: Rule) -> str:
    mine, theirs = _quarrel(rule, other) or ("", "")
    caught = f"rule '{other.name}' ({other.source}), which gives {theirs} instead of {mine}"
    if other.order == rule.order:
        same = f"and has the same order {rule.order}; give the more important one a lower order"
        return f"its example '{title(example)}' is also caught by {caught}, {same}"
    advice = f"give this rule an order below {other.order}, or make the other one narrower"
    return f"its example '{title(example)}' is caught earlier by {caught}; {advice}"


def _quarrel(rule: Rule, other: Rule) -> tuple[str, str] | None:
    """What each of two rules gives, when they give the same kind of thing and differ in it."""
    for gift, mine in rule.gives.items():
        theirs = other.gives.get(gift, mine)
        if theirs != mine:
            return mine, theirs
    return None


def _parts(condition: Condition, how: str) -> tuple[Condition, ...]:
    return condition.parts if isinstance(condition, Group) and condition.how == how else (condition,)


def _every(condition: Condition) -> Iterator[Condition]:
    yield condition
    for part in condition.parts if isinstance(condition, Group) else ():
        yield from _every(part)


def _implies(narrow: Condition, wide: Condition) -> bool:
    """Whether `wide` holds whenever `narrow` does, as far as the written conditions show it."""
    match narrow, wide:
        case _, Group(how="all"):
            return all(_implies(narrow, part) for part in wide.parts)
        case Group(how="any"), _:
            return all(_implies(part, wide) for part in narrow.parts)
        case Group(how="none"), Group(how="none"):
            return all(any(_implies(part, ruled_out) for ruled_out in narrow.parts) for part in wide.parts)
    steps = [(narrow, part) for part in _parts(wide, "any") if part is not wide]
    steps += [(part, wide) for part in _parts(narrow, "all") if part is not narrow]
    return any(_implies(*step) for step in steps) or _asks_for_more(narrow, wide)


def _asks_for_more(narrow: Condition, wide: Condition) -> bool:
    """The same for two conditions that are no groups."""
    if type(narrow) is not type(wide):
        return False
    return _MORE.get(type(narrow), _has_fewer_patterns)(narrow, wide)


def _more_words(narrow: HasWords, wide: HasWords) -> bool:
    return wide.place in (narrow.place, "words") and _covered(narrow.phrases, wide.phrases)


def _more_in_header(narrow: HeaderHas, wide: HeaderHas) -> bool:
    return narrow.name == wide.name and _covered(narrow.phrases, wide.phrases)


def _further_beyond(narrow: Measures, wide: Measures) -> bool:
    if (narrow.measure, narrow.over) != (wide.measure, wide.over):
        return False
    return narrow.limit >= wide.limit if wide.over else narrow.limit <= wide.limit


def _fewer_values(narrow: FactIs, wide: FactIs) -> bool:
    return narrow.fact == wide.fact and set(narrow.values) <= set(wide.values)


def _has_fewer_patterns(narrow: Condition, wide: Condition) -> bool:
    same = _without_values(narrow) == _without_values(wide)
    return same and _values(narrow) <= _values(wide)


def _covered(narrow: Iterable[Phrase], wide: Iterable[Phrase]) -> bool:
    return all(any(other.covers(phrase) for other in wide) for phrase in narrow)


def _values(condition: Condition) -> frozenset[object]:
    return frozenset(getattr(condition, "patterns", ()))


def _without_values(condition: Condition) -> tuple[object, ...]:
    return type(condition), getattr(condition, "side", None), getattr(condition, "place", None)


# The value type of each entry is the key beside it; the type checker cannot say that of a table.
_MORE: Mapping[type[Condition], Callable[[Any, Any], bool]] = {
    HasWords: _more_words,
    HeaderHas: _more_in_header,
    Measures: _further_beyond,
    FactIs: _fewer_values,
    CameAt: CameAt.__eq__,
    Group: lambda narrow, wide: False,
}
_LOOKS: tuple[Callable[[RuleSet], Iterator[Finding]], ...] = (
    _same_names,
    _without_example,
    _patterns_that_find_nothing,
    _contradictions,
    _never_reached,
    _taken_examples,
    _quarrels_of_others,
)
