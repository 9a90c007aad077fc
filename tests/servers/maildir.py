"""A mail folder on disk: fast delivery behind the IMAP server's back, as a mail server on its host does it.

The Maildir rules are Dovecot's Maildir++: a file is written in tmp/ and renamed into new/, so a reader never
sees half a mail; the folder "Done/2026" is the directory ".Done.2026". Folder names are ASCII here.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from tests.servers.process import User


@dataclass(frozen=True, slots=True)
class Maildir:
    """The mails of one IMAP account; `user` is the system user that the IMAP server runs as."""

    path: Path
    user: User
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def deliver(self, raw: bytes, *, folder: str = "INBOX", received: datetime | None = None) -> None:
        """Puts one mail in; `received` (aware) becomes its INTERNALDATE, now if None."""
        self.deliver_many([raw], folder=folder, received=received)

    def deliver_many(self, raws: Iterable[bytes], *, folder: str = "INBOX", received: datetime | None = None) -> None:
        """Puts many mails in; their UIDs will be in this order."""
        directory = self._make(folder)
        for raw in raws:
            # Dovecot gives UIDs by the seconds and the M-part of the name.
            name = f"{int(time.time())}.M{next(self._numbers):09d}P{os.getpid()}.postroom"
            written = directory / "tmp" / name
            written.write_bytes(raw)
            # MOVE makes a hard link, which Linux allows only to the owner (protected_hardlinks).
            self.user.own(written)
            if received is not None:
                os.utime(written, (received.timestamp(), received.timestamp()))
            written.rename(directory / "new" / name)

    def contents(self, folder: str = "INBOX") -> list[bytes]:
        """The bytes of every mail in a folder, in the order of delivery; none if there is no such folder."""
        directory = self._directory(folder)
        while True:
            files = [file for part in ("new", "cur") for file in (directory / part).glob("*")]
            with contextlib.suppress(FileNotFoundError):  # the server has just renamed one
                return [file.read_bytes() for file in sorted(files, key=lambda file: file.name)]

    def forget_uids(self, folder: str = "INBOX") -> None:
        """Makes Dovecot number the mails anew under another UIDVALIDITY; nobody may have the folder open."""
        for pattern in ("dovecot-uidlist*", "dovecot.index*"):
            for file in self._directory(folder).glob(pattern):
                file.unlink()

    def count_anew(self, folder: str = "INBOX") -> None:
        """Makes Dovecot number the mails anew under the same UIDVALIDITY, as after a repair by hand."""
        uidlist = self._directory(folder) / "dovecot-uidlist"
        head = uidlist.read_text().splitlines()[0]
        self.forget_uids(folder)
        uidlist.write_text(f"{_from_one(head)}\n")
        self.user.own(uidlist)

    def numbers_like(self, folder: str, other: str) -> None:
        """Gives a folder that Dovecot has not opened yet the UIDVALIDITY of another, and its mails UIDs from 1 on."""
        head = (self._directory(folder) / "dovecot-uidlist").read_text().splitlines()[0]
        uidlist = self._directory(other) / "dovecot-uidlist"
        uidlist.write_text(f"{_from_one(head)}\n")
        self.user.own(uidlist)

    def back_up(self, at: Path) -> None:
        """Copies the whole account, as a backup of the mail server does; nobody may have it open."""
        shutil.copytree(self.path, at)

    def restore(self, backup: Path) -> None:
        """Puts the account back as it was; what came since is gone, and so are the numbers that it had."""
        shutil.rmtree(self.path)
        shutil.copytree(backup, self.path)
        for path in (self.path, *self.path.rglob("*")):
            self.user.own(path)

    def _directory(self, folder: str) -> Path:
        return self.path if folder == "INBOX" else self.path / f".{folder.replace('/', '.')}"

    def _make(self, folder: str) -> Path:
        directory = self._directory(folder)
        if not (directory / "new").is_dir():
            directory.mkdir(parents=True, exist_ok=True)
            for part in (directory, directory / "tmp", directory / "cur", directory / "new"):
                part.mkdir(exist_ok=True)
                self.user.own(part)
        return directory


def _from_one(head: str) -> str:
    """The first line of a dovecot-uidlist, with 1 as the next UID."""
    return " ".join("N1" if word.startswith("N") else word for word in head.split())
