"""Story: an IMAP folder of old mail is read to learn from it, and left as it is.

The folder is opened by EXAMINE and its mails are fetched by BODY.PEEK: nothing is written on the server, not
even that a mail was read. What was learnt is kept in a file, so that a run that was interrupted goes on where
it was, and the next one reads only what is new. A mail that is gone from the folder goes from the file too.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from difflib import get_close_matches
from importlib.metadata import version
from pathlib import Path
from typing import Any

from daemon.mailbox.answers import Doubts
from daemon.mailbox.connection import CONNECTION_ERRORS, Access, Connection, MailboxDown, connect, said
from daemon.mailbox.fetch import Fetched, mails, uids_from
from daemon.parsing import ParserPool
from daemon.teaching import ANSWER, Known, Learnable, Taught, learnable, without_answers

#: So many mails are fetched, read and kept in one go: what an interruption costs at most.
TOGETHER = 200

_TOO_LARGE = "it is larger than limits.message_bytes"

#: What is done, and all there is to do.
Progress = Callable[[int, int], None]


class HarvestRefused(Exception):
    """The folder cannot be read; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Field:
    """A folder of a mailbox whose mail one department has handled. `access` names the folder and may only read."""

    access: Access
    department: str

    def place(self, uid: int) -> str:
        """Where a mail of it lies."""
        return f"{self.access.name}:{self.access.folder}, UID {uid}"


def harvest(
    field: Field, kept_in: Path, known: Known, parsers: ParserPool, most_bytes: int, progress: Progress
) -> Taught:
    """Examples from a folder. kept_in: the folder of files where what was learnt is kept, made if missing.

    Raises HarvestRefused, ParserDown, or MailboxDown where the server cannot be reached any more; the next call
    goes on where this one ended. A connection that is lost is opened again as long as each brings something.
    """
    kept_in.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = kept_in / f"{_name_of(field.access)}.jsonl"
    with _alone(path, field):
        before = -1
        while True:
            try:
                book = _look(field, path, known, parsers, most_bytes, progress)
                return _taught(field, book)
            except CONNECTION_ERRORS as error:
                read = len(_read_book(path).pages)
                if read <= before:
                    raise MailboxDown(_interrupted(field, read, said(error))) from error
                before = read


def _look(field: Field, path: Path, known: Known, parsers: ParserPool, most_bytes: int, progress: Progress) -> _Book:
    with _opened(field.access) as connection:
        book = _book_of(path, field.access, connection.selected.uidvalidity)
        there = uids_from(connection, 1)
        book = book.without(set(book.pages) - set(there))
        missing = [uid for uid in there if uid not in book.pages]
        _write_whole(path, book)
        for start in range(0, len(missing), TOGETHER):
            progress(len(there) - len(missing) + start, len(there))
            some = missing[start : start + TOGETHER]
            book = book.with_more(_append(path, _pages(connection, some, known, parsers, most_bytes)))
        progress(len(there), len(there))
    return book


@contextmanager
def _opened(access: Access) -> Iterator[Connection]:
    try:
        connection = connect(access)
    except MailboxDown as error:
        raise _better_said(access, error) from error
    with connection:
        if not connection.selected.read_only:
            raise HarvestRefused(
                f"{access.name}: the server opened {access.folder!r} for writing although it was asked only to show "
                "it (EXAMINE); Postroom does not touch it. Copy the folder to disk and train from there."
            )
        yield connection


def _better_said(access: Access, error: MailboxDown) -> Exception:
    """If only the folder is wrong, the sentence with the names of those that exist."""
    try:
        with connect(replace(access, folder="INBOX")) as connection:
            names = connection.folder_names()
    except (MailboxDown, *CONNECTION_ERRORS):
        return error
    if access.folder in names:
        return error
    near = get_close_matches(access.folder, names, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(map(repr, names[:20]))}."
    return HarvestRefused(f"{access.name}: there is no folder {access.folder!r} in this mailbox; {hint}")


def _pages(
    connection: Connection, uids: Sequence[int], known: Known, parsers: ParserPool, most_bytes: int
) -> dict[int, Learnable | str]:
    pages: dict[int, Learnable | str] = {}
    for batch in mails(connection, uids, most_bytes, Doubts()):
        whole = [mail for mail in batch if not mail.partial]
        messages = parsers.parse_many([mail.content for mail in whole])
        read = zip(whole, messages, strict=True)
        pages |= {mail.uid: learnable(message, known, _arrival(mail)) for mail, message in read}
        pages |= {mail.uid: _TOO_LARGE for mail in batch if mail.partial}
    return pages


