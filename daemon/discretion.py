"""What others than its owner see of a confidential request: that it is there, who owns it and until when; neither what
it says nor who asked.

A request may become confidential after words of it were written down, and the ledger is never altered: what is kept is
shown without them. Everything else comes back as it was. Touches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from config.settings import Department, Triage
from daemon.desk.facts import CONFIDENTIAL, ITS_REQUESTER
from daemon.store.chain import Line
from daemon.store.messages import StoredMessage
from daemon.store.outbox import TO_REQUESTERS, MailState
from daemon.store.requests import StoredRequest, StoredRoute

#: What a rule found stands behind this, and what further rules found behind that.
_MATCHED = re.compile(r"(.*?rule '.*?' matched)(?=[:;]|$).*", re.DOTALL)

#: Lines whose reason holds words of a mail or names of files; such as were written before it became confidential.
_QUOTING = frozenset(
    {"bounce", "system", "list", "automatic_reply", "disposition_notification", "human", "files_left_out"}
)


def circle(request: StoredRequest, desk: Department | Triage) -> frozenset[str]:
    """Who may act on the request as it stands: its owner, the owner's deputy, and the leads. Of a confidential one
    nobody else may take it, for whoever takes it reads it."""
    owner = next((one for one in desk.members if one.email.lower() == request.owner), None)
    named = (request.owner, owner.deputy if owner else None, desk.lead, desk.next_lead)
    return frozenset(one.lower() for one in named if one)


def seen_request(request: StoredRequest) -> StoredRequest:
    """The request as anybody may see it."""
    if not request.confidential:
        return request
    return replace(
        request, subject=CONFIDENTIAL, summary="", requester=ITS_REQUESTER, requester_name="", reply_to="", loop=""
    )


def seen_messages(request: StoredRequest, received: Iterable[StoredMessage]) -> list[StoredMessage]:
    """That they came, when, and what became of them; who of the house wrote, but not who asked."""
    if not request.confidential:
        return list(received)
    return [
        replace(
            one,
            subject=CONFIDENTIAL,
            words=CONFIDENTIAL,
            attachments=[],
            sender=seen_address(request, one.sender),
            sender_name="",
            header_id="",
            nature_evidence="",
            disposition_reason=seen_text(request, one.disposition_reason),
            acknowledged_reason=seen_text(request, one.acknowledged_reason),
        )
        for one in received
    ]


def seen_routes(request: StoredRequest, routes: Iterable[StoredRoute]) -> list[StoredRoute]:
    """Which rule placed it, without what the rule found."""
    if not request.confidential:
        return list(routes)
    return [replace(one, reason=seen_text(request, one.reason)) for one in routes]


def seen_mails(request: StoredRequest, mails: Iterable[MailState]) -> list[MailState]:
    """Which mails went out about it, and to whom of the house."""
    if not request.confidential:
        return list(mails)
    return [
        replace(
            one,
            recipient=ITS_REQUESTER if one.kind in TO_REQUESTERS else seen_address(request, one.recipient),
            last_reply=None if one.last_reply is None else seen_text(request, one.last_reply),
        )
        for one in mails
    ]


def seen_lines(request: StoredRequest, lines: Iterable[Line]) -> list[Line]:
    """Its history: what happened, when and by whom. The hashes stay, and are those of the lines as they are kept."""
    return [seen_line(request, line) for line in lines] if request.confidential else list(lines)


def seen_line(request: StoredRequest, line: Line) -> Line:
    """One line of the history of a confidential request."""
    return replace(
        line,
        actor=seen_address(request, line.actor),
        from_value=line.from_value and seen_text(request, line.from_value),
        to_value=line.to_value and seen_text(request, line.to_value),
        why=_why(request, line),
    )


def _why(request: StoredRequest, line: Line) -> str:
    if line.what == "opened":
        return line.why.partition(":")[0]
    return CONFIDENTIAL if line.what in _QUOTING else seen_text(request, line.why)


def seen_address(request: StoredRequest, address: str) -> str:
    """An address, unless it is that of the requester of a confidential request."""
    is_theirs = request.confidential and bool(address) and address.lower() in _addresses(request)
    return ITS_REQUESTER if is_theirs else address


def seen_text(request: StoredRequest, text: str) -> str:
    """A sentence about a request, in which its subject, its requester and what a rule found may stand."""
    if not request.confidential:
        return text
    text = _MATCHED.sub(r"\1", text)
    named = [*_addresses(request), request.requester_name] if request.requester_name else _addresses(request)
    for one in sorted(named, key=len, reverse=True):
        text = _without(text, one, ITS_REQUESTER)
    return _without(text, request.subject, CONFIDENTIAL)


def _without(text: str, what: str, instead: str) -> str:
    """Where it stands as words of their own; a subject `VPN` is no part of `VPNs`."""
    return re.sub(rf"(?<!\w){re.escape(what)}(?!\w)", instead, text, flags=re.IGNORECASE) if what.strip() else text


def _addresses(request: StoredRequest) -> Sequence[str]:
    return [one.lower() for one in (request.requester, request.reply_to) if one]
