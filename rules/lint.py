"""Finds rules that read well but will not do what their author thinks.

What it finds is certain or comes with an example mail; what it does not find may still be wrong: it compares
the written conditions and the example mails, it does not prove anything about all mails. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile

from rules.examples import title
from rules.match import RULE_SECONDS, RegexStopwatch, read_mail, what_holds
from rules.rule import (
    Condition,
    ExampleMail,
    FitsRegex,
    Group,
    HasWords,
    HeaderHas,
    Phrase,
    RegexPattern,
    Rule,
    RuleSet,
)
from rules.say import aloud


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about one rule that its author should look at, with what to do."""

    rule: str
    source: str
    problem: str

    def __str__(self) -> str:
        return f"{self.source}: rule '{self.rule}': {self.problem}"


def lint(rules: RuleSet) -> tuple[Finding, ...]:
    """Rules -> everything doubtful about them, file by file. Rules x examples x rules: not for every mail."""
    found = [finding for look in _LOOKS for finding in look(rules.rules)]
    places = {rule.source: (rule.file, rule.line) for rule in rules.rules}
    return tuple(sorted(found, key=lambda finding: places[finding.source]))


def _finding(rule: Rule, problem: str) -> Finding:
    return Finding(rule.name, rule.source, problem)


def _same_names(rules: tuple[Rule, ...]) -> Iterator[Finding]:
    first: dict[str, Rule] = {}
    for rule in rules:
        other = first.setdefault(rule.name.casefold(), rule)
        if other is not rule:
            yield _finding(rule, f"the rule at {other.source} has the same name; give one of them another")


def _without_example(rules: tuple[Rule, ...]) -> Iterator[Finding]:
    for rule in rules:
        if not rule.catches:
            yield _finding(rule, "it has no example that it catches; add the mail that you wrote it for")


def _patterns_that_find_nothing(rules: tuple[Rule, ...]) -> Iterator[Finding]:
    for rule in rules:
        for condition in _every(rule.when):
            for pattern in condition.patterns if isinstance(condition, FitsRegex) else ():
                if _fits_empty_text(pattern):
                    problem = f"the pattern '{pattern.written}' also fits an empty text, so it may fit every mail"
                    yield _finding(rule, f"{problem}; let it ask for at least one character")


def _fits_empty_text(pattern: RegexPattern) -> bool:
    try:
        return pattern.compiled.search("", timeout=RULE_SECONDS) is not None
    except TimeoutError:  # a pattern such as (?R)x calls itself for ever
        return False


def _contradictions(rules: tuple[Rule, ...]) -> Iterator[Finding]:
    for rule in rules:
        asked = _parts(rule.when, "all")
        forbidden = [part for group in asked for part in _parts(group, "none") if part is not group]
        for part in asked:
            if any(_implies(part, other) for other in forbidden):
                problem = f"it never matches, because it both asks for and forbids this: {aloud(part)}"
                yield _finding(rule, f"{problem}; remove one of the two")


def _never_reached(rules: tuple[Rule, ...]) -> Iterator[Finding]:
    for at, rule in enumerate(rules):
        if earlier := next(_covering(rule, rules[:at]), None):
            first = f"rule '{earlier.name}' ({earlier.source}) is asked before it"
            problem = f"it never acts, because {first} and holds whenever this one does"
            yield _finding(rule, f"{problem}; remove this one or give it a lower order")


def _covering(rule: Rule, earlier: Iterable[Rule]) -> Iterator[Rule]:
    """Earlier rules that give as much and hold whenever this one does."""
    example = read_mail(rule.catches[0]) if rule.catches else None
    for other in earlier:
        # A rule that leaves the example alone cannot cover this one, and that is quickly seen.
        if example is not None and what_holds(other, example, RegexStopwatch()) is None:
            continue
        if _gives(rule) <= _gives(other) and _implies(rule.when, other.when):
            yield other


def _taken_examples(rules: tuple[Rule, ...]) -> Iterator[Finding]:
    """Examples that another rule takes elsewhere, or would if a file were named differently."""
    for at, rule in enumerate(rules):
        asked_no_later = (*rules[:at], *_of_equal_order(rules[at + 1 :], rule))
        rivals = [other for other in asked_no_later if _quarrel(rule, other)]
        for example in rule.catches:
            words = read_mail(example)
            for other in rivals:
                if what_holds(other, words, RegexStopwatch()) is not None:
                    yield _finding(rule, _taken(example, rule, other))


def _of_equal_order(later: Iterable[Rule], rule: Rule) -> Iterator[Rule]:
    return takewhile(lambda other: other.order == rule.order, later)


def _taken(example: ExampleMail, rule: Rule, other: Rule) -> str:
    mine, theirs = _quarrel(rule, other) or ("", "")
    caught = f"rule '{other.name}' ({other.source}), which gives {theirs} instead of {mine}"
    if other.order == rule.order:
        same = f"and has the same order {rule.order}; give the more important one a lower order"
        return f"its example '{title(example)}' is also caught by {caught}, {same}"
    advice = f"give this rule an order below {other.order}, or make the other one narrower"
    return f"its example '{title(example)}' is caught earlier by {caught}; {advice}"


def _gives(rule: Rule) -> set[str]:
    return {kind for kind in _KINDS if getattr(rule, kind) is not None}


def _quarrel(rule: Rule, other: Rule) -> tuple[str, str] | None:
    """What each of two rules gives, when they give the same kind of thing and differ in it."""
    for kind in _KINDS:
        mine, theirs = getattr(rule, kind), getattr(other, kind)
        if None not in (mine, theirs) and mine != theirs:
            return f"{kind} {mine}", f"{kind} {theirs}"
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
    match narrow, wide:
        case HasWords(), HasWords():
            return wide.place in (narrow.place, "words") and _covered(narrow.phrases, wide.phrases)
        case HeaderHas(), HeaderHas():
            return narrow.name == wide.name and _covered(narrow.phrases, wide.phrases)
        case Group(), _:
            return False
    return _without_values(narrow) == _without_values(wide) and _values(narrow) <= _values(wide)


def _covered(narrow: Iterable[Phrase], wide: Iterable[Phrase]) -> bool:
    return all(any(other.key in phrase.key for other in wide) for phrase in narrow)


def _values(condition: Condition) -> frozenset[object]:
    return frozenset(getattr(condition, "patterns", ()))


def _without_values(condition: Condition) -> tuple[object, ...]:
    return type(condition), getattr(condition, "side", None), getattr(condition, "place", None)


_KINDS = ("department", "priority")
_LOOKS: tuple[Callable[[tuple[Rule, ...]], Iterator[Finding]], ...] = (
    _same_names,
    _without_example,
    _patterns_that_find_nothing,
    _contradictions,
    _never_reached,
    _taken_examples,
)
