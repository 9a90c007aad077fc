"""Turns what the desk wants to say into frozen outbox rows: words, envelope, signed id, final bytes.

Everything a mail consists of is fixed here, once: its Message-ID follows from its effect, its Date is
the instant of the decision, and a repeat sends the same bytes. Writes nothing and sends nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal
from zoneinfo import ZoneInfo

from daemon.desk import facts
from daemon.desk.clock_history import Circumstances
from daemon.desk.clocks import Clock, ClockKind
from daemon.desk.facts import Facts, NoticeKind, WeeklyReport
from daemon.desk.ladder import Told
from daemon.desk.new_date import NewDate
from daemon.desk.readback import spoken_name
from daemon.desk.request import TRIAGE, Request, reference
from daemon.mail.addresses import is_one_of
from daemon.mail.body import has_own_words
from daemon.mail.compose import ComposeError, Draft, Picture, compose
from daemon.mail.identity import passed_through, plus_address, signed_id
from daemon.mail.message import Address, Message, OutgoingAttachment
from daemon.office import Office
from daemon.promises import terms_for
from daemon.store.clocks import WaitingRung as Rung
from daemon.store.messages import StoredMessage
from daemon.store.outbox import NewMail
from daemon.store.promises import Pace

__all__ = [
    "OutgoingAttachment",
    "acknowledgement",
    "alarm",
    "answer",
    "apology",
    "assignments",
    "clock_alarm",
    "copies",
    "follow_ups",
    "handed_over",
    "heads_up",
    "held_back",
    "house_notice",
    "left_alarm",
    "new_date",
    "quarantine_alarm",
    "rung_facts",
    "rung_mail",
    "rungs_together",
    "space_alarm",
    "staff_notice",
]

#: What leaves first when much waits; an escalation overtakes ten thousand acknowledgements.
PRIORITY = {
    NoticeKind.ALARM: 0,
    NoticeKind.ESCALATION: 1,
    NoticeKind.WARNING: 1,
    NoticeKind.REMINDER: 1,
    NoticeKind.HEADS_UP: 1,
    NoticeKind.DEADLINES: 1,
    NoticeKind.HOUSE_NOTICE: 1,
    NoticeKind.ANSWER: 2,
    NoticeKind.ASSIGNMENT: 3,
    NoticeKind.FOLLOW_UP: 3,
    NoticeKind.STAFF_NOTICE: 3,
    NoticeKind.ACKNOWLEDGEMENT: 4,
    NoticeKind.SUMMARY: 4,
    NoticeKind.REPORT: 5,
    NoticeKind.NEW_OWNER: 4,
    NoticeKind.NEW_DATE: 2,
    NoticeKind.APOLOGY: 2,
    NoticeKind.COPY: 4,
}

#: How long an ordinary mail is tried (Postfix's maximal_queue_lifetime).
TRIED_FOR = dt.timedelta(days=5)

#: An acknowledgement that comes later than this after the mail says since when the mail has waited.
WAITED = dt.timedelta(hours=1)

TRIAGE_NAME = "Triage"

#: An automatic answer is no larger than this (RFC 3834 §2: a few kilobytes); what is in HTML too is left out first.
BRIEF = 4096


def desk_of(office: Office, department: str | None) -> facts.Desk:
    """A department, or triage, as our mails speak of it."""
    desk = office.desk(department)
    return facts.Desk(
        name=getattr(desk, "name", TRIAGE_NAME),
        address=desk.address,
        calendar=office.calendar(department),
        description=getattr(desk, "description", ""),
    )


def acknowledgement(
    office: Office,
    request: Request,
    message: Message,
    to: str,
    key: str,
    running: Sequence[Clock],
    now: dt.datetime,
    *,
    pace: Pace | None = None,
) -> NewMail:
    """To the requester, at the address for automatic answers: we have it, who answers for it, until when.

    `pace`: what the department usually takes, if the promise goes by it where it is later than the target.
    """
    settings = office.settings
    target = promised(office, request, running, now)
    usual = office.calendar(request.department).add(request.opened_at, pace.usual) if pace else target
    outside = not settings.organisation.is_internal(request.requester)
    desk = desk_of(office, request.department)
    said = facts.acknowledgement(
        request,
        desk,
        organisation=settings.organisation.name,
        owner_name=name_of(office, request.owner),
        departments=[department.name for department in settings.departments.values()],
        answer_by=max(target, usual),
        target_by=target if usual > target else None,
        outside=outside,
        reader_zone=_zone(office, request.requester),
        waited_since=request.opened_at if now - request.opened_at > WAITED else None,
        is_encrypted=bool(message.encrypted),
    )
    recipient = Address(spoken_name(request.requester_name), to)
    expires = now + settings.acknowledgement.stale_after
    effect = f"{key}:acknowledgement:{request.id}"
    brief = BRIEF if settings.organisation.is_internal(to) else min(BRIEF, message.size)
    return _freeze(office, said, desk, recipient, effect, request, _ids(message), now, expires_at=expires, brief=brief)


def summary(
    office: Office, request: Request, message: Message, to: str, key: str, running: Sequence[Clock], now: dt.datetime
) -> NewMail:
    """To a requester who writes more than is acknowledged one by one: one mail for all; `request` is the newest."""
    settings = office.settings
    desk = desk_of(office, request.department)
    said = facts.summary(
        request,
        desk,
        organisation=settings.organisation.name,
        answer_by=promised(office, request, running, now),
        reader_zone=_zone(office, request.requester),
    )
    recipient = Address(spoken_name(request.requester_name), to)
    expires = now + settings.acknowledgement.stale_after
    effect = f"{key}:summary:{request.id}"
    return _freeze(office, said, desk, recipient, effect, request, _ids(message), now, expires_at=expires)


def assignments(
    office: Office,
    request: Request,
    message: Message,
    key: str,
    why_here: str,
    why_you: str,
    running: Sequence[Clock],
    now: dt.datetime,
) -> list[NewMail]:
    """To the owner: this is yours now. In triage: to its lead, who places it.

    `why_here`, `why_you`: the reasons of the route and of the choice of owner.
    """
    to = request.owner or office.desk(request.department).lead
    if not request.owner:
        why_you = "you lead the desk that places what nobody else could"
    words, sizes = message.shown_words, _sizes(message)
    return [_assignment(office, request, key, why_here, why_you, to, running, words, sizes, _ids(message), now)]


def _assignment(
    office: Office,
    request: Request,
    key: str,
    why_here: str,
    why_you: str,
    to: str,
    running: Sequence[Clock],
    words: str,
    sizes: Sequence[tuple[str, int]],
    ids: tuple[str, ...],
    now: dt.datetime,
) -> NewMail:
    desk = desk_of(office, request.department)
    said = facts.assignment(
        request,
        desk,
        owner_name=name_of(office, to),
        clocks=running,
        why_here=why_here,
        why_you=why_you,
        words=words,
        attachments=sizes,
        original=original_place(office, request.mailbox),
        reader_zone=_zone(office, to),
    )
    recipient = Address(name_of(office, to), to)
    return _freeze(office, said, desk, recipient, f"{key}:assignment:{request.id}:{to}", request, ids, now)


def copies(
    office: Office,
    request: Request,
    message: Message,
    key: str,
    watchers: Sequence[str],
    why: str,
    running: Sequence[Clock],
    now: dt.datetime,
) -> list[NewMail]:
    """To each watcher but the owner and the requester: this has come in. `why`: the reason of the route."""
    desk, mails = desk_of(office, request.department), []
    for to in watchers:
        if to in (request.owner, request.requester):
            continue
        said = facts.copy_for(
            request,
            desk,
            reader_name=office.person(to).name,
            owner_name=name_of(office, request.owner),
            clocks=running,
            why=why,
            words=message.shown_words,
            attachments=_sizes(message),
            original=original_place(office, request.mailbox),
            reader_zone=_zone(office, to),
        )
        recipient = Address(name_of(office, to), to)
        mails.append(
            _freeze(office, said, desk, recipient, f"{key}:copy:{request.id}:{to}", request, _ids(message), now)
        )
    return mails


def follow_ups(
    office: Office,
    request: Request,
    message: Message,
    key: str,
    running: Sequence[Clock],
    reopened: bool,
    now: dt.datetime,
    *,
    note_by: str = "",
    gathered: int = 0,
) -> list[NewMail]:
    """To the owner (in triage: its lead): the requester wrote again.

    `note_by`: or somebody who takes no part in the request wrote about it. `gathered`: or so many mails of the
    requester have been gathered in it by now.
    """
    to = request.owner or office.desk(request.department).lead
    desk = desk_of(office, request.department)
    said = facts.follow_up(
        request,
        desk,
        owner_name=name_of(office, to),
        clocks=running,
        is_reopened=reopened,
        arrived=now,
        words=message.shown_words,
        attachments=_sizes(message),
        original=original_place(office, request.mailbox),
        reader_zone=_zone(office, to),
        note_by=note_by,
        gathered=gathered,
    )
    recipient = Address(name_of(office, to), to)
    effect = f"{key}:follow_up:{request.id}:{to}"
    return [_freeze(office, said, desk, recipient, effect, request, _ids(message), now)]


def held_back(
    office: Office, request: Request, message: Message, key: str, why: str, running: Sequence[Clock], now: dt.datetime
) -> NewMail:
    """To the colleague who answered: the answer was not passed on, and why, in a sentence.

    That may be a lead who was warned, and who reads of a confidential request no more than the warning said.
    """
    if message.sender.key != request.owner:
        request = facts.in_confidence(request)
    desk, to = desk_of(office, request.department), message.sender.key
    said = facts.follow_up(
        request,
        desk,
        owner_name=name_of(office, to),
        clocks=running,
        is_reopened=False,
        arrived=now,
        words=message.words,
        attachments=_sizes(message),
        original=original_place(office, request.mailbox),
        reader_zone=_zone(office, to),
        held_back=why,
    )
    effect = f"{key}:held_back:{request.id}:{to}"
    return _freeze(office, said, desk, Address(name_of(office, to), to), effect, request, _ids(message), now)


def answer(
    office: Office,
    request: Request,
    message: Message,
    key: str,
    about: Sequence[str],
    files: Sequence[OutgoingAttachment],
    missing: Sequence[str],
    now: dt.datetime,
) -> NewMail:
    """To the requester: the owner's own words, from the shared address, with the files that came along.

    `about`: Message-IDs of the requester's messages, oldest first. `missing`: names of files that could
    not come along; the answer names them. Nothing that the owner quoted goes along: it is our notice, with
    what staff alone may read. Raises ComposeError if no mail can be sent to the requester.
    """
    settings = office.settings
    outside = not settings.organisation.is_internal(request.requester)
    desk = desk_of(office, request.department)
    author = name_of(office, message.sender.address)
    words = words_to_pass_on(message)
    if missing:
        words += f"\n\n[Files that could not be passed on: {', '.join(missing)}]"
    said = facts.answer(
        request,
        desk,
        organisation=settings.organisation.name,
        owner_name=author,
        words=words,
        outside=outside,
    )
    recipient = _requester(office, request)
    name = f"{desk.name}, {settings.organisation.name}" if outside else f"{author} ({desk.name})"
    effect = f"{key}:answer:{request.id}"
    return _freeze(office, said, desk, recipient, effect, request, about, now, name=name, files=files)


def words_to_pass_on(message: Message) -> str:
    """What a colleague wrote above, between or below the quotation; "" where nothing but a quotation is left."""
    return message.words if has_own_words(message.text or message.words) else ""


def handed_over(
    office: Office,
    request: Request,
    first: StoredMessage | None,
    why: str,
    running: Sequence[Clock],
    now: dt.datetime,
    *,
    tell: str,
    line: int,
) -> list[NewMail]:
    """After a person gave the request to somebody: the new owner gets it whole, the requester hears of it.

    tell: the address at which the requester was acknowledged; "" where nobody was. line: the line of the ledger that
    says so; one request may change hands twice at one instant, when two mails are taken in together.
    """
    assert request.owner is not None
    ids = (first.header_id,) if first and first.header_id else ()
    key = f"handed:{request.id}:{line}"
    words = first.words if first else request.summary
    sizes = [(name, 0) for name in first.attachments] if first else []
    mails = [
        _assignment(office, request, key, why, "it was given to you", request.owner, running, words, sizes, ids, now)
    ]
    if tell:
        desk = desk_of(office, request.department)
        owed = any(clock.kind is ClockKind.FIRST_RESPONSE and clock.is_running for clock in running)
        said = facts.new_owner(
            request,
            desk,
            organisation=office.settings.organisation.name,
            owner_name=name_of(office, request.owner),
            before="",
            why="",
            answer_by=promised(office, request, running, now) if owed else None,
            said_at=now,
            outside=not office.settings.organisation.is_internal(request.requester),
            reader_zone=_zone(office, request.requester),
        )
        recipient = Address(spoken_name(request.requester_name), tell)
        mails.append(_freeze(office, said, desk, recipient, f"{key}:new_owner", request, ids, now))
    return mails


def rung_facts(
    office: Office, request: Request, rung: Rung, clock: Clock, told: Told, asked: str, now: dt.datetime
) -> facts.Deadline:
    """What a rung says to one person. `asked`: the address of the one who is asked to act."""
    return facts.deadline(
        rung.kind,  # type: ignore[arg-type]
        request,
        desk_of(office, request.department),
        clock=clock,
        role="owner" if told.address == request.owner else told.role,
        reader_name=name_of(office, told.address),
        owner_name=name_of(office, request.owner),
        now=now,
        reader_zone=_zone(office, told.address),
        asked=name_of(office, asked),
        is_asked=told.address == asked,
        instead_of=name_of(office, told.instead_of),
    )


def rung_mail(
    office: Office,
    request: Request,
    rung: Rung,
    said: facts.Deadline,
    to: str,
    ids: Sequence[str],
    now: dt.datetime,
) -> NewMail:
    """What a rung says to one person, as a mail."""
    desk = desk_of(office, request.department)
    return _freeze(office, said, desk, Address(name_of(office, to), to), f"rung:{rung.id}:{to}", request, ids, now)


def rungs_together(office: Office, told: Sequence[tuple[int, facts.Deadline]], to: str, now: dt.datetime) -> NewMail:
    """What several rungs (row number, facts) say to one person, as one mail."""
    name = name_of(office, to)
    said = facts.deadlines([one for _, one in told], reader_name=name, organisation=office.settings.organisation.name)
    numbers = ",".join(str(number) for number, _ in sorted(told, key=lambda one: one[0]))
    effect = f"rungs:{hashlib.sha256(numbers.encode()).hexdigest()[:32]}:{to}"
    return _freeze(office, said, desk_of(office, TRIAGE), Address(name, to), effect, None, (), now, name="Postroom")


def staff_notice(
    office: Office,
    request: Request,
    to: str,
    what: str,
    now: dt.datetime,
    *,
    occasion: str,
    details: Sequence[tuple[str, str]] = (),
    what_to_do: str = "",
    about: Sequence[str] = (),
) -> NewMail:
    """To one person of the staff: what has happened to a request. `occasion`: the same one is told once."""
    desk = desk_of(office, request.department)
    said = facts.staff_notice(
        request,
        desk,
        reader_name=name_of(office, to),
        what=what,
        details=details,
        what_to_do=what_to_do,
        is_owner=to == request.owner,
    )
    effect = f"notice:{request.id}:{occasion}:{to}"
    return _freeze(office, said, desk, Address(name_of(office, to), to), effect, request, about, now)


def house_notice(
    office: Office,
    to: str,
    subject: str,
    what: str,
    details: Sequence[tuple[str, str]],
    what_to_do: str,
    occasion: str,
    now: dt.datetime,
    *,
    about: Message | None = None,
) -> NewMail:
    """To one person of the staff: something about no single request; `about`: in answer to this mail of theirs.

    `occasion`: the same one is told once.
    """
    name, organisation = name_of(office, to), office.settings.organisation.name
    said = facts.house_notice(subject, what, details, what_to_do, reader_name=name, organisation=organisation)
    recipient, effect, ids = Address(name, to), f"house:{occasion}:{to}", _ids(about) if about else ()
    return _freeze(office, said, desk_of(office, TRIAGE), recipient, effect, None, ids, now, name="Postroom")


def new_date(
    office: Office,
    request: Request,
    by: str,
    before: dt.datetime,
    wanted: NewDate,
    ids: Sequence[str],
    line: int,
    now: dt.datetime,
) -> NewMail:
    """To the requester: `by` (an address, or a name of the command line) promises another date than before (UTC).

    line: the last of the ledger then, for two promises of one instant are two. Raises ComposeError if no mail can be
    sent to the requester.
    """
    organisation, desk = office.settings.organisation, desk_of(office, request.department)
    said = facts.new_date(
        request,
        desk,
        organisation=organisation.name,
        owner_name=name_of(office, by if "@" in by else request.owner),
        before=before,
        at=wanted.at,
        why=wanted.why,
        now=now,
        outside=not organisation.is_internal(request.requester),
        reader_zone=_zone(office, request.requester),
    )
    effect = f"new_date:{request.id}:{line}"
    return _freeze(office, said, desk, _requester(office, request), effect, request, ids, now)


def apology(
    office: Office,
    request: Request,
    to: str,
    promise: ClockKind,
    due_at: dt.datetime,
    hands: int,
    ids: Sequence[str],
    now: dt.datetime,
) -> NewMail:
    """To the requester, at the address `to`: what was promised by `due_at` (UTC) did not happen.

    hands: how often it changed hands.
    """
    organisation, desk = office.settings.organisation, desk_of(office, request.department)
    terms = terms_for(office, Circumstances(request.department, request.priority), request.requester)
    said = facts.apology(
        request,
        desk,
        organisation=organisation.name,
        owner_name=name_of(office, request.owner),
        lead_name=name_of(office, office.desk(request.department).lead),
        promise=promise,
        due_at=due_at,
        hands=hands,
        next_by=terms.calendar.add(now, terms.targets[ClockKind.FIRST_RESPONSE]),
        now=now,
        outside=not organisation.is_internal(request.requester),
        reader_zone=_zone(office, request.requester),
    )
    effect = f"apology:{request.id}:{promise}:{due_at.isoformat()}"
    recipient = Address(spoken_name(request.requester_name), to)
    return _freeze(office, said, desk, recipient, effect, request, ids, now)


def _requester(office: Office, request: Request) -> Address:
    """Where an answer goes. Raises ComposeError where it would come back to us."""
    recipient = Address(spoken_name(request.requester_name), request.reply_to or request.requester)
    if is_one_of(recipient.address, office.watched):
        raise ComposeError(f"{recipient.address} is one of our own addresses: the answer would come back to us.")
    return recipient


def heads_up(
    office: Office,
    request: Request,
    to: str,
    what: str,
    details: Sequence[tuple[str, str]],
    what_to_do: str,
    effect: str,
    ids: Sequence[str],
    now: dt.datetime,
) -> NewMail:
    """To somebody of the staff (an address): look at this request. `effect` names the occasion: it is told once."""
    desk, name = desk_of(office, request.department), name_of(office, to)
    said = facts.heads_up(request, desk, reader_name=name, reader=to, what=what, details=details, what_to_do=what_to_do)
    return _freeze(office, said, desk, Address(name, to), f"{effect}:{to}", request, ids, now)


def report_effect(lead: str, week: str) -> str:
    """The effect of one lead's report of a week, such as 2026-W48: it is written once."""
    return f"report:{week}:{lead}"


