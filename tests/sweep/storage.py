"""A disk that is full or broken: strace makes system calls of the daemon on its database fail; then the oracle.

The daemon itself knows nothing of it (strace(1), --inject). Two ways of failing, as SQLite is tested: one call fails,
or every call from one on, until the daemon is ended and the disk is whole again.
"""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.servers.dovecot import Dovecot
from tests.servers.programs import find_program
from tests.sweep.trial import PATIENCE, Trial, a_trial

#: Which calls fail, and with what: no room, a broken disk, a write that the disk does not confirm, a death.
CALLS = ("pwrite64", "fdatasync")
ERRORS = ("error=ENOSPC", "error=EIO", "signal=KILL")

#: The first so many calls of a kind make up the taking in of a handful of mails.
FURTHEST = 60

#: Mails that wait for each daemon, mails at the most until the fault has come, mails that come while it lasts; seconds
#: that the daemon works with it.
WAITING, MOST, COMING, LIFE = 4, 20, 6, 3.0


@dataclass(frozen=True, slots=True)
class Fault:
    """From the `nth` call on (`lasts`), or only at that one, this system call on the database fails so."""

    call: str
    how: str
    nth: int
    lasts: bool

    def __str__(self) -> str:
        return f"{self.call}:{self.how}:when={self.nth}{'+' if self.lasts else ''}"


@cache
def why_not_traced() -> str:
    """Why strace cannot trace here, in a sentence; "" if it can. Raises MissingProgram without one."""
    command: list[str | Path] = [find_program("strace"), "-qq", "-o", "/dev/null", "true"]
    tried = subprocess.run(command, capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"strace may trace nothing on this machine: {tried.stderr.strip()}"


def at_random(chance: random.Random) -> Fault:
    """A fault that the seed decides."""
    how = chance.choice(ERRORS)
    lasts = how != "signal=KILL" and chance.choice((True, False))
    return Fault(chance.choice(CALLS), how, chance.randint(1, FURTHEST), lasts)


def faults(
    folder: Path, dovecot: Dovecot, seed: int, number: int, chosen: Sequence[Fault] = (), lives: int = 4
) -> dict[str, Any]:
    """One daemon after the other has its fault in one house; the oracle's figures with `storage_faults` added.

    `chosen`: these faults; without them the seed decides on so many.
    """
    chance = random.Random(f"storage:{seed}:{number}")
    with a_trial(folder, dovecot, chance, f"storage.{number}", attempts=20) as trial:
        daemon = trial.lindwerk.start(ready=False)
        daemon.hears("READY=1", PATIENCE)
        daemon.stop(seconds=PATIENCE)  # the database is there before it breaks
        struck = sum(_lives_with(fault, trial) for fault in chosen or [at_random(chance) for _ in range(lives)])
        trial.drain()
        return trial.judge() | {"storage_faults": struck}


def _lives_with(fault: Fault, trial: Trial) -> int:
    """How often it struck."""
    report = trial.folder / f"strace-{len(trial.lindwerk.daemons)}"
    database = trial.folder / "state" / "postroom.db"
    places = [word for end in ("", "-wal", "-shm", "-journal") for word in ("-P", f"{database}{end}")]
    for _ in range(WAITING):
        trial.load.write()
    # -D: the daemon is our own child, and strace a stranger beside it.
    under: list[str | Path] = [find_program("strace"), "-D", "-f", "-qq", "-o", report, *places]
    under += ["-e", f"trace={fault.call}", "-e", f"inject={fault}"]
    daemon = trial.lindwerk.start(ready=False, under=under)
    end, written = time.monotonic() + PATIENCE, 0
    while not _struck(report) and daemon.process.poll() is None and time.monotonic() < end:
        if daemon.heard and written < MOST:  # until the call that is to fail is made
            trial.load.write()
            written += 1
        time.sleep(0.3)
    for _ in range(COMING):
        if daemon.process.poll() is None:
            trial.load.write()
            time.sleep(LIFE / COMING)
    if daemon.process.poll() is None:
        daemon.stop(seconds=PATIENCE)
    return _struck(report)


def _struck(report: Path) -> int:
    text = report.read_text(errors="replace") if report.exists() else ""
    return text.count("(INJECTED)") or text.count("killed by SIGKILL")
