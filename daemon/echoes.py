"""Story: a mail of ours comes back, because somebody forwards it to us; it is filed, and answered by nobody."""

from __future__ import annotations

import datetime as dt
from email import message_from_bytes
from email.policy import default

import sqlalchemy as sa
import structlog

from daemon import frozen_mail, opening
from daemon.mail.addresses import is_one_of
from daemon.mail.identity import is_ours, verify_signed_id
from daemon.mail.message import Message
from daemon.mail.subject import bare, references
from daemon.office import Office
from daemon.opening import Arrived
from daemon.store import ledger, outbox, requests

log = structlog.get_logger("intake")


def echo_of(database: sa.Connection, message: Message, office: Office) -> str | None:
    """Why this message is a mail of ours that came back, in a sentence; None if it is none.

    By our loop mark, also when other installations have added theirs; by our own Message-ID, for relays that take
    unknown fields away; and, where nothing but the words is left, by one of our addresses as its sender and the
    very subject of a mail of ours about the request that it names.
    """
    if office.keys.install in message.loop.split():
        others = len(message.loop.split()) - 1
        through = f", through {others} other installations of Postroom" if others else ""
        return f"It carries our own loop mark{through}."
    if _has_our_id(database, message, office):
        return "Its Message-ID is that of a mail of ours."
    if is_one_of(message.sender.key, office.watched) and _repeats_our_subject(database, message):
        return "It comes from an address of ours and has the subject of a mail of ours."
    return None


def _has_our_id(database: sa.Connection, message: Message, office: Office) -> bool:
    one = f"<{message.message_id}>"
    if not is_ours(one, office.settings.organisation.id_domain):
        return False
    found = outbox.find_by_header_id(database, one)
    return found is not None and verify_signed_id(one, found.kind, found.effect_key, office.keys.signing)


def _repeats_our_subject(database: sa.Connection, message: Message) -> bool:
    wanted = bare(message.subject)
    numbers = references(message.subject)
    raws = (raw for number in numbers for raw in outbox.raws_of_request(database, number))
    return bool(wanted) and any(bare(_subject_of(raw)) == wanted for raw in raws)


def _subject_of(raw: bytes) -> str:
    """The subject of a mail that we made ourselves."""
    return str(message_from_bytes(raw, policy=default)["Subject"] or "")


def file_echo(database: sa.Connection, arrived: Arrived, why: str, office: Office, now: dt.datetime) -> int:
    """Transaction B for a mail of ours that came back; the row number of its message. The operators hear of it."""
    numbers = references(arrived.message.subject)
    found = requests.find_all(database, numbers[:1]) if numbers else []
    for request in found:
        ledger.write(database, request.id, [ledger.Entry(now, ledger.POSTROOM, "own_mail", None, None, why)])
    outbox.put_once(database, frozen_mail.own_mail_alarm(office, arrived.copy.mailbox, why, now))
    log.warning("own_mail_came_back", mailbox=arrived.copy.mailbox, reason=why)
    number = found[0].id if found else None
    return opening.file_without_request(database, arrived, "own_mail", f"own_mail: {why}", number)
