"""`postroom models prune`: stored models that nobody needs any more are deleted."""

from __future__ import annotations

import click

from classifier import registry
from classifier.registry import ModelRefused
from daemon.cli.sheet import Ends, Sheet, console, safe


@click.command("prune")
@click.option("--keep", default=5, show_default=True, type=click.IntRange(min=0), help="So many of the newest stay.")
@click.option("--dry-run", is_flag=True, help="Say which ones would be deleted, and delete none.")
@click.pass_obj
def command(sheet: Sheet, keep: int, dry_run: bool) -> None:
    """Delete stored models, but never the one in service, the one before it, and the candidate that runs beside."""
    settings = sheet.settings()
    root, shadow = settings.classifier.folder, settings.classifier.shadow
    try:
        needed = {one.name for one in (registry.champion(root), registry.previous(root)) if one} | {shadow}
        others = [version for version in registry.versions(root) if version not in needed]
        old = others[: max(0, len(others) - keep)]
        for version in () if dry_run else old:
            registry.remove(root, version)
    except ModelRefused as error:
        raise Ends(str(error)) from error
    except OSError as error:
        raise Ends(f"A model in {root} cannot be deleted: {error.strerror}.") from error
    out = console()
    for version in old:
        out.print(safe(f"{version} {'would be deleted' if dry_run else 'is deleted'}"))
    stay = len(registry.versions(root)) - (len(old) if dry_run else 0)
    out.print(f"{stay} models {'would stay' if dry_run else 'are left'}.")
