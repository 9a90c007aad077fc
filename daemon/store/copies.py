"""Copies of messages as they lie in mailboxes, and their original bytes.

A copy row is the acceptance of a mail (transaction A): from then on it is never lost. `attempts` is
counted up before the bytes are parsed, so that a mail which kills the process is known by its count.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from daemon.store.counting import count_by
from daemon.store.tables import copies, raws

#: So many a mail server can give.
UIDVALIDITIES = 2**32

STORED, DONE, MARKED, QUARANTINED = "stored", "done", "marked", "quarantined"


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail as fetched from a mailbox, about to be accepted. `content` is its exact bytes.

    `raw_key` is what it has in common, unread, with its copies in other mailboxes (see `daemon.mail.identity`);
    "" where nobody has asked.
    """

    mailbox: str
    uidvalidity: int
    uid: int
    content: bytes
    internal_date: dt.datetime | None
    partial: bool = False
    backlog: bool = False
    raw_key: str = ""


@dataclass(frozen=True, slots=True)
class Copy:
    """An accepted copy with its bytes. `partial`: only its headers were fetched (over the size limit).

    `backlog`: it lay in the mailbox, old, before Postroom first saw that mailbox.
    """

    id: int
    mailbox: str
    uidvalidity: int
    uid: int
    raw: str
    content: bytes
    attempts: int
    first_seen: dt.datetime
    internal_date: dt.datetime | None
    partial: bool
    backlog: bool
    raw_key: str


@dataclass(frozen=True, slots=True)
class Beginning:
    """How the copy with this UID begins, and when it came."""

    uid: int
    content: bytes
    internal_date: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A copy that could not be read, and why."""

    id: int
    mailbox: str
    uid: int
    raw: str
    size: int
    attempts: int
    first_seen: dt.datetime
    trouble: str
    message_id: int | None


def accept(connection: sa.Connection, arrivals: Sequence[Arrival], now: dt.datetime) -> list[Copy]:
    """Transaction A: store bytes and copy rows, each with its first attempt already counted.

    A copy that is known already (same mailbox, UIDVALIDITY and UID) is left alone and not returned.
    """
    hashes = [hashlib.sha256(arrival.content).hexdigest() for arrival in arrivals]
    _store_bytes(connection, dict(zip(hashes, arrivals, strict=True)))
    accepted = []
    insert = insert_once(connection, copies, "mailbox", "uidvalidity", "uid").returning(copies.c.id)
    for digest, arrival in zip(hashes, arrivals, strict=True):
        values = {
            "mailbox": arrival.mailbox,
            "uidvalidity": arrival.uidvalidity,
            "uid": arrival.uid,
            "raw": digest,
            "attempts": 1,
            "first_seen": now,
            "internal_date": arrival.internal_date,
            "partial": arrival.partial,
            "backlog": arrival.backlog,
            "raw_key": arrival.raw_key,
        }
        row = connection.execute(insert, values | {"state": STORED}).one_or_none()
        if row is not None:
            accepted.append(Copy(id=row.id, content=arrival.content, **values))  # type: ignore[arg-type]
    return accepted


def insert_once(connection: sa.Connection, table: sa.Table, *columns: str) -> sqlite.Insert | postgresql.Insert:
    """INSERT that leaves an existing row alone; SQLAlchemy offers ON CONFLICT per dialect only."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing(index_elements=list(columns))
    return postgresql.insert(table).on_conflict_do_nothing(index_elements=list(columns))


def _store_bytes(connection: sa.Connection, found: dict[str, Arrival]) -> None:
    rows = [{"sha256": h, "size": len(a.content), "content": a.content} for h, a in found.items()]
    if rows:
        connection.execute(insert_once(connection, raws, "sha256"), rows)


def known_uids(connection: sa.Connection, mailbox: str, uidvalidity: int, lowest: int = 0) -> set[int]:
    """UIDs at or above `lowest` that have a copy row already."""
    query = sa.select(copies.c.uid).where(
        copies.c.mailbox == mailbox, copies.c.uidvalidity == uidvalidity, copies.c.uid >= lowest
    )
    return set(connection.execute(query).scalars())


def highest_uid(connection: sa.Connection, mailbox: str, uidvalidity: int) -> int:
    """The highest UID with a copy row; 0 where there is none."""
    query = sa.select(sa.func.max(copies.c.uid)).where(copies.c.mailbox == mailbox, copies.c.uidvalidity == uidvalidity)
    return connection.execute(query).scalar() or 0


