"""Story: a reply moves its request and its clocks.

A mail joins a request only by an id that we made or stored, and only if its sender takes part in the
request. A number in the subject joins nothing: anybody can write one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import sqlalchemy as sa
import structlog

from daemon import frozen_mail, opening
from daemon.desk.clocks import resume_clocks
from daemon.desk.lifecycle import Happening, NotAllowed, move
from daemon.desk.request import Status, reference
from daemon.mail.compose import ComposeError
from daemon.mail.identity import verify_signed_id
from daemon.mail.message import Message
from daemon.office import Office
from daemon.opening import Arrived
from daemon.parsing import ParseFailed
from daemon.store import clocks, ledger, messages, outbox, requests
from daemon.thought import desk_clock, desk_request

log = structlog.get_logger("replies")

Role = Literal["requester", "staff", "stranger"]

#: Mails whose receiver may answer for the department.
TO_STAFF = frozenset({"assignment", "follow_up", "reminder", "warning", "escalation"})


#: So many mails of one sender within an hour are passed on in one request: more is two programs in conversation.
CEILING = 10


@dataclass(frozen=True, slots=True)
class Thread:
    """The request that a message refers to, who its sender is there, and by which evidence."""

    request: requests.StoredRequest
    role: Role
    evidence: str

    @property
    def belongs(self) -> bool:
        """Whether the message joins the request; a stranger's does not."""
        return self.role != "stranger"


def find_thread(database: sa.Connection, message: Message, office: Office) -> Thread | None:
    """The request this message answers: by an id that we signed, else by the Message-ID of an earlier message of it."""
    named = tuple(dict.fromkeys((*message.in_reply_to, *reversed(message.references))))[:40]
    if not named:
        return None
    return _by_our_mail(database, named, message, office) or _by_stored_message(database, named, message)


def _by_our_mail(database: sa.Connection, named: tuple[str, ...], message: Message, office: Office) -> Thread | None:
    bare = [f"<{one}>" for one in named]
    for number, kind, recipient, effect_key in requests.find_by_our_mail(database, bare):
        if not any(verify_signed_id(one, kind, effect_key, office.keys.signing) for one in bare):
            continue
        request = requests.find(database, number)
        if request is not None:
            return Thread(request, _role(request, kind, recipient, message, office), f"answers our {kind}")
    return None


def _role(request: requests.StoredRequest, kind: str, recipient: str, message: Message, office: Office) -> Role:
    """Staff only if the very person who got our mail answers, and still belongs to the department now."""
    sender = message.sender.address.lower()
    if len(message.senders) > 1:
        return "stranger"
    if kind in TO_STAFF and sender == recipient.lower() and sender in staff_of(request, office):
        return "staff"
    return "requester" if sender == request.requester else "stranger"


def staff_of(request: requests.StoredRequest, office: Office) -> frozenset[str]:
    """Who may answer for this request now: its owner, the department's members, its lead and its last rung."""
    desk = office.desk(request.department)
    people = [request.owner, desk.lead, getattr(desk, "escalation", None), *(m.email for m in desk.members)]
    return frozenset(address.lower() for address in people if address)


def _by_stored_message(database: sa.Connection, named: tuple[str, ...], message: Message) -> Thread | None:
    for earlier in messages.find_by_header_ids(database, named):
        if earlier.request_id is None:
            continue
        request = requests.find(database, earlier.request_id)
        if request is not None:
            same = message.sender.address.lower() == request.requester and len(message.senders) == 1
            return Thread(request, "requester" if same else "stranger", "answers an earlier mail of the request")
    return None


def join(database: sa.Connection, arrived: Arrived, thread: Thread, office: Office, now: dt.datetime) -> int:
    """Transaction B for a reply of somebody who takes part; the row number of its message.

    What a program sends in the name of staff is no answer: no clock stops, the requester hears nothing.
    """
    if _is_over_ceiling(database, arrived, thread, now):
        return _stop_here(database, arrived, thread, office, now)
    if thread.role == "staff" and arrived.nature.kind == "system":
        return file_machine_mail(database, arrived, thread, "a program sent it in the name of staff", office, now)
    if thread.role == "staff":
        return _answer(database, arrived, thread, office, now)
    return _follow_up(database, arrived, thread, office, now)


