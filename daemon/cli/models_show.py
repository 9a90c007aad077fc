"""`postroom models show`: what is known of a stored model."""

from __future__ import annotations

import click

from classifier import registry
from classifier.registry import Manifest, ModelRefused
from config.settings import Settings
from daemon.cli.sheet import Ends, Sheet, as_json, console, print_json, print_table, safe, short_time


@click.command("show")
@click.argument("version", required=False)
@as_json
@click.pass_obj
def command(sheet: Sheet, version: str | None, machine: bool) -> None:
    """Say from what a stored model learnt and how good it is. Without VERSION: the one in service."""
    settings = sheet.settings()
    root = settings.classifier.folder
    try:
        folder = registry.stored(root, version) if version else registry.champion(root)
        if folder is None:
            raise Ends("No model is in service; `postroom models list` shows those that are stored.")
        _, manifest = registry.load(folder)
    except ModelRefused as error:
        raise Ends(str(error)) from error
    if machine:
        print_json(manifest)
    else:
        _print(manifest, settings)


def _print(manifest: Manifest, settings: Settings) -> None:
    out, report = console(), manifest.report
    made_up = report.learnt - manifest.labelled
    for name, value in (
        ("model", manifest.version),
        ("trained", f"{short_time(manifest.created, settings)} by {manifest.who or 'nobody knows whom'}"),
        ("after", manifest.parent or "no model before it"),
        ("learnt from", f"{report.learnt} texts ({manifest.labelled} labelled by people, {made_up} made up)"),
        ("set apart", f"{manifest.set_apart} texts, for the gate"),
        ("texts", f"SHA-256 {report.data}, seed {report.seed}"),
        ("with", ", ".join(f"{name} {number}" for name, number in manifest.libraries.items())),
    ):
        out.print(safe(f"{name:12} {value}"))
    out.print()
    print_table(
        "",
        ["department", "texts", "precision", "recall", "F1"],
        [
            (d.department, d.examples, f"{d.precision:.2f}", f"{d.recall:.2f}", f"{d.f1:.2f}")
            for d in report.figures.departments
        ],
    )
    out.print(f"\nmacro-F1 {report.figures.macro_f1:.3f}, calibration error {report.figures.calibration_error:.3f}")
    for one in report.thresholds:
        acts = "never acts alone" if one.value is None else f"acts alone from {one.value:.3f}, on {one.coverage:.0%}"
        out.print(f"promise {one.promise:.2f}: {acts}")
