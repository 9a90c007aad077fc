"""Story: a disk that is nearly full. Mail stays in its mailboxes, and what was taken in is still seen to.

A disk that is full to the last byte cannot even say so. Postroom therefore stops taking mail in while there is room
for what must go on: the clocks, the mails that leave, the alarm. The disk of a PostgreSQL server cannot be seen from
here; what that server does when its disk is full is an error like any other.
"""

from __future__ import annotations

import os
from pathlib import Path

import structlog

from config.settings import Settings
from daemon import frozen_mail
from daemon.office import Office
from daemon.store import outbox
from daemon.store.database import Store

log = structlog.get_logger("free_space")


class NoRoom(Exception):
    """Nothing more may be taken in; the sentence says where there is no room, and what to do."""


def least(settings: Settings) -> int:
    """So many bytes are left free: what the settings say, and at least twice the largest mail."""
    return max(settings.limits.free_space, 2 * settings.limits.message_bytes)


def places(settings: Settings, store: Store) -> list[Path]:
    """Where the daemon writes: the state directory, and the folder of an SQLite file elsewhere."""
    found = [settings.state_dir.absolute()]
    if store.is_sqlite and store.url.database:
        found.append(Path(store.url.database).absolute().parent)
    return list(dict.fromkeys(path.resolve() for path in found))


def free(path: Path) -> int:
    """So many bytes may still be written to the disk of this folder, which exists."""
    disk = os.statvfs(path)
    return disk.f_bavail * disk.f_frsize


def shortage(settings: Settings, store: Store) -> str | None:
    """What is wrong and what to do if there is too little room; None if there is enough."""
    wanted = least(settings)
    for path in places(settings, store):
        try:
            left = free(path)
        except OSError as error:
            return (
                f"No mail is taken in: {path} cannot be looked at ({error.strerror or error}). See that it is there "
                "and readable; all mail waits in its mailbox."
            )
        if left < wanted:
            return (
                f"No mail is taken in: {in_mb(left)} are free on the disk of {path}, and {in_mb(wanted)} are to stay "
                "free (limits.free_space). Make room there; all mail waits in its mailbox, and what was taken in "
                "goes on."
            )
    return None


def in_mb(size: int) -> str:
    """A number of bytes for people."""
    return f"{size / 2**20:,.0f} MiB"


def require_room(office: Office) -> None:
    """Raise NoRoom unless mail may be taken in."""
    trouble = shortage(office.settings, office.store)
    if trouble is not None:
        raise NoRoom(trouble)


def tell_operators(office: Office, trouble: str) -> None:
    """Queue one alarm for each operator, once a day at the most: there is room for it still."""
    now = office.now()
    with office.store.writing() as database:
        outbox.put_once(database, frozen_mail.space_alarm(office, trouble, now))
    log.error("no_room", reason=trouble)
