"""`postroom models list`: the stored models, and which one is in service."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from classifier import registry
from classifier.registry import ModelRefused
from daemon.cli.sheet import Ends, Sheet, as_json, console, print_json, print_table, safe, short_time


@click.command("list")
@as_json
@click.pass_obj
def command(sheet: Sheet, machine: bool) -> None:
    """List the stored models, oldest first."""
    settings = sheet.settings()
    root = settings.classifier.folder
    try:
        champion, before = registry.champion(root), registry.previous(root)
    except ModelRefused as error:
        raise Ends(str(error)) from error
    rows = [_row(root / version, champion, before) for version in registry.versions(root)]
    if machine:
        print_json({"folder": root, "models": rows})
        return
    if not rows:
        console().print(safe(f"No model is stored in {root}; `postroom train` makes one."))
        return
    print_table(
        "",
        ["model", "trained", "by", "texts", "of people", "macro-F1", ""],
        [
            (
                row["version"],
                short_time(row["created"], settings),
                row["who"],
                row["texts"],
                row["labelled"],
                "" if row["macro_f1"] is None else f"{row['macro_f1']:.3f}",
                row["refused"] or row["state"],
            )
            for row in rows
        ],
    )


def _row(folder: Path, champion: Path | None, before: Path | None) -> dict[str, Any]:
    state = {champion: "in service", before: "in service before"}.get(folder, "")
    row = {"version": folder.name, "state": state, "refused": ""}
    try:
        manifest = registry.read_manifest(folder)
    except ModelRefused as error:
        return row | dict.fromkeys(("created", "who", "texts", "labelled", "macro_f1")) | {"refused": str(error)}
    return row | {
        "created": manifest.created,
        "who": manifest.who,
        "texts": manifest.report.learnt,
        "labelled": manifest.labelled,
        "macro_f1": manifest.report.figures.macro_f1,
    }
