"""The facts of each mail: what its template may say, as text that is ready to be shown.
 Each class is the context of one kind of mail, its fields the names that a template may use. The functions
below make them from what the desk knows: they choose what a reader may see, clean what strangers wrote, and
turn instants into the clocks of the people concerned. Nothing here knows what a mail looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar
from zoneinfo import ZoneInfo

from daemon.desk.business_time import BusinessCalendar
from daemon.desk.clocks import Clock, ClockKind
from daemon.desk.ladder import Role, RungKind
from daemon.desk.readback import clean_block, clean_line, read_back, spoken_name
from daemon.desk.request import Request
from daemon.desk.spoken import (
    SPEECHES,
    language_of,
    say_hours,
    say_length,
    say_moment,
    say_place,
    say_promise,
    say_size,
)
from daemon.mail.subject import bare

_LINE = 200
_WORDS = 60_000
#: Owners read English until a later floor knows their language; requesters are answered in theirs.
_STAFF_LANGUAGE = "en"
#: Which promise an owner is reminded of when the requester writes again: the first of them that is still open.
_ANSWER_OWED = (ClockKind.FIRST_RESPONSE, ClockKind.NEXT_RESPONSE, ClockKind.RESOLUTION)


class NoticeKind(StrEnum):
    """A kind of mail that we write."""

    ACKNOWLEDGEMENT = "acknowledgement"
    SUMMARY = "summary"
    ASSIGNMENT = "assignment"
    FOLLOW_UP = "follow_up"
    ANSWER = "answer"
    NEW_OWNER = "new_owner"
    REMINDER = "reminder"
    WARNING = "warning"
    ESCALATION = "escalation"
    NEW_DATE = "new_date"
    APOLOGY = "apology"
    HEADS_UP = "heads_up"
    REPORT = "report"
    DEADLINES = "deadlines"
    STAFF_NOTICE = "staff_notice"
    HOUSE_NOTICE = "house_notice"
    ALARM = "alarm"
    COPY = "copy"


@dataclass(frozen=True, slots=True)
class Desk:
    """A department, or triage, as our mails speak of it. description: what it handles, "" if not said."""

    name: str
    address: str
    calendar: BusinessCalendar
    description: str = ""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that came with a message: its name, and its size or "" if that is not known."""

    name: str
    size: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """To the requester, at once: we have it, this is what we understood, then you hear from us.

    department: "" in triage. owner: "" for a reader outside the organisation, and in triage. departments:
    those that a request can be moved to, "" for a reader outside. waited_since: "" unless the mail lay unread
    for long. is_encrypted: nobody can read the mail, or a part of it, without the key. target_by: the aim, where at
    present it is seldom reached and `answer_by` is later for that, else "".
    """

    kind: ClassVar[NoticeKind] = NoticeKind.ACKNOWLEDGEMENT
    language: str
    reference: str
    subject: str
    requester_name: str
    department: str
    description: str
    owner: str
    priority: str
    priority_reason: str
    answer_by: str
    target_by: str
    hours: str
    departments: str
    waited_since: str
    is_encrypted: bool
    organisation: str
    address: str


@dataclass(frozen=True, slots=True)
class Summary:
    """To a requester who writes more mails than are acknowledged one by one: we have them all, and the newest is this.

    department: "" in triage.
    """

    kind: ClassVar[NoticeKind] = NoticeKind.SUMMARY
    language: str
    reference: str
    subject: str
    requester_name: str
    department: str
    answer_by: str
    hours: str
    organisation: str
    address: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """To the owner: this is yours now, with all that is known of it. In triage: to whoever must place it.

    answers_to: where the requester wants answers, "" for the address that wrote.
    """

    kind: ClassVar[NoticeKind] = NoticeKind.ASSIGNMENT
    language: str
    reference: str
    subject: str
    owner: str
    requester: str
    requester_address: str
    department: str
    is_in_triage: bool
    priority: str
    priority_reason: str
    arrived: str
    answers_to: str
    answer_by: str
    resolve_by: str
    why_here: str
    why_you: str
    words: str
    is_cut: bool
    enclosures: tuple[Enclosure, ...]
    original: str
    address: str


