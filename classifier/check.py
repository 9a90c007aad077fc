"""What is wrong with labelled examples before anything is learnt from them. Decides; touches nothing.

Copies, labels that contradict each other, labels that models which had not seen them do not believe, and words that
tell the department today and will not stand in the mail to come.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from classifier.alike import groups_of
from classifier.examples import Example
from classifier.text import WORD, document, fold, without_mailbox
from classifier.threshold import fewest_to_prove

if TYPE_CHECKING:  # training needs scikit-learn, looking at examples does not
    from classifier.curve import Stage
    from classifier.train import Judged

CURVE = (1 / 4, 1 / 2, 1.0)
"""The shares of the texts that a check learns from, to say what more of them would bring."""

FEW = 50
_SURE = 0.8
# Twice as many texts are worth getting if they bring so much F1.
_WORTH = 0.02
# With so little F1, and no more of it from more texts, it is not their number that is wrong.
_HARD = 0.5
_TOLD_FROM = 10  # a figure of fewer texts set apart is noise

LeakKind = Literal["line", "number", "word"]

# A line that stands so often in one department, and hardly elsewhere, is a signature or a form.
_LINE_TEXTS, _LINE_SHARE, _LINE_LETTERS = 5, 0.02, 8
# RITM0012345, INC-2041, #48213: numbers of another system, which a new mail does not carry.
_NUMBERED = re.compile(r"(?:\b([A-Z]{2,6})[-_ ]?|(#))\d{3,}\b")
_NUMBER_SHARE = 0.1
_WORD_SHARE, _WORD_TEXTS = 0.3, 20
_PURE = 0.95
_MOST_WORDS = 5

Kind = Literal["same", "alike"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Texts that are the same, or nearly, and were handled by different departments."""

    kind: Kind
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A label that models which had not seen the text do not believe: how likely they take it, and the other."""

    example: Example
    chance: float
    said: str
    said_chance: float


@dataclass(frozen=True, slots=True)
class Leak:
    """Words that tell a department by habit: a line of a signature, a number of another system, one word alone.

    They stand in `texts` of its texts, and in `elsewhere` of the others.
    """

    kind: LeakKind
    words: str
    department: str
    texts: int
    elsewhere: int


@dataclass(frozen=True, slots=True)
class Growth:
    """F1 of a department after a quarter, half and all of the texts, and what twice as many may bring (0 to 1)."""

    f1: tuple[float, ...]
    expected: float


@dataclass(frozen=True, slots=True)
class DepartmentCheck:
    """One department. `examples` without `duplicates`; `near_duplicates`: those beyond the first of their group."""

    department: str
    examples: int
    duplicates: int
    near_duplicates: int
    made_up: int
    languages: tuple[tuple[str, int], ...]
    suspicious: int
    growth: Growth | None
    missing: int
    verdict: str


@dataclass(frozen=True, slots=True)
class Check:
    """All of it. `is_enough`: a model can be learnt from these examples as they are."""

    departments: tuple[DepartmentCheck, ...]
    conflicts: tuple[Conflict, ...]
    suspicions: tuple[Suspicion, ...]
    leaks: tuple[Leak, ...]
    promise: float
    to_prove: int
    is_enough: bool


def learnable(examples: Sequence[Example], fewest: int) -> list[Example]:
    """Those of departments that have so many texts, of more than one kind; what can be judged and not only counted."""
    groups = groups_of(one.text for one in examples)
    counts, kinds = Counter[str](), defaultdict[str, set[int]](set)
    for one, group in zip(examples, groups.tolist(), strict=True):
        counts[one.department] += 1
        kinds[one.department].add(group)
    fit = {name for name, count in counts.items() if count >= fewest and len(kinds[name]) > 1}
    return [one for one in examples if one.department in fit] if len(fit) > 1 else []


def check(
    examples: Sequence[Example],
    duplicates: Counter[str],
    departments: Collection[str],
    judged: Judged | None,
    stages: Sequence[Stage],
    *,
    promise: float,
    fewest: int,
    language_of: Callable[[str], str],
) -> Check:
    """Look at examples without exact duplicates.

    duplicates: how many each department had. departments: those of the settings. judged, stages: what models made
    of those that are `learnable`; None and none if too few are. fewest: below this a department cannot be learnt.
    """
    groups = groups_of(one.text for one in examples).tolist()
    suspicions = suspicious(judged) if judged else ()
    growths = _growths(stages)
    names = sorted({*departments, *(one.department for one in examples)})
    rows = []
    for name in names:
        its = [(one, group) for one, group in zip(examples, groups, strict=True) if one.department == name]
        growth = growths.get(name)
        count, kinds = len(its), len({group for _, group in its})
        missing = max(0, fewest - count)
        rows.append(
            DepartmentCheck(
                department=name,
                examples=count,
                duplicates=duplicates[name],
                near_duplicates=count - kinds,
                made_up=sum(one.made_up for one, _ in its),
                languages=_languages([one for one, _ in its], language_of),
                suspicious=sum(one.example.department == name for one in suspicions),
                growth=growth,
                missing=missing,
                verdict=_verdict(count, kinds, missing, growth),
            )
        )
    return Check(
        departments=tuple(rows),
        conflicts=conflicts(examples, groups),
        suspicions=suspicions,
        leaks=leaks(examples),
        promise=promise,
        to_prove=fewest_to_prove(promise),
        is_enough=judged is not None and all(row.examples == 0 or not row.missing for row in rows),
    )


def _languages(examples: Iterable[Example], language_of: Callable[[str], str]) -> tuple[tuple[str, int], ...]:
    found = Counter(language_of(f"{one.text.subject}\n{one.text.words[:600]}") or "unknown" for one in examples)
    return tuple(found.most_common())


def _verdict(count: int, kinds: int, missing: int, growth: Growth | None) -> str:
    if not count:
        return "no texts: the model never routes there"
    if missing:
        return f"too few to learn: give {missing} more"
    if kinds < 2:
        return "one form letter: give others"
    if count < FEW:
        return f"few: {FEW - count} more would help a lot"
    return "enough to learn" if growth is None else _promising(growth)


def _promising(growth: Growth) -> str:
    if growth.expected < _WORTH:
        is_hard = growth.f1[-1] < _HARD
        return "hard to tell: look at its labels first" if is_hard else "enough: twice as many would bring little"
    return f"more would help: twice as many, about {100 * growth.expected:+.0f} points of F1"


# ---- labels


def conflicts(examples: Sequence[Example], groups: Sequence[int]) -> tuple[Conflict, ...]:
    """Equal texts of different departments first, then near-duplicates; the largest first."""
    same, alike = defaultdict[str, list[Example]](list), defaultdict[int, list[Example]](list)
    for one, group in zip(examples, groups, strict=True):
        same[without_mailbox(document(one.text))].append(one)
        alike[group].append(one)
    equal = [Conflict("same", tuple(some)) for some in same.values() if _disagree(some)]
    told = {one.source for conflict in equal for one in conflict.examples}
    near = [
        Conflict("alike", tuple(some))
        for some in alike.values()
        if _disagree(some) and not all(one.source in told for one in some)
    ]
    return tuple(sorted([*equal, *near], key=lambda one: (one.kind != "same", -len(one.examples))))


def _disagree(examples: Iterable[Example]) -> bool:
    return len({one.department for one in examples}) > 1


def suspicious(judged: Judged) -> tuple[Suspicion, ...]:
    """Labels that are probably wrong, the surest first.

    By confident learning (Northcutt et al., 2021): another department is at least as likely as it usually is for
    its own texts, and the given one is not. Where departments are told apart with certainty, `_SURE` is enough.
    """
    own = judged.chances[np.arange(len(judged.truth)), judged.truth]
    usual = np.array([min(_SURE, own[judged.truth == i].mean()) for i in range(len(judged.departments))])
    others = np.where(judged.chances >= usual, judged.chances, 0.0)
    others[np.arange(len(own)), judged.truth] = 0.0
    named = others.argmax(axis=1)
    said = others.max(axis=1)
    rows = np.flatnonzero((said > own) & (own < usual[judged.truth]) & judged.counted)
    order = rows[np.argsort(own[rows] - said[rows], kind="stable")]
    return tuple(
        Suspicion(judged.examples[row], float(own[row]), judged.departments[named[row]], float(said[row]))
        for row in order.tolist()
    )


# ---- what more would bring


def _growths(stages: Sequence[Stage]) -> dict[str, Growth]:
    if len(stages) < 2:
        return {}
    f1: dict[str, list[float]] = defaultdict(list)
    for stage in stages:
        for row in stage.figures.departments:
            if row.examples >= _TOLD_FROM:
                f1[row.department].append(row.f1)
    return {name: Growth(tuple(values), _expected(values)) for name, values in f1.items()}


def _expected(values: Sequence[float]) -> float:
    """The next doubling brings a part of what the last one brought, as the last did of the one before."""
    last = values[-1] - values[-2]
    before = values[-2] - values[-3] if len(values) > 2 else last
    part = min(1.0, last / before) if before > 0 else 1.0
    return max(0.0, min(1 - values[-1], last * max(part, 0.0)))


# ---- leakage


def leaks(examples: Sequence[Example]) -> tuple[Leak, ...]:
    """Lines, numbers of another system and single words that tell a department by habit."""
    real = [one for one in examples if not one.made_up]
    sizes = Counter(one.department for one in real)
    if len(sizes) < 2:
        return ()
    lines = _told_by("line", real, sizes, _lines, least=lambda size: max(_LINE_TEXTS, _LINE_SHARE * size))
    numbers = _told_by("number", real, sizes, _numbers, least=lambda size: max(_LINE_TEXTS, _NUMBER_SHARE * size))
    told = {leak.words for leak in lines}

    def other_words(example: Example) -> set[str]:
        rest = "\n".join(line for line in example.text.words.split("\n") if line.strip() not in told)
        return {word for word in WORD.findall(fold(f"{example.text.subject} {rest}")) if word[0] != "_"}

    words = _told_by("word", real, sizes, other_words, least=lambda size: max(_WORD_TEXTS, _WORD_SHARE * size))
    return (*lines, *numbers, *_first_of_each(words))


def _told_by(
    kind: LeakKind,
    examples: Sequence[Example],
    sizes: Counter[str],
    parts_of: Callable[[Example], set[str]],
    *,
    least: Callable[[int], float],
) -> list[Leak]:
    """Parts that stand in at least so many texts of a department, and hardly in any other's."""
    where: dict[str, Counter[str]] = defaultdict(Counter)
    for one in examples:
        for part in parts_of(one):
            where[part][one.department] += 1
    found = []
    for part, counts in where.items():
        (department, texts), *_ = counts.most_common(1)
        if texts >= least(sizes[department]) and texts >= _PURE * counts.total():
            found.append(Leak(kind, part, department, texts, counts.total() - texts))
    return sorted(found, key=lambda leak: (-leak.texts, leak.words))


def _lines(example: Example) -> set[str]:
    """The lines of a text but its first, which is what it is about."""
    lines = [line.strip() for line in example.text.words.split("\n")]
    return {line for line in lines[1:] if len(line) >= _LINE_LETTERS}


def _numbers(example: Example) -> set[str]:
    found = _NUMBERED.finditer(f"{example.text.subject}\n{example.text.words}")
    return {f"{match.group(1) or match.group(2)}…" for match in found}


def _first_of_each(found: Iterable[Leak]) -> list[Leak]:
    """A few for each department: one word alone is a hint, a hundred are noise."""
    shown = Counter[str]()
    kept = []
    for leak in found:
        shown[leak.department] += 1
        if shown[leak.department] <= _MOST_WORDS:
            kept.append(leak)
    return kept
