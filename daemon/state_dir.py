"""The state directory: made private, and held by one daemon at a time."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

#: A look at the lock lasts microseconds; a second one that just follows must not turn a daemon away.
LOOKS, LOOK_SECONDS = 10, 0.02

LOCK, STATUS, DRIFT = "postroom.lock", "status.json", "drift.json"

#: Lies there while a restore is under way: what a killed one has left behind is no state to work in.
RESTORING = "restore-unfinished"


class AlreadyRunning(Exception):
    """Another daemon holds the state directory; the sentence names its process."""


class HalfRestored(Exception):
    """A restore was begun and not finished; the sentence says what to do."""


def prepare(path: Path) -> None:
    """Make the directory, readable by nobody else."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


@contextmanager
def held_with(path: Path, database: str | None) -> Iterator[None]:
    """Hold the directory, and beside an SQLite file elsewhere that file too: two daemons on it would send twice."""
    with ExitStack() as stack:
        stack.enter_context(held(path))
        if database is not None and Path(database).absolute().parent.resolve() != path.resolve():
            file = Path(database).absolute()
            stack.enter_context(held(file.parent, f"{file.name}.lock"))
        yield


@contextmanager
def held(path: Path, name: str = LOCK) -> Iterator[None]:
    """Hold the directory while the block runs, or raise AlreadyRunning within a quarter of a second.

    The kernel drops the lock with the process, however it ends; no stale lock file can remain.
    """
    prepare(path)
    with open(path / name, "a+") as file:
        try:
            _lock(file)
        except OSError as error:
            file.seek(0)
            pid = file.read().strip() or "unknown"
            raise AlreadyRunning(
                f"Another Postroom (process {pid}) already works on {path}; stop it first, or give this one "
                "its own state_dir."
            ) from error
        file.seek(0)
        file.truncate()
        file.write(str(os.getpid()))
        file.flush()
        yield


def _lock(file: TextIO) -> None:
    """Lock it, or raise OSError. `postroom status` looks whether it is locked by locking it for a moment itself."""
    for _ in range(LOOKS):
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        time.sleep(LOOK_SECONDS)
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def require_whole(path: Path) -> None:
    """Raise HalfRestored if a restore was begun here and has not come to its end."""
    if (path / RESTORING).exists():
        source = (path / RESTORING).read_text().partition("\n")[0]
        raise HalfRestored(
            f"A restore from {source} was begun in {path} and not finished; run `postroom restore {source}` again."
        )


def write_status(path: Path, status: dict[str, Any]) -> None:
    """Replace the status file in one step."""
    _replace(path, STATUS, status)


def write_drift(path: Path, found: dict[str, Any]) -> None:
    """Replace what the last look for drift has found in one step; `at` is its instant (UTC)."""
    _replace(path, DRIFT, found)


def read_drift(path: Path) -> dict[str, Any] | None:
    """What the last look for drift has found, or None; what cannot be read is looked for anew."""
    try:
        found: dict[str, Any] = json.loads((path / DRIFT).read_text())
        dt.datetime.fromisoformat(found["at"])
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return found


def _replace(path: Path, name: str, content: dict[str, Any]) -> None:
    draft = path / f".{name}"
    draft.write_text(json.dumps(content, default=str))
    draft.replace(path / name)


def read_status(path: Path) -> dict[str, Any] | None:
    """What the daemon last said of itself, or None; `running` tells whether it still holds the directory."""
    try:
        status: dict[str, Any] = json.loads((path / STATUS).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return status | {"running": _is_held(path)}


def who_listens(path: Path) -> int | None:
    """The process of the daemon that holds the directory, once it can be told something; before, a signal ends it."""
    status = read_status(path)
    if status is None or not status["running"] or status.get("state") != "running":
        return None
    holder = (path / LOCK).read_text().strip()
    return int(holder) if holder == str(status.get("pid")) else None


def _is_held(path: Path) -> bool:
    try:
        with open(path / LOCK) as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
