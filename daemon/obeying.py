"""Story: a word at the top of a reply of staff is obeyed, or refused with a sentence; both by mail.

Only a person who answers a mail that we sent to them is heard, of an address of ours, and only the owner, the owner's
deputy or a lead; a colleague may claim. Nothing happens in part: what cannot be done is refused before anything is
written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from daemon import assigning, frozen_mail, happenings, honesty, passing_on
from daemon.desk.lifecycle import Happening, NotAllowed, move
from daemon.desk.new_date import NoSuchDate, new_date
from daemon.desk.request import Status, reference
from daemon.desk.spoken import say_promise
from daemon.desk.staff_words import StaffWord, Verb
from daemon.desk.waiting import Wait
from daemon.discretion import circle
from daemon.office import Office
from daemon.opening import Arrived
from daemon.store import ledger, messages, outbox, requests
from daemon.thought import desk_request

log = structlog.get_logger("obeying")


class Refused(Exception):
    """The word is not obeyed; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Done:
    """The request as it stands then, and what else whoever wrote the word reads of it."""

    request: requests.StoredRequest
    details: tuple[tuple[str, str], ...] = ()


_HAPPENINGS: Mapping[Verb, Happening] = {
    Verb.WAIT: Happening.PAUSED,
    Verb.RESUME: Happening.RESUMED,
    Verb.RESOLVE: Happening.RESOLVED,
    Verb.CLOSE: Happening.CLOSED,
    Verb.REOPEN: Happening.REOPENED,
}


#: What may be written instead of a word that was refused.
_ADVICE: Mapping[Verb, str] = {
    Verb.LATER: "Reply again and begin with `later`, the date and a reason, as in: later 2026-12-01 15:00 the part is "
    "late",
}


def wish(
    arrived: Arrived, word: StaffWord, request: requests.StoredRequest, office: Office, now: dt.datetime
) -> Callable[[sa.Connection], Done]:
    """What is to be done for this word, in a transaction of the caller; nothing is written yet. Raises Refused.

    What is found to be wrong only then raises Refused too, before it writes.
    """
    sender = arrived.sender
    refusal = _why_not(sender, word, request, office)
    if refusal:
        raise Refused(refusal)
    if word.no_date:
        raise Refused(f"{word.no_date} is no day or time that exists")
    if word.verb is Verb.LATER:
        return _later(sender, word, request, office, now)
    if word.verb in _HAPPENINGS:
        return _happening(sender, word, request, office, now)
    if word.verb is Verb.CLAIM and sender != request.owner:
        try:
            assigning.check(office, request, None, sender)
        except assigning.CannotAssign as cannot:
            raise Refused(str(cannot)) from cannot
    return lambda database: Done(_change_of_hands(database, sender, word, request, office, now))


def _why_not(sender: str, word: StaffWord, request: requests.StoredRequest, office: Office) -> str:
    """Why this person may not say this word; "" if they may."""
    desk, name = office.desk(request.department), reference(request.id)
    if not office.settings.organisation.is_internal(sender):
        return f"Words are obeyed only from addresses of {office.settings.organisation.name}."
    if sender in circle(request, desk):
        return ""
    members = {one.email.lower() for one in desk.members}
    if request.confidential and sender in members and (word.verb is Verb.CLAIM or word.to == sender):
        return f"{name} is confidential: its owner or the lead can give it to you, and nobody else can take it."
    if request.department is None and sender in members:
        return ""
    if word.verb is Verb.CLAIM and sender in members:
        return ""
    whose = frozen_mail.name_of(office, request.owner) if request.owner else "nobody"
    return f"Only its owner ({whose}) or the lead can do that with {name}. If you take it, write: claim"


def _happening(
    sender: str, word: StaffWord, request: requests.StoredRequest, office: Office, now: dt.datetime
) -> Callable[[sa.Connection], Done]:
    happening, planned = _HAPPENINGS[word.verb], None
    try:
        move(Status(request.status), happening)
        if word.waits_for is not None:
            planned = _wait(word, request, office, now)
    except (NotAllowed, happenings.CannotHappen) as refusal:
        raise Refused(str(refusal)) from refusal

    def done(database: sa.Connection) -> Done:
        asked = requests.find(database, request.id)
        assert asked is not None
        why = word.reason or "said so by mail"
        return Done(
            happenings.let(database, asked, happening, actor=sender, why=why, office=office, now=now, planned=planned)
        )

    return done


