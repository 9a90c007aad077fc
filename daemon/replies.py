"""Story: a reply moves its request and its clocks.

Which request it belongs to, and what its sender may do there, `daemon.threads` has found out. What somebody
writes who is not known to take part is kept as a note; what two programs write to each other is stopped.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import sqlalchemy as sa
import structlog

from daemon import clock_keeping, frozen_mail, honesty, obeying, opening
from daemon.bounces import came_back, returned_mail
from daemon.desk.facts import CONFIDENTIAL
from daemon.desk.lifecycle import Happening, NotAllowed, move
from daemon.desk.request import Status, reference
from daemon.desk.rounds import rounds
from daemon.desk.staff_words import SPEAKS_TO_REQUESTER, StaffWord, staff_word
from daemon.discretion import seen_address, seen_text
from daemon.flags import flag_if_needed
from daemon.happenings import let
from daemon.lately import HOUR, Lately
from daemon.mail.compose import ComposeError
from daemon.mail.nature import SPEAKS_AS_PROGRAM
from daemon.office import Office
from daemon.opening import Arrived
from daemon.passing_on import heard_of_absence, tells_absence, took
from daemon.store import absences, clocks, ledger, messages, outbox, requests
from daemon.thought import desk_clock, desk_request
from daemon.threads import Thread

log = structlog.get_logger("replies")


def join(
    database: sa.Connection, arrived: Arrived, thread: Thread, known: Lately, office: Office, now: dt.datetime
) -> int:
    """Transaction B for a reply of somebody who takes part; the row number of its message.

    What a program or a list sends in the name of staff is no answer: no clock stops, the requester hears nothing. Where
    only its words speak for a program, its writer hears so.
    """
    why = over_ceiling(database, arrived, thread, known, office)
    if why:
        return _stop_here(database, arrived, thread.request, why, office, now)
    if thread.role == "staff" and arrived.nature.evidence == (SPEAKS_AS_PROGRAM,):
        why = "It reads as if a program had sent it, as one that asks not to be answered does."
        return _hand_back(database, arrived, thread.request, why, known, office, now)
    if thread.role == "staff" and arrived.nature.kind in ("system", "list"):
        return file_machine_mail(database, arrived, thread, "a program sent it in the name of staff", office, now)
    if thread.role == "staff":
        word = staff_word(arrived.message.words) if arrived.nature.kind == "human" else None
        if word is not None:
            return _obey(database, arrived, word, thread, known, office, now)
        return _answer(database, arrived, thread, known, office, now)
    return _follow_up(database, arrived, thread, known, office, now)


def over_ceiling(
    database: sa.Connection, arrived: Arrived, thread: Thread, known: Lately, office: Office
) -> str | None:
    """Why no more is passed on in this request now, in a sentence; None while no ceiling is reached.

    What was stopped counts too: the ceiling holds until it has been quiet for an hour. Notes are counted apart:
    whoever only says to be the owner must not keep the owner from being heard.
    """
    sender, ceilings = arrived.sender, office.settings.ceilings
    kinds = ("answer", "follow_up", "staff_word", "refused", "ceiling") if thread.belongs else ("note",)
    said = messages.said_since(database, thread.request.id, kinds, arrived.received_at - HOUR)
    theirs = [one for one in said if one.sender == sender]
    if len(theirs) >= ceilings.passed_on_per_sender:
        return f"{sender} has written {ceilings.passed_on_per_sender} mails within the hour; no more are passed on"
    if len(said) >= ceilings.passed_on_per_request:
        return f"{ceilings.passed_on_per_request} mails came within the hour; no more are passed on"
    alike = [one for one in theirs if one.alike and one.alike == arrived.like.alike]
    ours = [one.at for one in known.said.get(sender, ())]
    count = rounds([*(one.came_at for one in alike), arrived.seen_at], ours)
    if alike and (count >= ceilings.rounds or any(one.was_stopped for one in alike)):
        return f"{sender} answers mails of ours with the same text again and again; no more are passed on"
    return None


def _stop_here(
    database: sa.Connection,
    arrived: Arrived,
    request: requests.StoredRequest,
    why: str,
    office: Office,
    now: dt.datetime,
    disposition: str = "ceiling",
) -> int:
    """The message is kept and passed on to nobody; the operators hear of it, once an hour and request."""
    number, sender, why = request.id, seen_address(request, arrived.sender), seen_text(request, why)
    ledger.write(database, number, [ledger.Entry(now, ledger.POSTROOM, "ceiling", None, sender, why)])
    alarm = frozen_mail.alarm(
        office,
        f"ceiling:{number}:{now:%Y-%m-%dT%H}",
        f"many mails about {reference(number)}",
        f"Mails about {reference(number)} are kept but passed on to nobody: {why}. Two programs "
        "may be answering each other.",
        [("request", reference(number)), ("sender", sender)],
        "Look at it with `postroom show`, and end the automatic answers of whichever program it is.",
        now,
    )
    outbox.put_once(database, alarm)
    log.warning("ceiling_reached", request=reference(number), sender=sender)
    return opening.file_without_request(database, arrived, disposition, why, number)


def stop_conversation(
    database: sa.Connection,
    arrived: Arrived,
    why: str,
    before: messages.Earlier,
    known: Lately,
    office: Office,
    now: dt.datetime,
) -> int:
    """Somebody who hears of new requests answers each notice with the same words: no further request is opened.

    The message is filed with the request that its twin before has opened; the row number of its message.
    """
    assert before.request_id is not None
    ledger.write(
        database, before.request_id, [ledger.Entry(now, ledger.POSTROOM, "ceiling", None, arrived.sender, why)]
    )
    outbox.put_once(database, frozen_mail.conversation_alarm(office, arrived.copy.mailbox, arrived.sender, why, now))
    known.filed(replace(before, disposition="ceiling", received_at=arrived.received_at, seen_at=arrived.seen_at))
    log.warning("conversation_stopped", sender=arrived.sender, request=reference(before.request_id))
    return opening.file_without_request(database, arrived, "ceiling", why, before.request_id)


def keep_as_note(
    database: sa.Connection, arrived: Arrived, thread: Thread, known: Lately, office: Office, now: dt.datetime
) -> int:
    """Transaction B for words about a request of somebody who is not known to take part in it.

    Its owner sees them, as unverified; no clock moves, and neither the requester nor the writer hears anything.
    """
    why = over_ceiling(database, arrived, thread, known, office)
    if why:
        return _stop_here(database, arrived, thread.request, why, office, now, "note")
    request, sender = thread.request, arrived.sender
    reason = f"{thread.evidence}, but nothing proves that its sender takes part in the request"
    entry = ledger.Entry(now, ledger.POSTROOM, "unverified_note", None, sender, reason)
    ledger.write(database, request.id, [entry])
    if arrived.nature.kind == "human" and not known.full:
        running = tuple(desk_clock(stored) for stored in clocks.of_request(database, request.id))
        asked, by = desk_request(request), sender or "an unknown sender"
        mails = frozen_mail.follow_ups(office, asked, arrived.message, arrived.key, running, False, now, note_by=by)
        outbox.put(database, mails)
        known.queued(mails)
    log.info("note_kept", request=reference(request.id), sender=sender)
    return opening.file_without_request(database, arrived, "note", reason, request.id)


def _obey(
    database: sa.Connection,
    arrived: Arrived,
    word: StaffWord,
    thread: Thread,
    known: Lately,
    office: Office,
    now: dt.datetime,
) -> int:
    """A word at the top of a reply of staff: it is done, and what stands below goes where it belongs; or refused."""
    absences.back(database, arrived.sender)
    below = replace(arrived, message=replace(arrived.message, words=word.rest))
    speaks = word.verb in SPEAKS_TO_REQUESTER and bool(word.rest or arrived.enclosed.files)
    why_not = why_not_passed_on(below) if speaks else ""
    if why_not:
        return _hand_back(database, arrived, thread.request, why_not, known, office, now)
    try:
        done = obeying.wish(arrived, word, thread.request, office, now)
        if not speaks:
            changed = done(database)
    except obeying.Refused as refusal:
        obeying.refuse(database, arrived, thread.request, word, str(refusal), office, now)
        return opening.file_without_request(database, arrived, "refused", str(refusal), thread.request.id)
    if speaks:
        _speak(database, below, thread, office, now)
        changed = done(database)
    obeying.confirm(database, arrived, changed, word, office, now)
    disposition = "answer" if speaks else "staff_word"
    evidence = f"{thread.evidence}; {word.verb}"
    return opening.file_without_request(database, arrived, disposition, evidence, thread.request.id)


def _answer(
    database: sa.Connection, arrived: Arrived, thread: Thread, known: Lately, office: Office, now: dt.datetime
) -> int:
    """The owner (or a colleague) answers: the requester gets it from the shared address, the first clock stops."""
    why_not = why_not_passed_on(arrived)
    if why_not:
        return _hand_back(database, arrived, thread.request, why_not, known, office, now)
    _speak(database, arrived, thread, office, now)
    return opening.file_without_request(database, arrived, "answer", thread.evidence, thread.request.id)


def _speak(database: sa.Connection, arrived: Arrived, thread: Thread, office: Office, now: dt.datetime) -> None:
    """Pass on what somebody of the staff writes.

    An answer that cannot reach the requester stops no clock: the operators hear of it.
    """
    request, sender = thread.request, arrived.sender
    came = arrived.received_at.isoformat()
    entries = [ledger.Entry(now, sender, "answered", came, request.requester, thread.evidence)]
    entries += took(database, request, sender, now)
    absences.back(database, sender)
    passed_on, more = _pass_on(database, arrived, request, office, now)
    entries += more
    if passed_on:
        entries += clock_keeping.answered(database, request, sender, arrived.received_at, office, now)
    entries += _move(database, request, Happening.ANSWERED, sender, now)
    ledger.write(database, request.id, entries)
    log.info("answer", request=reference(request.id), by=sender, passed_on=passed_on)


def _pass_on(
    database: sa.Connection,
    arrived: Arrived,
    request: requests.StoredRequest,
    office: Office,
    now: dt.datetime,
) -> tuple[bool, list[ledger.Entry]]:
    """Queue the owner's words for the requester: whether that could be, and what the ledger must say of it."""
    about = messages.header_ids(database, request.id)
    files, missing = arrived.enclosed.files, arrived.enclosed.missing
    try:
        mail = frozen_mail.answer(
            office, desk_request(request), arrived.message, arrived.key, about, files, missing, now
        )
    except ComposeError as error:
        outbox.put(
            database,
            frozen_mail.unanswerable_alarm(office, arrived.key, request.id, seen_text(request, str(error)), now),
        )
        return False, [ledger.Entry(now, ledger.POSTROOM, "not_passed_on", None, request.requester, str(error))]
    outbox.put(database, [mail])
    left_out = (
        ("files too large or unreadable", missing),
        ("mails of ours to staff", arrived.enclosed.ours),
    )
    return True, [
        ledger.Entry(
            now, ledger.POSTROOM, "files_left_out", None, request.requester, f"{why}: {_named(request, names)}"
        )
        for why, names in left_out
        if names
    ]


