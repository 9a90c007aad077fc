"""Story: staff reply to a mail of ours that is about no single request: a digest, a report, an alarm.

Lines that name a request and say a staff word (`REQ-12 take`) are obeyed, each as it would be in a reply to a mail of
that request. Whatever else was written opens nothing and reaches nobody, and its writer hears so, with how to act. Who
writes again in reply to that hears no more: nothing goes round.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import sqlalchemy as sa
import structlog

from daemon import frozen_mail, obeying, opening
from daemon.desk.facts import NoticeKind
from daemon.desk.request import reference
from daemon.desk.staff_words import Order, orders
from daemon.lately import HOUR, Lately
from daemon.mail.identity import is_ours, verify_signed_id
from daemon.mail.message import Message
from daemon.mail.subject import is_forward, references
from daemon.office import Office
from daemon.opening import Arrived
from daemon.passing_on import note_absence, tells_absence
from daemon.store import absences, outbox, requests
from daemon.store.outbox import MailState
from daemon.threads import Thread, believed, ids_named, staff_of

log = structlog.get_logger("house_mail")

#: So many requests that the mail named are named again.
NAMED = 10

#: So many lines of one mail are obeyed.
LINES = 50

#: Which answers of ours are which: how to act, and what became of somebody's lines.
_HOW, _LINES_OF = "how:", "lines:"

_NO_PART = "you take no part in it, or there is no such request"


@dataclass(frozen=True, slots=True)
class Answered:
    """The mail of ours that a message answers, and whether its writer is the one to whom it went."""

    mail: MailState
    is_reader: bool

    @property
    def is_our_answer(self) -> bool:
        """Whether that mail answers one of theirs already, so that a further answer would go round."""
        return self.mail.effect_key.startswith((f"house:{_HOW}", f"house:{_LINES_OF}"))


def answered_mail(database: sa.Connection, message: Message, thread: Thread | None, office: Office) -> Answered | None:
    """The mail of ours, about no single request, that somebody of the house answers; None if it answers none.

    An id that we signed says so; `thread`: the request to which the message belongs otherwise. Who forwards such a mail
    asks something new, and so does somebody outside, unless it went to them.
    """
    if is_forward(message.subject) or (thread is not None and thread.is_secret):
        return None
    sender = believed(message)
    for one in ids_named(message):
        if not is_ours(one, office.settings.organisation.id_domain):
            continue
        mail = outbox.find_by_header_id(database, f"<{one}>")
        if (
            mail is None
            or mail.request_id is not None
            or not verify_signed_id(one, mail.kind, mail.effect_key, office.keys.signing)
        ):
            continue
        is_reader = sender == mail.recipient.lower()
        is_one_of_us = bool(sender) and (is_reader or office.settings.organisation.is_internal(sender))
        return Answered(mail, is_reader) if is_one_of_us else None
    return None


def answer(
    database: sa.Connection, arrived: Arrived, to: Answered, known: Lately, office: Office, now: dt.datetime
) -> int:
    """Transaction B for such a reply; the row number of its message."""
    what = to.mail.kind.replace("_", " ")
    if arrived.nature.kind != "human":
        return opening.file_without_request(database, arrived, arrived.nature.kind, f"a program answers our {what}")
    absences.back(database, arrived.sender)
    asked, below = orders(arrived.message.words)
    if _too_many(known, arrived.sender, office, now):
        why = f"{arrived.sender} has answered such mails too often within the hour"
        return opening.file_without_request(database, arrived, "ceiling", why)
    if asked:
        left = "\n".join([*(f"{reference(one.number)} {one.said}" for one in asked[LINES:]), below]).strip()
        return _obey(database, arrived, to, asked[:LINES], left, known, office, now)
    if not to.is_our_answer and not known.full:
        _send(database, arrived, _how_to_act(arrived, to, database, office, now), known)
    why = f"answers our {what}, which is about no single request, and names none"
    return opening.file_without_request(database, arrived, "named_no_request", why)


def hear_of_absence(
    database: sa.Connection, arrived: Arrived, thread: Thread | None, office: Office, now: dt.datetime
) -> None:
    """An automatic reply of its reader to such a mail says that they are away: they get nothing new meanwhile."""
    if not tells_absence(arrived):
        return
    to = answered_mail(database, arrived.message, thread, office)
    if to is not None and to.is_reader:
        last, _ = note_absence(database, arrived, office.calendar(None), now)
        log.info("absence_heard", who=arrived.sender, until=last.isoformat())


def becomes(message: Message, to: Answered) -> str:
    """What becomes of such a reply, in words that follow "it is"."""
    asked, _ = orders(message.words)
    what = to.mail.kind.replace("_", " ")
    if asked:
        names = ", ".join(dict.fromkeys(reference(one.number) for one in asked))
        return f"a reply to our {what} with staff words about {names}; each is obeyed, or refused with a sentence."
    return f"a reply to our {what}, which is about no single request: it opens none, and its writer hears how to act."


def _too_many(known: Lately, sender: str, office: Office, now: dt.datetime) -> bool:
    said = sum(one.kind == NoticeKind.HOUSE_NOTICE and one.at > now - HOUR for one in known.said.get(sender, ()))
    return said >= office.settings.ceilings.passed_on_per_sender


def _obey(
    database: sa.Connection,
    arrived: Arrived,
    to: Answered,
    asked: Sequence[Order],
    below: str,
    known: Lately,
    office: Office,
    now: dt.datetime,
) -> int:
    said = [(one, *_carried_out(database, arrived, to, one, office, now)) for one in asked]
    done = sum(is_done for _, is_done, _ in said)
    notice = frozen_mail.house_notice(
        office,
        arrived.sender,
        "What became of your lines",
        f"{done} of {len(said)} lines were carried out." if len(said) > 1 else _one_line(done),
        [(reference(one.number), f'"{one.said}" is {sentence}') for one, _, sentence in said],
        _unread(below),
        f"{_LINES_OF}{arrived.key}",
        now,
        about=arrived.message,
    )
    _send(database, arrived, notice, known)
    names = ", ".join(reference(one.number) for one in asked)
    log.info("lines_obeyed", by=arrived.sender, lines=len(said), done=done)
    return opening.file_without_request(
        database, arrived, "staff_word" if done else "refused", f"{done} of {len(said)} lines carried out: {names}"
    )


def _unread(below: str) -> str:
    first = below.partition("\n")[0][:60].strip()
    return f'What stood below them, from "{first}" on, was read by nobody and sent to nobody.' if below else ""


def _one_line(done: int) -> str:
    return "Your line was carried out." if done else "Your line was not carried out, and nothing was sent to anybody."


def _carried_out(
    database: sa.Connection, arrived: Arrived, to: Answered, order: Order, office: Office, now: dt.datetime
) -> tuple[bool, str]:
    """Whether this line was carried out, and what its writer reads of it."""
    request = requests.find(database, order.number)
    if not to.is_reader:
        return False, f"not done: our mail went to {to.mail.recipient}, and only who got it can answer it so"
    if request is None or arrived.sender not in staff_of(request, office):
        return False, f"not done: {_NO_PART}"
    if order.word is None:
        return False, "not done: these are no staff words"
    try:
        done = obeying.wish(arrived, order.word, request, office, now)(database)
    except obeying.Refused as refusal:
        return False, f"not done: {str(refusal).rstrip('.')}"
    more = "".join(f"; {name.lower()}: {value}" for name, value in done.details)
    return True, f"done: {obeying.how_it_stands(done.request, office)}{more}"


def _how_to_act(
    arrived: Arrived, to: Answered, database: sa.Connection, office: Office, now: dt.datetime
) -> outbox.NewMail:
    named = _named(database, to.mail, office, arrived.sender)
    one, another = (*named, "REQ-12", "REQ-13")[:2]
    return frozen_mail.house_notice(
        office,
        arrived.sender,
        "Your reply reached nobody",
        "You have answered a mail of ours that is about no single request. No request was opened, nothing was done, "
        "and your words were passed on to nobody.",
        [("It named", ", ".join(named))] if named else [],
        f"To act on a request, reply to that mail again and begin with a line for each: `{one} take`, "
        f"`{another} resolve: told by phone`, `{one} later 2026-12-01 the part is late`. To write to a requester, "
        "reply to the mail that you have of the request. To ask for something new, write a new mail.",
        f"{_HOW}{arrived.key}",
        now,
        about=arrived.message,
    )


def _named(database: sa.Connection, mail: MailState, office: Office, sender: str) -> list[str]:
    """The requests that our mail names and of which its reader is staff."""
    raw = outbox.raw_of(database, mail.id)
    read = message_from_bytes(raw, policy=default)
    assert isinstance(read, EmailMessage)
    body = read.get_body(("plain",))
    found: list[str] = []
    for line in (body.get_content() if body else "").splitlines():
        for number in references(line):
            request = requests.find(database, number) if reference(number) not in found else None
            if request is not None and sender in staff_of(request, office):
                found.append(reference(number))
        if len(found) >= NAMED:
            break
    return found


def _send(database: sa.Connection, arrived: Arrived, notice: outbox.NewMail, known: Lately) -> None:
    outbox.put(database, [notice])
    known.queued([notice])
