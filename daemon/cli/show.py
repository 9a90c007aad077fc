"""`postroom show REQ-n`: one request whole: who, what, why here, until when, and every mail about it."""

from __future__ import annotations

import sys
from dataclasses import replace

import click

from config.settings import Settings
from daemon.cli.list_requests import request_json
from daemon.cli.room import open_for_reading, request_named
from daemon.cli.sheet import Ends, Sheet, as_json, console, print_json, print_table, safe, short_time
from daemon.desk.clocks import WAITS
from daemon.desk.facts import CONFIDENTIAL
from daemon.desk.request import TRIAGE, reference
from daemon.discretion import seen_mails, seen_messages, seen_request, seen_routes, seen_text
from daemon.store import appointments, clocks, copies, ledger, messages, outbox, requests


@click.command("show")
@click.argument("name", metavar="REQ-n")
@click.option("--raw", is_flag=True, help="Print the original bytes of its first message and nothing else.")
@as_json
@click.pass_obj
def command(sheet: Sheet, name: str, raw: bool, machine: bool) -> None:
    """Show one request."""
    with open_for_reading(sheet) as (settings, store), store.reading() as connection:
        request = request_named(connection, name)
        received = seen_messages(request, messages.of_request(connection, request.id))
        if raw and request.confidential:
            raise Ends(f"{name} is confidential: only its owner reads it, who got it by mail.")
        if raw:
            _print_raw(copies.content(connection, received[0].raw) if received else None, name)
            return
        running = clocks.of_request(connection, request.id)
        routes = seen_routes(request, requests.routes_of(connection, request.id))
        mails = seen_mails(request, outbox.of_request(connection, request.id))
        related = [
            replace(one, why=seen_text(request, one.why))
            for one in ledger.of_request(connection, request.id)
            if one.what in ledger.RELATIONS
        ]
        gathered = messages.gathered(connection, request.id)
        waits = [one for one in appointments.of_request(connection, request.id) if one.kind == "wait_over"]
        request = seen_request(request)
    if machine:
        plain = request_json(request, running)
        more = {"routes": routes, "messages": received, "mails": mails, "related": related, "gathered": gathered}
        more |= {"waits_for": waits[0].about if waits else None, "waits_until": waits[0].due_at if waits else None}
        print_json(plain | more)
        return
    out = console()
    out.print(
        safe(
            f"{reference(request.id)}  {request.subject or '(no subject)'}",
            "bold",
        )
    )
    facts = [
        ("status", _status(request, waits, settings)),
        ("department", request.department or TRIAGE),
        ("owner", request.owner or ("nobody yet" if request.department is None else "")),
        ("requester", _whose(request)),
        (
            "priority",
            f"{request.priority} ({request.priority_reason})" if request.priority_reason else request.priority,
        ),
        ("why here", routes[-1].reason if routes else ""),
        ("opened", short_time(request.opened_at, settings)),
    ]
    facts += [(one.what.replace("_", " "), f"{one.to_value} ({one.why})") for one in related]
    if gathered:
        facts.append(("gathered", f"{gathered} mails of its requester"))
    facts += [
        (
            clock.kind.replace("_", " "),
            f"stopped {short_time(clock.stopped_at, settings)}, was due {short_time(clock.due_at, settings)}"
            if clock.stopped_at
            else "stands still"
            if waits and clock.kind in WAITS
            else f"due {short_time(clock.due_at, settings)}",
        )
        for clock in running
    ]
    print_table("", ["", ""], facts)
    for message in received:
        became = message.disposition.replace("_", " ")
        head = f"\n{short_time(message.received_at, settings)}  {message.sender}  ({became})"
        out.print(safe(head, "bold"))
        for line in message.words.splitlines():
            out.print(safe(f"  {line}"))
        for attachment in message.attachments:
            out.print(safe(f"  [attachment] {attachment}"))
    out.print()
    rows = [
        (
            mail.kind.replace("_", " "),
            mail.recipient,
            mail.state,
            short_time(mail.sent_at, settings),
            mail.last_reply,
        )
        for mail in mails
    ]
    print_table("Mails about it", ["kind", "to", "state", "accepted", "server said"], rows)


def _whose(request: requests.StoredRequest) -> str:
    if request.confidential:
        return CONFIDENTIAL
    return f"{request.requester_name} <{request.requester}>".strip()


def _status(request: requests.StoredRequest, waits: list[appointments.Waiting], settings: Settings) -> str:
    if not waits:
        return request.status
    return f"{request.status} for the {waits[0].about.replace('_', ' ')} until {short_time(waits[0].due_at, settings)}"


def _print_raw(content: bytes | None, name: str) -> None:
    if content is None:
        raise Ends(f"{name} has no message.")
    sys.stdout.buffer.write(content)