def weekly_report(
    office: Office, lead: str, said: WeeklyReport, pictures: Sequence[Picture], week: str, now: dt.datetime
) -> NewMail:
    """To a lead (an address): the report of a week, such as 2026-W48, with its charts attached."""
    recipient = Address(name_of(office, lead), lead)
    desk, effect = desk_of(office, TRIAGE), report_effect(lead, week)
    return _freeze(office, said, desk, recipient, effect, None, (), now, name="Postroom", pictures=pictures)


def picture_name(office: Office, what: str) -> str:
    """A name for a picture that no other mail of the world has (RFC 2392)."""
    return f"{_token(what, office.keys.content)}@{office.settings.organisation.id_domain}"


def quarantine_alarm(office: Office, mailbox: str, request_id: int, trouble: str, now: dt.datetime) -> list[NewMail]:
    """To the operators, at most one an hour and mailbox: a mail could not be read."""
    return alarm(
        office,
        f"quarantine:{mailbox}:{now:%Y-%m-%dT%H}",
        "a mail could not be read",
        f"A mail in {mailbox} could not be read and lies in quarantine. Its bytes are safe.",
        [("request", reference(request_id)), ("reason", trouble)],
        "Look at it with `postroom quarantine show`, then `postroom quarantine retry` or `release`.",
        now,
    )