def _named(request: requests.StoredRequest, names: Sequence[str]) -> str:
    return str(len(names)) if request.confidential else ", ".join(names)


def why_not_passed_on(arrived: Arrived) -> str:
    """Why an answer of staff would be nothing to its requester, in a sentence; "" if it is one.

    What is encrypted was encrypted for the shared address: its requester could not open it, and would have a mail
    without words that says it comes from the department.
    """
    message = arrived.message
    if message.encrypted:
        return (
            f"It is encrypted with {message.encrypted}, for us and not for its requester, and no machine of ours can "
            "read it."
        )
    if not frozen_mail.words_to_pass_on(message) and not arrived.enclosed.files:
        return "Above the quotation stand no words of yours, and no file came with it that could be passed on."
    return ""


def _hand_back(
    database: sa.Connection,
    arrived: Arrived,
    request: requests.StoredRequest,
    why: str,
    known: Lately,
    office: Office,
    now: dt.datetime,
) -> int:
    """An answer that is none for its requester: who wrote it hears so at once, and no clock stops."""
    entry = ledger.Entry(now, ledger.POSTROOM, "not_passed_on", None, request.requester, why)
    ledger.write(database, request.id, [entry])
    if not known.full:
        running = tuple(desk_clock(stored) for stored in clocks.of_request(database, request.id))
        mail = frozen_mail.held_back(office, desk_request(request), arrived.message, arrived.key, why, running, now)
        outbox.put(database, [mail])
        known.queued([mail])
    log.info("answer_held_back", request=reference(request.id), by=arrived.sender, reason=why)
    return opening.file_without_request(database, arrived, "answer", f"not passed on: {why}", request.id)


