"""`postroom explain`: why a request went where it went, or what would become of a mail. Touches nothing."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from classifier.predict import Prediction, Side, Text
from daemon import opening
from daemon.cli.room import open_for_work, request_named
from daemon.cli.sheet import Ends, Sheet, as_json, console, print_json, print_table, safe
from daemon.desk.request import TRIAGE, number_of, reference
from daemon.discretion import seen_mails, seen_routes, seen_text
from daemon.mail.message import Message
from daemon.office import Office
from daemon.parsing import ParseFailed
from daemon.rehearsal import Rehearsal, rehearse
from daemon.store import copies, ledger, messages, outbox, requests
from rules.quarrels import quarrels


@click.command("explain")
@click.argument("what", metavar="REQ-n|MESSAGE-ID|FILE.eml")
@click.option("--mailbox", help="For a file: the mailbox it would come in by; without it the one it is written to.")
@as_json
@click.pass_obj
def command(sheet: Sheet, what: str, mailbox: str | None, machine: bool) -> None:
    """Say why a request went where it went, or what would become of a mail.

    For a request or a message that came in: what was decided about it then, with the versions that decided. For
    these and for a file: what would be decided now, step by step, down to the mails that would be sent. Nothing
    is stored and nothing is sent.
    """
    with open_for_work(sheet) as office, office.store.reading() as connection:
        if mailbox is not None and mailbox not in office.settings.mailboxes:
            raise Ends(f"There is no mailbox {mailbox!r}; there are {', '.join(office.settings.mailboxes)}.")
        if number_of(what) is not None:
            report = _of_request(connection, request_named(connection, what), office)
        elif Path(what).is_file():
            report = _today(connection, _bytes_of(Path(what)), mailbox, office)
        else:
            report = _of_message_id(connection, what, office)
    if machine:
        print_json(report)
    else:
        _print(report)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Ends(f"{path} cannot be read ({error.strerror}); give a file that you may read.") from error


# -- what was decided --


def _of_message_id(connection: sa.Connection, what: str, office: Office) -> dict[str, Any]:
    found = messages.find_by_header_ids(connection, [what.strip("<>")])
    if not found:
        ours = outbox.find_by_header_id(connection, f"<{what.strip('<>')}>")
        if ours is not None:
            about = requests.find(connection, ours.request_id) if ours.request_id is not None else None
            return _of_our_mail(seen_mails(about, [ours])[0] if about else ours)
        raise Ends(f"{what!r} is no reference, no file, and no message with this Message-ID has come in.")
    message = found[0]
    if message.request_id is None:
        return {"message": _message_facts(message)} | _again(connection, message, office)
    request = requests.find(connection, message.request_id)
    assert request is not None
    head = _decided(connection, request)
    if request.confidential:
        return head | _IN_CONFIDENCE
    return head | {"message": _message_facts(message)} | _again(connection, message, office)


def _of_our_mail(mail: outbox.MailState) -> dict[str, Any]:
    about = reference(mail.request_id) if mail.request_id is not None else "no request"
    return {
        "mail of ours": {
            "kind": mail.kind.replace("_", " "),
            "to": mail.recipient,
            "about": about,
            "state": mail.state,
            "server said": mail.last_reply or "nothing yet",
        }
    }


def _of_request(connection: sa.Connection, request: requests.StoredRequest, office: Office) -> dict[str, Any]:
    received = messages.of_request(connection, request.id)
    report = _decided(connection, request)
    if request.confidential:
        return report | _IN_CONFIDENCE
    if received:
        report["message"] = _message_facts(received[0])
        report |= _again(connection, received[0], office)
    return report


_IN_CONFIDENCE = {"confidential": "It is confidential: neither what it says nor what would become of it now is shown."}


def _decided(connection: sa.Connection, request: requests.StoredRequest) -> dict[str, Any]:
    return {
        "request": reference(request.id),
        "decided": [_route_facts(one) for one in seen_routes(request, requests.routes_of(connection, request.id))],
        "links": [
            {"what": entry.what.replace("_", " "), "other": entry.to_value, "why": seen_text(request, entry.why)}
            for entry in ledger.of_request(connection, request.id)
            if entry.what in ledger.RELATIONS
        ],
    }


def _message_facts(message: messages.StoredMessage) -> dict[str, Any]:
    return {
        "from": message.sender,
        "subject": message.subject,
        "nature": f"{message.nature}: {message.nature_evidence}" if message.nature_evidence else message.nature,
        "became": f"{message.disposition}: {message.disposition_reason}",
        "acknowledged": f"{'yes' if message.acknowledged else 'no'}: {message.acknowledged_reason}",
    }


def _route_facts(route: requests.StoredRoute) -> dict[str, Any]:
    return {
        "department": route.department or TRIAGE,
        "by": route.source,
        "reason": route.reason,
        "confidence": route.confidence,
        "second": route.runner_up and f"{route.runner_up} {route.runner_up_confidence:.2f}",
        "rules": route.rules_version,
        "model": route.model_version,
    }


# -- what would be decided now --


def _again(connection: sa.Connection, message: messages.StoredMessage, office: Office) -> dict[str, Any]:
    raw = copies.content(connection, message.raw)
    mailbox = message.mailbox
    if raw is None or mailbox not in office.settings.mailboxes:
        return {}
    return _today(connection, raw, mailbox, office)


def _today(connection: sa.Connection, raw: bytes, mailbox: str | None, office: Office) -> dict[str, Any]:
    """What Postroom of this moment makes of these bytes."""
    try:
        message = office.parsers.parse(raw)
    except ParseFailed as failure:
        return {"today": {"cannot be read": str(failure), "would become": "quarantined"}}
    mailbox = mailbox or _mailbox_for(message, office)
    text = opening.text_for_model(message, mailbox, office)
    prediction = office.model.predict(text) if office.model else None
    found = rehearse(connection, raw, message, mailbox, prediction, office, office.now())
    if found.thread is not None and found.thread.request.confidential:
        return {"today": _who_and_what(message, mailbox) | {"thread": _in_confidence(found.thread.request)}}
    today: dict[str, Any] = _who_and_what(message, mailbox) | _decisions(found)
    if found.draft is not None:
        today |= _placed(found, found.draft, message, mailbox, text, prediction, office)
    today["mails"] = [_mail_facts(mail) for mail in found.mails]
    return {"today": today}


def _in_confidence(request: requests.StoredRequest) -> str:
    """Whoever writes a mail to be explained could ask in it who takes part in a confidential request."""
    return f"{reference(request.id)}, which is confidential: what would become of this mail there is not shown"


def _mailbox_for(message: Message, office: Office) -> str:
    """The mailbox that a mail is written to; the first one where none of our addresses stands in it."""
    settings = office.settings
    named = (*(one.key for one in (*message.to, *message.cc)), *(one.lower() for one in message.delivered_to))
    return next(filter(None, map(settings.mailbox_of_address, named)), next(iter(settings.mailboxes)))


def _who_and_what(message: Message, mailbox: str) -> dict[str, Any]:
    files = [f"{one.name} ({one.content_type}, {one.size} bytes)" for one in message.files]
    aside = [f"{len(part.split())} {name}" for name, part in _set_aside(message) if part.strip()]
    return {
        "from": message.sender.address or "nobody (the address cannot be read for certain)",
        "subject": message.subject,
        "mailbox": mailbox,
        "language": message.language or "unknown",
        "newest words": message.words,
        "set aside": ", ".join(aside),
        "attachments": files,
        "defects": list(message.defects),
    }


def _set_aside(message: Message) -> tuple[tuple[str, str], ...]:
    return ("words of quoted history", message.quoted), ("words of signature", message.signature)


def _decisions(found: Rehearsal) -> dict[str, Any]:
    return {
        "identity": _identity(found),
        "nature": f"{found.nature.kind}: {' '.join(found.nature.evidence) or 'Nothing says that a program wrote it.'}",
        "is a request": f"{'yes' if found.asked.yes else 'no'}: {found.asked.sentence}",
        "thread": _thread(found),
        "links": [f"{link.what.replace('_', ' ')} {reference(link.request_id)}: {link.why}" for link in found.links],
        "would become": found.becomes,
        "acknowledged": _acknowledged(found.draft.acknowledged if found.draft else found.acknowledged),
    }


def _identity(found: Rehearsal) -> str:
    if found.known is None:
        return f"new: no message with this content has come in (key {found.key[:16]}…)"
    known = found.known
    about = f", in {reference(known.request_id)}" if known.request_id is not None else ""
    return (
        f"known: it came in at {known.received_at:%Y-%m-%d %H:%M} UTC by {known.mailbox} and became "
        f"{known.disposition.replace('_', ' ')}{about}; another copy would have no effect. What follows is decided "
        "as if it had not."
    )


def _thread(found: Rehearsal) -> str:
    if found.thread is None:
        return "none: it refers to no request"
    name, thread = reference(found.thread.request.id), found.thread
    who = {
        "requester": "its sender is the requester",
        "staff": "its sender got our notice and answers for it",
        "unverified": "nothing proves that its sender takes part in it",
        "stranger": "its sender takes no part in it",
    }[thread.role]
    return f"{name}: it {thread.evidence}; {who}"


def _acknowledged(decision: opening.Acknowledged) -> str:
    name, colon, sentence = decision.reason.partition(": ")
    said = f"{sentence} ({name})" if colon else name
    return f"yes, to {decision.to}: {said}" if decision.yes else f"no: {said}"


def _placed(
    found: Rehearsal,
    draft: opening.Draft,
    message: Message,
    mailbox: str,
    text: Text,
    prediction: Prediction | None,
    office: Office,
) -> dict[str, Any]:
    now, nature = office.now(), found.nature
    route, answer = opening.route_of(message, mailbox, nature, now, prediction, office)
    facts: dict[str, Any] = {
        "rule": answer.verdict.reason if answer.verdict else "no rule matches",
        "model": _spoken(prediction, office),
        "words that spoke": _words(text, prediction, office),
        "department": draft.route.department or TRIAGE,
        "why": draft.route.reason,
        "priority": f"{route.priority}: {route.priority_reason}" if route.priority_reason else str(route.priority),
        "owner": f"{draft.new.owner}: {draft.choice.reason}" if draft.new.owner else "nobody yet: it stands in triage",
    }
    if office.rules is not None:
        mail = opening.mail_for_rules(message, mailbox, nature, now, office)
        facts["rules that disagree"] = [str(quarrel) for quarrel in quarrels(office.rules, mail)]
    facts |= {"tags": ", ".join(route.tags), "SLA policy": route.sla_policy}
    facts |= {"not acknowledged": "a rule says so"} if route.silent else {}
    facts |= {"confidential": "yes"} if route.confidential else {}
    facts |= {"copies to": ", ".join(route.watchers)} if route.watchers else {}
    facts |= {f"{clock.kind} due".replace("_", " "): f"{clock.due_at:%Y-%m-%d %H:%M} UTC" for clock in draft.running}
    facts["versions"] = f"rules {office.rules_version or 'none'}, model {office.model_version or 'none'}"
    return facts


def _spoken(prediction: Prediction | None, office: Office) -> str:
    if prediction is None or office.model is None:
        return "no model is in service"
    best = ", ".join(f"{department} {chance:.2f}" for department, chance in prediction.ranked[:3])
    needed = office.names_alone_from(prediction.department)
    alone = f"acts alone from {needed:.2f}" if needed is not None else "never acts alone"
    strange = "; it is unlike the mails that the model learnt from" if prediction.stranger else ""
    return f"{best} (knows {prediction.known_share:.0%} of the words{strange}; {alone})"


def _words(text: Text, prediction: Prediction | None, office: Office) -> list[str]:
    if prediction is None or office.model is None:
        return []
    why = office.model.why(text, office.settings.routing.promise, confidential=office.confidential)
    said = [line for side in (why.first, why.second) if side is not None for line in _side(side)]
    return said or ["none"]


def _side(side: Side) -> list[str]:
    both = (("for", side.spoke_for), ("against", side.against))
    return [f"{which} {side.department}: {', '.join(word.word for word in words)}" for which, words in both if words]


def _mail_facts(mail: outbox.NewMail) -> dict[str, str]:
    read = message_from_bytes(mail.raw, policy=default)
    assert isinstance(read, EmailMessage)
    body = read.get_body(("plain",))
    return {
        "kind": mail.kind.replace("_", " "),
        "to": mail.recipient,
        "subject": str(read["Subject"]),
        "text": str(body.get_content()) if body is not None else "",
    }


# -- for people --

#: What is said of today, in groups and in this order.
_GROUPS = (
    ("The mail", ("from", "subject", "mailbox", "language", "newest words", "set aside", "attachments", "defects")),
    ("What it is", ("cannot be read", "identity", "nature", "is a request")),
    ("Where it belongs", ("thread", "links", "would become")),
    (
        "Where it goes",
        (
            *("rule", "rules that disagree", "model", "words that spoke", "department", "why", "priority", "owner"),
            *("tags", "SLA policy", "not acknowledged", "confidential", "copies to"),
            *("first response due", "resolution due", "versions"),
        ),
    ),
    ("Who is answered", ("acknowledged",)),
)
_TITLES = {"decided": "Decided then", "links": "Related", "message": "Its message then"}


def _print(report: dict[str, Any]) -> None:
    out = console()
    today = report.get("today")
    for title, section in report.items():
        if section is today:
            continue
        if isinstance(section, str):
            out.print(safe(section, "bold"))
        for part in section if isinstance(section, list) else [section] if isinstance(section, dict) else []:
            _print_group(_TITLES.get(title, title.capitalize()), part.items())
    if today is None:
        return
    if len(report) > 1:
        out.print(safe("\nIf it came now", "bold underline"))
    for group, names in _GROUPS:
        _print_group(group, [(name, today[name]) for name in names if name in today])
    if today.get("mails"):
        rows = [(mail["kind"], mail["to"], mail["subject"]) for mail in today["mails"]]
        out.print(safe("\nMails that would be sent (their text: --json)", "bold"))
        print_table("", ["", "", ""], rows)
    elif "mails" in today:
        out.print(safe("\nNo mail would be sent.", "bold"))


def _print_group(title: str, facts: Any) -> None:
    rows = [(name, _cell(value)) for name, value in facts if value not in (None, [], "")]
    if rows:
        console().print(safe(f"\n{title}", "bold"))
        print_table("", ["", ""], rows)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value).replace("\n", " / ")