def conversation_alarm(office: Office, mailbox: str, sender: str, why: str, now: dt.datetime) -> list[NewMail]:
    """To the operators, once a day and pair: a program answers our mails; we have fallen silent.

    The pair is a mailbox of ours and a colleague's address, or a whole domain outside: a help desk may write from
    an address for each of its mails.
    """
    organisation, ours = office.settings.organisation, office.settings.mailboxes[mailbox].address
    other = sender if organisation.is_internal(sender) else sender.rpartition("@")[2]
    return alarm(
        office,
        f"rounds:{mailbox}:{other}:{now:%Y-%m-%d}",
        "a program answers our mails",
        f"{sender} answers the automatic mails of {ours} with mails of its own. Nothing more is sent because of them "
        "as long as they come; they are kept, and every other mail is dealt with as always.",
        [("sender", sender), ("mailbox", ours), ("reason", why)],
        "End the automatic answers of whichever program it is, or have it mark them (Auto-Submitted, RFC 3834).",
        now,
    )


def gathering_alarm(office: Office, sender: str, request_id: int, now: dt.datetime) -> list[NewMail]:
    """To the operators, once for each such request: the mails of one sender are gathered in it."""
    most = office.settings.ceilings.requests_per_sender
    return alarm(
        office,
        f"gathers:{request_id}",
        "many mails of one sender",
        f"{sender or 'An unknown sender'} has opened {most} requests within the hour. Further mails are gathered in "
        f"{reference(request_id)}, where its owner sees them; none is lost, and other senders do not wait for them.",
        [("request", reference(request_id)), ("sender", sender or "unreadable")],
        "If a form or a monitor writes for many people from this address, raise ceilings.requests_per_sender.",
        now,
    )


