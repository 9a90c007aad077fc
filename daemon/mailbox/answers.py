"""What a server answers to FETCH, believed only where the answer itself names the UID it speaks of.

An answer begins with a number in the folder, which is another mail's when one before it has gone. RFC 9051 section
7.5.2 therefore has the server say the UID in every answer to UID FETCH. Where it does not, or says the UID of another
mail, or gives two bodies for one, the mail is asked for once more by itself; what is still not believed is left in the
mailbox, and said.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

from imapclient.datetime_util import parse_to_datetime
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, ProtocolError
from imapclient.response_parser import parse_response

from daemon.mailbox.connection import Connection, asks_to_wait, said

#: After so many mails in a row that the server does not give by themselves either, no more of them are asked for.
FRUITLESS = 3

#: After so many broken connections over a mail it is asked for only at every fourth comparison: once an hour.
BREAKS, LEFT_OUT = 3, 4

#: Of so many mails that are left in the mailbox the reason is named.
NAMED = 3

NOTHING = "nothing comes of it"
NO_UID = "what comes names no UID, as RFC 9051 section 7.5.2 demands"
OTHER_UID = "what comes names the UID of another mail"
TWO_BODIES = "two different things come for it"
NOT_IN_ORDER = "the UIDs in the answer are not in the order of the mails"
BREAKS_OFF = "the connection broke each time it was asked for"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says of one mail: the asked-for bytes or number, and when the mail came (aware, or None)."""

    value: bytes | int
    internal_date: dt.datetime | None


@dataclass(slots=True)
class Doubts:
    """What a mailbox's server does not give; it outlives a connection.

    `refused`: why, by UID. `_breaks`: how often the connection has ended while a UID was asked for.
    """

    refused: dict[int, str] = field(default_factory=dict)
    _breaks: Counter[int] = field(default_factory=Counter)
    _left_out: Counter[int] = field(default_factory=Counter)
    _uidvalidity: int = 0

    def begin(self, uidvalidity: int, *, full: bool) -> None:
        """A look begins: a `full` one asks for everything again; after a renumbering nothing is known."""
        if full:
            self.refused.clear()
        if uidvalidity != self._uidvalidity:
            self._uidvalidity = uidvalidity
            for known in (self.refused, self._breaks, self._left_out):
                known.clear()

    @contextmanager
    def asking(self, uids: Sequence[int]) -> Iterator[None]:
        """Around a question: if it does not end in order, it may be the fault of one of these."""
        self._breaks.update(uids)
        try:
            yield
        except IMAPClientError as error:
            if asks_to_wait(error):  # the fault of none of them
                self._breaks.subtract(uids)
            raise
        self._breaks.subtract(uids)

    def answered(self, uid: int) -> None:
        """This one has come as it should."""
        for known in (self.refused, self._breaks, self._left_out):
            known.pop(uid, None)

    def are_clear(self, uid: int) -> bool:
        """Whether it may be asked for together with others."""
        return self._breaks[uid] <= 0

    def is_left_out(self, uid: int) -> bool:
        """Whether it is not asked for this time, because the connection broke over it each time; says so."""
        if self._breaks[uid] < BREAKS:
            return False
        self._left_out[uid] += 1
        if self._left_out[uid] % LEFT_OUT == 0:
            return False
        self.refused[uid] = BREAKS_OFF
        return True

    def sentence(self, mailbox: str) -> str:
        """What is left lying in this mailbox, why, and what to do; "" if nothing is."""
        if not self.refused:
            return ""
        named = "; ".join(f"UID {uid}: {why}" for uid, why in sorted(self.refused.items())[:NAMED])
        more = f" and {len(self.refused) - NAMED} more" if len(self.refused) > NAMED else ""
        return (
            f"{mailbox}: the server does not give {len(self.refused)} of its mails so that they could be told apart "
            f"({named}{more}). They lie in the mailbox untouched and are asked for again every 15 minutes; look at "
            "them with a mail program, and tell whoever runs the mail server."
        )


