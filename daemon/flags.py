"""Story: a lead is asked to look, because a requester has lost patience or is reminded of nothing but silence.

Once for each request and reason. Whoever leads the department hears of it, also where they own the request.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa
import structlog

from daemon import frozen_mail
from daemon.desk.facts import in_confidence
from daemon.desk.ownership import who_sees_to_it
from daemon.desk.request import Request
from daemon.desk.urgency import says_irate
from daemon.mail.message import Message
from daemon.office import Office
from daemon.store import ledger, messages
from daemon.store.outbox import NewMail
from daemon.store.requests import StoredRequest

log = structlog.get_logger("flags")

#: What the ledger calls it; the line's `to_value` is the reason in one word.
FLAG = "flagged"


def flag(
    office: Office, request: Request, why: str, reason: str, ids: Sequence[str], now: dt.datetime
) -> tuple[tuple[ledger.Entry, ...], list[NewMail]]:
    """The ledger line and the mail by which the lead is asked to look. Decides; writes nothing."""
    lead = who_sees_to_it(office.desk(request.department), request.requester)
    seen = request if lead == request.owner else in_confidence(request)
    owner = frozen_mail.name_of(office, request.owner)
    mail = frozen_mail.heads_up(
        office,
        request,
        lead,
        f"{request.reference} needs a look: {why}.",
        [("Requester", seen.requester_name or seen.requester), ("Owner", owner or "nobody yet")],
        "Please see that the requester hears from a person soon, and that the owner has what they need.",
        f"flag:{request.id}:{reason}",
        ids,
        now,
    )
    log.info("flagged", request=request.reference, reason=reason)
    return (ledger.Entry(now, ledger.POSTROOM, FLAG, None, reason, f"{lead} was asked to look: {why}"),), [mail]


def lost_patience(request: Request | StoredRequest, words: str) -> str:
    """Why the lead is asked to look: with which words the requester says so, unless only the owner reads them."""
    return "its requester has lost patience" if request.confidential else f"its requester writes: {words}"


def flag_if_needed(
    database: sa.Connection, office: Office, request: Request, message: Message, now: dt.datetime
) -> list[NewMail]:
    """After the requester has written again and the ledger says so: the mail to the lead, if there is a new reason."""
    history = ledger.words_of(database, request.id, (FLAG, "answered", "wrote_again"))
    irate = says_irate(message.subject, message.words)
    most = office.settings.priorities.reminders
    without_answer = _without_answer([what for what, _ in history])
    reasons = {
        "irate": lost_patience(request, irate) if irate else "",
        "reminders": f"its requester has written {without_answer} more times without an answer"
        if without_answer >= most
        else "",
    }
    told = {to for what, to in history if what == FLAG}
    mails: list[NewMail] = []
    for reason, why in reasons.items():
        if why and reason not in told:
            ids = messages.header_ids(database, request.id)
            entries, more = flag(office, request, why, reason, ids, now)
            ledger.write(database, request.id, entries)
            mails += more
    return mails


def _without_answer(history: Sequence[str]) -> int:
    count = 0
    for what in history:
        count = 0 if what == "answered" else count + (what == "wrote_again")
    return count