def _follow_up(
    database: sa.Connection, arrived: Arrived, thread: Thread, known: Lately, office: Office, now: dt.datetime
) -> int:
    """The requester writes again: appended, the owner is told; what waited or was resolved is open again."""
    request = thread.request
    if honesty.confirmed(database, request, arrived.message.words, now):
        return opening.file_without_request(database, arrived, "follow_up", thread.evidence, request.id)
    was_resolved = request.status in (Status.RESOLVED, Status.CLOSED)
    came = arrived.received_at.isoformat()
    wrote = ledger.Entry(now, request.requester, "wrote_again", came, None, thread.evidence)
    ledger.write(database, request.id, [wrote])
    happening = Happening.REOPENED if request.status == Status.CLOSED else Happening.REQUESTER_WROTE
    why = "the requester wrote again"
    changed = let(database, request, happening, actor=request.requester, why=why, office=office, now=now)
    owed = clock_keeping.wrote_again(database, changed, arrived.received_at, office, now)
    ledger.write(database, request.id, owed)
    running = tuple(desk_clock(stored) for stored in clocks.of_request(database, request.id))
    asked = desk_request(changed)
    if not known.full:
        mails = frozen_mail.follow_ups(office, asked, arrived.message, arrived.key, running, was_resolved, now)
        mails += flag_if_needed(database, office, asked, arrived.message, now)
        outbox.put(database, mails)
        known.queued(mails)
    log.info("requester_wrote_again", request=reference(request.id), reopened=was_resolved)
    return opening.file_without_request(database, arrived, "follow_up", thread.evidence, request.id)