@dataclass(frozen=True, slots=True)
class Copy:
    """To a watcher: this request has come in, and this is who answers for it; there is nothing to do.

    owner: "" in triage. why: the rule that asks for the copy.
    """

    kind: ClassVar[NoticeKind] = NoticeKind.COPY
    language: str
    reference: str
    subject: str
    reader: str
    requester: str
    requester_address: str
    department: str
    owner: str
    priority: str
    priority_reason: str
    arrived: str
    answer_by: str
    why: str
    words: str
    is_cut: bool
    enclosures: tuple[Enclosure, ...]
    original: str
    address: str


@dataclass(frozen=True, slots=True)
class FollowUp:
    """To the owner: the requester wrote again. answer_by: "" when no clock runs.

    note_by: who wrote, where that is somebody who takes no part in the request, else "". gathered: how many mails
    of the requester the request holds by now, where they are gathered in it, else 0. held_back: it was an answer of
    the reader's own, and why it was not passed on; else "".
    """

    kind: ClassVar[NoticeKind] = NoticeKind.FOLLOW_UP
    language: str
    reference: str
    subject: str
    owner: str
    requester: str
    requester_address: str
    is_reopened: bool
    note_by: str
    gathered: int
    held_back: str
    arrived: str
    answer_by: str
    words: str
    is_cut: bool
    enclosures: tuple[Enclosure, ...]
    original: str
    address: str


@dataclass(frozen=True, slots=True)
class Answer:
    """To the requester: the owner's words and nothing else, but for one line below them.

    owner: "" for a reader outside the organisation. department: "" in triage.
    """

    kind: ClassVar[NoticeKind] = NoticeKind.ANSWER
    language: str
    reference: str
    subject: str
    words: str
    owner: str
    department: str
    organisation: str


@dataclass(frozen=True, slots=True)
class NewOwner:
    """To the requester: somebody else answers for it now.

    department: "" in triage. owner: "" in triage, and for a reader outside. before, why, answer_by: "" if not
    said.
    """

    kind: ClassVar[NoticeKind] = NoticeKind.NEW_OWNER
    language: str
    reference: str
    subject: str
    requester_name: str
    department: str
    owner: str
    before: str
    why: str
    answer_by: str
    hours: str
    organisation: str
    address: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """To the owner, the lead or the address for escalations: a promise is near its end or past it.

    reader: the name of who is told, "" if only the address is known; is_owner: it is the owner; reader_is:
    why. asked: the name of the one person who is asked to act; is_asked: it is the reader. promise: `first answer`
    or `resolution`. left: a clause such as `48 minutes of working time are left`. owner, owner_address: "" while
    nobody owns it.
    """

    kind: NoticeKind
    language: str
    reference: str
    subject: str
    owner: str
    owner_address: str
    requester: str
    requester_address: str
    department: str
    promise: str
    due: str
    left: str
    is_late: bool
    priority: str
    priority_reason: str
    arrived: str
    reader: str
    reader_is: str
    is_owner: bool
    asked: str
    is_asked: bool
    address: str


@dataclass(frozen=True, slots=True)
class RungLine:
    """One rung among several that are told to one person in one mail; its fields as in Deadline."""

    reference: str
    subject: str
    owner: str
    promise: str
    due: str
    left: str
    asked: str
    is_asked: bool


@dataclass(frozen=True, slots=True)
class Deadlines:
    """To one person: several promises are near their end or past it, those first at which they are asked to act."""

    kind: ClassVar[NoticeKind] = NoticeKind.DEADLINES
    language: str
    subject: str
    reader: str
    lines: tuple[RungLine, ...]
    organisation: str


