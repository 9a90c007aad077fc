"""`postroom models diff`: two stored models on the same texts, as the gate sees them."""

from __future__ import annotations

import click

from classifier import registry
from classifier.examination import examine
from classifier.gate import Comparison, Difference, TooFewTexts
from classifier.registry import ModelRefused
from daemon.cli.sheet import NOT_AS_IT_SHOULD_BE, OK, Ends, Sheet, as_json, console, print_json, print_table, safe


@click.command("diff")
@click.argument("challenger")
@click.argument("champion", required=False)
@as_json
@click.pass_obj
def command(sheet: Sheet, challenger: str, champion: str | None, machine: bool) -> int:
    """Compare CHALLENGER with CHAMPION (without it: the one in service) on texts that neither has learnt from.

    Exit status 1 if the gate would not let the challenger pass.
    """
    settings = sheet.settings()
    root = settings.classifier.folder
    try:
        before = registry.stored(root, champion) if champion else registry.champion(root)
        if before is None:
            raise Ends("No model is in service; name two versions.")
        found = examine(before, registry.stored(root, challenger), settings.routing.promise)
    except (ModelRefused, TooFewTexts) as error:
        raise Ends(str(error)) from error
    if machine:
        print_json({"champion": before.name, "challenger": challenger, "comparison": found, "holds": found.holds})
    else:
        console().print(safe(f"{before.name} (before) and {challenger} (after)\n"))
        print_comparison(found)
    return OK if found.holds else NOT_AS_IT_SHOULD_BE


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