def _is_over_ceiling(database: sa.Connection, arrived: Arrived, thread: Thread, now: dt.datetime) -> bool:
    sender, hour_ago = arrived.message.sender.address.lower(), now - dt.timedelta(hours=1)
    return messages.passed_on_since(database, thread.request.id, sender, hour_ago) >= CEILING


def _stop_here(database: sa.Connection, arrived: Arrived, thread: Thread, office: Office, now: dt.datetime) -> int:
    """The message is kept and passed on to nobody; the operators hear of it, once an hour and request."""
    number, sender = thread.request.id, arrived.message.sender.address.lower()
    why = f"{sender} has written {CEILING} mails within the hour; no more are passed on until it is over"
    ledger.write(database, number, [ledger.Entry(now, ledger.POSTROOM, "ceiling", None, sender, why)])
    alarm = frozen_mail.alarm(
        office,
        f"ceiling:{number}:{now:%Y-%m-%dT%H}",
        f"many mails about {reference(number)}",
        f"{sender} has written {CEILING} mails about {reference(number)} within the hour. Further ones are kept, "
        "but passed on to nobody: two programs may be answering each other.",
        [("request", reference(number)), ("sender", sender)],
        "Look at it with `postroom show`, and end the automatic answers of whichever program it is.",
        now,
    )
    outbox.put(database, [mail for mail in alarm if not outbox.exists(database, mail.effect_key)])
    log.warning("ceiling_reached", request=reference(number), sender=sender)
    return opening.file_without_request(database, arrived, "ceiling", why, number)


def _answer(database: sa.Connection, arrived: Arrived, thread: Thread, office: Office, now: dt.datetime) -> int:
    """The owner (or a colleague) answers: the requester gets it from the shared address, the first clock stops.

    An answer that cannot reach the requester stops no clock: the operators hear of it.
    """
    request, sender = thread.request, arrived.message.sender.address.lower()
    entries = [ledger.Entry(now, sender, "answered", None, request.requester, thread.evidence)]
    passed_on, more = _pass_on(database, arrived, request, office, now)
    entries += more
    if passed_on and clocks.stop(database, request.id, "first_response", arrived.received_at):
        entries.append(
            ledger.Entry(now, ledger.POSTROOM, "clock_stopped", "first_response", None, f"{sender} answered")
        )
    entries += _move(database, request, Happening.ANSWERED, sender, now)
    ledger.write(database, request.id, entries)
    log.info("answer", request=reference(request.id), by=sender, passed_on=passed_on)
    return opening.file_without_request(database, arrived, "answer", thread.evidence, request.id)


def _pass_on(
    database: sa.Connection,
    arrived: Arrived,
    request: requests.StoredRequest,
    office: Office,
    now: dt.datetime,
) -> tuple[bool, list[ledger.Entry]]:
    """Queue the owner's words for the requester: whether that could be, and what the ledger must say of it."""
    about = messages.header_ids(database, request.id)
    files, missing = _files(arrived, office)
    try:
        mail = frozen_mail.answer(
            office, desk_request(request), arrived.message, arrived.key, about, files, missing, now
        )
    except ComposeError as error:
        outbox.put(database, frozen_mail.unanswerable_alarm(office, arrived.key, request.id, str(error), now))
        return False, [ledger.Entry(now, ledger.POSTROOM, "not_passed_on", None, request.requester, str(error))]
    outbox.put(database, [mail])
    if not missing:
        return True, []
    why = f"files too large or unreadable: {', '.join(missing)}"
    return True, [ledger.Entry(now, ledger.POSTROOM, "files_left_out", None, request.requester, why)]