@dataclass(frozen=True, slots=True)
class StaffNotice:
    """To one person of the staff: something has happened to a request, and what they are asked to do, "" for nothing.

    details: names and values to show.
    """

    kind: ClassVar[NoticeKind] = NoticeKind.STAFF_NOTICE
    language: str
    reference: str
    subject: str
    reader: str
    what: str
    details: tuple[tuple[str, str], ...]
    what_to_do: str
    requester: str
    department: str
    address: str


@dataclass(frozen=True, slots=True)
class HouseNotice:
    """To one person of the staff, about no single request: what happened, and what to do, "" for nothing.

    details: names and values to show.
    """

    kind: ClassVar[NoticeKind] = NoticeKind.HOUSE_NOTICE
    language: str
    subject: str
    reader: str
    what: str
    details: tuple[tuple[str, str], ...]
    what_to_do: str
    organisation: str


@dataclass(frozen=True, slots=True)
class NewDate:
    """To the requester: the date that was promised cannot be kept, this is the new one.

    before, date: the old and the new one. department: "" in triage. owner: "" for a reader outside. why: "" if
    nothing was said. is_over: the old date has
    passed already.
    """

    kind: ClassVar[NoticeKind] = NoticeKind.NEW_DATE
    language: str
    reference: str
    subject: str
    requester_name: str
    department: str
    owner: str
    before: str
    date: str
    why: str
    is_over: bool
    organisation: str
    address: str


@dataclass(frozen=True, slots=True)
class Apology:
    """To the requester: a promise was broken. What was promised, what happened, what is next.

    promise: first_response, next_response, update or resolution. department: "" in triage. owner, lead: "" for a
    reader outside, the owner also while there is none. hands: how often it changed hands.
    """

    kind: ClassVar[NoticeKind] = NoticeKind.APOLOGY
    language: str
    reference: str
    subject: str
    requester_name: str
    department: str
    owner: str
    lead: str
    promise: str
    promised: str
    hands: int
    next_by: str
    organisation: str
    address: str


