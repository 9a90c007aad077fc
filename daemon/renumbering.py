"""Story: a mail server gives numbers a second time, without a new UIDVALIDITY that would say so.

It was restored from a backup, or its index was mended by hand. What is known by these numbers is known by them no
more; every mail that lies there is looked at again, and its message key tells whether it is new.
"""

from __future__ import annotations

import structlog

from daemon.mailbox import fetch, numbers
from daemon.mailbox.connection import Connection
from daemon.office import Office
from daemon.store import copies, mailboxes

log = structlog.get_logger("renumbering")


def forget_what_is_given_again(connection: Connection, office: Office) -> bool:
    """Look whether known numbers name other mails now, and forget them if so; True if all of them are forgotten.

    Before anything is marked: a mark by an old number would be another mail's.
    """
    name, validity = connection.access.name, connection.selected.uidvalidity
    with office.store.reading() as database:
        known = mailboxes.find(database, name)
        seen = copies.known_uids(database, name, validity)
    if known is None or known.uidvalidity != validity or not seen:
        return False
    listed = fetch.listed(connection)
    again = numbers.given_again_from(connection, listed, max(seen))
    if again is not None:
        _forget(name, validity, again, f"the next mail is to get number {again}, which was given before", office)
        seen = {uid for uid in seen if uid < again}
    with office.store.reading() as database:
        chosen = numbers.to_look_at(seen & listed)
        beginnings = copies.beginnings(database, name, validity, chosen, numbers.BEGINNING)
    kept = [numbers.Known(one.uid, one.content, one.internal_date) for one in beginnings]
    others = numbers.show_other_mails(connection, kept) if kept else []
    if others:
        _forget(name, validity, 0, f"number {others[-1]} is another mail now", office)
    return bool(others)


def _forget(name: str, validity: int, lowest: int, why: str, office: Office) -> None:
    with office.store.writing() as database:
        forgotten = copies.give_up_numbers(database, name, validity, lowest)
    log.warning("numbers_given_again", mailbox=name, uidvalidity=validity, copies=forgotten, reason=why)