def full_alarm(office: Office, now: dt.datetime) -> list[NewMail]:
    """To the operators, once an hour: as many mails as may be were sent; requests are opened in silence."""
    most = office.settings.ceilings.mails_per_hour
    return alarm(
        office,
        f"full:{now:%Y-%m-%dT%H}",
        "no more notices are sent",
        f"{most} mails were sent within the hour, which is the ceiling. Mail is still taken in and placed, but nobody "
        "is acknowledged or told of a new request until it is less.",
        [("ceiling", f"{most} mails an hour")],
        "Look at `postroom list` for what causes them; raise ceilings.mails_per_hour if that is your usual mail.",
        now,
    )


def own_mail_alarm(office: Office, mailbox: str, why: str, now: dt.datetime) -> list[NewMail]:
    """To the operators, once a day and mailbox: a mail of ours has come back to us."""
    return alarm(
        office,
        f"own_mail:{mailbox}:{now:%Y-%m-%d}",
        f"a mail of ours came back to {mailbox}",
        f"A mail that Postroom sent has come back into {mailbox}. It was filed and answered by nobody.",
        [("mailbox", mailbox), ("reason", why)],
        "Somewhere mail is forwarded to this mailbox that should not be: look for a forwarding rule of a colleague.",
        now,
    )


def unanswerable_alarm(office: Office, key: str, request_id: int, trouble: str, now: dt.datetime) -> list[NewMail]:
    """To the operators: an owner has answered somebody to whom no mail can be sent."""
    return alarm(
        office,
        f"unanswerable:{key}",
        f"an answer about {reference(request_id)} could not be passed on",
        f"The owner of {reference(request_id)} has answered, but no mail can be sent to its requester.",
        [("request", reference(request_id)), ("reason", trouble)],
        "Reach the requester in another way; then end the request with `postroom resolve`.",
        now,
    )


