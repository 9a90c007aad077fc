"""What a test may ask of a daemon or a backup: to die at a named point of the crash table, or to live ahead of time.

Only with POSTROOM_TEST=1 in the environment, read once when the daemon starts. Everywhere else `reached` is one
comparison with None.

    POSTROOM_FAILPOINT=C12:3:kill     at the third time that C12 is reached, kill -9 of this process
    POSTROOM_FAILPOINT=C6:1:lose      as if the database's connection were lost there, its answer unread
    POSTROOM_CLOCK_AHEAD=960          the daemon's clock goes 960 seconds ahead
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

#: Every point of the crash table at which a process can be ended, and what has just happened there.
POINTS = {
    "C0": "new mail is seen, nothing is fetched",
    "C1": "a batch is fetched, transaction A has not begun",
    "C2": "the bytes and copy rows are written, transaction A is not committed",
    "C3": "transaction A is committed",
    "C4": "mails are read and predicted, transaction B has not begun",
    "C5": "all of transaction B is written, nothing of it committed",
    "C6": "transaction B is committed; its answer can be lost",
    "C7": "transaction B is committed, nothing is marked on the server",
    "C8": "mails are moved on the server, transaction C is not committed",
    "C9": "mails carry their keyword on the server, transaction C is not committed",
    "C10": "outgoing mails are claimed, nothing is said to the mail server",
    "C11": "the recipient is accepted, the dot is not written down",
    "C12": "the dot is written down, the mail is not out",
    "C12-out": "the mail and its dot are out, no answer is read",
    "C13": "the answer to the dot is read, nothing is written down",
    "C14": "it is written down that mails were sent",
    "C15": "a migration is written, not committed",
    "C16": "settings, rules and model are loaded anew, the old ones still in use",
    "C17": "a part of a backup is made: the database is copied, or all is, or all is proved and not in its place yet",
    "C18": "the locks are taken, nothing is done",
}

KILL, LOSE = "kill", "lose"


@dataclass(frozen=True, slots=True)
class FailPoint:
    """What shall happen at the `nth` time that the point `name` is reached, in whatever thread."""

    name: str
    nth: int
    action: str
    _times: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def reached(self, name: str) -> None:
        """Count, and act when it is time."""
        if name != self.name or next(self._times) != self.nth:
            return
        if self.action == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        raise sa.exc.OperationalError(f"fail point {name}", None, OSError("the connection was lost, for a test"))


def read_fail_point(environ: Mapping[str, str]) -> FailPoint | None:
    """The fail point that the environment asks for, None without one; SystemExit with a sentence for a wrong one."""
    words = environ.get("POSTROOM_FAILPOINT", "")
    if environ.get("POSTROOM_TEST") != "1" or not words:
        return None
    given = words.split(":")
    name, nth, action, *more = [*given, *("1", KILL)[len(given) - 1 :]]
    if more or name not in POINTS or not nth.isdecimal() or action not in (KILL, LOSE):
        raise SystemExit(
            f"POSTROOM_FAILPOINT={words} is no fail point; it wants NAME, NAME:TIMES or NAME:TIMES:ACTION with one of "
            f"{', '.join(POINTS)} and one of {KILL}, {LOSE}."
        )
    return FailPoint(name, int(nth), action)


def clock_of(environ: Mapping[str, str], clock: Callable[[], dt.datetime]) -> Callable[[], dt.datetime]:
    """`clock`, or where a test asks for it one that goes ahead of it by POSTROOM_CLOCK_AHEAD seconds."""
    ahead = dt.timedelta(seconds=float(environ.get("POSTROOM_CLOCK_AHEAD", "0")))
    return clock if environ.get("POSTROOM_TEST") != "1" or not ahead else lambda: clock() + ahead


_fail_point = read_fail_point(os.environ)


def reached(name: str) -> None:
    """This point of the crash table is reached; nothing happens unless a test has asked for it."""
    if _fail_point is not None:
        _fail_point.reached(name)
