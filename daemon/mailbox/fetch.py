"""Finds UIDs and fetches mails: BODY.PEEK only, so that nothing is ever marked as read."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from daemon.mailbox.answers import Doubts, ask
from daemon.mailbox.connection import Connection

#: One FETCH carries at most so many mails and bytes; a large one travels alone and last.
BATCH_MAILS = 200
BATCH_BYTES = 8 * 1024 * 1024

#: So much of a mail over the size limit is fetched; what is longer is no header that anybody reads.
HEADER_BYTES = 256 * 1024

EMPTY = "its body is empty, but not its size"

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


def listed(connection: Connection) -> set[int]:
    """The UIDs of all mails in the folder, for a look beside the one that finds new mails."""
    return set(connection.client.search(["UID", "1:*"]))


def mails(connection: Connection, uids: Sequence[int], limit: int, doubts: Doubts) -> Iterator[list[Fetched]]:
    """Fetch mails in batches, small ones first; what does not come as it should stands in `doubts`.

    A mail over which the connection has broken before comes alone and last, so that no other waits for it. `limit`
    is in bytes: of a larger mail only the header is fetched, and of that no more than `HEADER_BYTES`:
    BODY.PEEK[HEADER] would bring whatever a stranger calls a header.
    """
    yield from _together(connection, [uid for uid in uids if doubts.are_clear(uid)], limit, doubts)
    for uid in uids:
        if not doubts.are_clear(uid) and not doubts.is_left_out(uid):
            yield from _together(connection, [uid], limit, doubts)


def look_again(connection: Connection, doubts: Doubts) -> None:
    """Forget whatever is refused but lies in the folder no more: somebody has taken it away."""
    if doubts.refused:
        found = connection.client.search(["UID", f"{min(doubts.refused)}:*"])
        for uid in doubts.refused.keys() - set(found):
            doubts.answered(uid)


def _together(connection: Connection, uids: Sequence[int], limit: int, doubts: Doubts) -> Iterator[list[Fetched]]:
    sizes = _sizes(connection, uids, doubts)
    small = sorted((uid for uid in sizes if sizes[uid] <= limit), key=lambda uid: (sizes[uid] > BATCH_BYTES, uid))
    for batch in _batches(small, sizes):
        yield _bodies(connection, batch, b"BODY[]", "BODY.PEEK[]", sizes, doubts)
    for uid in sorted(uid for uid in sizes if sizes[uid] > limit):
        found = _bodies(connection, [uid], b"BODY[]<0>", f"BODY.PEEK[]<0.{HEADER_BYTES}>", sizes, doubts)
        yield [replace(mail, content=_header_of(mail.content), partial=True) for mail in found]


def _header_of(beginning: bytes) -> bytes:
    """What stands before the body, the empty line included; without one, as many lines as have come whole."""
    blank = _BLANK_LINE.search(beginning)
    return beginning[: blank.end()] if blank else beginning[: beginning.rfind(b"\n") + 1] or beginning


def _sizes(connection: Connection, uids: Sequence[int], doubts: Doubts) -> dict[int, int]:
    sizes: dict[int, int] = {}
    for start in range(0, len(uids), 500):
        answers = ask(connection, uids[start : start + 500], "RFC822.SIZE", b"RFC822.SIZE", doubts)
        sizes.update({uid: one.value for uid, one in answers.items() if isinstance(one.value, int)})
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


def _bodies(
    connection: Connection, uids: Sequence[int], key: bytes, item: str, sizes: dict[int, int], doubts: Doubts
) -> list[Fetched]:
    """The mails whose bodies come as they should; one that is empty is not there yet."""
    answers = ask(connection, uids, f"{item} INTERNALDATE", key, doubts)
    found = []
    for uid, answer in answers.items():
        if isinstance(answer.value, bytes) and (answer.value or not sizes[uid]):
            doubts.answered(uid)
            found.append(Fetched(uid, answer.value, answer.internal_date, partial=False))
        else:
            doubts.refused[uid] = EMPTY
    return sorted(found, key=lambda mail: mail.uid)
