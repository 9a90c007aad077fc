"""`postroom show REQ-n`: one request whole: who, what, why here, until when, and every mail about it."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace

import click
import sqlalchemy as sa

from config.settings import Settings
from daemon.cli.list_requests import request_json
from daemon.cli.room import open_for_reading, request_named
from daemon.cli.sheet import Ends, Sheet, as_json, console, print_json, print_table, safe, short_time
from daemon.desk.clocks import WAITS
from daemon.desk.facts import CONFIDENTIAL
from daemon.desk.request import TRIAGE, reference
from daemon.discretion import seen_mails, seen_messages, seen_request, seen_routes, seen_text
from daemon.store import appointments, clocks, copies, ledger, messages, outbox, requests


@dataclass(frozen=True, slots=True)
class _Whole:
    """A request and all that belongs to it, as everybody may see it. waits: until when, where it waits."""

    request: requests.StoredRequest
    running: list[clocks.StoredClock]
    routes: list[requests.StoredRoute]
    received: list[messages.StoredMessage]
    mails: list[outbox.MailState]
    related: list[ledger.Entry]
    gathered: int
    waits: appointments.Waiting | None


@click.command("show")
@click.argument("name", metavar="REQ-n")
@click.option("--raw", is_flag=True, help="Print the original bytes of its first message and nothing else.")
@as_json
@click.pass_obj
def command(sheet: Sheet, name: str, raw: bool, machine: bool) -> None:
    """Show one request."""
    with open_for_reading(sheet) as (settings, store), store.reading() as connection:
        request = request_named(connection, name)
        if raw:
            _print_raw(connection, request, name)
            return
        whole = _whole(connection, request)
    if machine:
        _print_json(whole)
    else:
        _print(whole, settings)


def _print_raw(connection: sa.Connection, request: requests.StoredRequest, name: str) -> None:
    if request.confidential:
        raise Ends(f"{name} is confidential: only its owner reads it, who got it by mail.")
    received = messages.of_request(connection, request.id)
    content = copies.content(connection, received[0].raw) if received else None
    if content is None:
        raise Ends(f"{name} has no message.")
    sys.stdout.buffer.write(content)


def _whole(connection: sa.Connection, request: requests.StoredRequest) -> _Whole:
    ends = [one for one in appointments.of_request(connection, request.id) if one.kind == "wait_over"]
    return _Whole(
        request=seen_request(request),
        running=clocks.of_request(connection, request.id),
        routes=seen_routes(request, requests.routes_of(connection, request.id)),
        received=seen_messages(request, messages.of_request(connection, request.id)),
        mails=seen_mails(request, outbox.of_request(connection, request.id)),
        related=[
            replace(one, why=seen_text(request, one.why))
            for one in ledger.of_request(connection, request.id)
            if one.what in ledger.RELATIONS
        ],
        gathered=messages.gathered(connection, request.id),
        waits=ends[0] if ends else None,
    )


def _print_json(whole: _Whole) -> None:
    print_json(
        request_json(whole.request, whole.running)
        | {
            "routes": whole.routes,
            "messages": whole.received,
            "mails": whole.mails,
            "related": whole.related,
            "gathered": whole.gathered,
            "waits_for": whole.waits.about if whole.waits else None,
            "waits_until": whole.waits.due_at if whole.waits else None,
        }
    )


def _print(whole: _Whole, settings: Settings) -> None:
    out, request = console(), whole.request
    out.print(safe(f"{reference(request.id)}  {request.subject or '(no subject)'}", "bold"))
    print_table("", ["", ""], _facts(whole, settings))
    for message in whole.received:
        became = message.disposition.replace("_", " ")
        head = f"\n{short_time(message.received_at, settings)}  {message.sender}  ({became})"
        out.print(safe(head, "bold"))
        for line in message.words.splitlines():
            out.print(safe(f"  {line}"))
        for attachment in message.attachments:
            out.print(safe(f"  [attachment] {attachment}"))
    out.print()
    rows = [
        (mail.kind.replace("_", " "), mail.recipient, mail.state, short_time(mail.sent_at, settings), mail.last_reply)
        for mail in whole.mails
    ]
    print_table("Mails about it", ["kind", "to", "state", "accepted", "server said"], rows)


def _facts(whole: _Whole, settings: Settings) -> list[tuple[str, str]]:
    request = whole.request
    hurry = f"{request.priority} ({request.priority_reason})" if request.priority_reason else request.priority
    facts = [
        ("status", _status(request, whole.waits, settings)),
        ("department", request.department or TRIAGE),
        ("owner", request.owner or ("nobody yet" if request.department is None else "")),
        ("requester", _whose(request)),
        ("priority", hurry),
        ("why here", whole.routes[-1].reason if whole.routes else ""),
        ("opened", short_time(request.opened_at, settings)),
    ]
    facts += [(one.what.replace("_", " "), f"{one.to_value} ({one.why})") for one in whole.related]
    if whole.gathered:
        facts.append(("gathered", f"{whole.gathered} mails of its requester"))
    stands = WAITS if whole.waits else frozenset()
    return facts + [(one.kind.replace("_", " "), _clock(one, one.kind in stands, settings)) for one in whole.running]


def _clock(clock: clocks.StoredClock, stands: bool, settings: Settings) -> str:
    if clock.stopped_at:
        return f"stopped {short_time(clock.stopped_at, settings)}, was due {short_time(clock.due_at, settings)}"
    return "stands still" if stands else f"due {short_time(clock.due_at, settings)}"


def _whose(request: requests.StoredRequest) -> str:
    if request.confidential:
        return CONFIDENTIAL
    return f"{request.requester_name} <{request.requester}>".strip()


def _status(request: requests.StoredRequest, waits: appointments.Waiting | None, settings: Settings) -> str:
    if waits is None:
        return request.status
    return f"{request.status} for the {waits.about.replace('_', ' ')} until {short_time(waits.due_at, settings)}"