def _files(arrived: Arrived, office: Office) -> tuple[tuple[frozen_mail.OutgoingAttachment, ...], tuple[str, ...]]:
    """The files of an answer travel with it; and the names of those that cannot, which the answer then says."""
    names = [one.name for one in arrived.message.attachments if not one.inline]
    if not names:
        return (), ()
    try:
        files = office.parsers.attachments(arrived.copy.content)
    except ParseFailed as failure:
        log.warning("attachments_not_read", copy=arrived.copy.id, reason=str(failure))
        return (), tuple(names)
    carried = {one.name for one in files}
    return files, tuple(name for name in names if name not in carried)


def _follow_up(database: sa.Connection, arrived: Arrived, thread: Thread, office: Office, now: dt.datetime) -> int:
    """The requester writes again: appended, the owner is told, a resolved request is opened again."""
    request = thread.request
    was_resolved = request.status in (Status.RESOLVED, Status.CLOSED)
    entries = [ledger.Entry(now, request.requester, "wrote_again", None, None, thread.evidence)]
    happening = Happening.REOPENED if request.status == Status.CLOSED else Happening.REQUESTER_WROTE
    entries += _move(database, request, happening, request.requester, now)
    if was_resolved:
        entries += _run_on(database, request, office, now)
    ledger.write(database, request.id, entries)
    changed = requests.find(database, request.id)
    assert changed is not None
    running = tuple(desk_clock(stored) for stored in clocks.of_request(database, request.id))
    asked = desk_request(changed)
    outbox.put(
        database,
        frozen_mail.follow_ups(office, asked, arrived.message, arrived.key, running, was_resolved, now),
    )
    log.info("requester_wrote_again", request=reference(request.id), reopened=was_resolved)
    return opening.file_without_request(database, arrived, "follow_up", thread.evidence, request.id)


def _run_on(
    database: sa.Connection, request: requests.StoredRequest, office: Office, now: dt.datetime
) -> list[ledger.Entry]:
    """The resolution clock runs on; the time in which the request stood resolved is no working time."""
    calendar = office.calendar(request.department)
    pauses = _pauses(ledger.of_request(database, request.id))
    before = tuple(replace(desk_clock(stored), pauses=pauses) for stored in clocks.of_request(database, request.id))
    after = resume_clocks(before, now, calendar)
    requests.change(database, request.id, resolved_at=None, plan=request.plan + 1)
    changed = requests.find(database, request.id)
    assert changed is not None
    clocks.restart(database, request.id, "resolution")
    opening.lay_out_again(database, changed, tuple(c for c in after if c.is_running), office)
    due = next((c.due_at for c in after if c.kind == "resolution"), None)
    why = f"the requester wrote again; now due {due:%d %b %H:%M} UTC" if due else "the requester wrote again"
    return [ledger.Entry(now, ledger.POSTROOM, "clock_resumed", "resolution", None, why)]


def _pauses(entries: Sequence[ledger.Entry]) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
    """From when to when the request stood resolved before, as the ledger tells it."""
    pauses, since = [], None
    for entry in entries:
        if entry.what == "status" and entry.to_value == Status.RESOLVED:
            since = entry.at
        elif entry.what == "status" and entry.from_value == Status.RESOLVED and since is not None:
            pauses.append((since, entry.at))
            since = None
    return tuple(pauses)


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
    """A machine wrote it: no request and no answer. What concerns a request is noted there."""
    request = thread.request if thread else _bounced(database, arrived, office)
    if request is not None:
        what = arrived.nature.kind
        why = f"{arrived.message.sender.address}: {arrived.message.subject}"
        ledger.write(database, request.id, [ledger.Entry(now, ledger.POSTROOM, what, None, None, why)])
    number = request.id if request else None
    return opening.file_without_request(database, arrived, arrived.nature.kind, reason, number)


def _bounced(database: sa.Connection, arrived: Arrived, office: Office) -> requests.StoredRequest | None:
    """The request whose mail came back, if the bounce carries an id that we signed."""
    report = arrived.message.report
    if arrived.nature.kind != "bounce" or report is None or not report.original_message_id:
        return None
    one = f"<{report.original_message_id.strip('<>')}>"
    for number, kind, _, effect_key in requests.find_by_our_mail(database, [one]):
        if verify_signed_id(one, kind, effect_key, office.keys.signing):
            return requests.find(database, number)
    return None