def beginnings(
    connection: sa.Connection, mailbox: str, uidvalidity: int, uids: Collection[int], octets: int
) -> list[Beginning]:
    """The first octets of the copies with these UIDs, ascending."""
    start = sa.func.substr(raws.c.content, 1, octets, type_=sa.LargeBinary)
    query = (
        sa.select(copies.c.uid, start.label("content"), copies.c.internal_date)
        .join(raws, raws.c.sha256 == copies.c.raw)
        .where(copies.c.mailbox == mailbox, copies.c.uidvalidity == uidvalidity, copies.c.uid.in_(uids))
        .order_by(copies.c.uid)
    )
    return [Beginning(row.uid, bytes(row.content), row.internal_date) for row in connection.execute(query)]


def give_up_numbers(connection: sa.Connection, mailbox: str, uidvalidity: int, lowest: int) -> int:
    """UIDs from `lowest` on name other mails from now on: their copies stand under a UIDVALIDITY that none has; how
    many.

    A UIDVALIDITY has 32 bits (RFC 9051 section 2.3.1.1): above them is counted how often this has happened.
    """
    query = sa.select(sa.func.max(copies.c.uidvalidity)).where(copies.c.mailbox == mailbox)
    latest = connection.execute(query).scalar() or 0
    nobodys = (max(latest, 0) // UIDVALIDITIES + 1) * UIDVALIDITIES + uidvalidity
    these = (copies.c.mailbox == mailbox, copies.c.uidvalidity == uidvalidity, copies.c.uid >= lowest)
    return connection.execute(copies.update().where(*these).values(uidvalidity=nobodys)).rowcount


#: Any number of attempts.
ANY = range(2**31 - 1)


def leftovers(connection: sa.Connection, mailbox: str, exclude: Collection[int] = (), tried: range = ANY) -> list[Copy]:
    """Up to fifty copies accepted but not taken in: what a crash, or a retry out of quarantine, has left.

    `tried`: only those with so many attempts.

    The least tried comes first: whatever ends the process just after its start again and again must not
    seem to be the fault of one mail.
    """
    query = (
        sa.select(copies, raws.c.content)
        .join(raws, raws.c.sha256 == copies.c.raw)
        .where(copies.c.mailbox == mailbox, copies.c.state == STORED, copies.c.id.not_in(exclude))
        .where(copies.c.attempts >= tried.start, copies.c.attempts < tried.stop)
        .order_by(copies.c.attempts, copies.c.id)
        .limit(50)
    )
    return [_copy(row) for row in connection.execute(query)]


def _copy(row: sa.Row[tuple[object, ...]]) -> Copy:
    return Copy(**{name: row._mapping[name] for name in Copy.__slots__})


def forgive_attempt(connection: sa.Connection, copy_id: int) -> None:
    """Take back an attempt that failed for no fault of the mail."""
    connection.execute(copies.update().where(copies.c.id == copy_id).values(attempts=copies.c.attempts - 1))


def count_attempt(connection: sa.Connection, copy_id: int) -> None:
    """Count one more attempt, before it is made."""
    connection.execute(copies.update().where(copies.c.id == copy_id).values(attempts=copies.c.attempts + 1))


_DONE = (
    copies.update().where(copies.c.id == sa.bindparam("copy")).values(state=DONE, message_id=sa.bindparam("message"))
)


def done(connection: sa.Connection, had_effect: Iterable[tuple[int, int]]) -> None:
    """Part of transaction B: these (copy, message) have had their effect."""
    rows = [{"copy": copy_id, "message": message_id} for copy_id, message_id in had_effect]
    if rows:
        connection.execute(_DONE, rows)


def quarantine(connection: sa.Connection, copy_id: int, message_id: int, trouble: str) -> None:
    """Transaction Q: set the copy aside where a person will see it."""
    connection.execute(
        copies.update().where(copies.c.id == copy_id).values(state=QUARANTINED, message_id=message_id, trouble=trouble)
    )


def message_of_twin(connection: sa.Connection, copy: Copy) -> int | None:
    """The message row of another copy with the same `raw_key` that was read, or set aside; None without one."""
    query = sa.select(sa.func.min(copies.c.message_id)).where(copies.c.raw_key == copy.raw_key, copies.c.id != copy.id)
    return connection.execute(query).scalar() if copy.raw_key else None


def out_of_quarantine(connection: sa.Connection, message_id: int, belong_to: int) -> None:
    """Copies set aside as this message belong to the message `belong_to`, for the mail was read after all."""
    connection.execute(
        copies.update()
        .where(copies.c.message_id == message_id, copies.c.state == QUARANTINED)
        .values(state=DONE, message_id=belong_to, trouble=None)
    )


def set_aside_before(connection: sa.Connection, copy_id: int) -> int | None:
    """The message row of a copy that was in quarantine and is to be read again; None for any other."""
    query = sa.select(copies.c.message_id).where(copies.c.id == copy_id, copies.c.state == STORED)
    return connection.execute(query).scalar()


def waiting_for_mark(connection: sa.Connection, mailbox: str, uidvalidity: int) -> list[tuple[int, int]]:
    """(copy id, UID) of every copy that has had its effect but carries no mark on the server yet."""
    query = sa.select(copies.c.id, copies.c.uid).where(
        copies.c.mailbox == mailbox, copies.c.uidvalidity == uidvalidity, copies.c.state == DONE
    )
    return [(row.id, row.uid) for row in connection.execute(query)]


def give_up_marks(connection: sa.Connection, mailbox: str, uidvalidity: int) -> None:
    """Copies with a number of an earlier UIDVALIDITY can be marked no more: the same mail has another number now.

    Those that a rebuild has found in a done folder (a UIDVALIDITY with a minus) lie where a mark would put them.
    """
    connection.execute(
        copies.update()
        .where(copies.c.mailbox == mailbox, copies.c.state == DONE, copies.c.uidvalidity != uidvalidity)
        .values(state=MARKED)
    )


def marked(connection: sa.Connection, copy_ids: Iterable[int]) -> None:
    """Transaction C: the server shows it too."""
    ids = list(copy_ids)
    if ids:
        connection.execute(copies.update().where(copies.c.id.in_(ids), copies.c.state == DONE).values(state=MARKED))


def mailboxes_of(connection: sa.Connection, message_id: int) -> list[str]:
    """Names of the mailboxes in which copies of this message lay, in order of arrival."""
    query = sa.select(copies.c.mailbox).where(copies.c.message_id == message_id).order_by(copies.c.id)
    return list(dict.fromkeys(connection.execute(query).scalars()))


def counts(connection: sa.Connection) -> dict[str, int]:
    """How many copies are in each state."""
    return count_by(connection, copies.c.state)


def stored_by_mailbox(connection: sa.Connection) -> dict[str, int]:
    """How many accepted copies of each mailbox wait to be taken in."""
    query = sa.select(copies.c.mailbox, sa.func.count()).where(copies.c.state == STORED).group_by(copies.c.mailbox)
    return {row[0]: row[1] for row in connection.execute(query)}


def stored_in_order(connection: sa.Connection) -> list[int]:
    """Copies that wait to be taken in, in the order in which their mails came."""
    came = sa.func.coalesce(copies.c.internal_date, copies.c.first_seen)
    query = sa.select(copies.c.id).where(copies.c.state == STORED).order_by(came, copies.c.id)
    return list(connection.execute(query).scalars())


def load(connection: sa.Connection, copy_ids: Sequence[int]) -> list[Copy]:
    """These copies with their bytes, in this order."""
    query = sa.select(copies, raws.c.content).join(raws, raws.c.sha256 == copies.c.raw).where(copies.c.id.in_(copy_ids))
    found = {row.id: _copy(row) for row in connection.execute(query)}
    return [found[number] for number in copy_ids]


def in_quarantine(connection: sa.Connection) -> list[Quarantined]:
    """Every copy that waits in quarantine, oldest first."""
    query = (
        sa.select(copies, raws.c.size)
        .join(raws, raws.c.sha256 == copies.c.raw)
        .where(copies.c.state == QUARANTINED)
        .order_by(copies.c.id)
    )
    return [
        Quarantined(**{name: row._mapping[name] for name in Quarantined.__slots__}) for row in connection.execute(query)
    ]


def retry(connection: sa.Connection, copy_id: int) -> bool:
    """Put a quarantined copy back before the parser with its attempts forgotten; False if it is not there."""
    done_ = connection.execute(
        copies.update()
        .where(copies.c.id == copy_id, copies.c.state == QUARANTINED)
        .values(state=STORED, attempts=0, trouble=None)
    )
    return bool(done_.rowcount)


def release(connection: sa.Connection, copy_id: int) -> bool:
    """Let a quarantined copy go: it counts as dealt with; its bytes stay. False if it is not there."""
    done_ = connection.execute(
        copies.update().where(copies.c.id == copy_id, copies.c.state == QUARANTINED).values(state=DONE)
    )
    return bool(done_.rowcount)


def content(connection: sa.Connection, digest: str) -> bytes | None:
    """The original bytes by their SHA-256 (hex)."""
    return connection.execute(sa.select(raws.c.content).where(raws.c.sha256 == digest)).scalar()
