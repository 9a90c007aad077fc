"""Which request a message belongs to, and what its sender may do there.

In this order: an id that we signed (in In-Reply-To, References, or behind the plus of one of our addresses); the
Message-ID of an earlier mail of the request; our reference in the subject, for mail programs and relays that lose
the others. A reference counts only where its sender takes part in the request, a number alone never. Looks into
the database; writes nothing.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import sqlalchemy as sa

from config.settings import Department, Triage
from daemon.lately import TO_STAFF
from daemon.mail.identity import ids_behind_plus, verify_signed_id
from daemon.mail.message import Message
from daemon.mail.signs import is_disowned
from daemon.mail.subject import is_forward, references
from daemon.office import Office
from daemon.store import messages, requests

#: requester and staff take part; what is unverified is kept as a note; a stranger's mail is a request of its own.
Role = Literal["requester", "staff", "unverified", "stranger"]

#: More ids than this in one header are no thread (RFC 5322 knows no limit, attackers neither).
IDS = 40

# "New request" alone on the first line, or before a colon and the matter; in the languages of our mails.
_NEW_MATTER = re.compile(
    r"\s*(?:new request|neue anfrage|neues anliegen|nouvelle demande|nueva (?:solicitud|petici[oó]n))"
    r"[ \t]*(?:[:.!\u2013\u2014-]+[ \t]*([^\n]{0,200}))?[ \t\r]*(?:\n|\Z)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Thread:
    """The request that a message refers to, who its sender is there, and by which evidence.

    `is_secret`: the evidence is an id, which only those who got a mail of the request can know; anybody can write
    a reference into a subject. `is_over`: the request was resolved too long ago to be opened again by this mail.
    """

    request: requests.StoredRequest
    role: Role
    evidence: str
    is_secret: bool = True
    is_over: bool = False

    @property
    def belongs(self) -> bool:
        """Whether the message joins the request as that of somebody who takes part in it."""
        return self.role in ("requester", "staff")

    @property
    def is_proven(self) -> bool:
        """Whether more than a number that anybody can write says that the message is about this request."""
        return self.belongs or self.is_secret


@dataclass(frozen=True, slots=True)
class NewMatter:
    """What a participant wants as a request of its own: its subject, "" if not said, and the words below it."""

    subject: str
    words: str


def new_matter(words: str) -> NewMatter | None:
    """Whether these newest words begin with "new request" (de, es, fr as well); None if they do not."""
    found = _NEW_MATTER.match(words)
    if found is None:
        return None
    rest = words[found.end() :].strip()
    said = (found[1] or "").strip()
    first = rest.split("\n", 1)[0].strip()
    return NewMatter(said or first[:80], rest or said)


def may_refer_back(message: Message) -> bool:
    """Whether a message has anything by which it could belong to a request; asks no database."""
    return bool(message.in_reply_to or message.references or references(message.subject)) or any(
        "+" in one for one in (*(to.local_part for to in (*message.to, *message.cc)), *message.delivered_to)
    )


def find_thread(database: sa.Connection, message: Message, office: Office) -> Thread | None:
    """The request this message refers to; None if it refers to none."""
    named = ids_named(message)
    addresses = [*(one.address for one in (*message.to, *message.cc)), *message.delivered_to]
    plus = ids_behind_plus(addresses, office.watched, office.settings.organisation.id_domain)
    return (
        _by_our_mail(database, (*plus, *named), message, office)
        or _by_stored_message(database, named, message, office)
        or _by_subject(database, message, office)
    )


def ids_named(message: Message) -> tuple[str, ...]:
    """The Message-IDs that a message answers, without angle brackets: the newest mail first."""
    return tuple(dict.fromkeys((*message.in_reply_to, *reversed(message.references))))[:IDS]


def believed(message: Message) -> str:
    """Who wrote it, in lower case; "" where more than one says so, or where the sender's own domain disowns it."""
    return message.sender.key if len(message.senders) == 1 and not is_disowned(message) else ""


