"""`postroom quarantine`: mails that could not be read: see them, try again, or let them go."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
import sqlalchemy as sa

from daemon.cli.room import open_for_reading
from daemon.cli.sheet import Ends, Sheet, account, as_json, console, print_json, print_table, safe, short_time
from daemon.desk.clocks import ClockKind
from daemon.desk.request import Status, reference
from daemon.premises import utc_now
from daemon.store import clocks, copies, ledger, messages, requests


@click.group("quarantine")
def command() -> None:
    """See to mails that could not be read."""


@command.command("list")
@as_json
@click.pass_obj
def list_(sheet: Sheet, machine: bool) -> None:
    """List what lies in quarantine, oldest first."""
    with open_for_reading(sheet) as (settings, store), store.reading() as connection:
        found = copies.in_quarantine(connection)
    if machine:
        print_json(found)
        return
    rows = [(q.id, q.mailbox, q.uid, short_time(q.first_seen, settings), q.size, q.trouble) for q in found]
    print_table("", ["number", "mailbox", "UID", "first seen", "bytes", "why"], rows)


@command.command("show", short_help="Print the original bytes of a mail.")
@click.argument("number", type=int)
@click.pass_obj
def show(sheet: Sheet, number: int) -> None:
    """Print the original bytes of a mail in quarantine, for `less` or a file."""
    with open_for_reading(sheet) as (_, store), store.reading() as connection:
        found = next((q for q in copies.in_quarantine(connection) if q.id == number), None)
        message = messages.get(connection, found.message_id) if found and found.message_id else None
        request = requests.find(connection, message.request_id) if message and message.request_id else None
        if request is not None and request.confidential:
            name, owner = reference(request.id), request.owner or "whoever places it"
            raise Ends(f"Mail {number} is {name}, which is confidential: only {owner} reads it, in the mailbox itself.")
        raw = copies.content(connection, found.raw) if found else None
    if raw is None:
        raise Ends(_nothing(number))
    sys.stdout.buffer.write(raw)


@command.command("retry", short_help="Put a mail before the parser again.")
@click.argument("number", type=int)
@click.pass_obj
def retry(sheet: Sheet, number: int) -> None:
    """Put a mail before the parser again; the daemon does so at its next look into the mailbox."""
    _end(sheet, number, copies.retry, "put before the parser again")
    console().print(safe(f"Mail {number} will be read again within a minute; see `postroom quarantine list`."))


@command.command("release")
@click.argument("number", type=int)
@click.pass_obj
def release(sheet: Sheet, number: int) -> None:
    """Let a mail go: a person has dealt with it. Its bytes stay, its placeholder request is resolved."""
    _end(sheet, number, copies.release, "released from quarantine")
    console().print(safe(f"Mail {number} is released."))


def _end(sheet: Sheet, number: int, change: Callable[[sa.Connection, int], bool], why: str) -> None:
    """Change the copy, and resolve the placeholder that stood for it."""
    now, actor = utc_now(), account()
    with open_for_reading(sheet) as (_, store), store.writing() as connection:
        ledger.take_turn(connection)
        found = next((q for q in copies.in_quarantine(connection) if q.id == number), None)
        if found is None or not change(connection, number):
            raise Ends(_nothing(number))
        message = messages.get(connection, found.message_id) if found.message_id else None
        if message is None or message.request_id is None:
            return
        request = requests.find(connection, message.request_id)
        if request is None or request.status in (Status.RESOLVED, Status.CLOSED):
            return
        requests.change(connection, request.id, status=Status.RESOLVED, resolved_at=now)
        for kind in ClockKind:
            clocks.stop(connection, request.id, kind, now)
        ledger.write(connection, request.id, [ledger.Entry(now, actor, "status", request.status, Status.RESOLVED, why)])
        click.echo(f"{reference(request.id)} is resolved.")


def _nothing(number: int) -> str:
    return f"No mail with the number {number} lies in quarantine; see `postroom quarantine list`."
