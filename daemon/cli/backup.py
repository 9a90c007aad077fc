"""`postroom backup`: everything a restore needs, in one folder; or the proof that such a folder can be restored."""

from __future__ import annotations

from pathlib import Path

import click

from daemon import backup
from daemon.backup import Manifest
from daemon.cli.room import open_for_reading
from daemon.cli.sheet import CANNOT_WRITE, NOT_AS_IT_SHOULD_BE, Ends, Sheet, as_json, console, print_json, safe
from daemon.premises import utc_now

#: Tables whose rows are counted, as people call them.
IN_WORDS = {"requests": "requests", "messages": "messages", "outbox": "outgoing mails"}


@click.command("backup")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--verify", is_flag=True, help="Make nothing: prove that the backup at TARGET can be restored.")
@as_json
@click.pass_obj
def command(sheet: Sheet, target: Path, verify: bool, machine: bool) -> None:
    """Back up to the new folder TARGET, while the daemon works.

    In it are the database, the keys, the models, and the settings with rules, templates and people as found; no
    passwords. Nobody else can read it. TARGET must not exist: nothing is ever overwritten.
    """
    target = target.absolute()
    manifest = _prove(target) if verify else _make(sheet, target)
    if machine:
        print_json(manifest)
        return
    out = console()
    out.print(safe(f"{target} {'can be restored' if verify else 'is made and can be restored'}:"))
    for line in described(manifest):
        out.print(safe(f"  {line}"))
    if not verify:
        out.print("Keep it where only you can read it: it holds every mail and the keys.")


def _make(sheet: Sheet, target: Path) -> Manifest:
    with open_for_reading(sheet) as (settings, store):
        try:
            return backup.make(target, sheet.path, settings, store, utc_now())
        except backup.BackupFailed as error:
            raise Ends(str(error), CANNOT_WRITE) from error


def _prove(target: Path) -> Manifest:
    try:
        return backup.verify(target)
    except backup.BackupUnfit as error:
        raise Ends(f"{error}\nNothing can be restored from {target}.", NOT_AS_IT_SHOULD_BE) from error


def described(manifest: Manifest) -> list[str]:
    """A backup in a few lines for people."""
    size = sum(seal.size for seal in manifest.files.values())
    rows = ", ".join(f"{number} {IN_WORDS[table]}" for table, number in manifest.counts.items())
    return [
        f"made {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC by Postroom {manifest.postroom}, schema {manifest.schema}, "
        f"epoch {manifest.epoch}",
        f"database: {manifest.kind}{f', {rows}' if rows else ''}",
        f"{len(manifest.files)} files, {size / 1_000_000:.1f} MB, every checksum right",
    ]
