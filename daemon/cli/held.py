"""`postroom held`: mails that a restore has held, because they may have been sent already: send them or drop them."""

from __future__ import annotations

import click

from daemon.cli.room import open_for_reading
from daemon.cli.sheet import USAGE, Ends, Sheet, account, as_json, console, print_json, print_table, safe, short_time
from daemon.desk.request import reference
from daemon.discretion import seen_mails
from daemon.premises import utc_now
from daemon.store import ledger, outbox, requests


@click.group("held")
def command() -> None:
    """See to mails that a restore has held, because they may have been sent before."""


@command.command("list")
@as_json
@click.pass_obj
def list_(sheet: Sheet, machine: bool) -> None:
    """List what is held, oldest first."""
    with open_for_reading(sheet) as (settings, store), store.reading() as connection:
        in_confidence = requests.confidential(connection)
        found = [
            seen_mails(in_confidence[mail.request_id], [mail])[0] if mail.request_id in in_confidence else mail
            for mail in outbox.held(connection)
        ]
    if machine:
        print_json(found)
        return
    rows = [
        (
            mail.id,
            mail.kind.replace("_", " "),
            mail.recipient,
            reference(mail.request_id) if mail.request_id else "",
            short_time(mail.created_at, settings),
            mail.last_reply,
        )
        for mail in found
    ]
    print_table("", ["number", "kind", "to", "request", "written", "why"], rows)


_numbers = click.argument("numbers", type=int, nargs=-1)
_all = click.option("--all", "every", is_flag=True, help="All that are held.")
_kind = click.option("--kind", help="With --all: only this kind, such as assignment.")


@command.command("send")
@_numbers
@_all
@_kind
@click.pass_obj
def send(sheet: Sheet, numbers: tuple[int, ...], every: bool, kind: str | None) -> None:
    """Let these mails leave now: nobody has had them."""
    count = _end(sheet, numbers, every, kind, outbox.QUEUED, "mail_released", "let go")
    console().print(safe(f"{count} mails will leave."))


@command.command("drop", short_help="Give mails up: nobody shall get them.")
@_numbers
@_all
@_kind
@click.pass_obj
def drop(sheet: Sheet, numbers: tuple[int, ...], every: bool, kind: str | None) -> None:
    """Give these mails up: they were sent before, or nobody needs them any more."""
    count = _end(sheet, numbers, every, kind, outbox.ABANDONED, "mail_dropped", "given up")
    console().print(safe(f"{count} mails are given up."))


def _end(
    sheet: Sheet, numbers: tuple[int, ...], every: bool, kind: str | None, state: str, what: str, said: str
) -> int:
    """End the hold of these mails, say so on their requests; how many there were."""
    if bool(numbers) == every or (kind and not every):
        raise Ends("Give the numbers of mails (see `postroom held list`), or --all, with --kind if you like.", USAGE)
    now, actor = utc_now(), account()
    why = f"held since a restore, {said} by {actor}"
    with open_for_reading(sheet) as (_, store), store.writing() as connection:
        held = {mail.id: mail for mail in outbox.held(connection) if kind in (None, mail.kind)}
        unknown = [number for number in numbers if number not in held]
        if unknown:
            raise Ends(f"No mail with the number {unknown[0]} is held; see `postroom held list`.")
        chosen = [held[number] for number in numbers] if numbers else list(held.values())
        for mail in chosen:
            outbox.end_hold(connection, mail.id, state, why, now)
            if mail.request_id is not None:
                entry = ledger.Entry(now, actor, what, None, mail.recipient, f"{mail.kind}: {why}")
                ledger.write(connection, mail.request_id, [entry])
    return len(chosen)