@dataclass(frozen=True, slots=True)
class HeadsUp:
    """To one of the staff, by name: look at this request. reader: "" if only the address is known.

    what, what_to_do: sentences. details: names and values to show.
    """

    kind: ClassVar[NoticeKind] = NoticeKind.HEADS_UP
    language: str
    reference: str
    subject: str
    reader: str
    what: str
    details: tuple[tuple[str, str], ...]
    what_to_do: str
    department: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture in a report: the name under which it is attached, what it shows, and the same in words."""

    name: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Table:
    """A part of a report: its heading, what it counts in a sentence, and rows of a label and what is said of it."""

    heading: str
    about: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class WeeklyReport:
    """To a lead, once a week: how promises were kept, and what stands out. summary: a sentence."""

    kind: ClassVar[NoticeKind] = NoticeKind.REPORT
    language: str
    subject: str
    reader: str
    summary: str
    charts: tuple[Chart, ...]
    tables: tuple[Table, ...]
    organisation: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """To the operators: something needs them. details: names and values to show."""

    kind: ClassVar[NoticeKind] = NoticeKind.ALARM
    language: str
    subject: str
    what: str
    details: tuple[tuple[str, str], ...]
    what_to_do: str
    organisation: str


Facts = (
    Acknowledgement
    | Summary
    | Assignment
    | Copy
    | FollowUp
    | Answer
    | NewOwner
    | Deadline
    | NewDate
    | Apology
    | HeadsUp
    | WeeklyReport
    | Deadlines
    | HouseNotice
    | StaffNotice
    | Alarm
)


def acknowledgement(
    request: Request,
    desk: Desk,
    *,
    organisation: str,
    owner_name: str,
    departments: Sequence[str],
    answer_by: datetime,
    outside: bool,
    reader_zone: ZoneInfo | None,
    waited_since: datetime | None = None,
    is_encrypted: bool = False,
    target_by: datetime | None = None,
) -> Acknowledgement:
    """What a requester is told at once.

    desk: the department, or triage while the request is in it. departments: the names of all. answer_by: when
    the clock of the first response is due (UTC). outside: the requester belongs to no domain of ours, so no
    person and nothing of the house is named (RFC 3834 section 6). reader_zone: the requester's, None if it is
    not known. waited_since: when the mail arrived (UTC), if it lay unread for long. is_encrypted: nobody can read
    the mail, or a part of it, without the key. target_by: the policy's target (UTC), if it is seldom reached at present
    and answer_by is later for that.
    """
    language, zone = language_of(request.language), desk.calendar.zone
    placed = not request.is_in_triage
    return Acknowledgement(
        language=language,
        reference=request.reference,
        subject=read_back(request.subject) or SPEECHES[language].no_subject,
        requester_name=spoken_name(request.requester_name),
        department=desk.name if placed else "",
        description=desk.description if placed else "",
        owner=owner_name if placed and not outside else "",
        priority=SPEECHES[language].priorities[request.priority],
        priority_reason="" if outside else clean_line(request.priority_reason, _LINE),
        answer_by=say_promise(answer_by, zone, language, said_at=request.opened_at, reader_zone=reader_zone),
        target_by=say_promise(target_by, zone, language, said_at=request.opened_at, reader_zone=reader_zone)
        if target_by
        else "",
        hours=_hours(desk, language, answer_by, reader_zone),
        departments="" if outside else ", ".join(departments),
        waited_since=say_moment(waited_since, zone, language, said_at=request.opened_at) if waited_since else "",
        is_encrypted=is_encrypted,
        organisation=organisation,
        address=desk.address,
    )


def summary(
    request: Request, desk: Desk, *, organisation: str, answer_by: datetime, reader_zone: ZoneInfo | None
) -> Summary:
    """What a requester is told instead of further acknowledgements. request: the newest; answer_by as there (UTC)."""
    language, zone = language_of(request.language), desk.calendar.zone
    return Summary(
        language=language,
        reference=request.reference,
        subject=read_back(request.subject) or SPEECHES[language].no_subject,
        requester_name=spoken_name(request.requester_name),
        department="" if request.is_in_triage else desk.name,
        answer_by=say_promise(answer_by, zone, language, said_at=request.opened_at, reader_zone=reader_zone),
        hours=_hours(desk, language, answer_by, reader_zone),
        organisation=organisation,
        address=desk.address,
    )


def assignment(
    request: Request,
    desk: Desk,
    *,
    owner_name: str,
    clocks: Sequence[Clock],
    why_here: str,
    why_you: str,
    words: str,
    attachments: Sequence[tuple[str, int]],
    original: str,
    reader_zone: ZoneInfo | None,
) -> Assignment:
    """What an owner is told of a new request.

    why_here, why_you: the reasons of the route and of the choice of owner. words: all that the requester wrote.
    attachments: names and sizes in bytes, 0 if not known. original: where the message itself lies, such as
    `folder INBOX of it@lindwerk.example`.
    """
    text, is_cut = clean_block(words, _WORDS)
    return Assignment(
        language=_STAFF_LANGUAGE,
        reference=request.reference,
        subject=_staff_subject(request),
        owner=owner_name,
        requester=_requester(request),
        requester_address=_address(request.requester),
        department=desk.name,
        priority=request.priority.value,
        priority_reason=clean_line(request.priority_reason, _LINE),
        arrived=say_moment(
            request.opened_at, reader_zone or desk.calendar.zone, _STAFF_LANGUAGE, said_at=request.opened_at
        ),
        answers_to=_address(request.reply_to) if request.reply_to else "",
        answer_by=_due(clocks, ClockKind.FIRST_RESPONSE, desk, request, reader_zone),
        is_in_triage=request.is_in_triage,
        resolve_by=_due(clocks, ClockKind.RESOLUTION, desk, request, reader_zone),
        why_here=clean_line(why_here, _LINE),
        why_you=clean_line(why_you, _LINE),
        words=text,
        is_cut=is_cut,
        enclosures=_enclosures(attachments),
        original=clean_line(original, _LINE),
        address=desk.address,
    )


def copy_for(
    request: Request,
    desk: Desk,
    *,
    reader_name: str,
    owner_name: str,
    clocks: Sequence[Clock],
    why: str,
    words: str,
    attachments: Sequence[tuple[str, int]],
    original: str,
    reader_zone: ZoneInfo | None,
) -> Copy:
    """What a watcher is told of a new request; why: the reason of the route, which names the rule."""
    text, is_cut = clean_block(words, _WORDS)
    return Copy(
        language=_STAFF_LANGUAGE,
        reference=request.reference,
        subject=_staff_subject(request),
        reader=reader_name,
        requester=_requester(request),
        requester_address=_address(request.requester),
        department=desk.name,
        owner="" if request.is_in_triage else owner_name,
        priority=request.priority.value,
        priority_reason=clean_line(request.priority_reason, _LINE),
        arrived=say_moment(
            request.opened_at, reader_zone or desk.calendar.zone, _STAFF_LANGUAGE, said_at=request.opened_at
        ),
        answer_by=_due(clocks, ClockKind.FIRST_RESPONSE, desk, request, reader_zone),
        why=clean_line(why, _LINE),
        words=text,
        is_cut=is_cut,
        enclosures=_enclosures(attachments),
        original=clean_line(original, _LINE),
        address=desk.address,
    )


def follow_up(
    request: Request,
    desk: Desk,
    *,
    owner_name: str,
    clocks: Sequence[Clock],
    is_reopened: bool,
    arrived: datetime,
    words: str,
    attachments: Sequence[tuple[str, int]],
    original: str,
    reader_zone: ZoneInfo | None,
    note_by: str = "",
    gathered: int = 0,
    held_back: str = "",
) -> FollowUp:
    """What an owner is told when the requester wrote again. words: only the newest; arrived: UTC.

    note_by: the address of somebody else who wrote, "" for the requester. gathered: how many mails of the requester
    the request has gathered, 0 where each is passed on. held_back: why an answer of the reader's was not passed on,
    as a clause.
    """
    text, is_cut = clean_block(words, _WORDS)
    owed = (_due(clocks, kind, desk, request, reader_zone) for kind in _ANSWER_OWED)
    return FollowUp(
        language=_STAFF_LANGUAGE,
        reference=request.reference,
        subject=_staff_subject(request),
        owner=owner_name,
        requester=_requester(request),
        requester_address=_address(request.requester),
        is_reopened=is_reopened,
        note_by=_address(note_by) if note_by else "",
        gathered=gathered,
        held_back=clean_line(held_back, _WORDS),
        arrived=say_moment(arrived, reader_zone or desk.calendar.zone, _STAFF_LANGUAGE, said_at=arrived),
        answer_by=next(filter(None, owed), ""),
        words=text,
        is_cut=is_cut,
        enclosures=_enclosures(attachments),
        original=clean_line(original, _LINE),
        address=desk.address,
    )


def answer(request: Request, desk: Desk, *, organisation: str, owner_name: str, words: str, outside: bool) -> Answer:
    """What an owner answered, as the requester gets it. words: the newest of the owner's mail."""
    language = language_of(request.language)
    return Answer(
        language=language,
        reference=request.reference,
        subject=clean_line(bare(request.subject), _LINE) or SPEECHES[language].no_subject,
        words=clean_block(words, len(words) + 1)[0],
        owner="" if outside else owner_name,
        department="" if request.is_in_triage else desk.name,
        organisation=organisation,
    )


