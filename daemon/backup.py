"""Story: everything that a restore needs goes into one folder, while the daemon works, and is proved there.

The folder appears whole or not at all: it is made beside its place, synced, looked through as a restore would, and
renamed. It holds the database, the keys, the models, the settings with rules, templates and people as found, and a
manifest with the checksum of every file. Passwords are not in it: they lie in files of their own, or in the
environment.
"""

from __future__ import annotations

import datetime as dt
import errno
import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from classifier import registry
from classifier.predict import Model
from config.settings import Settings
from daemon import free_space, keys
from daemon.store import installation, schema, snapshot
from daemon.store.database import Store
from daemon.under_test import reached

FORMAT = 1

MANIFEST, MODELS, SETTINGS = "manifest.json", "models", "settings"

#: How a backup is called while it is made; one that nobody makes any more is taken away by the next.
UNFINISHED = ".{}.postroom-unfinished"


class BackupFailed(Exception):
    """No backup could be made; the sentence says why. Nothing stands at its place."""


class BackupUnfit(Exception):
    """A backup from which nothing can be restored; every reason, one a line."""


@dataclass(frozen=True, slots=True)
class Seal:
    """Size in bytes and SHA-256 (hex) of a file when the backup was made."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is (`made_at` in UTC). `kind`: sqlite or postgresql; `counts`: rows, empty for PostgreSQL."""

    made_at: dt.datetime
    postroom: str
    schema: str
    kind: str
    epoch: int
    keys_fingerprint: str
    settings_file: str
    counts: dict[str, int]
    files: dict[str, Seal]


def make(target: Path, settings_path: Path, settings: Settings, store: Store, now: dt.datetime) -> Manifest:
    """Back up to the new folder `target`; what it holds. Raises BackupFailed, and then leaves nothing behind."""
    if target.exists() or target.is_symlink():
        raise BackupFailed(f"{target} is there already and stays as it is; name a folder that does not exist yet.")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _take_away_leftovers(target.parent)
        _require_room(target.parent, settings, store)
        with _growing(target) as folder:
            manifest = _fill(folder, settings_path, settings, store, now)
            reached("C17")
            verify(folder)
            _sync(folder)
            reached("C17")
            folder.rename(target)
        _sync_folder(target.parent)
    except OSError as error:
        place = error.filename or target
        reason = "the disk is full" if error.errno == errno.ENOSPC else error.strerror or str(error)
        raise BackupFailed(f"No backup was made: {place}: {reason}.") from error
    except (snapshot.SnapshotFailed, BackupUnfit) as error:
        raise BackupFailed(f"No backup was made: {error}") from error
    return manifest


def verify(folder: Path) -> Manifest:
    """Prove that this backup could be restored: its manifest; BackupUnfit with everything that speaks against it."""
    manifest = read_manifest(folder)
    wrong = _not_as_sealed(folder, manifest)
    if wrong:
        raise BackupUnfit("\n".join(wrong))
    with _one_sentence():
        inside = snapshot.look_inside(folder / snapshot.FILES[manifest.kind], manifest.kind)
        own = keys.load(folder / keys.FILE)
        champion = registry.champion(folder / MODELS)
        if champion is not None:
            Model.load(champion)
    if inside.keys_fingerprint not in (None, own.fingerprint):
        raise BackupUnfit(f"The database in {folder} belongs to other keys than {folder / keys.FILE}.")
    if not schema.is_known(manifest.schema):
        raise BackupUnfit(
            f"{folder} was made at schema {manifest.schema} by Postroom {manifest.postroom}, which this program does "
            f"not know (it knows up to {schema.newest()}); install that Postroom or a newer one."
        )
    return manifest


@contextmanager
def _one_sentence() -> Iterator[None]:
    try:
        yield
    except (snapshot.SnapshotFailed, keys.KeysRefused, registry.ModelRefused) as error:
        raise BackupUnfit(str(error)) from error
    except FileNotFoundError as error:
        raise BackupUnfit(f"{error.filename} is missing.") from error


