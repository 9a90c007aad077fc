"""Sample facts: every kind of mail in every language, once with all that it can say and once with little.

Templates are tried on them before they are used. The people and their organisation do not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from config.values import Interval
from daemon.desk.business_time import BusinessCalendar
from daemon.desk.clocks import Clock, ClockKind
from daemon.desk.facts import (
    Chart,
    Desk,
    Facts,
    Table,
    WeeklyReport,
    acknowledgement,
    alarm,
    answer,
    apology,
    assignment,
    copy_for,
    deadline,
    deadlines,
    follow_up,
    heads_up,
    house_notice,
    new_date,
    new_owner,
    staff_notice,
    summary,
)
from daemon.desk.ladder import Role, RungKind
from daemon.desk.request import Priority, Request, Status
from daemon.desk.spoken import SPEECHES

_WEEK = {day: (Interval(time(8), time(17)),) for day in range(4)} | {4: (Interval(time(8), time(15)),)}
_CALENDAR = BusinessCalendar(ZoneInfo("Europe/Berlin"), _WEEK)
_IT = Desk("IT", "it@lindwerk.example", _CALENDAR, "Computers, accounts, telephones and the network.")
_TRIAGE = Desk("Triage", "help@lindwerk.example", _CALENDAR)
_OPENED = datetime(2026, 11, 24, 8, 12, tzinfo=UTC)
_DUE = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
_HOUSE = "Lindwerk"
_DEPARTMENTS = (
    "IT",
    "People & HR",
    "Finance",
    "Facilities",
    "Legal",
    "Procurement",
    "Security",
    "Communications",
)
_CLOCKS = (
    Clock(ClockKind.FIRST_RESPONSE, _OPENED, timedelta(hours=2), _DUE),
    Clock(ClockKind.RESOLUTION, _OPENED, timedelta(hours=16), datetime(2026, 11, 26, 8, 12, tzinfo=UTC)),
)
_WORDS = """Hello,

since this morning the VPN drops about every ten minutes, always in the middle of the call.
A customer in Singapore waits for our offer, so I need it before their evening.

The file shows what the client says.