def new_owner(
    request: Request,
    desk: Desk,
    *,
    organisation: str,
    owner_name: str,
    before: str,
    why: str,
    answer_by: datetime | None,
    said_at: datetime,
    outside: bool,
    reader_zone: ZoneInfo | None,
) -> NewOwner:
    """What a requester is told when the request changed hands.

    desk, owner_name: who has it now. before: the department or person that had it, "" after triage. why:
    words of a person for the requester, "" for none. answer_by: when the next answer is due (UTC), None if
    one was given already.
    """
    language, zone = language_of(request.language), desk.calendar.zone
    promise = say_promise(answer_by, zone, language, said_at=said_at, reader_zone=reader_zone) if answer_by else ""
    return NewOwner(
        language=language,
        reference=request.reference,
        subject=read_back(request.subject) or SPEECHES[language].no_subject,
        requester_name=spoken_name(request.requester_name),
        department="" if request.is_in_triage else desk.name,
        owner="" if outside or request.is_in_triage else owner_name,
        before="" if outside else before,
        why=clean_line(why, _LINE),
        answer_by=promise,
        hours=_hours(desk, language, said_at, reader_zone),
        organisation=organisation,
        address=desk.address,
    )


#: What stands in place of the subject of a confidential request.
CONFIDENTIAL = "(confidential)"
#: And in place of who asked.
ITS_REQUESTER = "the requester"