def clock_alarm(office: Office, sentence: str, now: dt.datetime) -> list[NewMail]:
    """To the operators, once a jump and hour: rungs are held because the clock has jumped. `now` in UTC."""
    return alarm(
        office,
        f"clock:{hashlib.sha256(sentence.encode()).hexdigest()[:16]}:{now:%Y-%m-%dT%H}",
        "the clock has jumped",
        "Reminders, warnings and escalations are held, because the clock of the machine has jumped. Mail is taken in.",
        [("reason", sentence)],
        "Set the clock right. If it is right now, say so with `systemctl reload postroom`.",
        now,
    )


def promise_alarm(office: Office, model: str, before: str, after: str, said: str, now: dt.datetime) -> list[NewMail]:
    """To the operators: the model breaks its promise, and acts alone only from a higher confidence on. `now` in UTC."""
    return alarm(
        office,
        f"promise:{model}:{now:%Y-%m-%d}",
        "the model breaks its promise",
        "Fewer of the requests that the model placed alone lie right than routing.promise says. From now on it acts "
        "alone less often; more requests go to triage.",
        [("model", model), ("acted alone from", before), ("acts alone from", after), ("reason", said)],
        "Look at what changed with `postroom drift`, and train a model from what people said since.",
        now,
    )


def mailbox_alarm(office: Office, mailbox: str, sentence: str, since: dt.datetime, now: dt.datetime) -> list[NewMail]:
    """To the operators, once an outage: a mailbox cannot be worked. `since` and `now` in UTC."""
    return alarm(
        office,
        f"mailbox:{mailbox}:{since:%Y-%m-%dT%H:%M}",
        f"mailbox {mailbox} is down",
        f"The mailbox {mailbox} has been down since {since:%H:%M} UTC. No mail is taken in from it; none is lost.",
        [("reason", sentence)],
        "Mend what the reason names; Postroom tries again by itself. `postroom status` shows how it goes.",
        now,
    )


