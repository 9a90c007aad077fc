"""What would become of a mail if it came now: the decisions of the way in, taken and written down nowhere.

The same functions decide as in `daemon.intake`, in the same order; nothing is stored, queued or sent.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import sqlalchemy as sa

from classifier.predict import Prediction
from daemon import frozen_mail, house_mail, opening, replies
from daemon.desk.request import reference
from daemon.desk.staff_words import staff_word
from daemon.echoes import echo_of
from daemon.enclosures import enclosed_in
from daemon.intake import links_of, with_matter
from daemon.lately import Lately, look, opens_too_many
from daemon.mail.compose import ComposeError
from daemon.mail.identity import likeness, message_key
from daemon.mail.message import Message
from daemon.mail.nature import SPEAKS_AS_PROGRAM, Decision, Nature, is_request, nature_of
from daemon.office import Office
from daemon.store import clocks, messages, outbox, requests
from daemon.store.copies import Copy
from daemon.thought import desk_clock, desk_request
from daemon.threads import Thread, find_thread, new_matter, too_late


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What was decided about a message, and why.

    `known`: the message itself, if it came in before; it is then decided about as if it had not. `becomes` is a
    sentence. `draft`: the request that it would open; None if it opens none. `mails` would be queued.
    """

    key: str
    known: messages.StoredMessage | None
    nature: Nature
    asked: Decision
    thread: Thread | None
    becomes: str
    acknowledged: opening.Acknowledged
    links: tuple[opening.Link, ...] = ()
    draft: opening.Draft | None = None
    mails: tuple[outbox.NewMail, ...] = ()


def rehearse(
    database: sa.Connection,
    raw: bytes,
    message: Message,
    mailbox: str,
    prediction: Prediction | None,
    office: Office,
    now: dt.datetime,
) -> Rehearsal:
    """Decide about a message as if it came by this mailbox now (UTC). Looks into the database; writes nothing."""
    key = message_key(message, raw, office.keys.content)
    before = messages.find_by_key(database, key)
    like = likeness(message, office.keys.content, office.settings.organisation.domains)
    known = look(database, [(message, like, now)], office, now)
    nature = nature_of(message, office.watched)
    copy = Copy(0, mailbox, 0, 0, "", raw, 1, now, now, partial=False, backlog=False, raw_key="")
    enclosed = enclosed_in(copy, message, office)
    arrived = opening.Arrived(key, copy, message, nature, now, prediction, like, enclosed=enclosed)
    asked = is_request(message, nature, watched=office.watched, install_id=office.keys.install)
    thread = too_late(find_thread(database, message, office), office, arrived.received_at)
    decision = opening.acknowledgement_decision(arrived, known, office, now)
    no = opening.Acknowledged(False, "It opens no request.") if decision.yes else decision
    alone = Rehearsal(key, before, nature, asked, thread, "", no)
    came_back = echo_of(database, message, office)
    if came_back:
        return _becomes(alone, f"filed as a mail of ours that came back, answered by nobody. {came_back}")
    if not asked.yes:
        about = f", noted in {reference(thread.request.id)}" if thread and thread.is_proven else ""
        return _becomes(alone, f"filed as {nature.kind.replace('_', ' ')}{about}, answered by nobody.")
    ours = house_mail.answered_mail(database, message, thread, office)
    if ours is not None:
        return _becomes(alone, house_mail.becomes(message, ours))
    return _joins_or_opens(database, alone, arrived, known, office, now)


def _joins_or_opens(
    database: sa.Connection,
    alone: Rehearsal,
    arrived: opening.Arrived,
    known: Lately,
    office: Office,
    now: dt.datetime,
) -> Rehearsal:
    """A part of the request to which it belongs, or a request of its own."""
    thread = alone.thread
    stopped = replies.over_ceiling(database, arrived, thread, known, office) if thread and _is_kept(thread) else None
    if stopped and thread:
        return _becomes(alone, f"kept with {reference(thread.request.id)}, passed on to nobody: {stopped}.")
    if thread is not None and thread.role == "unverified":
        mails = _to_owner(database, thread.request, arrived, office, now, note_by=arrived.sender or "an unknown sender")
        what = f"an unverified note of {reference(thread.request.id)}: its owner sees it, no clock moves."
        return _becomes(alone, what, mails)
    matter = new_matter(arrived.message.words) if thread is not None and thread.belongs else None
    if thread is not None and thread.belongs and matter is None and not thread.is_over:
        return _joins(database, alone, thread, arrived, office, now)
    return _opens(database, alone, with_matter(arrived, matter) if matter else arrived, known, office, now)


