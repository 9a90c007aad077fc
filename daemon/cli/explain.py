"""`postroom explain`: why a request went where it went, or what would become of a mail. Touches nothing."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from classifier.predict import Prediction, Text
from daemon import opening
from daemon.cli.room import open_for_work, request_named
from daemon.cli.sheet import Ends, Sheet, as_json, console, print_json, print_table, safe
from daemon.desk.request import number_of, reference
from daemon.mail.message import Message
from daemon.mail.nature import Nature, is_request, may_acknowledge, nature_of
from daemon.office import Office
from daemon.parsing import ParseFailed
from daemon.store import copies, messages, requests
from rules.quarrels import quarrels


@click.command("explain")
@click.argument("what", metavar="REQ-n|MESSAGE-ID|FILE.eml")
@click.option("--mailbox", help="For a file: the mailbox it would come in by; without it the first one.")
@as_json
@click.pass_obj
def command(sheet: Sheet, what: str, mailbox: str | None, machine: bool) -> None:
    """Say why a request went where it went, or what would become of a mail.

    For a request: the decision as it was taken, with the versions that took it, and what today's rules
    and model say. For a file: nature, decisions, route and owner, all without any effect.
    """
    with open_for_work(sheet) as office, office.store.reading() as connection:
        if mailbox is not None and mailbox not in office.settings.mailboxes:
            raise Ends(f"There is no mailbox {mailbox!r}; there are {', '.join(office.settings.mailboxes)}.")
        if number_of(what) is not None:
            report = _of_request(connection, request_named(connection, what), office)
        elif Path(what).is_file():
            raw = Path(what).read_bytes()
            report = _today(connection, raw, mailbox or next(iter(office.settings.mailboxes)), office.now(), office)
        else:
            report = _of_message_id(connection, what, office)
    if machine:
        print_json(report)
    else:
        _print(report)


def _of_message_id(connection: sa.Connection, what: str, office: Office) -> dict[str, Any]:
    found = messages.find_by_header_ids(connection, [what.strip("<>")])
    if not found:
        raise Ends(f"{what!r} is no reference, no file, and no message with this Message-ID has come in.")
    message = found[0]
    if message.request_id is not None:
        request = requests.find(connection, message.request_id)
        assert request is not None
        report = _of_request(connection, request, office)
        return report | {"message": _message_facts(message)}
    return {"message": _message_facts(message)} | _again(connection, message, office)


def _message_facts(message: messages.StoredMessage) -> dict[str, Any]:
    return {
        "from": message.sender,
        "subject": message.subject,
        "nature": f"{message.nature}: {message.nature_evidence}",
        "became": f"{message.disposition}: {message.disposition_reason}",
        "acknowledged": f"{'yes' if message.acknowledged else 'no'}: {message.acknowledged_reason}",
    }


def _of_request(connection: sa.Connection, request: requests.StoredRequest, office: Office) -> dict[str, Any]:
    received = messages.of_request(connection, request.id)
    report: dict[str, Any] = {
        "request": reference(request.id),
        "decided": [_route_facts(route) for route in requests.routes_of(connection, request.id)],
    }
    if received:
        report["message"] = _message_facts(received[0])
        report |= _again(connection, received[0], office)
    return report


def _route_facts(route: requests.StoredRoute) -> dict[str, Any]:
    return {
        "department": route.department or "triage",
        "by": route.source,
        "reason": route.reason,
        "confidence": route.confidence,
        "second": route.runner_up and f"{route.runner_up} {route.runner_up_confidence:.2f}",
        "rules": route.rules_version,
        "model": route.model_version,
    }


def _again(connection: sa.Connection, message: messages.StoredMessage, office: Office) -> dict[str, Any]:
    raw = copies.content(connection, message.raw)
    mailbox = message.mailbox
    if raw is None or mailbox not in office.settings.mailboxes:
        return {}
    return _today(connection, raw, mailbox, message.received_at, office)


def _today(
    connection: sa.Connection, raw: bytes, mailbox: str, received_at: dt.datetime, office: Office
) -> dict[str, Any]:
    """What the rules and the model of this moment make of these bytes, had they come at that instant (UTC)."""
    try:
        message = office.parsers.parse(raw)
    except ParseFailed as failure:
        return {"today": {"cannot be read": str(failure), "would become": "quarantined"}}
    nature = nature_of(message, office.watched)
    asked = is_request(message, nature, watched=office.watched, install_id=office.keys.install)
    acknowledged = may_acknowledge(
        message,
        nature,
        watched=office.watched,
        internal_domains=frozenset(office.settings.organisation.domains),
        external_allowed=office.settings.acknowledgement.external,
        answers_our_automatic_mail=False,
    )
    today: dict[str, Any] = {
        "from": message.sender.address,
        "subject": message.subject,
        "nature": " ".join([nature.kind, *nature.evidence]),
        "is a request": f"{'yes' if asked.yes else 'no'}: {asked.sentence}",
        "acknowledged": f"{'yes' if acknowledged.yes else 'no'}: {acknowledged.sentence}",
        "language": message.language or "unknown",
        "newest words": message.words,
        "defects": list(message.defects),
    }
    if not asked.yes:
        return {"today": today}
    return {"today": today | _route_today(connection, message, mailbox, nature, received_at, office)}


def _route_today(
    connection: sa.Connection,
    message: Message,
    mailbox: str,
    nature: Nature,
    received_at: dt.datetime,
    office: Office,
) -> dict[str, Any]:
    text = Text(message.subject, message.words, office.settings.mailboxes[mailbox].address)
    prediction = office.model.predict(text) if office.model else None
    route, answer = opening.route_of(message, mailbox, nature, received_at, prediction, office)
    loads = requests.loads(connection, office.staff)
    choice = opening.owner_for(loads, route.department, message.sender.address, office, office.now(), route.owner)
    running = opening.clocks_for(route.department, route.priority, office.now(), office, route.sla_policy)
    facts: dict[str, Any] = {
        "rule": answer.verdict.reason if answer.verdict else "no rule matches",
        "model": _spoken(prediction),
        "words that spoke": _words(text, prediction, office),
        "department": route.department or "triage",
        "why": route.reason,
        "priority": f"{route.priority}: {route.priority_reason}" if route.priority_reason else str(route.priority),
        "owner": f"{choice.address}: {choice.reason}" if route.department else "nobody yet: it stands in triage",
    }
    if office.rules is not None:
        mail = opening.mail_for_rules(message, mailbox, nature, received_at, office)
        facts["rules that disagree"] = [str(quarrel) for quarrel in quarrels(office.rules, mail)]
    facts |= {"tags": ", ".join(route.tags), "SLA policy": route.sla_policy}
    facts |= {"not acknowledged": "a rule says so"} if route.silent else {}
    facts |= {f"{clock.kind} due".replace("_", " "): f"{clock.due_at:%Y-%m-%d %H:%M} UTC" for clock in running}
    facts["versions"] = f"rules {office.rules_version or 'none'}, model {office.model_version or 'none'}"
    return facts


def _spoken(prediction: Prediction | None) -> str:
    if prediction is None:
        return "no model is in service"
    best = ", ".join(f"{department} {chance:.2f}" for department, chance in prediction.ranked[:3])
    return f"{best} (knows {prediction.known_share:.0%} of the words)"


def _words(text: Text, prediction: Prediction | None, office: Office) -> str:
    if prediction is None or office.model is None:
        return ""
    spoke = office.model.explain(text, prediction.department)
    return ", ".join(word.word for word in spoke) + f" (for {prediction.department})" if spoke else "none"


def _print(report: dict[str, Any]) -> None:
    out = console()
    for title, section in report.items():
        if isinstance(section, str):
            out.print(safe(section, "bold"))
            continue
        for part in section if isinstance(section, list) else [section]:
            out.print(safe(f"\n{title}", "bold"))
            print_table(
                "",
                ["", ""],
                [(name, _cell(value)) for name, value in part.items() if value not in (None, [], "")],
            )


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}"
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value).replace("\n", " / ")