def left_alarm(office: Office, mailbox: str, sentence: str, now: dt.datetime) -> list[NewMail]:
    """To the operators, once a day and mailbox: the server does not give some of its mails. `now` in UTC."""
    return alarm(
        office,
        f"left:{mailbox}:{now:%Y-%m-%d}",
        f"mails in {mailbox} cannot be taken in",
        f"The mail server of {mailbox} answers in a way in which Postroom cannot tell whose content it is. It takes "
        "nothing in that may be another mail's. All other mail is taken in as always.",
        [("reason", sentence)],
        "Whoever runs the mail server can see what is wrong with these mails; people can read them in the mailbox.",
        now,
    )


def space_alarm(office: Office, sentence: str, now: dt.datetime) -> list[NewMail]:
    """To the operators, once a day: the disk is so full that no mail is taken in. `now` in UTC."""
    return alarm(
        office,
        f"space:{now:%Y-%m-%d}",
        "the disk is nearly full",
        "No mail is taken in, because the disk is nearly full. None is lost: all of it waits in the mailboxes. "
        "Escalations and mails that wait to be sent go on.",
        [("reason", sentence)],
        "Make room on that disk; Postroom goes on by itself within a minute. `postroom status` shows how it stands.",
        now,
    )


def alarm(
    office: Office,
    what: str,
    subject: str,
    sentence: str,
    details: Sequence[tuple[str, str]],
    what_to_do: str,
    now: dt.datetime,
) -> list[NewMail]:
    """To every operator. `what` names the occasion: the same occasion alarms once."""
    organisation = office.settings.organisation
    operators = {operator.lower(): operator for operator in organisation.operators}
    said = facts.alarm(subject, sentence, details, what_to_do, organisation=organisation.name)
    desk = desk_of(office, TRIAGE)
    return [
        _freeze(
            office,
            said,
            desk,
            Address("", operator),
            f"alarm:{what}:{key}",
            None,
            (),
            now,
            name="Postroom",
        )
        for key, operator in operators.items()
    ]


