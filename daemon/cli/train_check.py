"""Shows what a check of labelled examples has found (`postroom train --check`): for people and for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from classifier.check import CURVE, Check, Conflict, Leak, Suspicion, check, learnable
from classifier.examples import FEWEST_EXAMPLES, Example, ExamplesRefused, without_duplicates
from config.settings import Settings
from daemon.cli.progress import bar
from daemon.cli.sheet import NOT_AS_IT_SHOULD_BE, OK, console, print_json, print_table, safe
from daemon.evaluation_page import CONFIDENTIAL, percent
from daemon.mail.language import language_of

if TYPE_CHECKING:
    from classifier.curve import Stage
    from classifier.train import Judged

_SHOWN = 20
_LETTERS = 70
_LEAKS = {
    "line": "a line of a signature or form?",
    "number": "the numbers of another system?",
    "word": "tells it by itself; will new mail have it?",
}


def show_check(settings: Settings, found: Sequence[Example], seed: int, *, machine: bool) -> int:
    """Check examples and say what was found; the exit status is 0 if they can be learnt from as they are."""

    kept = without_duplicates(found).kept
    duplicates = Counter(one.department for one in found)
    duplicates.subtract(one.department for one in kept)
    judged, stages = _judged(learnable(kept, FEWEST_EXAMPLES), seed)
    checked = check(
        kept,
        duplicates,
        settings.departments,
        judged,
        stages,
        promise=settings.routing.promise,
        fewest=FEWEST_EXAMPLES,
        language_of=language_of,
    )
    hidden = frozenset(slug for slug, department in settings.departments.items() if department.confidential)
    if machine:
        print_json(_document(checked, hidden))
    else:
        _print(checked, hidden)
    return OK if checked.is_enough else NOT_AS_IT_SHOULD_BE


def _judged(examples: Sequence[Example], seed: int) -> tuple[Judged | None, tuple[Stage, ...]]:
    """What models make of the examples; nothing if they cannot be learnt from."""
    from classifier.curve import learning_curve  # noqa: PLC0415
    from classifier.train import judge  # noqa: PLC0415

    if not examples:
        return None, ()
    try:
        with bar("judging each text by the others") as progress:
            judged = judge(examples, seed=seed, progress=lambda step: progress(step.done, step.total))
        with bar("learning from fewer texts") as progress:
            stages = learning_curve(examples, lambda step: progress(step.done, step.total), seed=seed, shares=CURVE)
    except ExamplesRefused:  # they have no words in common: the table says how few there are
        return None, ()
    return judged, stages


# ---- for machines


def _document(found: Check, hidden: frozenset[str]) -> dict[str, object]:
    return {
        "is_enough": found.is_enough,
        "promise": found.promise,
        "to_prove": found.to_prove,
        "departments": found.departments,
        "conflicts": [
            {
                "kind": one.kind,
                "text": _text(one.examples[0], hidden),
                "labels": [{"department": example.department, "source": example.source} for example in one.examples],
            }
            for one in found.conflicts
        ],
        "suspicious": [
            {
                "source": one.example.source,
                "text": _text(one.example, hidden),
                "department": one.example.department,
                "chance": one.chance,
                "said": one.said,
                "said_chance": one.said_chance,
            }
            for one in found.suspicions
        ],
        "leaks": [_without_words(one) if one.department in hidden else one for one in found.leaks],
    }


def _without_words(leak: Leak) -> Leak:
    return Leak(leak.kind, CONFIDENTIAL, leak.department, leak.texts, leak.elsewhere)


def _text(example: Example, hidden: frozenset[str]) -> str:
    if example.department in hidden:
        return CONFIDENTIAL
    words = " ".join(f"{example.text.subject} / {example.text.words}".strip(" /").split())
    return words[:_LETTERS] + ("…" if len(words) > _LETTERS else "")


# ---- for people


def _print(found: Check, hidden: frozenset[str]) -> None:
    out = console()
    print_table(
        "What there is to learn from",
        ["department", "texts", "made up", "duplicates", "near-duplicates", "languages", "suspicious", "verdict"],
        [
            (
                row.department,
                row.examples,
                row.made_up or "",
                row.duplicates or "",
                row.near_duplicates or "",
                ", ".join(f"{name} {count}" for name, count in row.languages[:4]),
                row.suspicious or "",
                row.verdict,
            )
            for row in found.departments
        ],
    )
    out.print(
        safe(
            "Duplicates count once. Near-duplicates are learnt from and never tested on each other. To prove a "
            f"promise of {percent(found.promise)} takes at least {found.to_prove} texts on which the model is sure "
            "and right."
        )
    )
    _print_growth(found)
    _print_conflicts(found.conflicts, hidden)
    _print_suspicions(found.suspicions, hidden)
    _print_leaks(found.leaks, hidden)
    if not found.is_enough:
        out.print(safe("\nA model cannot be learnt from these texts as they are; see the verdicts.", "bold red"))


def _print_growth(found: Check) -> None:
    rows = [
        (row.department, *(f"{value:.2f}" for value in row.growth.f1), f"{100 * row.growth.expected:+.0f} points")
        for row in found.departments
        if row.growth is not None and len(row.growth.f1) == len(CURVE)
    ]
    if rows:
        console().print()
        columns = ["department", "F1 of a quarter", "of half", "of all", "twice as many may bring"]
        print_table("What more of each would bring", columns, rows)


def _print_conflicts(conflicts: Sequence[Conflict], hidden: frozenset[str]) -> None:
    rows = [
        (
            "the same" if one.kind == "same" else "nearly the same",
            ", ".join(sorted({example.department for example in one.examples})),
            _text(one.examples[0], hidden),
            ", ".join(_short(example.source) for example in one.examples[:3]) + _more(len(one.examples) - 3),
        )
        for one in conflicts[:_SHOWN]
    ]
    _print_list("Labels that contradict each other", ["text is", "departments", "text", "where"], rows, len(conflicts))


def _print_suspicions(suspicions: Sequence[Suspicion], hidden: frozenset[str]) -> None:
    rows = [
        (
            one.example.department,
            percent(one.chance),
            one.said,
            percent(one.said_chance),
            _text(one.example, hidden | ({one.example.department} if one.said in hidden else set())),
            _short(one.example.source),
        )
        for one in suspicions[:_SHOWN]
    ]
    columns = ["label", "likely", "rather", "likely", "text", "where"]
    _print_list("Labels that look wrong, the surest first", columns, rows, len(suspicions))


def _print_leaks(leaks: Sequence[Leak], hidden: frozenset[str]) -> None:
    rows = [
        (
            leak.department,
            CONFIDENTIAL if leak.department in hidden else leak.words[:_LETTERS],
            leak.texts,
            leak.elsewhere,
            _LEAKS[leak.kind],
        )
        for leak in leaks[:_SHOWN]
    ]
    columns = ["department", "words", "its texts", "others", ""]
    _print_list("What tells a department by habit", columns, rows, len(leaks))


def _print_list(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], total: int) -> None:
    if rows:
        console().print()
        print_table(title if total <= len(rows) else f"{title}: {len(rows)} of {total}, --json has all", columns, rows)


def _short(source: str) -> str:
    """A file without its folders: the table is for people, who know where they keep it."""
    return source.rpartition("/")[2] if source.startswith("/") else source


def _more(count: int) -> str:
    return f" and {count} more" if count > 0 else ""
