"""The server programs that the tests start: where they are, and which package brings them.

Looks; installs nothing (`.ci/servers` does that, and asks this file what is missing).
"""

from __future__ import annotations

import argparse
import glob
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

System = Literal["debian", "fedora"]

# Programs that distributions keep out of an ordinary user's PATH; the newest PostgreSQL comes first.
OTHER_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/lib/dovecot", "/usr/libexec/dovecot")
POSTGRESQL_FOLDERS = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")


@dataclass(frozen=True, slots=True)
class Program:
    """A program the tests need, and the package that has it on Debian and Ubuntu, and on Fedora."""

    name: str
    what: str
    debian: str
    fedora: str


PROGRAMS = {
    program.name: program
    for program in (
        Program("dovecot", "the Dovecot IMAP server", "dovecot-imapd", "dovecot"),
        # dovecot-core alone has `dovecot` but cannot speak IMAP.
        Program("imap-login", "Dovecot's IMAP part", "dovecot-imapd", "dovecot"),
        Program("dovecot-lda", "Dovecot's delivery agent", "dovecot-core", "dovecot"),
        Program("sievec", "the compiler of Sieve scripts (Pigeonhole)", "dovecot-sieve", "dovecot-pigeonhole"),
        Program("doveadm", "Dovecot's administration tool", "dovecot-core", "dovecot"),
        Program("initdb", "the PostgreSQL server", "postgresql", "postgresql-server"),
        Program("strace", "the injector of faults into system calls", "strace", "strace"),
        Program("openssl", "the maker of the test certificate", "openssl", "openssl"),
        Program("systemd-analyze", "the checker of the unit file", "systemd", "systemd"),
        Program("systemd-sysusers", "the maker of system users", "systemd", "systemd"),
        Program("systemd-tmpfiles", "the maker of system folders", "systemd", "systemd"),
    )
}


class MissingProgram(Exception):
    """A program is not installed; the text says which package to install."""

    def __init__(self, program: Program) -> None:
        super().__init__(
            f"{program.name} ({program.what}) is not installed: run 'make test', or install the package "
            f"{program.debian} (Debian, Ubuntu) or {program.fedora} (Fedora)."
        )


def find_program(name: str) -> Path:
    """The full path of a program of `PROGRAMS`, links followed; raises `MissingProgram`."""
    found = shutil.which(name, path=os.pathsep.join(_folders()))
    if found is None:
        raise MissingProgram(PROGRAMS[name])
    return Path(found).resolve()


def missing_programs() -> list[Program]:
    """The programs that are nowhere on this machine, in the order of the table."""
    folders = os.pathsep.join(_folders())
    return [program for program in PROGRAMS.values() if shutil.which(program.name, path=folders) is None]


def _folders() -> Iterator[str]:
    yield from os.get_exec_path()
    yield from OTHER_FOLDERS
    for pattern in POSTGRESQL_FOLDERS:
        yield from sorted(glob.glob(pattern), key=_version, reverse=True)


def _version(folder: str) -> list[int]:
    return [int(digits) for digits in "".join(c if c.isdigit() else " " for c in folder).split()]


def main() -> None:
    """Prints the packages that are missing on this machine, one line, nothing when all is there."""
    parser = argparse.ArgumentParser(description="Prints the packages that the tests still need.")
    parser.add_argument("system", choices=("debian", "fedora"))
    system: System = parser.parse_args().system
    print(*dict.fromkeys(getattr(program, system) for program in missing_programs()))


if __name__ == "__main__":
    main()
