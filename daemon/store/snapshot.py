"""The whole database as one file: taken while others work with it, looked through, and put back.

SQLite gives it by its backup API: one consistent state, for which no writer waits. PostgreSQL's own programs
`pg_dump` and `pg_restore` are run for it.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

#: What a snapshot is called in a backup, by the kind of its database.
FILES = {"sqlite": "postroom.db", "postgresql": "postroom.dump"}

#: Files that SQLite keeps beside a database while it is in use.
BESIDE = ("-wal", "-shm")


class SnapshotFailed(Exception):
    """A snapshot cannot be taken, read or put back; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Inside:
    """What a snapshot holds, as far as it can be seen without putting it back; None or {} where it cannot."""

    schema: str | None
    keys_fingerprint: str | None
    epoch: int | None
    counts: dict[str, int]


def take(url: sa.URL, target: Path) -> None:
    """Write the database at `url` to the new file `target`, readable by nobody else."""
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    if url.get_backend_name() != "sqlite":
        _run(["pg_dump", "--format=custom", f"--file={target}", f"--dbname={_connection_string(url)}"], url)
        return
    with _sentences(f"The database {url.database} cannot be copied"):
        source = sqlite3.connect(f"{_place(url.database)}?mode=rw", uri=True, timeout=10)
        with closing(source), closing(sqlite3.connect(target)) as copy:
            source.backup(copy)  # all pages in one step: a writer between two steps would begin it anew
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, that can be read where nothing can be written


def look_inside(file: Path, kind: str) -> Inside:
    """Read a snapshot from end to end, and change nothing; SnapshotFailed if it is damaged."""
    if kind != "sqlite":
        listed = _run(["pg_restore", "--list", str(file)])
        tables = set(re.findall(r" TABLE DATA \S+ (\S+) ", listed))
        missing = sorted({"requests", "outbox", "raws", "installation"} - tables)
        if missing:
            raise SnapshotFailed(f"{file} is no dump of Postroom's database: it lacks {', '.join(missing)}.")
        return Inside(None, None, None, {})
    with (
        _sentences(f"{file} cannot be read"),
        closing(sqlite3.connect(f"{_place(file)}?mode=ro&immutable=1", uri=True)) as copy,
    ):
        problems = [row[0] for row in copy.execute("PRAGMA integrity_check(3)") if row[0] != "ok"]
        problems += [f"a row of {row[0]} points to nothing" for row in copy.execute("PRAGMA foreign_key_check")][:3]
        if problems:
            raise SnapshotFailed(f"{file} is damaged: {'; '.join(problems)}.")
        tables = {row[0] for row in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"alembic_version", "requests", "messages", "outbox"} <= tables:
            raise SnapshotFailed(f"{file} is no database of Postroom: its tables are not there.")
        return _inside(copy)


def _inside(copy: sqlite3.Connection) -> Inside:
    schema = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    columns = {row[1] for row in copy.execute("PRAGMA table_info(installation)")}
    epoch = "epoch" if "epoch" in columns else "1"
    row = copy.execute(f"SELECT keys_fingerprint, {epoch} FROM installation").fetchone() if columns else None  # noqa: S608
    counts = {
        table: copy.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
        for table in ("requests", "messages", "outbox")
    }
    return Inside(schema[0] if schema else None, row[0] if row else None, row[1] if row else None, counts)


def put_into_postgresql(file: Path, url: sa.URL) -> None:
    """Replace what is in the PostgreSQL database by a snapshot, all or nothing."""
    arguments = ["--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error"]
    _run(["pg_restore", *arguments, f"--dbname={_connection_string(url)}", str(file)], url)


def put_aside(database: Path, folder: Path) -> None:
    """Keep an SQLite file and what lies beside it in another folder; the file itself also stays where it is.

    What SQLite keeps beside a database must be gone before another database takes its place: it would be played
    into that one.
    """
    with _ignoring_damage(), closing(sqlite3.connect(f"{_place(database)}?mode=rw", uri=True)) as old:
        old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    if database.exists():
        try:
            (folder / database.name).hardlink_to(database)
        except OSError:  # another file system
            shutil.copy2(database, folder / database.name)
    for suffix in BESIDE:
        beside = database.with_name(database.name + suffix)
        if beside.exists():
            shutil.move(beside, folder / beside.name)


def _place(database: Path | str | None) -> str:
    return Path(database or "").absolute().as_uri()


@contextmanager
def _ignoring_damage() -> Iterator[None]:
    """A database that is restored because it is damaged is kept as it is."""
    try:
        yield
    except sqlite3.Error:
        return


@contextmanager
def _sentences(what: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise SnapshotFailed(f"{what}: {error}.") from error


def _connection_string(url: sa.URL) -> str:
    """How libpq reaches the database, without the password: arguments can be read by everybody on the machine."""
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415 - who has SQLite has no psycopg

    places = {"host": url.host, "port": str(url.port or ""), "user": url.username, "dbname": url.database}
    more = {name: value for name, value in url.query.items() if isinstance(value, str)}
    return make_conninfo("", **{name: value for name, value in (places | more).items() if value})


def _run(command: list[str], url: sa.URL | None = None) -> str:
    """Run one of PostgreSQL's programs; what it printed."""
    password = {"PGPASSWORD": str(url.password)} if url is not None and url.password else {}
    try:
        ran = subprocess.run(command, env=os.environ | password, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise SnapshotFailed(
            f"There is no program {command[0]} here; install PostgreSQL's client programs, of the server's version "
            "or newer (Debian: postgresql-client, Fedora: postgresql)."
        ) from error
    if ran.returncode:
        said = " ".join(ran.stderr.split())[-600:] or f"it ended with {ran.returncode}"
        raise SnapshotFailed(f"{command[0]} did not succeed: {said}")
    return ran.stdout