_PROMISES = {
    ClockKind.FIRST_RESPONSE: "first answer",
    ClockKind.NEXT_RESPONSE: "next answer",
    ClockKind.UPDATE: "next word of ours",
    ClockKind.RESOLUTION: "resolution",
}
_READERS: dict[Role, str] = {
    "owner": "because it is yours",
    "deputy": "as the deputy of its owner",
    "lead": "as the lead of {desk}",
    "next_lead": "as the one to whom the lead of {desk} answers",
    "escalation": "as the one named for escalations of {desk}",
    "operator": "as an operator of Postroom",
}


def in_confidence(request: Request) -> Request:
    """The request as it is told to others than its owner: of a confidential one neither subject nor requester.

    Nor why it is urgent, which may name who asks.
    """
    if not request.confidential:
        return request
    return replace(request, subject=CONFIDENTIAL, requester=ITS_REQUESTER, requester_name="", priority_reason="")


def deadline(
    kind: RungKind,
    request: Request,
    desk: Desk,
    *,
    clock: Clock,
    role: Role,
    reader_name: str,
    owner_name: str,
    now: datetime,
    reader_zone: ZoneInfo | None,
    asked: str = "",
    is_asked: bool = True,
    instead_of: str = "",
) -> Deadline:
    """What a rung tells one reader.

    role: as what this reader is told; reader_name: "" if not known. owner_name: "" while nobody owns the
    request. now: when the rung is climbed (UTC). asked: the name of who is asked to act, and whether it is this
    reader. instead_of: the name of who is away and would have been told, "" for nobody. Of a confidential request
    only its owner reads subject and requester.
    """
    if role != "owner":
        request = in_confidence(request)
    reader_is = _READERS[role].format(desk=desk.name)
    if instead_of:
        place = "" if role == "deputy" else f"{reader_is}, "
        reader_is = f"{place}in place of {instead_of}, who is away"
    return Deadline(
        kind=NoticeKind(kind),
        language=_STAFF_LANGUAGE,
        reference=request.reference,
        subject=_staff_subject(request),
        owner=owner_name,
        owner_address=_address(request.owner) if request.owner else "",
        requester=_requester(request),
        requester_address=_address(request.requester),
        department=desk.name,
        promise=_PROMISES[clock.kind],
        due=say_promise(clock.due_at, desk.calendar.zone, _STAFF_LANGUAGE, said_at=now, reader_zone=reader_zone),
        left=say_left(clock.due_at, now, desk.calendar),
        is_late=now >= clock.due_at,
        priority=request.priority.value,
        priority_reason=clean_line(request.priority_reason, _LINE),
        arrived=say_moment(request.opened_at, reader_zone or desk.calendar.zone, _STAFF_LANGUAGE, said_at=now),
        reader=reader_name,
        reader_is=reader_is,
        is_owner=role == "owner",
        asked=asked or reader_name,
        is_asked=is_asked,
        address=desk.address,
    )


def rung_line(one: Deadline) -> RungLine:
    """The same rung as one of several."""
    return RungLine(one.reference, one.subject, one.owner, one.promise, one.due, one.left, one.asked, one.is_asked)


