"""What the oracle may look at: journals of what went in and out, the mailboxes, a dump of the database, the logs.

Nothing of the product is imported here: the oracle reads files that other programs wrote and rows by their names.
A folder with a `case.json` is one case:

    injected    journal (JSON lines) of every mail that was put into a mailbox, written before it was put there
    sent        journal (JSON lines) of every mail that the SMTP sink took, written before it said so
    mailboxes   name -> Maildir of the account
    kept        Maildir in which the mail server keeps a copy of each mail that it took; without it it keeps none
    database    URL of the database (sqlite:/// or postgresql://)
    logs        everything the product wrote for people to read: logs, standard error, status files
    planted     words that must never stand there: passwords, words of mails
    never       addresses that must never be written to
    statuses    journal (JSON lines) of what the status said: {"at": instant, "says": text}
    faults      [{"word": what the status must name, "from": instant, "to": instant}]
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.policy import compat32
from pathlib import Path
from typing import Any, Literal

Row = dict[str, Any]

#: The tables the oracle asks about, in the names of the specification.
TABLES = ("copies", "messages", "raws", "requests", "ledger", "ledger_head", "outbox")


@dataclass(frozen=True, slots=True)
class Injected:
    """One mail that was written to Postroom: where its copies lie (mailbox -> SHA-256) and what shall become of it.

    `makes`: one request of its own; a part of the request that an earlier mail made; or no request. `answered`:
    whether its sender must get an acknowledgement.
    """

    copies: dict[str, str]
    makes: Literal["request", "part", "nothing"]
    sender: str
    answered: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """One mail for which the SMTP sink took the responsibility. `token` is its X-Postroom-Outbox."""

    recipients: tuple[str, ...]
    token: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Fault:
    """Something was broken for a while, and the status had to name it with this word."""

    word: str
    began: datetime
    ended: datetime


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """All that is known of one case when it is over. Equal only to itself, so that an index of it can be kept."""

    injected: tuple[Injected, ...]
    sent: tuple[Taken, ...]
    mailboxes: dict[str, Counter[str]]
    """For each account: how often a mail with this SHA-256 lies in any of its folders."""
    tables: dict[str, list[Row]]
    database_complaints: tuple[str, ...]
    logs: dict[str, str]
    planted: tuple[str, ...]
    never: frozenset[str]
    kept: Counter[str] | None = None
    """How often a copy with this SHA-256 lies where the product can see it; None if the server keeps no copies."""
    statuses: tuple[tuple[datetime, str], ...] = ()
    faults: tuple[Fault, ...] = field(default=())


def gather(folder: Path) -> Evidence:
    """The evidence of the case in `folder`. Whatever is missing raises OSError or KeyError: no evidence, no verdict."""
    case = json.loads((folder / "case.json").read_text())
    tables, complaints = read_database(case["database"])
    return Evidence(
        injected=tuple(Injected(**line) for line in _lines(Path(case["injected"]))),
        sent=tuple(_taken(line) for line in _lines(Path(case["sent"]))),
        mailboxes={name: read_maildir(Path(path)) for name, path in case["mailboxes"].items()},
        tables=tables,
        database_complaints=tuple(complaints),
        logs={path: Path(path).read_text(errors="replace") for path in case["logs"]},
        planted=tuple(case["planted"]),
        never=frozenset(case["never"]),
        kept=read_maildir(Path(case["kept"])) if "kept" in case else None,
        statuses=tuple(
            (datetime.fromisoformat(line["at"]), line["says"])
            for path in case.get("statuses", [])
            for line in _lines(Path(path))
        ),
        faults=tuple(
            Fault(one["word"], datetime.fromisoformat(one["from"]), datetime.fromisoformat(one["to"]))
            for one in case.get("faults", [])
        ),
    )


def _lines(path: Path) -> Iterator[Row]:
    for line in path.read_bytes().splitlines():
        yield json.loads(line)


def _taken(line: Row) -> Taken:
    raw = line["raw"].encode("latin-1")
    token = message_from_bytes(raw, policy=compat32)["X-Postroom-Outbox"] or ""
    return Taken(tuple(line["recipients"]), token, hashlib.sha256(raw).hexdigest())


def read_maildir(path: Path) -> Counter[str]:
    """SHA-256 of every mail in every folder of a Maildir++ account."""
    files = (file for part in ("new", "cur") for file in path.rglob(f"{part}/*"))
    return Counter(hashlib.sha256(file.read_bytes()).hexdigest() for file in files)


def read_database(url: str) -> tuple[dict[str, list[Row]], list[str]]:
    """Every row of the tables, bytes as SHA-256 (hex), and what the database says against itself."""
    if url.startswith("sqlite:///"):
        return _read_sqlite(url.removeprefix("sqlite:///"))
    return _read_postgresql(url.replace("postgresql+psycopg://", "postgresql://")), []


def _read_sqlite(path: str) -> tuple[dict[str, list[Row]], list[str]]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        tables = {
            table: [_plain(dict(row)) for row in connection.execute(f"SELECT * FROM {table}")] for table in TABLES
        }
        said = [row[0] for row in connection.execute("pragma integrity_check")]
        loose = [
            f"{row[0]} row {row[1]} points to no {row[2]}" for row in connection.execute("pragma foreign_key_check")
        ]
    return tables, [sentence for sentence in said if sentence != "ok"] + loose


def _read_postgresql(url: str) -> dict[str, list[Row]]:
    import psycopg
    from psycopg.rows import dict_row

    with psycopg.connect(url, row_factory=dict_row) as connection:
        return {
            table: [_plain(row) for row in connection.execute(f'SELECT * FROM "{table}"').fetchall()]
            for table in TABLES
        }


def _plain(row: Row) -> Row:
    """Bytes are compared, never read: their digest is enough, and a dump of thousands of mails stays small."""
    return {
        name: hashlib.sha256(value).hexdigest() if isinstance(value, bytes) else value for name, value in row.items()
    }
