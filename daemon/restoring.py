"""Story: a backup is put back, and nothing that may have been said since it was made is said again.

    verify    the backup, as `backup.verify` does, before anything is touched
    set aside what is there now, whole, in a folder of its own
    put back  keys, models, database; until the end a note in the state directory keeps the daemon out
    epoch     a new one: mails that waited are held, mail that came before now is taken in again without a word, and
              request numbers begin far above the last, so that none is given twice

The settings in use stay: the restore says which of them differ from those of the backup.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from config.settings import Settings
from daemon import backup, keys, state_dir
from daemon.backup import Manifest
from daemon.store import installation, ledger, outbox, requests, schema, snapshot
from daemon.store.database import Store

#: Numbers are passed over up to the thousand after the next: people have read those that came after the backup.
NUMBERS = 1000

STAGE = ".restoring"


class RestoreFailed(Exception):
    """Nothing was put back, or not everything; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore has done. `aside`: where the former state lies; `next_number`: of the next request."""

    manifest: Manifest
    epoch: int
    held: dict[str, int]
    next_number: int
    aside: Path | None
    differing: tuple[str, ...]


def restore(source: Path, settings_path: Path, settings: Settings, store: Store, now: dt.datetime) -> Restored:
    """Put a backup back. The caller holds the state directory and the database, and no daemon works.

    Raises BackupUnfit before anything is touched, RestoreFailed after.
    """
    manifest = backup.verify(source)
    kind = store.url.get_backend_name()
    if manifest.kind != kind:
        raise RestoreFailed(
            f"{source} is a backup of a {manifest.kind} database, and database.url names a {kind} one; "
            "set database.url to one of the same kind."
        )
    note = settings.state_dir / state_dir.RESTORING
    try:
        former_epoch, former_number = _former(store, note)
        _write_note(note, source, former_epoch, former_number)
        aside = _set_aside(settings, store, now)
        _replace_file(source / keys.FILE, settings.state_dir / keys.FILE)
        _replace_models(source / backup.MODELS, settings.classifier.folder, aside / backup.MODELS)
        _replace_database(source / snapshot.FILES[kind], store)
        schema.upgrade(store)
        epoch = max(manifest.epoch, former_epoch) + 1
        held, last = _begin_epoch(store, epoch, former_number, now)
    except (OSError, snapshot.SnapshotFailed) as error:
        raise RestoreFailed(
            f"The restore is not finished ({error}). The daemon does not start like this; mend it and run "
            f"`postroom restore {source}` again."
        ) from error
    note.unlink()
    kept = any(aside.iterdir())
    if not kept:
        aside.rmdir()
    differing = tuple(_differing(source, settings_path, settings, manifest))
    return Restored(manifest, epoch, held, last + 1, aside if kept else None, differing)


def _former(store: Store, note: Path) -> tuple[int, int]:
    """Epoch and last request number before the restore, as far as they can be read.

    A restore that was killed may have put the older database in place already: what it knew stands in its note.
    """
    epoch, number = _in_the_database(store)
    try:
        noted = note.read_text().splitlines()[1].split()
        return max(epoch, int(noted[0])), max(number, int(noted[1]))
    except (FileNotFoundError, IndexError, ValueError):
        return epoch, number


def _write_note(note: Path, source: Path, epoch: int, number: int) -> None:
    """In one step, and on the disk before anything else is done."""
    draft = note.with_name(f".{note.name}")
    with open(draft, "w") as file:
        file.write(f"{source}\n{epoch} {number}\n")
        file.flush()
        os.fsync(file.fileno())
    draft.replace(note)


def _in_the_database(store: Store) -> tuple[int, int]:
    if store.is_sqlite and not Path(store.url.database or "").exists():
        return 0, 0
    try:
        if schema.current(store) != schema.newest():
            return 0, 0
        with store.reading() as connection:
            known = installation.find(connection)
            return (known.epoch if known else 0), requests.last_number(connection)
    except sa.exc.SQLAlchemyError:
        return 0, 0  # a damaged database is what restores are for
    finally:
        store.close()


def _set_aside(settings: Settings, store: Store, now: dt.datetime) -> Path:
    """Keep the former database and keys in a new folder of the state directory: what an earlier one has kept stays."""
    name = f"before-restore-{now:%Y%m%dT%H%M%S}"
    taken = sum(1 for _ in settings.state_dir.glob(f"{name}*"))
    folder = settings.state_dir / (f"{name}-{taken + 1}" if taken else name)
    folder.mkdir(mode=0o700)
    if store.is_sqlite:
        snapshot.put_aside(Path(store.url.database or ""), folder)
    elif _has_tables(store):
        snapshot.take(store.url, folder / snapshot.FILES["postgresql"])
    own = settings.state_dir / keys.FILE
    if own.exists():
        shutil.copy2(own, folder / keys.FILE)
    return folder


def _has_tables(store: Store) -> bool:
    with store.reading() as connection:
        return bool(sa.inspect(connection).get_table_names())


def _replace_models(source: Path, target: Path, aside: Path) -> None:
    """Put the models of the backup in place, the former ones aside; a backup without models leaves them."""
    if not source.is_dir():
        return
    stage = target.with_name(STAGE)
    shutil.rmtree(stage, ignore_errors=True)
    target.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    shutil.copytree(source, stage)
    if target.exists():
        shutil.move(target, aside)
    stage.rename(target)


def _replace_file(source: Path, target: Path) -> None:
    """In one step: the old file or the new one, never half of one."""
    stage = target.with_name(STAGE)
    stage.unlink(missing_ok=True)
    with open(source, "rb") as original, open(os.open(stage, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as to:
        shutil.copyfileobj(original, to)
        to.flush()
        os.fsync(to.fileno())
    stage.replace(target)


def _replace_database(file: Path, store: Store) -> None:
    if store.is_sqlite:
        _replace_file(file, Path(store.url.database or ""))
    else:
        snapshot.put_into_postgresql(file, store.url)


def _begin_epoch(store: Store, epoch: int, former_number: int, now: dt.datetime) -> tuple[dict[str, int], int]:
    """What is held, by kind, and the last number that is passed over."""
    why = f"waited when the backup was made, and may have been sent before the restore of {now:%d %b %H:%M} UTC"
    with store.writing() as connection:
        held = outbox.hold_all(connection, f"held: it {why}")
        for mail in held:
            if mail.request_id is not None:
                entry = ledger.Entry(now, ledger.POSTROOM, "mail_held", None, mail.recipient, f"{mail.kind}: it {why}")
                ledger.write(connection, mail.request_id, [entry])
        last = (max(requests.last_number(connection), former_number) // NUMBERS + 2) * NUMBERS
        requests.pass_over_numbers(connection, last)
        installation.begin_epoch(connection, epoch, now, outbox.HELD)
    return dict(Counter(mail.kind for mail in held)), last


def _differing(source: Path, settings_path: Path, settings: Settings, manifest: Manifest) -> list[str]:
    """Files of the settings in use that are not those of the backup, or are in only one of the two."""
    in_use = {f"{backup.SETTINGS}/{name}": path for path, name in backup.settings_files(settings_path, settings)}
    kept = [name for name in manifest.files if name.startswith(f"{backup.SETTINGS}/")]
    names = sorted({*in_use, *kept})
    return [name for name in names if name not in in_use or not _same(source / name, in_use[name])]


def _same(one: Path, other: Path) -> bool:
    return one.is_file() and other.is_file() and one.read_bytes() == other.read_bytes()