def deadlines(ones: Sequence[Deadline], *, reader_name: str, organisation: str) -> Deadlines:
    """What one reader is told of several rungs at once; `ones` as they would be told one by one."""
    late = sum(one.is_late for one in ones)
    said = [f"{late} late" if late else "", f"{len(ones) - late} soon due" if late < len(ones) else ""]
    return Deadlines(
        language=_STAFF_LANGUAGE,
        subject=f"{len(ones)} requests need a look: {', '.join(filter(None, said))}",
        reader=reader_name,
        lines=tuple(map(rung_line, sorted(ones, key=lambda one: not one.is_asked))),
        organisation=organisation,
    )


def staff_notice(
    request: Request,
    desk: Desk,
    *,
    reader_name: str,
    what: str,
    details: Sequence[tuple[str, str]],
    what_to_do: str,
    is_owner: bool,
) -> StaffNotice:
    """What one person of the staff is told. what, what_to_do: sentences; details: even of strangers.

    Of a confidential request only its owner reads subject and requester.
    """
    if not is_owner:
        request = in_confidence(request)
    return StaffNotice(
        language=_STAFF_LANGUAGE,
        reference=request.reference,
        subject=_staff_subject(request),
        reader=reader_name,
        what=clean_line(what, _WORDS),
        details=tuple((name, clean_line(value, _LINE)) for name, value in details),
        what_to_do=clean_line(what_to_do, _WORDS),
        requester=_requester(request),
        department=desk.name,
        address=desk.address,
    )


def house_notice(
    subject: str,
    what: str,
    details: Sequence[tuple[str, str]],
    what_to_do: str,
    *,
    reader_name: str,
    organisation: str,
) -> HouseNotice:
    """What one person of the staff is told about no single request. subject: a clause; details: even of strangers."""
    return HouseNotice(
        language=_STAFF_LANGUAGE,
        subject=subject,
        reader=reader_name,
        what=clean_line(what, _WORDS),
        details=tuple((clean_line(name, _LINE), clean_line(value, _WORDS)) for name, value in details),
        what_to_do=clean_line(what_to_do, _WORDS),
        organisation=organisation,
    )


def new_date(
    request: Request,
    desk: Desk,
    *,
    organisation: str,
    owner_name: str,
    before: datetime,
    at: datetime,
    why: str,
    now: datetime,
    outside: bool,
    reader_zone: ZoneInfo | None,
) -> NewDate:
    """What a requester is told when a date cannot be kept. before, at: the old and the new one (UTC)."""
    language, zone = language_of(request.language), desk.calendar.zone
    return NewDate(
        language=language,
        reference=request.reference,
        subject=read_back(request.subject) or SPEECHES[language].no_subject,
        requester_name=spoken_name(request.requester_name),
        department="" if request.is_in_triage else desk.name,
        owner="" if outside else owner_name,
        before=say_promise(before, zone, language, said_at=now, reader_zone=reader_zone),
        date=say_promise(at, zone, language, said_at=now, reader_zone=reader_zone),
        why=clean_line(why, 2_000),
        is_over=before <= now,
        organisation=organisation,
        address=desk.address,
    )


def apology(
    request: Request,
    desk: Desk,
    *,
    organisation: str,
    owner_name: str,
    lead_name: str,
    promise: ClockKind,
    due_at: datetime,
    hands: int,
    next_by: datetime,
    now: datetime,
    outside: bool,
    reader_zone: ZoneInfo | None,
) -> Apology:
    """What a requester is told when a promise was broken. due_at: what was promised; next_by: what now is (UTC)."""
    language, zone = language_of(request.language), desk.calendar.zone
    return Apology(
        language=language,
        reference=request.reference,
        subject=read_back(request.subject) or SPEECHES[language].no_subject,
        requester_name=spoken_name(request.requester_name),
        department="" if request.is_in_triage else desk.name,
        owner="" if outside or request.is_in_triage else owner_name,
        lead="" if outside else lead_name,
        promise=promise.value,
        promised=say_promise(due_at, zone, language, said_at=now, reader_zone=reader_zone),
        hands=hands,
        next_by=say_promise(next_by, zone, language, said_at=now, reader_zone=reader_zone),
        organisation=organisation,
        address=desk.address,
    )