def _move(
    database: sa.Connection,
    request: requests.StoredRequest,
    happening: Happening,
    actor: str,
    now: dt.datetime,
) -> list[ledger.Entry]:
    """Move the request if the table lets it; the ledger line of the move, if there was one."""
    try:
        status = move(Status(request.status), happening)
    except NotAllowed as refusal:
        return [ledger.Entry(now, actor, "not_moved", request.status, None, str(refusal))]
    if status == request.status:
        return []
    requests.change(database, request.id, status=status)
    return [ledger.Entry(now, actor, "status", request.status, status, happening.replace("_", " "))]


def file_machine_mail(
    database: sa.Connection,
    arrived: Arrived,
    thread: Thread | None,
    reason: str,
    office: Office,
    now: dt.datetime,
) -> int:
    """A machine wrote it: no request and no answer. What concerns a request is noted there, unless it only names
    its number, as everybody can."""
    report = arrived.message.report
    returned = returned_mail(database, arrived.message, office) if arrived.nature.kind == "bounce" else None
    request = thread.request if thread and thread.is_proven else returned.request if returned else None
    if thread is not None and thread.role == "staff" and tells_absence(arrived):
        heard_of_absence(database, arrived, thread.request, office, now)
    elif request is not None:
        what = arrived.nature.kind
        # The subject of a bounce or of an absence mostly repeats that of the request.
        said = CONFIDENTIAL if request.confidential else arrived.message.subject
        why = f"{seen_address(request, arrived.message.sender.address)}: {said}"
        ledger.write(database, request.id, [ledger.Entry(now, ledger.POSTROOM, what, None, None, why)])
    if returned is not None and report is not None:
        came_back(database, returned, report, office, now)
    number = request.id if request else None
    return opening.file_without_request(database, arrived, arrived.nature.kind, reason, number)
