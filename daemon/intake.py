"""Story: a new message becomes a request and a queued acknowledgement.

    accept   transaction A: the bytes are ours, before anything looks at them
    read     in a child process with limits; what cannot be read goes to quarantine (transaction Q)
    take in  transaction B: message, request, route, owner, clocks, ledger and outgoing mail, all or nothing
    mark     on the server, for people to see; transaction C

Nothing is lost between any two of these lines, and nothing happens twice: see the crash table of the
design. One bad mail never stops the next.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

import sqlalchemy as sa
import structlog

from classifier.predict import Prediction
from daemon import frozen_mail, house_mail, opening, replies
from daemon.desk.request import reference
from daemon.echoes import echo_of, file_echo
from daemon.enclosures import Enclosed, enclosed_in
from daemon.free_space import require_room
from daemon.lately import Lately, look, opens_too_many
from daemon.mail.identity import Likeness, likeness, message_key, raw_key
from daemon.mail.message import Message
from daemon.mail.nature import Decision, is_request, nature_of
from daemon.mailbox import fetch
from daemon.mailbox.answers import Doubts
from daemon.mailbox.connection import Connection
from daemon.mailbox.mark import MarkRefused, mark
from daemon.office import Office
from daemon.paperwork import Paperwork, write_down
from daemon.parsing import ParseFailed, ParserDown
from daemon.placeholders import Placeholder, end_placeholder, find_placeholders
from daemon.renumbering import forget_what_is_given_again
from daemon.store import copies, ledger, mailboxes, messages, outbox
from daemon.store.copies import Arrival, Copy
from daemon.threads import NewMatter, Thread, find_thread, may_refer_back, new_matter, too_late
from daemon.under_test import reached

log = structlog.get_logger("intake")

#: So many messages share one transaction B while all goes well.
TOGETHER = 25

#: The first handful is small: nothing can be taken in while it is read.
FIRST = 5

#: Mail that is older than this when a mailbox is seen for the first time belongs to the time before Postroom.
BEFORE_OUR_TIME = dt.timedelta(hours=24)

#: INTERNALDATE is believed when it lies this close to the moment of first sight; a mail's own Date never is.
PLAUSIBLE = dt.timedelta(hours=48)

#: While mails are read, a sign of life is given this often (seconds): ten hostile ones take minutes.
SIGN_OF_LIFE = 5.0

#: So long (seconds) the daemon has lived before the last attempt at a mail is made.
SETTLED = 10.0

_BEGUN = time.monotonic()

#: Why such mail opens nothing.
BACKLOG = "older than Postroom's first look at this mailbox, or its second after a renumbering"

Beat = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Incoming:
    """One accepted copy that could be read, what the model says of it (None: no model), and the files of an answer."""

    copy: Copy
    message: Message
    prediction: Prediction | None
    enclosed: Enclosed


@dataclass(frozen=True, slots=True)
class Unreadable:
    """One accepted copy that could not be read, and why."""

    copy: Copy
    trouble: str


def work_through(connection: Connection, office: Office, doubts: Doubts, *, full: bool, beat: Beat, nudge: Beat) -> int:
    """One pass over a mailbox; how many mails were taken in.

    `full` compares every UID with the database, else only those above the highest known one. `doubts` is told of
    what the server does not give. `beat` is called as a sign of life, `nudge` when there may be mail to send. Raises
    NoRoom, before anything more is taken in, where the disk is nearly full.
    """
    name, validity = connection.access.name, connection.selected.uidvalidity
    doubts.begin(validity, full=full)
    require_room(office)
    forgotten = full and forget_what_is_given_again(connection, office)
    finish_marks(connection, office)
    stuck: set[int] = set()
    suspect = max(office.settings.limits.attempts - 1, 1)
    taken = _take_in_leftovers(connection, office, range(suspect), stuck, beat, nudge)
    with office.store.reading() as database:
        known = mailboxes.find(database, name)
        highest = copies.highest_uid(database, name, validity)
        lowest = 0 if full or known is None else highest + 1
        seen = copies.known_uids(database, name, validity, lowest)
    renumbered = known is not None and (forgotten or known.uidvalidity != validity)
    if renumbered:
        log.warning("mailbox_renumbered", mailbox=name, uidvalidity=validity)
    announced = connection.has_announced_mail()
    new = [uid for uid in fetch.uids_from(connection, lowest) if uid not in seen]
    if announced and not new and not full:  # it may have come under a number that is known
        return taken + work_through(connection, office, doubts, full=True, beat=beat, nudge=nudge)
    late = 0
    if new:
        reached("C0")
    limit = office.settings.limits.message_bytes
    for batch in fetch.mails(connection, new, limit, doubts) if new else ():
        beat()
        require_room(office)
        late += 0 if known is None or renumbered else sum(mail.uid <= highest for mail in batch)
        reached("C1")
        now = office.now()
        cut = _oldest_that_counts(known, renumbered=renumbered, forgotten=forgotten, now=now)
        arrivals = [_arrival(name, validity, mail, cut) for mail in batch]
        taken += take_in(accept(arrivals, office, now), office, beat, nudge)
        finish_marks(connection, office)
    if late:
        log.warning("late_found", mailbox=name, mails=late, reason="they lay below the highest number, without a row")
    if new:
        fetch.look_again(connection, doubts)
    with office.store.writing() as database:
        mailboxes.scanned(database, name, validity, office.now(), full=full, late=late)
        if full:
            copies.give_up_marks(database, name, validity)
        if doubts.refused:
            outbox.put_once(database, frozen_mail.left_alarm(office, name, doubts.sentence(name), office.now()))
    if doubts.refused:
        log.error("mails_left", mailbox=name, reason=doubts.sentence(name))
        nudge()
    return taken + _take_in_leftovers(connection, office, copies.ANY[suspect:], stuck, beat, nudge)


def _take_in_leftovers(
    connection: Connection, office: Office, tried: range, stuck: set[int], beat: Beat, nudge: Beat
) -> int:
    """What was accepted before, `tried` so often and not taken in; how many now are. `stuck` learns which are not.

    The last attempt at a mail waits until the daemon has lived for SETTLED: whatever ends it again and again soon after
    its start must not seem to be the fault of that mail.
    """
    taken = 0
    while left := _leftovers(office, connection.access.name, stuck, tried):
        for copy in left:
            while copy.attempts == office.settings.limits.attempts - 1 and time.monotonic() < _BEGUN + SETTLED:
                beat()
                time.sleep(0.1)
            beat()
            had_effect = take_in_again(copy, office)
            taken += had_effect
            stuck |= set() if had_effect else {copy.id}
            nudge()
        finish_marks(connection, office)
    return taken


def _oldest_that_counts(
    known: mailboxes.KnownMailbox | None, *, renumbered: bool, forgotten: bool, now: dt.datetime
) -> dt.datetime | None:
    """Older mail is filed, not answered: before our time, or dealt with and only renumbered (RFC 9051 §2.3.1.1).

    Where the numbers were `forgotten`, mail may have been overlooked since they were last compared.
    """
    if known is None:
        return now - BEFORE_OUR_TIME
    seen_until = (known.compared_at or known.first_scan_at) if forgotten else known.scanned_at
    return seen_until - dt.timedelta(hours=1) if renumbered else None


def _arrival(mailbox: str, validity: int, mail: fetch.Fetched, cut: dt.datetime | None) -> Arrival:
    old = cut is not None and mail.internal_date is not None and mail.internal_date < cut
    return Arrival(mailbox, validity, mail.uid, mail.content, mail.internal_date, mail.partial, old)


def accept(arrivals: Sequence[Arrival], office: Office, now: dt.datetime) -> list[Copy]:
    """Transaction A: the acceptance point. From here on these mails are ours to lose."""
    keyed = [replace(one, raw_key=raw_key(one.content, office.keys.content)) for one in arrivals]
    with office.store.writing() as database:
        accepted = copies.accept(database, keyed, now)
        reached("C2")
    reached("C3")
    return accepted


def take_in(accepted: Sequence[Copy], office: Office, beat: Beat, nudge: Beat) -> int:
    """Read and take in accepted copies, a handful in each transaction; how many had their effect.

    While one handful is taken in, the child process already reads the next.
    """
    taken = 0
    cuts = [0, *range(FIRST, len(accepted), TOGETHER), len(accepted)]
    handfuls = [accepted[start:end] for start, end in pairwise(cuts) if start < end]
    with ThreadPoolExecutor(1, thread_name_prefix="reading") as ahead:
        reading = [ahead.submit(_read, handful, office) for handful in handfuls]
        for read in reading:
            items = _await(read, beat)
            beat()
            taken += _take_in_together(items, office)
            nudge()
    return taken


def _await(read: Future[list[Incoming | Unreadable]], beat: Beat) -> list[Incoming | Unreadable]:
    """What was read. The parser ends every mail in its time, so waiting for it is no deafness."""
    while not read.done():
        beat()
        wait([read], SIGN_OF_LIFE)
    return read.result()


def take_in_again(copy: Copy, office: Office) -> int:
    """A copy that an earlier attempt left behind goes alone, its attempt counted before it is made.

    After the last attempt it is set aside unread: this mail has ended the process, or the transaction,
    each time before.
    """
    limit = office.settings.limits.attempts
    if copy.attempts >= limit:
        _set_aside_alone(Unreadable(copy, f"could not be taken in, in {copy.attempts} attempts"), office)
        return 0
    office.parsers.make_ready()  # or whatever ends the daemon in that second would be blamed on this mail
    with office.store.writing() as database:
        copies.count_attempt(database, copy.id)
    try:
        return _take_in_together(_read([copy], office), office)
    except (sa.exc.OperationalError, sa.exc.InterfaceError, ParserDown):
        with suppress(sa.exc.DBAPIError), office.store.writing() as database:
            copies.forgive_attempt(database, copy.id)  # the house is in trouble, not the mail
        raise


def _leftovers(office: Office, mailbox: str, stuck: Collection[int], tried: range) -> list[Copy]:
    with office.store.reading() as database:
        return copies.leftovers(database, mailbox, stuck, tried)


def _read(accepted: Sequence[Copy], office: Office) -> list[Incoming | Unreadable]:
    """Parse in the child process, then ask the model, and read the files of answers; in order. Raises ParserDown."""
    results = office.parsers.parse_many([copy.content for copy in accepted])
    return [
        Unreadable(copy, str(result))
        if isinstance(result, ParseFailed)
        else Incoming(copy, result, _predict(copy, result, office), enclosed_in(copy, result, office))
        for copy, result in zip(accepted, results, strict=True)
    ]


def _predict(copy: Copy, message: Message, office: Office) -> Prediction | None:
    if office.model is None:
        return None
    try:
        return office.model.predict(opening.text_for_model(message, copy.mailbox, office))
    except Exception:  # a model that stumbles abstains: a person places this mail
        log.exception("prediction_failed", copy=copy.id, model=office.model_version)
        return None


def _take_in_together(handful: Sequence[Incoming | Unreadable], office: Office) -> int:
    """One transaction B for all; if any of them spoils it, one for each, so that only that one stays behind."""
    reached("C4")
    readable = [item for item in handful if isinstance(item, Incoming)]
    for item in handful:
        if isinstance(item, Unreadable):
            _set_aside_alone(item, office)
    try:
        _file_all(readable, office)
        return len(readable)
    except (sa.exc.OperationalError, sa.exc.InterfaceError, ParserDown):
        raise  # the database or the parser is in trouble, not the mail
    except sa.exc.IntegrityError:
        # Where several write at once, another mailbox's copy of one of them can have been first.
        log.info("taken_in_meanwhile", mails=len(readable))
    except Exception:
        log.exception("taking_in_together_failed", mails=len(readable))
    return sum(_take_in_alone(item, office) for item in readable)


def _take_in_alone(item: Incoming, office: Office) -> int:
    """One mail, one transaction. A fault stays with its mail: it is tried again twice, then set aside."""
    try:
        _file_all([item], office)
    except (sa.exc.OperationalError, sa.exc.InterfaceError, ParserDown):
        raise
    except Exception:
        log.exception("taking_in_failed", copy=item.copy.id, mailbox=item.copy.mailbox, uid=item.copy.uid)
        return 0
    return 1


def _set_aside_alone(item: Unreadable, office: Office) -> None:
    """A fault in setting one mail aside stays with it too: it stays stored, and is set aside at a later look."""
    try:
        set_aside(item, office)
    except (sa.exc.OperationalError, sa.exc.InterfaceError):
        raise
    except Exception:
        log.exception("setting_aside_failed", copy=item.copy.id, mailbox=item.copy.mailbox, uid=item.copy.uid)


@dataclass(slots=True)
class _Transaction:
    """Transaction B under way.

    `seen`: messages with these keys that were there before; `filed`: keys that this transaction has filed;
    `papers`: what it has still to write down; `known`: what was said lately; `unread`: placeholders of mails of
    which another copy could not be read, by their `raw_key`.
    """

    database: sa.Connection
    office: Office
    now: dt.datetime
    seen: dict[str, messages.StoredMessage]
    known: Lately
    unread: dict[str, Placeholder]
    filed: set[str] = field(default_factory=set)
    papers: list[Paperwork] = field(default_factory=list)

    def write_down(self) -> None:
        """Write the papers of the requests opened so far, for whoever must read them now."""
        write_down(self.database, self.papers, self.now)
        self.papers.clear()


def _file_all(items: Sequence[Incoming], office: Office) -> None:
    """Transaction B: each message gets its request, or joins one, or gets its disposition."""
    now, key = office.now(), office.keys.content
    ours = office.settings.organisation.domains
    keyed = [
        (message_key(item.message, item.copy.content, key), likeness(item.message, key, ours), item) for item in items
    ]
    arriving = [(item.message, like, received_at(item.copy, office)) for _, like, item in keyed]
    with office.store.writing() as database:
        ledger.take_turn(database)
        seen = messages.find_by_keys(database, [key for key, _, _ in keyed])
        known = look(database, arriving, office, now)
        if known.full:
            outbox.put_once(database, frozen_mail.full_alarm(office, now))
        unread = find_placeholders(database, [item.copy.raw_key for _, _, item in keyed])
        transaction = _Transaction(database, office, now, seen, known, unread)
        for message_key_, like, item in keyed:
            _file(replace(transaction, office=office.as_of(_came(item.copy))), message_key_, like, item)
        transaction.write_down()
        reached("C5")
    reached("C6")


def _file(transaction: _Transaction, key: str, like: Likeness, item: Incoming) -> None:
    """One message: a copy of one that is known, or the effect that it has."""
    database, office, now = transaction.database, transaction.office, transaction.now
    if key in transaction.filed or may_refer_back(item.message):
        transaction.write_down()  # it may be about a message of this very transaction
    earlier = messages.find_by_key(database, key) if key in transaction.filed else transaction.seen.get(key)
    transaction.filed.add(key)
    if earlier is not None:
        _another_copy(database, item.copy, earlier, office, now)
        return
    nature = nature_of(item.message, office.watched)
    placeholder = transaction.unread.pop(item.copy.raw_key, None)
    came = received_at(item.copy, office)
    arrived = opening.Arrived(
        key, item.copy, item.message, nature, came, item.prediction, like, placeholder, item.enclosed
    )
    number = _effect(transaction, arrived)
    if number is not None:
        copies.done(database, [(item.copy.id, number)])
        if placeholder is not None:
            end_placeholder(database, placeholder, number, now)


def _effect(transaction: _Transaction, arrived: opening.Arrived) -> int | None:
    """What becomes of a new message; the row number of its message, None while it stands in the papers."""
    database, office, now, known = transaction.database, transaction.office, transaction.now, transaction.known
    if arrived.copy.backlog:
        return opening.file_without_request(database, arrived, "backlog", BACKLOG)
    came_back = echo_of(database, arrived.message, office)
    if came_back:
        return file_echo(database, arrived, came_back, office, now)
    thread = too_late(find_thread(database, arrived.message, office), office, arrived.received_at)
    asked = is_request(arrived.message, arrived.nature, watched=office.watched, install_id=office.keys.install)
    if not asked.yes:
        house_mail.hear_of_absence(database, arrived, thread, office, now)
        return replies.file_machine_mail(database, arrived, thread, opening.said(asked), office, now)
    ours = house_mail.answered_mail(database, arrived.message, thread, office)
    if ours is not None:
        return house_mail.answer(database, arrived, ours, known, office, now)
    return _join_or_open(transaction, arrived, asked, thread)


def _join_or_open(
    transaction: _Transaction, arrived: opening.Arrived, asked: Decision, thread: Thread | None
) -> int | None:
    """A part of the request to which it belongs, or a request of its own."""
    database, office, now, known = transaction.database, transaction.office, transaction.now, transaction.known
    if thread is not None and thread.role == "unverified":
        return replies.keep_as_note(database, arrived, thread, known, office, now)
    matter = new_matter(arrived.message.words) if thread is not None and thread.belongs else None
    if thread is not None and thread.belongs and matter is None and not thread.is_over:
        return replies.join(database, arrived, thread, known, office, now)
    return _open(transaction, with_matter(arrived, matter) if matter else arrived, asked, thread)


def with_matter(arrived: opening.Arrived, matter: NewMatter) -> opening.Arrived:
    """The message as a request of its own, with the subject and the words that its writer gave the new matter."""
    message = replace(arrived.message, subject=matter.subject, words=matter.words)
    return replace(arrived, message=message)


def _open(transaction: _Transaction, arrived: opening.Arrived, asked: Decision, thread: Thread | None) -> int | None:
    """A request of its own, unless its sender opens too many, or is a program that answers our notices."""
    database, office, now, known = transaction.database, transaction.office, transaction.now, transaction.known
    why, before = known.conversation(arrived.sender, arrived.like, arrived.seen_at, office.settings.ceilings.rounds)
    if why and before is not None and known.is_told_as_staff(arrived.sender):
        return replies.stop_conversation(database, arrived, why, before, known, office, now)
    if known.may_open_too_many(arrived.sender, office):
        transaction.write_down()
        if opens_too_many(database, known, arrived.sender, arrived.received_at, office):
            return opening.gather(database, arrived, asked, known, office, now)
    links = links_of(arrived, thread, known)
    transaction.papers.append(opening.open_request(database, arrived, asked, links, known, office, now))
    return None


def links_of(arrived: opening.Arrived, thread: Thread | None, known: Lately) -> tuple[opening.Link, ...]:
    """The other requests that this one may have to do with, and why."""
    found = []
    header_id = arrived.message.message_id
    if thread is not None and thread.is_over:
        why = f"{thread.evidence}, which was resolved too long ago to be opened again"
        found.append(opening.Link("follows", thread.request.id, why))
    elif thread is not None and thread.belongs:
        why = f"asked as a new matter by {arrived.sender} in an answer about {reference(thread.request.id)}"
        found.append(opening.Link("split_from", thread.request.id, why))
    elif thread is not None:
        what: Literal["maybe_belongs_to", "names"] = "maybe_belongs_to" if thread.is_secret else "names"
        why = f"{thread.evidence} {reference(thread.request.id)}, but its sender takes no part in it"
        found.append(opening.Link(what, thread.request.id, why))
    resent = known.resent(arrived.like, header_id, arrived.received_at)
    if resent is not None and resent.request_id is not None:
        why = "the same sender wrote the same text a few minutes before"
        found.append(opening.Link("maybe_the_same_as", resent.request_id, why))
    twin = known.id_used_before(header_id)
    if twin is not None and twin.request_id is not None:
        why = "an earlier mail with other content has the same Message-ID; some programs use one for many mails"
        found.append(opening.Link("message_id_reused", twin.request_id, why))
    return tuple(found)


def _another_copy(
    database: sa.Connection, copy: Copy, seen: messages.StoredMessage, office: Office, now: dt.datetime
) -> None:
    """The same message once more, by another mailbox or after a renumbering: no effect but a note."""
    mailboxes_before = copies.mailboxes_of(database, seen.id)
    copies.done(database, [(copy.id, seen.id)])
    elsewhere = copy.mailbox not in {seen.mailbox, *mailboxes_before}
    if seen.request_id is not None and elsewhere:
        address = office.settings.mailboxes[copy.mailbox].address
        why = "the same message came here too"
        entry = ledger.Entry(now, ledger.POSTROOM, "also_received", None, address, why)
        ledger.write(database, seen.request_id, [entry])


def _came(copy: Copy) -> dt.datetime:
    """When the mail came into the mailbox, by the server's word (UTC), however long ago."""
    return min(copy.internal_date or copy.first_seen, copy.first_seen)


