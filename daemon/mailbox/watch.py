"""Keeps one mailbox watched: connects, works, waits for IDLE or the poll, and comes back after every fault."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from daemon.mailbox.connection import (
    CONNECTION_ERRORS,
    LEFT_ALONE,
    Access,
    Connection,
    MailboxDown,
    asks_to_wait,
    connect,
    said,
)

#: Every UID is compared with the database this often, whatever the server pushed (seconds).
RECONCILE_EVERY = 15 * 60.0

#: Pauses after a fault: 5 s, 10 s … 5 min.
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0


@dataclass(frozen=True, slots=True)
class Report:
    """How a mailbox is, in a word and a sentence: connecting, watching, working or down."""

    state: str
    sentence: str


class WakeUp:
    """Ends a wait early, from any thread: a pipe that `Connection.wait` listens to."""

    def __init__(self) -> None:
        """Open the pipe."""
        self.reads, self._writes = os.pipe()
        os.set_blocking(self.reads, False)
        os.set_blocking(self._writes, False)

    def now(self) -> None:
        """Wake the waiting thread; a full pipe means it has been woken already."""
        try:
            os.write(self._writes, b"!")
        except BlockingIOError:
            return

    def wait(self, seconds: float, stop: threading.Event) -> None:
        """Sleep that ends early when `stop` is set."""
        stop.wait(seconds)

    def close(self) -> None:
        """Close both ends."""
        os.close(self.reads)
        os.close(self._writes)


def watch(
    access: Callable[[], Access],
    *,
    poll: Callable[[], float],
    work: Callable[[Connection, bool], None],
    report: Callable[[Report], None],
    wake_up: WakeUp,
    stop: threading.Event,
) -> None:
    """Watch until `stop` is set.

    `work(connection, full)` does one pass; `full` asks it to compare every UID and not only the new
    ones. IDLE ends after `poll()` seconds at the latest, because a half-open link pushes nothing and
    says nothing. A MailboxDown or a connection error ends the connection, never the watch; anything
    else is a bug and goes up to whoever watches this worker.
    """
    faults = 0
    while not stop.is_set():
        report(Report("connecting", "connecting"))
        try:
            with connect(access(), wake_up.reads) as connection:
                report(Report("working", "taking in"))
                work(connection, True)
                faults = 0  # what breaks now is a new trouble: a link that is cut once a day is not to be waited for
                _serve(connection, poll, work, report, stop)
        except (MailboxDown, *CONNECTION_ERRORS) as error:
            faults += 1
            pause = _pause(error, faults)
            why = error.reason if isinstance(error, MailboxDown) else f"The connection broke ({said(error)})."
            report(Report("down", f"{why} Next attempt in {pause:.0f} s."))
            wake_up.wait(pause, stop)


def _serve(
    connection: Connection,
    poll: Callable[[], float],
    work: Callable[[Connection, bool], None],
    report: Callable[[Report], None],
    stop: threading.Event,
) -> None:
    full_at = time.monotonic() + RECONCILE_EVERY
    while not stop.is_set():
        report(Report("watching", "waiting for mail by " + ("IDLE and poll" if connection.can_idle else "poll")))
        connection.wait(min(poll(), max(0.0, full_at - time.monotonic())))
        if not connection.same_folder_still():
            raise MailboxDown(f"{connection.access.name}: the server renumbered the folder in mid-session.", 1)
        if stop.is_set():
            return
        full = time.monotonic() >= full_at
        report(Report("working", "taking in"))
        work(connection, full)
        if full:
            full_at = time.monotonic() + RECONCILE_EVERY


def _pause(error: BaseException, faults: int) -> float:
    asked = LEFT_ALONE if asks_to_wait(error) else getattr(error, "retry_after", None)
    pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** min(faults - 1, 10))
    return max(pause, float(asked)) if asked is not None and asked > pause else pause
