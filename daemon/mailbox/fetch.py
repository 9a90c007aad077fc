"""Finds UIDs and fetches mails: BODY.PEEK only, so that nothing is ever marked as read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from daemon.mailbox.connection import Connection

#: One FETCH carries at most so many mails and bytes; a large one travels alone and last.
BATCH_MAILS = 200
BATCH_BYTES = 8 * 1024 * 1024

#: So much of a mail over the size limit is fetched; what is longer is no header that anybody reads.
HEADER_BYTES = 256 * 1024

_BLANK_LINE = re.compile(rb"(?:\A|\n)\r*\n")


@dataclass(frozen=True, slots=True)
class Fetched:
    """One mail as the server gave it. `partial`: only its header, because it is over the size limit."""

    uid: int
    content: bytes
    internal_date: dt.datetime | None
    partial: bool


def uids_from(connection: Connection, lowest: int) -> list[int]:
    """UIDs at or above `lowest`, ascending.

    `n:*` names the last message even when its UID is below n (RFC 9051 §9, seq-range), hence the filter.
    """
    connection.forget_news()
    found = connection.client.search(["UID", f"{max(1, lowest)}:*"])
    return sorted(uid for uid in found if uid >= lowest)


def mails(connection: Connection, uids: Sequence[int], limit: int) -> Iterator[list[Fetched]]:
    """Fetch mails in batches, small ones first; a UID that has vanished meanwhile is simply not there.

    `limit` is in bytes: of a larger mail only the header is fetched, and of that no more than `HEADER_BYTES`:
    BODY.PEEK[HEADER] would bring whatever a stranger calls a header.
    """
    sizes = _sizes(connection, uids)
    small = sorted((uid for uid in sizes if sizes[uid] <= limit), key=lambda uid: (sizes[uid] > BATCH_BYTES, uid))
    for batch in _batches(small, sizes):
        found = _bodies(connection, batch, b"BODY[]", "BODY.PEEK[]", partial=False)
        yield [mail for mail in found if mail.content or not sizes[mail.uid]]  # a body that is empty is not there yet
    for uid in sorted(uid for uid in sizes if sizes[uid] > limit):
        found = _bodies(connection, [uid], b"BODY[]<0>", f"BODY.PEEK[]<0.{HEADER_BYTES}>", partial=True)
        yield [replace(mail, content=_header_of(mail.content)) for mail in found]


def _header_of(beginning: bytes) -> bytes:
    """What stands before the body, the empty line included; without one, as many lines as have come whole."""
    blank = _BLANK_LINE.search(beginning)
    return beginning[: blank.end()] if blank else beginning[: beginning.rfind(b"\n") + 1] or beginning


def _sizes(connection: Connection, uids: Sequence[int]) -> dict[int, int]:
    sizes: dict[int, int] = {}
    for start in range(0, len(uids), 500):
        answer = connection.client.fetch(list(uids[start : start + 500]), ["RFC822.SIZE"])
        sizes.update({uid: int(data[b"RFC822.SIZE"]) for uid, data in answer.items() if b"RFC822.SIZE" in data})
    return {uid: sizes[uid] for uid in uids if uid in sizes}


def _batches(uids: Sequence[int], sizes: dict[int, int]) -> Iterator[list[int]]:
    batch: list[int] = []
    weight = 0
    for uid in uids:
        if batch and (len(batch) >= BATCH_MAILS or weight + sizes[uid] > BATCH_BYTES):
            yield batch
            batch, weight = [], 0
        batch.append(uid)
        weight += sizes[uid]
    if batch:
        yield batch


def _bodies(connection: Connection, uids: Sequence[int], key: bytes, item: str, *, partial: bool) -> list[Fetched]:
    """Answers without the asked-for body (unsolicited flags, a vanished mail, NIL) are left out."""
    answer = connection.client.fetch(list(uids), [item, "INTERNALDATE"])
    return [
        Fetched(uid, bytes(answer[uid][key]), answer[uid].get(b"INTERNALDATE"), partial)
        for uid in uids
        if uid in answer and answer[uid].get(key) is not None
    ]