def heads_up(
    request: Request,
    desk: Desk,
    *,
    reader_name: str,
    reader: str,
    what: str,
    details: Sequence[tuple[str, str]],
    what_to_do: str,
) -> HeadsUp:
    """What somebody of the staff should look at.

    reader: their address; reader_name: "" if not known. what, what_to_do: sentences; details: even of strangers. Of a
    confidential request only its owner reads the subject; what the rest says of it is for the caller to see to.
    """
    seen = request if reader == request.owner else in_confidence(request)
    return HeadsUp(
        language=_STAFF_LANGUAGE,
        reference=request.reference,
        subject=_staff_subject(seen),
        reader=reader_name,
        what=clean_line(what, _WORDS),
        details=tuple((name, clean_line(value, _LINE)) for name, value in details if value),
        what_to_do=clean_line(what_to_do, _WORDS),
        department=desk.name,
    )


def alarm(subject: str, what: str, details: Sequence[tuple[str, str]], what_to_do: str, *, organisation: str) -> Alarm:
    """What operators are told. subject: a clause; what, what_to_do: sentences; details: even of strangers."""
    return Alarm(
        language=_STAFF_LANGUAGE,
        subject=clean_line(subject, _LINE),
        what=clean_line(what, _WORDS),
        details=tuple((name, clean_line(value, _LINE)) for name, value in details),
        what_to_do=clean_line(what_to_do, _WORDS),
        organisation=organisation,
    )


def say_left(due_at: datetime, now: datetime, calendar: BusinessCalendar) -> str:
    """How much working time is left until a promise is due, or how much has gone by since."""
    if now < due_at:
        left = calendar.between(now, due_at)
        return f"{say_length(left)} of working time {'is' if _is_one(left) else 'are'} left"
    late = calendar.between(due_at, now)
    if late < timedelta(minutes=1):
        return "that is now"
    return f"{say_length(late)} of working time {'has' if _is_one(late) else 'have'} gone by since"


def _is_one(length: timedelta) -> bool:
    return round(length / timedelta(minutes=1)) in (0, 1, 60)


def _hours(desk: Desk, language: str, at: datetime, reader_zone: ZoneInfo | None) -> str:
    """The opening hours, with their place where the reader's clock may show something else."""
    hours, zone = say_hours(desk.calendar.week, language), desk.calendar.zone
    same = reader_zone is not None and at.astimezone(zone).utcoffset() == at.astimezone(reader_zone).utcoffset()
    return hours if same or not hours else f"{hours} ({say_place(zone, at, language)})"


def _staff_subject(request: Request) -> str:
    return clean_line(bare(request.subject), _LINE) or SPEECHES[_STAFF_LANGUAGE].no_subject


def _requester(request: Request) -> str:
    """The requester's name, without what could pass for an address; the address if there is no name."""
    return spoken_name(request.requester_name) or _address(request.requester)


def _address(address: str) -> str:
    """An address as it is shown; RFC 5321 section 4.5.3.1.3 allows 254 characters. A mail may have none."""
    return clean_line(address, 254) or "an unknown sender"


def _due(clocks: Sequence[Clock], kind: ClockKind, desk: Desk, request: Request, reader_zone: ZoneInfo | None) -> str:
    running = (one.due_at for one in clocks if one.kind is kind and one.is_running)
    at = next(running, None)
    if at is None:
        return ""
    zone = desk.calendar.zone
    return say_promise(at, zone, _STAFF_LANGUAGE, said_at=request.opened_at, reader_zone=reader_zone)


def _enclosures(attachments: Sequence[tuple[str, int]]) -> tuple[Enclosure, ...]:
    return tuple(
        Enclosure(clean_line(name, _LINE) or "unnamed", say_size(size) if size else "") for name, size in attachments
    )