def promised(office: Office, request: Request, running: Sequence[Clock], now: dt.datetime) -> dt.datetime:
    """The instant (UTC) by which the requester is told to hear from us.

    When the due instant has passed already (the mail lay unread, or the request changed hands late), a full
    target counted from now: nobody is told a date that is over. The clock itself stays late.
    """
    clock = next(one for one in running if one.kind is ClockKind.FIRST_RESPONSE)
    return clock.due_at if clock.due_at > now else office.calendar(request.department).add(now, clock.target)


def name_of(office: Office, address: str | None) -> str:
    """The name of this person as far as it is known, else the address; "" for nobody."""
    return (office.person(address).name or address) if address else ""


def original_place(office: Office, mailbox: str) -> str:
    """Where the message itself lies, for somebody who wants to see it as it came."""
    found = office.settings.mailboxes.get(mailbox)
    if found is None:
        return mailbox
    folder = found.done_folder if found.after == "move" else found.folder
    return f"folder {folder} of {found.address}"


def _zone(office: Office, address: str) -> ZoneInfo | None:
    known = office.person(address).time_zone
    return ZoneInfo(known) if known else None


def _sizes(message: Message) -> list[tuple[str, int]]:
    return [(one.name, one.size) for one in message.files]


def _ids(message: Message) -> tuple[str, ...]:
    return (*message.references, message.message_id) if message.message_id else message.references