def _is_kept(thread: Thread) -> bool:
    return thread.belongs or thread.role == "unverified"


def _becomes(alone: Rehearsal, sentence: str, mails: tuple[outbox.NewMail, ...] = ()) -> Rehearsal:
    return Rehearsal(
        alone.key, alone.known, alone.nature, alone.asked, alone.thread, sentence, alone.acknowledged, mails=mails
    )


def _joins(
    database: sa.Connection,
    alone: Rehearsal,
    thread: Thread,
    arrived: opening.Arrived,
    office: Office,
    now: dt.datetime,
) -> Rehearsal:
    name = reference(thread.request.id)
    if thread.role == "staff" and arrived.nature.kind != "human":
        return _becomes(alone, _of_a_program(arrived, name))
    word = staff_word(arrived.message.words) if thread.role == "staff" else None
    if word is not None:
        return _becomes(alone, f"a staff word about {name}: {word.verb}; it is obeyed, or refused with a sentence.")
    if thread.role == "staff":
        why_not = replies.why_not_passed_on(arrived)
        if why_not:
            return _becomes(alone, f"an answer to {name} that is not passed on, of which its writer hears. {why_not}")
        about = messages.header_ids(database, thread.request.id)
        asked = desk_request(thread.request)
        try:
            mail = frozen_mail.answer(office, asked, arrived.message, arrived.key, about, (), (), now)
        except ComposeError as error:
            return _becomes(alone, f"the answer to {name}, which cannot be passed on: {error}")
        return _becomes(alone, f"the answer to {name}; it goes on to the requester, with its files.", (mail,))
    mails = _to_owner(database, thread.request, arrived, office, now)
    return _becomes(alone, f"a follow-up of {name}; its owner gets it.", mails)


def _of_a_program(arrived: opening.Arrived, name: str) -> str:
    if arrived.nature.evidence == (SPEAKS_AS_PROGRAM,):
        return f"an answer to {name} that is not passed on, as it reads like a program's; its writer hears."
    return f"noted in {name}: a program sent it in the name of staff, so it is no answer."


def _to_owner(
    database: sa.Connection,
    request: requests.StoredRequest,
    arrived: opening.Arrived,
    office: Office,
    now: dt.datetime,
    *,
    note_by: str = "",
    gathered: int = 0,
) -> tuple[outbox.NewMail, ...]:
    running = tuple(desk_clock(stored) for stored in clocks.of_request(database, request.id))
    reopened = request.status not in requests.UNFINISHED and not note_by
    asked = desk_request(request)
    mails = frozen_mail.follow_ups(
        office, asked, arrived.message, arrived.key, running, reopened, now, note_by=note_by, gathered=gathered
    )
    return tuple(mails)


def _opens(
    database: sa.Connection,
    alone: Rehearsal,
    arrived: opening.Arrived,
    known: Lately,
    office: Office,
    now: dt.datetime,
) -> Rehearsal:
    """A request of its own, unless its sender is a program that answers our notices, or has opened too many."""
    why, before = known.conversation(arrived.sender, arrived.like, arrived.seen_at, office.settings.ceilings.rounds)
    if why and before is not None and before.request_id and known.is_told_as_staff(arrived.sender):
        return _becomes(alone, f"filed with {reference(before.request_id)}, passed on to nobody: {why}")
    gathers = opens_too_many(database, known, arrived.sender, arrived.received_at, office)
    apart = opening.gathered_apart(arrived, office) if gathers else ""
    gathering = opening.gathering_of(database, arrived, known, apart) if gathers else None
    if gathering is not None:
        count = gathering.count + 1
        sentence = f"gathered in {reference(gathering.request_id)}, as mail {count} of a sender who writes too many."
        return _becomes(alone, sentence)
    links = links_of(arrived, alone.thread, known) if alone.known is None else ()
    draft = opening.draft_request(arrived, links, known, office, now, gathers=gathers)
    number = requests.next_number(database)
    stored = requests.StoredRequest(
        **{name: getattr(draft.new, name) for name in requests.NewRequest.__slots__},
        id=number,
        resolved_at=None,
        plan=1,
    )
    acknowledged, mails = opening.mails_of(draft, desk_request(stored), arrived, known, office, now)
    rest = ", in which further mails of its sender are gathered" if gathers else ""
    return Rehearsal(
        alone.key,
        alone.known,
        alone.nature,
        alone.asked,
        alone.thread,
        f"a request of its own{rest} ({reference(number)}, if no other comes first).",
        acknowledged,
        links,
        draft,
        tuple(mails),
    )