def _wait(word: StaffWord, request: requests.StoredRequest, office: Office, now: dt.datetime) -> Wait:
    assert word.waits_for is not None
    # What was asked of whom stands in the mail that goes out with it, or did before.
    asked = "" if request.confidential else " ".join(word.rest.split())[:100]
    why = word.reason or asked or "said so by mail"
    day = _day(word, request, office, now)
    return happenings.planned_wait(request, word.waits_for, day, why, "the mail that said so", office, now)


def _day(word: StaffWord, request: requests.StoredRequest, office: Office, now: dt.datetime) -> dt.date | None:
    return word.on(office.calendar(request.department).local(now).date())


def _later(
    sender: str, word: StaffWord, request: requests.StoredRequest, office: Office, now: dt.datetime
) -> Callable[[sa.Connection], Done]:
    day = _day(word, request, office, now)
    assert day is not None
    try:
        wanted = new_date(day, word.at, word.reason, office.calendar(request.department), now)
    except NoSuchDate as refusal:
        raise Refused(str(refusal)) from refusal

    def done(database: sa.Connection) -> Done:
        try:
            untold = honesty.promise_in(database, request, wanted, sender, office, now)
        except assigning.CannotAssign as refusal:
            raise Refused(str(refusal)) from refusal
        zone = office.calendar(request.department).zone
        by = say_promise(wanted.at, zone, "en", said_at=now, reader_zone=None)
        return Done(request, (("New date", by), ("Its requester", f"was not told: {untold}" if untold else "was told")))

    return done


def _change_of_hands(
    database: sa.Connection,
    sender: str,
    word: StaffWord,
    request: requests.StoredRequest,
    office: Office,
    now: dt.datetime,
) -> requests.StoredRequest:
    why = word.reason or "said so by mail"
    try:
        if word.verb is Verb.CLAIM and sender == request.owner:
            ledger.write(database, request.id, passing_on.took(database, request, sender, now))
            return request
        if word.verb is Verb.DECLINE:
            if sender != request.owner:
                raise Refused("Only its owner can decline it; to give it to somebody, write: hand over to ADDRESS")
            return passing_on.decline(database, request, word.reason, office, now)
        to = sender if word.verb is Verb.CLAIM else word.to or None
        return assigning.assign_in(database, request, word.department or None, to, sender, why, office, now)
    except assigning.CannotAssign as refusal:
        raise Refused(str(refusal)) from refusal


def refuse(
    database: sa.Connection,
    arrived: Arrived,
    request: requests.StoredRequest,
    word: StaffWord,
    why: str,
    office: Office,
    now: dt.datetime,
) -> None:
    """Say to whoever wrote the word why nothing was done; nobody else hears of it."""
    entry = ledger.Entry(now, arrived.sender, "refused", word.verb, None, why)
    ledger.write(database, request.id, [entry])
    about = messages.header_ids(database, request.id)
    notice = frozen_mail.staff_notice(
        office,
        desk_request(request),
        arrived.sender,
        f"Nothing was done, and nothing was sent to anybody: {why.rstrip('.')}.",
        now,
        occasion=f"refused:{arrived.key}",
        details=[("You wrote", word.verb)],
        what_to_do=_ADVICE.get(word.verb, ""),
        about=about,
    )
    outbox.put(database, [notice])
    log.info("staff_word_refused", request=reference(request.id), verb=word.verb, by=arrived.sender, reason=why)


def confirm(
    database: sa.Connection,
    arrived: Arrived,
    done: Done,
    word: StaffWord,
    office: Office,
    now: dt.datetime,
) -> None:
    """Say to whoever wrote the word how the request stands now."""
    request = done.request
    about = messages.header_ids(database, request.id)
    notice = frozen_mail.staff_notice(
        office,
        desk_request(request),
        arrived.sender,
        f"Done: {how_it_stands(request, office)}.",
        now,
        occasion=f"done:{arrived.key}",
        details=[("You wrote", word.verb), *done.details],
        about=about,
    )
    outbox.put(database, [notice])
    log.info("staff_word_obeyed", request=reference(request.id), verb=word.verb, by=arrived.sender)


def how_it_stands(request: requests.StoredRequest, office: Office) -> str:
    """Status, department and owner of a request, in a sentence without its full stop."""
    desk = frozen_mail.desk_of(office, request.department).name
    owner = frozen_mail.name_of(office, request.owner) or "nobody yet"
    return f"{reference(request.id)} is {request.status}. {desk} has it, and its owner is {owner}"