Sofia"""
_FILES = (("vpn-error.png", 214_300), ("client.log", 1_830))
_ORIGINAL = "folder INBOX of it@lindwerk.example"


def _request(language: str, *, rich: bool) -> Request:
    return Request(
        id=2041,
        status=Status.OPEN if rich else Status.NEW,
        department="it" if rich else None,
        owner="aylin.demir@lindwerk.example" if rich else None,
        requester="sofia.reyes@lindwerk.example",
        requester_name="Sofia Reyes" if rich else "",
        subject="VPN drops every ten minutes" if rich else "",
        summary="",
        priority=Priority.HIGH if rich else Priority.NORMAL,
        priority_reason="a customer is waiting" if rich else "",
        mailbox="it@lindwerk.example",
        opened_at=_OPENED,
        language=language,
    )


def _to_requesters(language: str, *, rich: bool) -> Iterator[Facts]:
    request, desk = _request(language, rich=rich), _IT if rich else _TRIAGE
    outside, zone = not rich, ZoneInfo("Asia/Singapore") if rich else None
    yield acknowledgement(
        request,
        desk,
        organisation=_HOUSE,
        owner_name="Aylin Demir",
        departments=_DEPARTMENTS,
        answer_by=_DUE,
        outside=outside,
        reader_zone=zone,
        waited_since=_OPENED - timedelta(days=4) if rich else None,
        is_encrypted=rich,
        target_by=_DUE - timedelta(hours=1) if rich else None,
    )
    yield new_date(
        request,
        desk,
        organisation=_HOUSE,
        owner_name="Aylin Demir" if rich else "",
        before=_DUE,
        at=_DUE + timedelta(days=3),
        why="The part comes on Friday." if rich else "",
        now=_OPENED if rich else _DUE,
        outside=outside,
        reader_zone=zone,
    )
    for promise in ClockKind:
        yield apology(
            request,
            desk,
            organisation=_HOUSE,
            owner_name="Aylin Demir" if rich else "",
            lead_name="Mara Vogt",
            promise=promise,
            due_at=_DUE,
            hands=2 if rich else 0,
            next_by=_DUE + timedelta(hours=3),
            now=_DUE,
            outside=outside,
            reader_zone=zone,
        )
    yield new_owner(
        request,
        desk,
        organisation=_HOUSE,
        owner_name="Jonas Petersen",
        before="Aylin Demir" if rich else "",
        why="Aylin is away until Monday." if rich else "",
        answer_by=_DUE if rich else None,
        said_at=_OPENED,
        outside=outside,
        reader_zone=zone,
    )
    yield summary(request, desk, organisation=_HOUSE, answer_by=_DUE, reader_zone=zone)
    words = "Hello Sofia,\n\nit should hold now. Please tell me if it does not.\n\nAylin"
    yield answer(request, desk, organisation=_HOUSE, owner_name="Aylin Demir", words=words, outside=outside)


def _to_owners(*, rich: bool) -> Iterator[Facts]:
    request, zone = _request("en", rich=rich), ZoneInfo("Europe/Madrid") if rich else None
    files, clocks, words = (_FILES, _CLOCKS, _WORDS) if rich else ((), (), "")
    yield assignment(
        request,
        _IT if rich else _TRIAGE,
        owner_name="Aylin Demir",
        clocks=clocks,
        why_here="rule 'vpn' matched: subject has 'vpn'",
        why_you="Aylin Demir has the least open work of 3 present (1 unfinished)",
        words=words if rich else "x" * 70_000,
        attachments=files,
        original=_ORIGINAL,
        reader_zone=zone,
    )
    yield copy_for(
        request,
        _IT if rich else _TRIAGE,
        reader_name="Mara Vogt" if rich else "",
        owner_name="Aylin Demir",
        clocks=clocks,
        why="rule 'vpn' matched: subject has 'vpn'",
        words=words if rich else "x" * 70_000,
        attachments=files,
        original=_ORIGINAL,
        reader_zone=zone,
    )
    yield follow_up(
        request,
        _IT if rich else _TRIAGE,
        owner_name="Aylin Demir",
        clocks=clocks,
        is_reopened=rich,
        arrived=_DUE,
        words=words,
        attachments=files[:1],
        original=_ORIGINAL,
        reader_zone=zone,
    )
    for note_by, gathered, held_back in (
        ("mallory@outside.example", 0, ""),
        ("", 38, ""),
        ("", 0, "It is encrypted with PGP, and only who has the key can read it."),
    ):
        yield follow_up(
            request,
            _IT if rich else _TRIAGE,
            owner_name="Aylin Demir",
            clocks=clocks,
            is_reopened=False,
            arrived=_DUE,
            words=words,
            attachments=files[:1],
            original=_ORIGINAL,
            reader_zone=zone,
            note_by=note_by,
            gathered=gathered,
            held_back=held_back,
        )


def _to_those_who_watch() -> Iterator[Facts]:
    rungs: tuple[tuple[RungKind, Role, str, timedelta], ...] = (
        ("reminder", "owner", "Aylin Demir", timedelta(minutes=-48)),
        ("warning", "lead", "Mara Vogt", timedelta(minutes=-15)),
        ("escalation", "escalation", "", timedelta(hours=2)),
    )
    for kind, role, reader, since_due in rungs:
        for rich in (True, False):
            yield deadline(
                kind,
                _request("en", rich=rich),
                _IT if rich else _TRIAGE,
                clock=_CLOCKS[0],
                role=role if rich else "lead",
                reader_name=reader,
                owner_name="Aylin Demir" if rich else "",
                now=_DUE + since_due,
                reader_zone=None,
            )
    for rich in (True, False):
        yield heads_up(
            _request("en", rich=rich),
            _IT if rich else _TRIAGE,
            reader_name="Mara Vogt" if rich else "",
            reader="mara.vogt@lindwerk.example",
            what="Sofia Reyes has written three times without an answer.",
            details=(("Owner", "Aylin Demir"), ("Requester", "Sofia Reyes")) if rich else (),
            what_to_do="Please speak with Aylin Demir, and see that Sofia Reyes hears from somebody today.",
        )
    yield WeeklyReport(
        language="en",
        subject="Report of the week 2026-W48: 12 of 14 promises were kept (85 %).",
        reader="Mara Vogt",
        summary="12 of 14 promises were kept (85 %).",
        charts=(Chart("it@lindwerk.example", "IT: promises kept in each of the last 8 weeks", "-, 90 %, 85 %"),),
        tables=(Table("Promises broken", "Who had the request.", (("REQ-2041", "first response, it, Aylin Demir"),)),),
        organisation=_HOUSE,
    )
    for owner in ("Aylin Demir", ""):
        one = deadline(
            "escalation",
            _request("en", rich=bool(owner)),
            _IT,
            clock=_CLOCKS[0],
            role="deputy",
            reader_name="Mara Vogt",
            owner_name=owner,
            now=_DUE,
            reader_zone=None,
            asked="Jonas Petersen",
            is_asked=False,
            instead_of="Aylin Demir",
        )
        yield one
        yield deadlines([one, replace(one, is_asked=True)], reader_name=owner, organisation=_HOUSE)
    for rich in (True, False):
        yield staff_notice(
            _request("en", rich=rich),
            _IT if rich else _TRIAGE,
            reader_name="Aylin Demir" if rich else "",
            what="REQ-2041 waits no longer: the day until which it waited has come.",
            details=(("Waited for", "the requester, since Monday 23 November"),) if rich else (),
            what_to_do="Please go on with it." if rich else "",
            is_owner=rich,
        )
    for name in ("Mara Vogt", ""):
        yield house_notice(
            "What became of your lines",
            "1 of 2 lines was carried out.",
            (("REQ-2041", '"take" is done: REQ-2041 is open'), ("REQ-7", '"take" is not done: it is closed'))
            if name
            else (),
            "What you wrote below them was read by nobody." if name else "",
            reader_name=name,
            organisation=_HOUSE,
        )
    yield alarm(
        "a mail in it@lindwerk.example could not be read",
        "A mail could not be read and was set aside. It lies unharmed in its folder, but nobody works on it.",
        (("Mailbox", "it@lindwerk.example, INBOX, UID 48213"), ("From", "sofia.reyes@lindwerk.example")),
        "Look at the mail in the mailbox. If it is a request, answer it by hand.",
        organisation=_HOUSE,
    )


SAMPLES: tuple[Facts, ...] = (
    *(one for language in SPEECHES for rich in (True, False) for one in _to_requesters(language, rich=rich)),
    *(one for rich in (True, False) for one in _to_owners(rich=rich)),
    *_to_those_who_watch(),
)