def _arrival(mail: Fetched) -> dt.datetime | None:
    return mail.internal_date.astimezone(dt.UTC) if mail.internal_date else None


def _taught(field: Field, book: _Book) -> Taught:
    found = [(uid, page) for uid, page in sorted(book.pages.items()) if isinstance(page, Learnable)]
    first = without_answers([page for _, page in found])
    left_out = [(field.place(uid), page) for uid, page in sorted(book.pages.items()) if isinstance(page, str)]
    left_out += [(field.place(uid), ANSWER) for (uid, _), is_first in zip(found, first, strict=True) if not is_first]
    kept = [
        page.example(field.department, field.place(uid))
        for (uid, page), is_first in zip(found, first, strict=True)
        if is_first
    ]
    return Taught(tuple(kept), tuple(left_out))


def _interrupted(field: Field, read: int, why: str) -> str:
    return (
        f"{field.access.name}: the connection was lost ({why}) when {read} mails of {field.access.folder!r} were read; "
        "run the same command again, it goes on there."
    )


# ---- the file


@dataclass(frozen=True, slots=True)
class _Book:
    """What was learnt of a folder so far: a page per UID. `head` says of which folder, read by which release."""

    head: dict[str, Any]
    pages: dict[int, Learnable | str]

    def without(self, uids: set[int]) -> _Book:
        return replace(self, pages={uid: page for uid, page in self.pages.items() if uid not in uids})

    def with_more(self, pages: dict[int, Learnable | str]) -> _Book:
        return replace(self, pages=self.pages | pages)


def _name_of(access: Access) -> str:
    """One file for each folder of each mailbox; folders may be named as files may not."""
    return f"{access.name}-{hashlib.sha256(access.folder.encode()).hexdigest()[:16]}"


def _book_of(path: Path, access: Access, uidvalidity: int) -> _Book:
    """What the file holds, if it is about this very folder; else an empty one.

    Another release may read mails better, and another UIDVALIDITY numbers them anew (RFC 9051 §2.3.1.1).
    """
    head = {"postroom": version("postroom"), "user": access.user, "folder": access.folder, "uidvalidity": uidvalidity}
    book = _read_book(path)
    return book if book.head == head else _Book(head, {})


def _read_book(path: Path) -> _Book:
    """Without a line that a crash has left half written, and without all that follows it."""
    pages: dict[int, Learnable | str] = {}
    head: dict[str, Any] = {}
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")[:-1]
    except FileNotFoundError:
        return _Book({}, {})
    for line in lines:
        try:
            written = json.loads(line)
            if "uid" in written:
                pages[int(written["uid"])] = _page(written)
            else:
                head = dict(written)
        except (ValueError, TypeError, KeyError):
            break
    return _Book(head, pages)


def _page(written: dict[str, Any]) -> Learnable | str:
    if "why" in written:
        return str(written["why"])
    fields = {name: written[name] for name in Learnable.__slots__}
    received_at = fields["received_at"]
    lists = {name: tuple(fields[name]) for name in ("attachments", "people", "answers")}
    instant = dt.datetime.fromisoformat(received_at) if received_at else None
    return Learnable(**fields | lists | {"received_at": instant})


def _line(uid: int, page: Learnable | str) -> str:
    told: dict[str, Any] = {"why": page} if isinstance(page, str) else asdict(page)
    received_at = told.get("received_at")
    if received_at:
        told["received_at"] = received_at.isoformat()
    return json.dumps({"uid": uid, **told}, ensure_ascii=True) + "\n"


def _write_whole(path: Path, book: _Book) -> None:
    """Beside it first, then over it: what was learnt is never lost to an interruption."""
    beside = path.with_suffix(".new")
    with open(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(json.dumps(book.head) + "\n")
        file.writelines(_line(uid, page) for uid, page in sorted(book.pages.items()))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def _append(path: Path, pages: dict[int, Learnable | str]) -> dict[int, Learnable | str]:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(_line(uid, page) for uid, page in sorted(pages.items()))
        file.flush()
        os.fsync(file.fileno())
    return pages


@contextmanager
def _alone(path: Path, field: Field) -> Iterator[None]:
    """Two runs that append to one file would spoil it."""
    with open(os.open(path.with_suffix(".lock"), os.O_WRONLY | os.O_CREAT, 0o600), "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise HarvestRefused(
                f"{field.access.name}: another `postroom train` reads {field.access.folder!r} now; wait until it ends."
            ) from error
        yield
