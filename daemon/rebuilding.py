"""Story: the database is lost, the mailboxes are not: requests are made again out of their mails, and nobody is told.

    epoch     a new one: whatever came before now is dealt with in an office that sends nothing
    fetch     every mail of the watched folders and the done folders, accepted as always (transaction A)
    take in   all of them, in the order in which they came: routes, owners and clocks as the rules and the model of
              today decide, due times as of the day of each mail (transaction B)
    clocks    rungs that fell due long ago count as fired, and nobody hears of them

It may be interrupted at any point and run again. What people decided without writing a mail is lost.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import sqlalchemy as sa

from daemon import escalations, intake
from daemon.free_space import require_room
from daemon.mailbox import fetch
from daemon.mailbox.answers import Doubts
from daemon.mailbox.connection import CONNECTION_ERRORS, Connection, MailboxDown, connect, said
from daemon.office import Office, imap_access
from daemon.restoring import NUMBERS
from daemon.store import copies, installation, mailboxes, messages, outbox, requests
from daemon.store.copies import Arrival

#: So many mails are read ahead of being taken in.
AT_ONCE = 200


class NothingLost(Exception):
    """The database is neither empty nor restored: a rebuild would keep its mails from leaving."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild has done: mails fetched by folder, what became of the messages, requests, and what is left."""

    fetched: dict[str, int]
    messages: dict[str, int]
    requests: int
    rungs: int
    not_taken_in: int


def rebuild(office: Office, since: dt.datetime | None, say: Callable[[str], None]) -> Rebuilt:
    """Make requests again out of the mailboxes; older mail than `since` (UTC) is filed without a request.

    The caller holds the state directory and the database. Raises NothingLost, or MailboxDown before anything was
    taken in from a mailbox that cannot be reached.
    """
    office = _quietly(office)
    fetched: dict[str, int] = {}
    for name in office.settings.mailboxes:
        for folder, number in _fetch(name, office, since):
            fetched[folder] = number
            say(f"{folder}: {number} mails fetched")
    _take_in(office, say)
    rungs = escalations.fire_due(office)
    with office.store.writing() as database:
        _pass_over_numbers(database, office)
        return Rebuilt(
            fetched,
            messages.counts(database),
            sum(requests.counts(database).values()),
            rungs,
            len(copies.stored_in_order(database)),
        )


def _quietly(office: Office) -> Office:
    """The office in a new epoch in which nothing of the past is told; one that a restore has begun goes on."""
    if office.quiet_before is not None:
        return office
    now = office.now()
    with office.store.writing() as database:
        if requests.last_number(database):
            raise NothingLost(
                "The database has requests and was not restored: nothing is to be rebuilt. `postroom reconcile` finds "
                "mails that were overlooked."
            )
        known = installation.find(database)
        assert known is not None
        installation.begin_epoch(database, known.epoch + 1, now, outbox.ABANDONED)
    return replace(office, quiet_before=now, quiet_as=outbox.ABANDONED)


def _fetch(name: str, office: Office, since: dt.datetime | None) -> Iterator[tuple[str, int]]:
    """Accept what lies in the watched folder and in the done folder of a mailbox: (folder, mails) of each."""
    access, mailbox = imap_access(office, name), office.settings.mailboxes[name]
    with _one_sentence(name):
        with connect(access) as connection:
            yield f"{name}, folder {mailbox.folder}", _accept(connection, office, since, sign=1)
            with office.store.writing() as database:
                mailboxes.scanned(database, name, connection.selected.uidvalidity, office.now(), full=True)
            done = mailbox.after == "move" and connection.has_folder(mailbox.done_folder)
        if done:
            with connect(replace(access, folder=mailbox.done_folder)) as connection:
                yield f"{name}, folder {mailbox.done_folder}", _accept(connection, office, since, sign=-1)


def _accept(connection: Connection, office: Office, since: dt.datetime | None, *, sign: int) -> int:
    """Transaction A for every mail of a folder; how many. What the server does not give, the daemon asks for later.

    A copy from a done folder stands under its UIDVALIDITY with a minus (`sign`), so that nobody takes it for a copy
    of the watched folder, whose numbers may be the same.
    """
    name, validity = connection.access.name, sign * connection.selected.uidvalidity
    with office.store.reading() as database:
        known = copies.known_uids(database, name, validity)
    new = [uid for uid in fetch.uids_from(connection, 0) if uid not in known]
    accepted = 0
    for batch in fetch.mails(connection, new, office.settings.limits.message_bytes, Doubts()) if new else ():
        require_room(office)
        now = office.now()
        intake.accept([_arrival(name, validity, mail, since) for mail in batch], office, now)
        accepted += len(batch)
    return accepted


def _arrival(name: str, validity: int, mail: fetch.Fetched, since: dt.datetime | None) -> Arrival:
    old = since is not None and mail.internal_date is not None and mail.internal_date < since
    return Arrival(name, validity, mail.uid, mail.content, mail.internal_date, mail.partial, old)


@contextmanager
def _one_sentence(name: str) -> Iterator[None]:
    try:
        yield
    except MailboxDown:
        raise
    except CONNECTION_ERRORS as error:
        raise MailboxDown(f"{name}: the connection broke ({said(error)}); run the command again.") from error


def _take_in(office: Office, say: Callable[[str], None]) -> None:
    """Transaction B for all that waits, oldest first; what fails stays stored, and the daemon tries it again."""
    with office.store.reading() as database:
        waiting = copies.stored_in_order(database)
    for start in range(0, len(waiting), AT_ONCE):
        with office.store.reading() as database:
            some = copies.load(database, waiting[start : start + AT_ONCE])
        some = [copy for copy in some if copy.mailbox in office.settings.mailboxes]
        intake.take_in(some, office, _nothing, _nothing)
        say(f"{min(start + AT_ONCE, len(waiting))} of {len(waiting)} mails taken in")


def _nothing() -> None:
    return None


def _pass_over_numbers(database: sa.Connection, office: Office) -> None:
    """Later requests begin far above: a number that was given before the loss is not given to somebody else's."""
    if office.quiet_as == outbox.ABANDONED:
        requests.pass_over_numbers(database, (requests.last_number(database) // NUMBERS + 2) * NUMBERS)
