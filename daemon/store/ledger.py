"""The ledger: append-only history of each request; what, who, when, from what to what, and why.

Every line is chained to the lines before it (`daemon.store.chain`). Lines are numbered here and not by the database,
so that a number that is missing is a line that is missing.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from operator import attrgetter

import sqlalchemy as sa

from daemon.store.chain import Break, Head, Line, Reading, chained
from daemon.store.tables import ledger, ledger_head, requests

#: Who acts when no person does.
POSTROOM = "postroom"

#: So many lines are read at once where the whole ledger is read.
PAGE = 2_000

#: What a line says that gives a request a tag; the tag is its `to_value`.
TAG = "tag"


#: Lines that say what a request has to do with other requests, addresses and mails.
RELATIONS = frozenset(
    {
        *("maybe_belongs_to", "names", "split_from", "follows", "maybe_the_same_as", "message_id_reused"),
        *("addressed_to", "also_received", "gathers"),
    }
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger (`at` in UTC; `actor` an address or "postroom")."""

    at: dt.datetime
    actor: str
    what: str
    from_value: str | None
    to_value: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What became of a look at the whole chain: how many lines, the last one, and where it does not hold."""

    lines: int
    head: Head
    breaks: tuple[Break, ...]


_COLUMNS = tuple(ledger.c[name] for name in Line.__slots__)
_WRITE = ledger.insert()
#: psycopg sends one statement for each row, 100 lines in 7 ms; as one document they take 2 ms.
_WRITE_AT_ONCE = sa.text(
    "INSERT INTO ledger (id, request_id, at, actor, what, from_value, to_value, why, hash, request_hash) "
    "SELECT * FROM json_to_recordset(CAST(:lines AS json)) AS line (id bigint, request_id bigint, "
    "at timestamptz, actor text, what text, from_value text, to_value text, why text, hash text, request_hash text)"
)
_HEAD = sa.select(ledger_head.c.line, ledger_head.c.hash)
_TURN = _HEAD.with_for_update()
_LAST_OF = sa.select(
    requests.c.id,
    sa.select(ledger.c.request_hash)
    .where(ledger.c.request_id == requests.c.id)
    .order_by(ledger.c.id.desc())
    .limit(1)
    .scalar_subquery(),
).where(requests.c.id.in_(sa.bindparam("numbers", expanding=True)))
_LAST_OF_HOUSE = (
    sa.select(ledger.c.request_hash).where(ledger.c.request_id.is_(None)).order_by(ledger.c.id.desc()).limit(1)
)
_MOVE_HEAD = ledger_head.update()
#: PostgreSQL takes 65,535 values in one statement, SQLite 32,766 unless it was built for more.
_AT_ONCE = 10_000
_ENTRY = attrgetter(*Entry.__slots__)


def take_turn(connection: sa.Connection) -> Head:
    """Hold the end of the ledger until this transaction ends; what stands there.

    On PostgreSQL a row lock; a story that writes several lines takes it before it touches anything else, so that
    two of them wait for each other and never both. On SQLite there is one writer anyway.
    """
    found = connection.execute(_TURN).one()
    return Head(found.line, found.hash)


def write(connection: sa.Connection, request_id: int | None, entries: Iterable[Entry]) -> None:
    """Append entries to the history of a request, or of the house (None)."""
    write_all(connection, [(request_id, entry) for entry in entries])


def write_all(connection: sa.Connection, entries: Iterable[tuple[int | None, Entry]]) -> None:
    """Append (request or None, entry) to the histories of several requests, or of the house, in this order."""
    given = list(entries)
    if not given:
        return
    head = take_turn(connection)
    rows = [(number, request, *_ENTRY(entry)) for number, (request, entry) in enumerate(given, head.id + 1)]
    hashes = chained(rows, head, _last_of(connection, {request for request, _ in given}))
    lines = [dict(zip(Line.__slots__, row + both, strict=True)) for row, both in zip(rows, hashes, strict=True)]
    if connection.dialect.name == "sqlite":
        connection.execute(_WRITE, lines)
    else:
        connection.execute(_WRITE_AT_ONCE, {"lines": json.dumps(lines, default=dt.datetime.isoformat)})
    connection.execute(_MOVE_HEAD, {"line": rows[-1][0], "hash": hashes[-1][0]})


def _last_of(connection: sa.Connection, numbers: set[int | None]) -> dict[int | None, str]:
    """The hash of the last line of each of these requests; of the house, if None is among them."""
    found = connection.execute(_LAST_OF, {"numbers": sorted(number for number in numbers if number is not None)})
    last: dict[int | None, str] = {number: own for number, own in found if own is not None}
    of_house = connection.execute(_LAST_OF_HOUSE).scalar() if None in numbers else None
    return last if of_house is None else last | {None: of_house}


def of_request(connection: sa.Connection, request_id: int) -> list[Entry]:
    """The history of a request, oldest first."""
    query = sa.select(ledger).where(ledger.c.request_id == request_id).order_by(ledger.c.id)
    return [Entry(*_ENTRY(row)) for row in connection.execute(query)]


def of_house(connection: sa.Connection) -> list[Line]:
    """The lines about the house, oldest first."""
    query = sa.select(*_COLUMNS).where(ledger.c.request_id.is_(None)).order_by(ledger.c.id)
    return [Line(*row) for row in connection.execute(query)]


def after(connection: sa.Connection, last_id: int, limit: int = 500) -> list[tuple[int, int | None, Entry]]:
    """(row number, request or None, entry) of every line after `last_id`, for followers of the whole ledger."""
    query = sa.select(ledger).where(ledger.c.id > last_id).order_by(ledger.c.id).limit(limit)
    return [(row.id, row.request_id, Entry(*_ENTRY(row))) for row in connection.execute(query)]


def lines_of(connection: sa.Connection, request_id: int) -> list[Line]:
    """The lines of a request with their numbers and hashes, oldest first."""
    query = sa.select(*_COLUMNS).where(ledger.c.request_id == request_id).order_by(ledger.c.id)
    return [Line(*row) for row in connection.execute(query)]


def told_of(connection: sa.Connection, word: str, request_ids: Collection[int]) -> set[tuple[int | None, str | None]]:
    """(request, to) of every line of these requests that says this word."""
    numbers = list(dict.fromkeys(request_ids))
    told: set[tuple[int | None, str | None]] = set()
    for first in range(0, len(numbers), _AT_ONCE):
        query = sa.select(ledger.c.request_id, ledger.c.to_value).where(
            ledger.c.what == word, ledger.c.request_id.in_(numbers[first : first + _AT_ONCE])
        )
        told.update((row.request_id, row.to_value) for row in connection.execute(query))
    return told


def words_of(connection: sa.Connection, request_id: int, words: Collection[str]) -> list[tuple[str, str | None]]:
    """(what, to) of those lines of a request that say one of these words, oldest first."""
    query = sa.select(ledger.c.what, ledger.c.to_value).where(
        ledger.c.request_id == request_id, ledger.c.what.in_(list(words))
    )
    return [(row.what, row.to_value) for row in connection.execute(query.order_by(ledger.c.id))]


def lines_of_requests(connection: sa.Connection, request_ids: Collection[int]) -> list[Line]:
    """The lines of several requests, those of one together and the oldest of them first."""
    query = sa.select(*_COLUMNS).where(ledger.c.request_id.in_(list(request_ids)))
    return [Line(*row) for row in connection.execute(query.order_by(ledger.c.request_id, ledger.c.id))]


def all_lines(connection: sa.Connection) -> Iterator[Line]:
    """Every line by its number, read in pages so that a long history takes no memory."""
    query = sa.select(*_COLUMNS).order_by(ledger.c.id).limit(PAGE)
    last = 0
    while page := connection.execute(query.where(ledger.c.id > last)).all():
        for row in page:
            yield Line(*row)
        last = page[-1].id


def verify(connection: sa.Connection) -> Verified:
    """Read the whole ledger and say where its chain does not hold; the first statement of a transaction.

    It looks at one moment, so that what is written meanwhile is not taken for a forgery.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    noted = connection.execute(_HEAD).one_or_none()
    reading = Reading()
    for line in all_lines(connection):
        reading.read(line)
    head = Head(noted.line, noted.hash) if noted else Head()
    return Verified(reading.lines, reading.head, tuple(reading.breaks(head)))


def hash_of(connection: sa.Connection, number: int) -> str | None:
    """The hash of one line over all before it; None if there is no such line."""
    return connection.execute(sa.select(ledger.c.hash).where(ledger.c.id == number)).scalar()