def ask(connection: Connection, uids: Sequence[int], item: str, key: bytes, doubts: Doubts) -> dict[int, Answer]:
    """What the server says of each of these mails; whatever is not believed stands in `doubts`.

    `item` is what is asked for, by words of ours, and `key` the name under which it comes (BODY.PEEK[] as BODY[]).
    """
    found, why = _ask_once(connection, uids, item, key, doubts)
    missing = [uid for uid in uids if uid not in found]
    fruitless = 0 if len(uids) > 1 else FRUITLESS
    for uid in missing:
        if fruitless < FRUITLESS:
            alone, why = _ask_once(connection, [uid], item, key, doubts)
            found |= alone
            fruitless = 0 if alone else fruitless + 1
        if uid not in found:
            doubts.refused[uid] = why
    return found


def _ask_once(
    connection: Connection, uids: Sequence[int], item: str, key: bytes, doubts: Doubts
) -> tuple[dict[int, Answer], str]:
    """What is believed of one answer, and why the rest is not."""
    imap = connection.client._imap
    with doubts.asking(uids):
        try:
            status, data = imap.uid("FETCH", ",".join(str(uid) for uid in uids), f"({item})")
        except (IMAPClientAbortError, ProtocolError):
            raise
        except IMAPClientError as error:  # BAD; Exchange says it of a mail that it cannot convert
            return _unless_it_asks_to_wait(error)
        if status != "OK":
            return _unless_it_asks_to_wait(IMAPClientError(str(data[0])))
        return _believed(parse_response(data), frozenset(uids), key)


def _unless_it_asks_to_wait(error: IMAPClientError) -> tuple[dict[int, Answer], str]:
    if asks_to_wait(error):
        raise error
    return {}, f"the server refuses it ({said(error)})"


def _believed(atoms: Sequence[object], asked: frozenset[int], key: bytes) -> tuple[dict[int, Answer], str]:
    """The mails of which exactly one thing comes, under their own UID, in the order of their UIDs."""
    found: dict[int, set[Answer]] = {}
    places: list[tuple[int, int]] = []
    why = NOTHING
    for number, content in zip(atoms[::2], atoms[1::2], strict=True):
        uids, values, came = _parts(content, key)
        if not values:
            continue  # flags that have changed, or NIL
        if len(uids) != 1 or not uids <= asked:
            why = OTHER_UID if uids else NO_UID
            continue
        (uid,) = uids
        found.setdefault(uid, set()).update(Answer(value, came) for value in values)
        places.append((_whole(number), uid))
    if len(asked) > 1 and not _in_order(places):
        return {}, NOT_IN_ORDER
    two = {uid for uid, answers in found.items() if len({answer.value for answer in answers}) > 1}
    return {uid: next(iter(answers)) for uid, answers in found.items() if uid not in two}, TWO_BODIES if two else why


def _parts(content: object, key: bytes) -> tuple[set[int], list[bytes | int], dt.datetime | None]:
    """Of one answer: the UIDs it names, what it says under `key`, and its INTERNALDATE."""
    if not isinstance(content, tuple) or len(content) % 2:
        raise ProtocolError("an answer to FETCH is no list of names and values")
    named = [(name.upper(), value) for name, value in zip(content[::2], content[1::2], strict=True) if _is_name(name)]
    wanted = int if key == b"RFC822.SIZE" else bytes
    uids = {_whole(value) for name, value in named if name == b"UID"}
    values = [value for name, value in named if name == key and isinstance(value, wanted)]
    dates = [_instant(value) for name, value in named if name == b"INTERNALDATE"]
    return uids, values, next(iter(dates), None)


def _is_name(name: object) -> bool:
    return isinstance(name, bytes)


def _whole(value: object) -> int:
    if not isinstance(value, int):
        raise ProtocolError("a number in an answer to FETCH is none")
    return value


def _in_order(places: Sequence[tuple[int, int]]) -> bool:
    """Whether UIDs grow with the numbers in the folder, as they must (RFC 9051 section 2.3.1.1)."""
    ordered = sorted(set(places))
    return all(one[0] < other[0] and one[1] < other[1] for one, other in pairwise(ordered))


def _instant(value: object) -> dt.datetime | None:
    """The instant of an INTERNALDATE; None where it is none."""
    try:
        return parse_to_datetime(value, normalise=False) if isinstance(value, bytes) else None
    except (ValueError, TypeError, OverflowError):
        return None
