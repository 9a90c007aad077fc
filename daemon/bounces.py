"""Story: a mail of ours comes back for good. Its address gets no automatic mail for sixty days, its request says so,
and whoever must act hears of it.

A bounce is believed only where it holds an id that we signed, and only about the address to which that mail went: an
address that the bounce itself names is its writer's word.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

import sqlalchemy as sa
import structlog

from daemon import frozen_mail
from daemon.desk.request import reference
from daemon.discretion import seen_address, seen_text
from daemon.mail.identity import verify_signed_id
from daemon.mail.message import Message, Report
from daemon.office import Office
from daemon.store import ledger, outbox, requests, unreachable
from daemon.store.unreachable import Unreachable

log = structlog.get_logger("intake")

#: As long as Zammad waits; long enough for a mailbox that is full or moved, short enough for a new colleague.
HELD_FOR = dt.timedelta(days=60)

#: The enhanced codes (RFC 3463) that speak of the address: unknown, moved, disabled. 5.7.1 and 5.6.0 speak of us.
_ADDRESS_IS_WRONG = re.compile(r"(?<![\d.])5\.(?:1\.\d{1,2}|2\.1)(?![\d.])")


@dataclass(frozen=True, slots=True)
class Returned:
    """A mail of ours that came back: its request, its kind, and to whom it went."""

    request: requests.StoredRequest
    kind: str
    recipient: str


def returned_mail(database: sa.Connection, message: Message, office: Office) -> Returned | None:
    """The mail of ours that a bounce brings back, if it holds an id that we signed."""
    report = message.report
    if report is None or not report.original_message_id:
        return None
    one = f"<{report.original_message_id.strip('<>')}>"
    for number, kind, recipient, effect_key in requests.find_by_our_mail(database, [one]):
        if verify_signed_id(one, kind, effect_key, office.keys.signing):
            request = requests.find(database, number)
            return Returned(request, kind, recipient) if request else None
    return None


def came_back(database: sa.Connection, returned: Returned, report: Report, office: Office, now: dt.datetime) -> None:
    """Transaction B for a bounce of a mail of ours; does nothing while the server goes on trying."""
    if report.action != "failed" or report.status.startswith("4"):
        return
    said = f"it was not delivered ({report.status})" if report.status else "it was not delivered"
    number, kind, to = returned.request.id, returned.kind, returned.recipient
    if kind in outbox.TO_REQUESTERS:
        hold(database, number, to, said, now)
    if kind in outbox.TO_REQUESTERS and kind != "answer":
        return
    # Staff must hear of their requests whatever came back, or the operators must.
    name, whom = kind.replace("_", " "), seen_address(returned.request, to)
    alarm = frozen_mail.alarm(
        office,
        f"came_back:{number}:{kind}:{to}",
        f"the {name} about {reference(number)} came back",
        f"The {name} about {reference(number)} could not be delivered to {whom}, who does not know of it.",
        [("request", reference(number)), ("to", whom), ("reason", said)],
        "Reach them in another way, and correct the address if it is in postroom.yaml.",
        now,
    )
    outbox.put_once(database, alarm)


def refused(database: sa.Connection, mail: outbox.ClaimedMail, reply: str, now: dt.datetime) -> None:
    """The mail server has refused a mail for good; if it says that the address is wrong, it is the same."""
    if mail.request_id is not None and mail.kind in outbox.TO_REQUESTERS and _ADDRESS_IS_WRONG.search(reply):
        hold(database, mail.request_id, mail.recipient, reply, now)


def hold(database: sa.Connection, number: int, address: str, said: str, now: dt.datetime) -> None:
    """No automatic mail goes to this address for sixty days; the request with this number says so."""
    one = Unreachable(address.lower(), now, now + HELD_FOR, said)
    unreachable.note(database, one)
    ledger.write(database, number, [ledger.Entry(now, ledger.POSTROOM, "unreachable", None, one.address, str(one))])
    request = requests.find(database, number)
    heard = seen_text(request, said) if request else said  # a server repeats the address in its refusal
    log.warning("unreachable", request=reference(number), until=one.until.isoformat(), reason=heard)
