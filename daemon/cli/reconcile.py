"""`postroom reconcile`: compares every mail in the watched folders with the database, now."""

from __future__ import annotations

import datetime as dt
import os
import signal
import time
from dataclasses import dataclass

import click

from config.settings import Settings
from daemon import intake, state_dir
from daemon.cli.room import open_for_reading, open_for_work
from daemon.cli.sheet import (
    BAD_CONFIGURATION,
    NOT_AS_IT_SHOULD_BE,
    OK,
    TRY_LATER,
    UNAVAILABLE,
    Ends,
    Sheet,
    as_json,
    console,
    print_json,
    safe,
)
from daemon.free_space import NoRoom
from daemon.mailbox.answers import Doubts
from daemon.mailbox.connection import CONNECTION_ERRORS, MailboxDown, connect, said
from daemon.office import Office, imap_access, move_in
from daemon.premises import utc_now
from daemon.store import mailboxes
from daemon.store.alone import InUse
from daemon.store.database import Store

#: The daemon is asked for so long (seconds); a first comparison of a large mailbox may take minutes.
PATIENCE = 600.0


@dataclass(frozen=True, slots=True)
class Compared:
    """One mailbox: how many overlooked mails were found and taken in; or why it could not be compared."""

    mailbox: str
    late_found: int
    trouble: str | None


@click.command("reconcile")
@as_json
@click.pass_obj
def command(sheet: Sheet, machine: bool) -> int:
    """Take in whatever lies in a watched folder without a row, and count it.

    The daemon does so every 15 minutes and at each connection; if it runs, it is asked to do so now. Exit status 1 if
    mails had been overlooked, 69 if a mailbox could not be compared.
    """
    with open_for_reading(sheet) as (settings, store):
        pid = state_dir.who_listens(settings.state_dir)
        before = _late_found(store)
        found = _ask(pid, settings, store, before) if pid is not None else None
    if found is None:
        found = _compare_here(sheet, before)
    if machine:
        print_json(found)
    else:
        for one in found:
            console().print(safe(_sentence(one)))
    if any(one.trouble for one in found):
        return UNAVAILABLE
    return NOT_AS_IT_SHOULD_BE if any(one.late_found for one in found) else OK


def _sentence(one: Compared) -> str:
    if one.trouble:
        return one.trouble  # which names the mailbox
    if one.late_found:
        return f"{one.mailbox}: {one.late_found} mails had been overlooked; they are taken in."
    return f"{one.mailbox}: every mail in the folder is known."


def _late_found(store: Store) -> dict[str, int]:
    with store.reading() as connection:
        return {known.name: known.late_found for known in mailboxes.every(connection)}


def _ask(pid: int, settings: Settings, store: Store, before: dict[str, int]) -> list[Compared]:
    """Have the daemon compare, and wait until each mailbox is compared or said to be down."""
    asked = utc_now()
    try:
        os.kill(pid, signal.SIGUSR1)
    except PermissionError as error:
        raise Ends(
            f"Process {pid} belongs to somebody else; run this as the user of the service.", TRY_LATER
        ) from error
    except ProcessLookupError as error:
        raise Ends("The daemon has just ended; run this again.", TRY_LATER) from error
    found: dict[str, Compared] = {}
    end = time.monotonic() + PATIENCE
    while len(found) < len(settings.mailboxes) and time.monotonic() < end:
        time.sleep(0.2)
        found = {one.mailbox: one for one in _answers(asked, settings, store, before)}
    slow = "the daemon has not compared it within ten minutes; see `postroom status`."
    return [found.get(name, Compared(name, 0, f"{name}: {slow}")) for name in settings.mailboxes]


def _answers(asked: dt.datetime, settings: Settings, store: Store, before: dict[str, int]) -> list[Compared]:
    with store.reading() as connection:
        known = {one.name: one for one in mailboxes.every(connection)}
    status = state_dir.read_status(settings.state_dir) or {"workers": []}
    down = {worker["name"]: worker["sentence"] for worker in status["workers"] if worker["state"] in ("down", "deaf")}
    answers = []
    for name in settings.mailboxes:
        one = known.get(name)
        if one is not None and one.compared_at is not None and one.compared_at >= asked:
            answers.append(Compared(name, one.late_found - before.get(name, 0), None))
        elif name in down:
            answers.append(Compared(name, 0, down[name]))
    return answers


def _compare_here(sheet: Sheet, before: dict[str, int]) -> list[Compared]:
    """No daemon works: look into each mailbox from here. What is to be sent waits for the daemon."""
    with open_for_work(sheet) as office:
        try:
            with state_dir.held(office.settings.state_dir), office.store.alone():
                state_dir.require_whole(office.settings.state_dir)
                return [_compare(name, move_in(office), before) for name in office.settings.mailboxes]
        except (state_dir.AlreadyRunning, InUse) as error:
            raise Ends(str(error), TRY_LATER) from error
        except state_dir.HalfRestored as error:
            raise Ends(str(error), BAD_CONFIGURATION) from error


def _compare(name: str, office: Office, before: dict[str, int]) -> Compared:
    doubts = Doubts()
    try:
        with connect(imap_access(office, name)) as connection:
            intake.work_through(connection, office, doubts, full=True, beat=_nothing, nudge=_nothing)
    except MailboxDown as error:
        return Compared(name, 0, error.reason)
    except NoRoom as error:
        return Compared(name, 0, f"{name}: {error}")
    except CONNECTION_ERRORS as error:
        return Compared(name, 0, f"{name}: the connection broke ({said(error)}).")
    return Compared(name, _late_found(office.store)[name] - before.get(name, 0), doubts.sentence(name) or None)


def _nothing() -> None:
    return None
