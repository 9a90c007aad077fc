"""`postroom models diff`: two stored models on the same texts, as the gate sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import click

from classifier import registry
from classifier.examination import examine
from classifier.gate import Comparison, Difference, TooFewTexts
from classifier.registry import Manifest, ModelRefused
from daemon.cli.sheet import NOT_AS_IT_SHOULD_BE, OK, Ends, Sheet, as_json, console, print_json, print_table, safe


@click.command("diff")
@click.argument("challenger")
@click.argument("champion", required=False)
@as_json
@click.pass_obj
def command(sheet: Sheet, challenger: str, champion: str | None, machine: bool) -> int:
    """Compare CHALLENGER with CHAMPION (without it: the one in service).

    First what each was trained from and how good it then seemed; then both on the same texts that neither has learnt
    from, as the gate sees them. Exit status 1 if the gate would not let the challenger pass.
    """
    settings = sheet.settings()
    root = settings.classifier.folder
    try:
        before = registry.stored(root, champion) if champion else registry.champion(root)
        if before is None:
            raise Ends("No model is in service; name two versions.")
        after = registry.stored(root, challenger)
        manifests = registry.read_manifest(before), registry.read_manifest(after)
        found, trouble = _examined(before, after, settings.routing.promise)
    except ModelRefused as error:
        raise Ends(str(error)) from error
    holds = found is not None and found.holds
    if machine:
        told = {"champion": before.name, "challenger": challenger, "manifests": manifests}
        print_json(told | {"comparison": found, "trouble": trouble, "holds": holds})
        return OK if holds else NOT_AS_IT_SHOULD_BE
    print_table("", ["", "before", "after"], list(_told(*manifests, settings.routing.promise)))
    console().print()
    if found is None:
        console().print(safe(trouble))
    else:
        print_comparison(found)
    return OK if holds else NOT_AS_IT_SHOULD_BE


def _examined(before: Path, after: Path, promise: float) -> tuple[Comparison | None, str]:
    try:
        return examine(before, after, promise), ""
    except TooFewTexts as error:
        return None, str(error)


def _told(before: Manifest, after: Manifest, promise: float) -> Iterator[tuple[str, str, str]]:
    """What the manifests say, beside each other."""
    yield "model", before.version, after.version
    yield "trained by", before.who, after.who
    for name, of in _FIGURES.items():
        yield name, of(before), of(after)
    yield f"acts alone at {promise:g} from", _threshold(before, promise), _threshold(after, promise)
    names = [{one.department for one in manifest.report.figures.departments} for manifest in (before, after)]
    for name, some in (("departments lost", names[0] - names[1]), ("departments gained", names[1] - names[0])):
        if some:
            yield name, "", ", ".join(sorted(some))


_FIGURES: dict[str, Callable[[Manifest], str]] = {
    "texts": lambda one: str(one.report.figures.n),
    "of people": lambda one: str(one.labelled),
    "macro-F1, cross-fitted": lambda one: f"{one.report.figures.macro_f1:.3f}",
    "calibration error": lambda one: f"{one.report.figures.calibration_error:.3f}",
    "hash of the texts": lambda one: one.report.data[:12],
}


def _threshold(manifest: Manifest, promise: float) -> str:
    stricter = [one for one in manifest.report.thresholds if one.promise >= promise]
    value = min(stricter, key=lambda one: one.promise).value if stricter else None
    return "never" if value is None else f"{value:.3f}"


def print_comparison(found: Comparison) -> None:
    """The figures of both models and what speaks against the challenger."""
    rows = [("macro-F1", found.n, *_cells(found.macro_f1))]
    rows.append((f"coverage at promise {found.promise:g}", found.n, *_cells(found.coverage)))
    rows += [(f"recall of {one.department}", one.examples, *_cells(one.recall)) for one in found.departments]
    print_table("", ["", "texts", "before", "after", "points", "with 90 % confidence"], rows)
    out = console()
    if found.alone:
        out.print(
            f"\nOf the {found.alone} texts that it would route alone {found.alone_right} are right "
            f"({found.alone_right / found.alone:.1%}; {found.promise:.1%} are promised)."
        )
    for sentence in found.against:
        out.print(safe(f"Against it: {sentence}.", "bold red"))
    if found.holds:
        out.print("The gate holds.")


def _cells(one: Difference) -> tuple[str, str, str, str]:
    between = f"{100 * one.least:+.1f} to {100 * one.most:+.1f}"
    return f"{one.before:.3f}", f"{one.after:.3f}", f"{100 * one.change:+.1f}", between