def too_late(thread: Thread | None, office: Office, at: dt.datetime) -> Thread | None:
    """The same thread; `is_over` if a mail that came at this instant (UTC) can no longer open its request again."""
    if thread is None or thread.role != "requester" or thread.request.status in requests.UNFINISHED:
        return thread
    ended = thread.request.resolved_at
    if ended is None or at - ended <= office.desk(thread.request.department).lifecycle.reopen_for:
        return thread
    return replace(thread, is_over=True)


def staff_of(request: requests.StoredRequest, office: Office) -> frozenset[str]:
    """Who may answer for this request now: its owner, the department's members, its leads and its last rung."""
    people = answering(office.desk(request.department))
    return people | {request.owner.lower()} if request.owner else people


def answering(desk: Department | Triage) -> frozenset[str]:
    """Who of this desk may answer for a request, whoever owns it: addresses in lower case."""
    people = [desk.lead, desk.next_lead, desk.escalation, *(m.email for m in desk.members)]
    return frozenset(address.lower() for address in people if address)


def _by_our_mail(database: sa.Connection, named: Sequence[str], message: Message, office: Office) -> Thread | None:
    bare = [f"<{one}>" for one in named]
    for number, kind, recipient, effect_key in requests.find_by_our_mail(database, bare):
        if not any(verify_signed_id(one, kind, effect_key, office.keys.signing) for one in bare):
            continue
        request = requests.find(database, number)
        if request is not None:
            role = _role_by_our_mail(request, kind, recipient, message, office)
            return Thread(request, role, f"answers our {kind.replace('_', ' ')}")
    return None


def _role_by_our_mail(
    request: requests.StoredRequest, kind: str, recipient: str, message: Message, office: Office
) -> Role:
    """Staff only if the very person who got our mail answers, and still belongs to the department now.

    Whoever else has our id got it from somebody: the notice was forwarded, or the address is forged. Who got a copy
    was told that it is answered with a note.
    """
    sender = believed(message)
    if kind in TO_STAFF and kind != "copy" and sender == recipient.lower() and sender in staff_of(request, office):
        return "staff"
    return "requester" if _is_requester(request, sender) else "unverified"


def _is_requester(request: requests.StoredRequest, sender: str) -> bool:
    return bool(sender) and sender in (request.requester, request.reply_to)


def _by_stored_message(
    database: sa.Connection, named: Sequence[str], message: Message, office: Office
) -> Thread | None:
    earlier = messages.find_by_header_ids(database, named)
    earlier.sort(key=lambda one: named.index(one.header_id))  # the mail that it answers before those before it
    numbers = list(dict.fromkeys(one.request_id for one in earlier if one.request_id is not None))
    evidence = "answers an earlier mail of the request"
    found = _in_order(requests.find_all(database, numbers), numbers)
    return _first_that_takes_part(found, message, office, evidence, is_secret=True)


def _by_subject(database: sa.Connection, message: Message, office: Office) -> Thread | None:
    """Only for an answer: who forwards a mail about a request to another address asks something new."""
    numbers = references(message.subject)
    found = _in_order(requests.find_all(database, numbers) if numbers else [], numbers)  # the newest mark comes first
    evidence = "names the request in its subject"
    thread = _first_that_takes_part(found, message, office, evidence, is_secret=False)
    if thread is not None and is_forward(message.subject):
        return Thread(thread.request, "stranger", f"{evidence}, but forwards a mail about it", is_secret=False)
    return thread


def _in_order(found: Sequence[requests.StoredRequest], numbers: Sequence[int]) -> list[requests.StoredRequest]:
    return sorted(found, key=lambda request: numbers.index(request.id))


def _first_that_takes_part(
    found: Sequence[requests.StoredRequest], message: Message, office: Office, evidence: str, *, is_secret: bool
) -> Thread | None:
    """Without a signed id staff are believed to be themselves no more than anybody: their words are kept as a
    note, of which the owner hears, and reach nobody in the department's name."""
    if not found:
        return None
    sender = believed(message)
    for request in found:
        if _is_requester(request, sender):
            return Thread(request, "requester", evidence, is_secret)
    for request in found:
        if sender and sender in staff_of(request, office):
            return Thread(request, "unverified", evidence, is_secret)
    return Thread(found[0], "stranger", evidence, is_secret)