def read_manifest(folder: Path) -> Manifest:
    """What stands in the manifest of a backup; BackupUnfit if there is none that this program can read."""
    path = folder / MANIFEST
    try:
        written = json.loads(path.read_text())
        if written.pop("format") != FORMAT:
            raise BackupUnfit(
                f"{path} has a format that this Postroom does not know; restore with the one that made it."
            )
        written["made_at"] = dt.datetime.fromisoformat(written["made_at"])
        written["files"] = {name: Seal(**seal) for name, seal in written["files"].items()}
        found = Manifest(**written)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BackupUnfit(f"{folder} is no backup of Postroom: it has no {MANIFEST}.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupUnfit(f"{path} cannot be read ({error}); it is cut off or was altered.") from error
    if found.kind not in snapshot.FILES or any(_leads_out(name) for name in found.files):
        raise BackupUnfit(f"{path} names things that no backup holds; it was altered.")
    return found


def _leads_out(name: str) -> bool:
    path = Path(name)
    return path.is_absolute() or ".." in path.parts or not path.parts


def _not_as_sealed(folder: Path, manifest: Manifest) -> list[str]:
    """Files that are missing, altered, or not in the manifest."""
    wrong = []
    for name, seal in manifest.files.items():
        path = folder / name
        if not path.is_file() or path.is_symlink():
            wrong.append(f"{path} is missing.")
        elif path.stat().st_size != seal.size or _sha256(path) != seal.sha256:
            wrong.append(f"{path} is not what was backed up: its checksum differs.")
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
    wrong += [f"{folder / name} does not belong to the backup." for name in sorted(found - {*manifest.files, MANIFEST})]
    needed = {snapshot.FILES[manifest.kind], keys.FILE}
    return wrong + [f"The manifest of {folder} does not name {name}." for name in sorted(needed - set(manifest.files))]


# ---- making it


def _require_room(beside: Path, settings: Settings, store: Store) -> None:
    """Raise BackupFailed where a backup would fill the disk, or leave the daemon none of it to work on."""
    models = (file.stat().st_size for file in settings.classifier.folder.rglob("*") if file.is_file())
    needed, left = store.size() + sum(models), free_space.free(beside)
    shared = {path.stat().st_dev for path in free_space.places(settings, store)}
    stays = free_space.least(settings) if beside.stat().st_dev in shared else 0
    if left < needed + stays:
        also = f", and {free_space.in_mb(stays)} are to stay free there for the daemon" if stays else ""
        raise BackupFailed(
            f"No backup was made: it needs about {free_space.in_mb(needed)}, {free_space.in_mb(left)} are free on the "
            f"disk of {beside}{also}. Make room, or name a folder on another disk."
        )


@contextmanager
def _growing(target: Path) -> Iterator[Path]:
    """A folder beside `target` for nobody else's eyes, locked while it is filled, gone if it was not finished."""
    folder = target.with_name(UNFINISHED.format(target.name))
    folder.mkdir(mode=0o700)
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield folder
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        os.close(number)


def _take_away_leftovers(parent: Path) -> None:
    """What a killed backup has left; one that is being made is locked and stays."""
    for folder in parent.glob(UNFINISHED.format("*")):
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            with suppress(BlockingIOError):
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
        finally:
            os.close(number)


def _fill(folder: Path, settings_path: Path, settings: Settings, store: Store, now: dt.datetime) -> Manifest:
    kind = store.url.get_backend_name()
    with store.reading() as connection:
        known = installation.find(connection)
    if known is None:
        raise BackupFailed("No daemon has started on this database yet: there is nothing to back up.")
    found = schema.current(store)
    snapshot.take(store.url, folder / snapshot.FILES[kind])
    reached("C17")
    _copy(settings.state_dir / keys.FILE, folder / keys.FILE)
    _copy_models(settings.classifier.folder, folder / MODELS)
    for source, name in settings_files(settings_path, settings):
        _copy(source, folder / SETTINGS / name)
    inside = snapshot.look_inside(folder / snapshot.FILES[kind], kind)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = Manifest(
        made_at=now,
        postroom=version("postroom"),
        schema=found or "",
        kind=kind,
        epoch=known.epoch,
        keys_fingerprint=known.keys_fingerprint,
        settings_file=f"{SETTINGS}/{settings_path.name}",
        counts=inside.counts,
        files={str(path.relative_to(folder)): Seal(path.stat().st_size, _sha256(path)) for path in files},
    )
    written = {"format": FORMAT} | asdict(manifest) | {"made_at": now.isoformat()}
    _write(folder / MANIFEST, (json.dumps(written, indent=1, ensure_ascii=False) + "\n").encode())
    return manifest


def settings_files(path: Path, settings: Settings) -> Iterator[tuple[Path, str]]:
    """Every file that the settings consist of, and its name in a backup: settings, rules, templates, people."""
    yield path, path.name
    if settings.rules.folder is not None:
        rules = (one for one in sorted(settings.rules.folder.iterdir()) if one.suffix in (".yaml", ".yml"))
        yield from ((one, f"rules/{one.name}") for one in rules)
    if settings.templates.folder is not None:
        yield from ((one, f"templates/{one.name}") for one in sorted(settings.templates.folder.glob("*.j2")))
    if settings.people.file is not None:
        yield settings.people.file, f"people/{settings.people.file.name}"


def _copy_models(source: Path, target: Path) -> None:
    """The pointer to the champion first: a version is never altered, so what it points to is there afterwards."""
    if not source.is_dir():
        return
    found = [path for path in source.rglob("*") if path.is_file()]
    found = [path for path in found if not any(part.startswith(".") for part in path.relative_to(source).parts)]
    for path in sorted(found, key=lambda path: (len(path.relative_to(source).parts), path)):
        _copy(path, target / path.relative_to(source))


def _copy(source: Path, target: Path) -> None:
    """A copy that nobody else can read, whatever the original allows."""
    for folder in reversed([one for one in target.parents if not one.exists()]):
        folder.mkdir(mode=0o700)
    with open(source, "rb") as original, open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as to:
        shutil.copyfileobj(original, to)


def _write(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    """Put every file of a folder, and the folder itself, on the disk."""
    for path in [*folder.rglob("*"), folder]:
        _sync_folder(path)


def _sync_folder(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