def received_at(copy: Copy, office: Office) -> dt.datetime:
    """When the message came (UTC): the server's INTERNALDATE if it is plausible, else the moment of first sight.

    Where the first sight was lost with a database, the server's word is the better one.
    """
    internal = copy.internal_date
    if internal is not None and (office.withholds or abs(copy.first_seen - internal) <= PLAUSIBLE):
        return min(internal, copy.first_seen)
    return copy.first_seen


def set_aside(item: Unreadable, office: Office) -> None:
    """Transaction Q: quarantine, a placeholder request where people see it, one alarm an hour."""
    copy, now = item.copy, office.now()
    with office.store.writing() as database:
        ledger.take_turn(database)
        read = _read_elsewhere(database, copy)
        if read is not None:
            _another_copy(database, copy, read, office, now)
            log.info("unread_copy_is_known", copy=copy.id, mailbox=copy.mailbox, uid=copy.uid, reason=item.trouble)
            return
        key = raw_key(copy.content, office.keys.content)
        seen = messages.find_by_key(database, key)
        again = copies.set_aside_before(database, copy.id)  # somebody asked for another try, and nobody sees to it now
        if seen is None or seen.id == again:
            message_id, number = opening.open_placeholder(database, copy, key, item.trouble, again, office, now)
            alarm = frozen_mail.quarantine_alarm(office.as_of(_came(copy)), copy.mailbox, number, item.trouble, now)
            outbox.put_once(database, alarm)
        else:
            message_id = seen.id
        copies.quarantine(database, copy.id, message_id, item.trouble)
    log.error("mail_quarantined", copy=copy.id, mailbox=copy.mailbox, uid=copy.uid, reason=item.trouble)


def _read_elsewhere(database: sa.Connection, copy: Copy) -> messages.StoredMessage | None:
    """The message of another copy of the same mail that could be read."""
    number = copies.message_of_twin(database, copy)
    found = messages.get(database, number) if number is not None else None
    return found if found is not None and found.disposition != "quarantined" else None


def finish_marks(connection: Connection, office: Office) -> None:
    """Mark on the server what has had its effect (again after a crash: idempotent), then transaction C."""
    name, validity = connection.access.name, connection.selected.uidvalidity
    with office.store.reading() as database:
        waiting = copies.waiting_for_mark(database, name, validity)
    if not waiting or not connection.same_folder_still():  # these UIDs may be other mails now
        return
    mailbox = office.settings.mailboxes[name]
    reached("C7")
    try:
        how = mark(connection, [uid for _, uid in waiting], mailbox.after, mailbox.done_folder)
    except MarkRefused as refusal:
        log.error("mark_refused", mailbox=name, mails=len(waiting), reason=str(refusal), next="tried at every look")
        return
    reached("C8" if how == "moved" else "C9")
    with office.store.writing() as database:
        copies.marked(database, [copy_id for copy_id, _ in waiting])
