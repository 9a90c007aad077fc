"""What was said lately between our senders and us, and where a ceiling ends it.

The database is asked once for each handful of messages; what their transaction decides is added as it goes, so
that the twenty-first mail of a storm sees the twenty before it. Decides; writes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from daemon.desk.rounds import rounds
from daemon.mail.clean import lowered
from daemon.mail.identity import Likeness
from daemon.mail.message import Message
from daemon.office import Office
from daemon.store import absences, messages, outbox, promises, requests
from daemon.store.messages import Earlier
from daemon.store.outbox import Said
from daemon.store.promises import Pace
from daemon.store.unreachable import Unreachable, of_these

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)

#: The same text of the same sender within this time is probably the same mail, sent again.
RESENT = dt.timedelta(minutes=10)

#: Notices to staff and watchers; whoever answers each of them with the same words is no person.
TO_STAFF = (
    "assignment",
    "copy",
    "follow_up",
    "reminder",
    "warning",
    "escalation",
    "heads_up",
    "staff_notice",
    "deadlines",
    "report",
    "house_notice",
)
_AUTOMATIC = (*TO_STAFF, "new_owner", "new_date", "apology")


@dataclass(frozen=True, slots=True)
class Stop:
    """Why an automatic mail is not sent: a name for machines, a sentence for people."""

    name: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.name}: {self.sentence}"


@dataclass(slots=True)
class Gathering:
    """A request that gathers the mails of one sender: how many so far, and when its owner last heard of it.

    `is_untold`: it is known already that the owner has to hear of more.
    """

    request_id: int
    count: int
    told_at: dt.datetime
    is_untold: bool = False


@dataclass(slots=True)
class Lately:
    """What the database said when a transaction began, kept true while its messages are decided.

    `loads` by owner; `said`: what was queued for each sender; `opened`: how many requests each opened; `alike`:
    earlier mails by likeness; `ids`: earlier mails by Message-ID; `full`: whether the ceiling over all mails is
    reached. Senders in lower case. `numbers`: those of the requests that may be opened. `away`: who has said by an
    automatic reply that they are. `unreachable`: the addresses to which no automatic mail goes. `paces` by department,
    where promises go by them. `gatherings`: by sender and by the department where confidential mails are gathered
    apart, "" for all others.
    """

    numbers: Iterator[int]
    loads: dict[str, requests.OwnerLoad]
    said: dict[str, list[Said]]
    opened: dict[str, int]
    alike: dict[str, list[Earlier]]
    ids: dict[str, list[Earlier]]
    full: bool
    strangers_acknowledged: int
    away: frozenset[str] = frozenset()
    unreachable: dict[str, Unreachable] = field(default_factory=dict)
    paces: dict[str, Pace] = field(default_factory=dict)
    gatherings: dict[tuple[str, str], Gathering | None] = field(default_factory=dict)

    def give(self, owner: str, now: dt.datetime) -> None:
        """One more request for this owner."""
        before = self.loads.get(owner)
        self.loads[owner] = requests.OwnerLoad(owner, 1 + (before.unfinished if before else 0), now)

    def queued(self, mails: Iterable[outbox.NewMail]) -> None:
        """These mails were queued: they count for whoever gets them."""
        for mail in mails:
            to = mail.recipient.lower()
            self.said.setdefault(to, []).append(Said(to, mail.kind, mail.created_at))

    def filed(self, one: Earlier) -> None:
        """This message was taken in: it counts for the next ones of its sender."""
        if one.disposition in messages.OPENING:
            self.opened[one.sender] = self.opened.get(one.sender, 0) + 1
        self.alike.setdefault(one.alike, []).append(one)
        if one.header_id:
            self.ids.setdefault(one.header_id, []).append(one)

    def acknowledged(self, sender: str, since: dt.datetime) -> int:
        """How many acknowledgements this sender has had since an instant."""
        return sum(one.kind == "acknowledgement" and one.at >= since for one in self.said.get(sender, ()))

    def summarised(self, sender: str, since: dt.datetime) -> bool:
        """Whether this sender has had one mail in place of further acknowledgements since an instant."""
        return any(one.kind == "summary" and one.at >= since for one in self.said.get(sender, ()))

    def resent(self, like: Likeness, header_id: str, received_at: dt.datetime) -> Earlier | None:
        """The mail of the same sender that said the same a few minutes before under another Message-ID."""
        for earlier in self.alike.get(like.alike, ()) if like.same else ():
            near = abs(received_at - earlier.received_at) <= RESENT
            if near and earlier.same == like.same and earlier.request_id and earlier.header_id != header_id:
                return earlier
        return None

    def id_used_before(self, header_id: str) -> Earlier | None:
        """An earlier mail with this Message-ID (and other content: the same content is the same mail)."""
        found = self.ids.get(header_id, ()) if header_id else ()
        return next((earlier for earlier in found if earlier.request_id), None)

    def conversation(
        self, sender: str, like: Likeness, seen_at: dt.datetime, limit: int
    ) -> tuple[str | None, Earlier | None]:
        """Why this is a program that answers our mails, in a sentence, or None; and its mail before, if any.

        A program outside may have an address for each of its mails: what is alike, and what was said, is counted
        over all of them (see `likeness`).
        After `limit` rounds of the same text it is one, and it stays one as long as it goes on within the hour.
        """
        earlier = sorted(self.alike.get(like.alike, ()) if like.alike else (), key=lambda one: one.came_at)
        before = next((one for one in reversed(earlier) if one.request_id), None)
        theirs = [one.came_at for one in earlier if one.came_at <= seen_at]
        whom = {sender, *(one.sender for one in earlier)}
        count = rounds([*theirs, seen_at], [one.at for address in whom for one in self.said.get(address, ())])
        if count >= limit:
            return f"{sender} has answered {count} mails of ours in a row with the same text.", before
        if earlier and earlier[-1].was_stopped:
            return f"{sender} still sends the text with which it answered mails of ours.", before
        return None, before

    def may_open_too_many(self, sender: str, office: Office) -> bool:
        """Whether it must be counted exactly how many requests this sender has opened."""
        return self.opened.get(sender, 0) >= office.settings.ceilings.requests_per_sender

    def is_told_as_staff(self, sender: str) -> bool:
        """Whether notices to staff went to this sender lately."""
        return any(one.kind in TO_STAFF for one in self.said.get(sender, ()))


def look(
    database: sa.Connection,
    arriving: Sequence[tuple[Message, Likeness, dt.datetime]],
    office: Office,
    now: dt.datetime,
) -> Lately:
    """Look once at what the coming decisions need. `arriving`: messages, their likeness, when they came (UTC)."""
    senders = sorted({message.sender.key for message, _, _ in arriving})  # "" is that of all who are unreadable
    paths = {lowered(message.return_path) for message, _, _ in arriving if message.return_path}
    first = min((received for _, _, received in arriving), default=now)
    last = max((received for _, _, received in arriving), default=now)
    like = sorted({one.alike for _, one, _ in arriving if one.alike})
    ids = sorted({message.message_id for message, _, _ in arriving if message.message_id})
    alike: dict[str, list[Earlier]] = {}
    by_id: dict[str, list[Earlier]] = {}
    for earlier in messages.earlier(database, like, ids, first - HOUR):
        if earlier.alike:
            alike.setdefault(earlier.alike, []).append(earlier)
        if earlier.header_id:
            by_id.setdefault(earlier.header_id, []).append(earlier)
    answered = {one.sender for found in alike.values() for one in found}  # several addresses may be one program
    said: dict[str, list[Said]] = {}
    recipients = sorted({*senders, *paths, *answered} - {""})
    for one in outbox.said_to(database, recipients, _AUTOMATIC, first - HOUR, now - DAY):
        said.setdefault(one.recipient.lower(), []).append(one)
    return Lately(
        numbers=_numbers(database, len(arriving)),
        loads=requests.loads(database, office.staff),
        said=said,
        opened=messages.opened_between(database, senders, first - HOUR, last),
        alike=alike,
        ids=by_id,
        full=is_full(database, office, now),
        strangers_acknowledged=_strangers_acknowledged(database, senders, office, now),
        unreachable=of_these(database, sorted({*senders, *paths}), now),
        paces=_paces(database, office),
        away=absences.away(database, now),
    )


def _numbers(database: sa.Connection, count: int) -> Iterator[int]:
    """Taken when the first is asked for: messages that open no request cost none, and a rehearsal takes none."""
    yield from requests.next_numbers(database, count)


def is_full(database: sa.Connection, office: Office, now: dt.datetime) -> bool:
    """Whether as many mails were queued within the hour as may be."""
    oldest = outbox.nth_newest(database, office.settings.ceilings.mails_per_hour)
    return oldest is not None and oldest > now - HOUR


def _paces(database: sa.Connection, office: Office) -> dict[str, Pace]:
    """What departments usually take; not asked for where every acknowledgement names the target."""
    return promises.paces_measured(database) if office.settings.acknowledgement.promise == "measured" else {}


def _strangers_acknowledged(database: sa.Connection, senders: Sequence[str], office: Office, now: dt.datetime) -> int:
    """How many senders outside the organisation were acknowledged within the minute; 0 where none ever is."""
    is_internal = office.settings.organisation.is_internal
    if not office.settings.acknowledgement.external or all(map(is_internal, senders)):
        return 0
    return sum(not is_internal(to) for to in outbox.acknowledged_since(database, now - MINUTE))


def opens_too_many(
    database: sa.Connection, known: Lately, sender: str, received_at: dt.datetime, office: Office
) -> bool:
    """Whether this sender has opened as many requests as may be in the hour before this mail came.

    The messages of one transaction may have come over days; where its rough count is too high, it is counted
    exactly, and what the transaction has opened must have been written down.
    """
    if not known.may_open_too_many(sender, office):
        return False
    most = office.settings.ceilings.requests_per_sender
    return messages.has_opened(database, sender, received_at - HOUR, received_at, most)