def _freeze(
    office: Office,
    said: Facts,
    desk: facts.Desk,
    recipient: Address,
    effect: str,
    request: Request | None,
    about: Sequence[str],
    now: dt.datetime,
    *,
    name: str | None = None,
    files: Sequence[OutgoingAttachment] = (),
    expires_at: dt.datetime | None = None,
    brief: int | None = None,
    pictures: Sequence[Picture] = (),
) -> NewMail:
    """Words, headers and envelope become bytes that never change again; of more than `brief`, plain text alone."""
    organisation, keys = office.settings.organisation, office.keys
    notice = office.stationery.write(said)
    kind = notice.kind.value
    header_id = signed_id(kind, effect, keys.signing[keys.current], keys.current, organisation.id_domain)
    token = _token(effect, keys.content)
    ours = organisation.name if desk.name == TRIAGE_NAME else f"{desk.name}, {organisation.name}"
    draft = Draft(
        kind=kind,
        sender=Address(name or ours, desk.address),
        recipient=recipient,
        reply_to=_reply_to(office, desk, header_id) if request else None,
        subject=notice.subject,
        text=notice.text,
        html=notice.html,
        in_reply_to=about[-1] if about else None,
        references=tuple(about),
        automatic=_AUTOMATIC.get(notice.kind, "generated"),
        attachments=tuple(files),
        pictures=tuple(pictures),
    )
    # An owner's answer bears our mark alone: it must reach the Postroom that asked.
    marks = keys.install if draft.automatic is None else _marks(request, keys.install)
    stamps = {"message_id": header_id, "date": now, "outbox_token": token, "install_id": marks}
    raw = compose(draft, **stamps)  # type: ignore[arg-type]
    if brief is not None and len(raw) > brief:
        raw = compose(replace(draft, html=None), **stamps)  # type: ignore[arg-type]
    return NewMail(
        effect_key=effect,
        kind=kind,
        priority=PRIORITY[notice.kind],
        request_id=request.id if request else None,
        header_id=header_id,
        token=token,
        sender=office.settings.smtp.envelope_sender or desk.address,
        recipient=recipient.address,
        raw=raw,
        created_at=now,
        not_before=now,
        expires_at=expires_at or now + TRIED_FOR,
        withheld=office.withholds,
    )


def _reply_to(office: Office, desk: facts.Desk, header_id: str) -> Address | None:
    """The department's address with our id behind a plus, where its mail server delivers such addresses."""
    name = office.settings.mailbox_of_address(desk.address)
    if name is None or not office.settings.mailboxes[name].plus_addresses:
        return None
    address = plus_address(header_id, desk.address)
    return Address("", address) if address else None


def _marks(request: Request | None, install: str) -> str:
    """The installations through which the matter of this mail has come, this one last: a ring ends where it began."""
    passed = passed_through(request.loop) if request else ()
    return " ".join((*(one for one in passed if one != install), install))


#: RFC 3834 §3.1.7: an answer to one mail is auto-replied, what nobody's mail has caused is auto-generated;
#: an owner's own words are neither.
_AUTOMATIC: dict[NoticeKind, Literal["replied", "generated"] | None] = {
    NoticeKind.ACKNOWLEDGEMENT: "replied",
    NoticeKind.SUMMARY: "replied",
    NoticeKind.ANSWER: None,
}


def _token(effect: str, key: bytes) -> str:
    """32 hex digits by which our own copy of the mail can be found; the same for the same effect."""
    return hmac.new(key, f"token:{effect}".encode(), hashlib.sha256).hexdigest()[:32]
