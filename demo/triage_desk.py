"""The triage desk: Anke Wulf sorts what neither a rule nor the model could place, by `postroom assign`.

She uses the real command, one request after the other, and leaves alone what nobody could understand.
"""

from __future__ import annotations

import re
import subprocess
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from demo.children import Children
from demo.sent import SentMail
from demo.timetable import DemoMail

ANKE = "anke.wulf@lindwerk.example"

#: Seconds that she reads before she decides.
READS_FOR = 3.0

#: She has a desk of her own as well; the others wait in triage for you: `postroom list --triage`.
SORTS = 3

_REFERENCE = re.compile(r"\[(REQ-\d+)\]")


@dataclass(frozen=True, slots=True)
class _Decision:
    due: float
    reference: str
    department: str


class TriageDesk:
    """Reads the notices for triage and decides; one command runs at a time, in the background."""

    def __init__(self, mails: Sequence[DemoMail], command: Sequence[str | Path], children: Children, log: Path) -> None:
        """`command` is `postroom --config FILE`."""
        self._department = {mail.message_id: mail.department for mail in mails}
        self._command = command
        self._children = children
        self._log = log
        self._waiting: deque[_Decision] = deque()
        self._decided: set[str] = set()
        self._running: subprocess.Popen[str] | None = None

    def read(self, notice: SentMail) -> None:
        """Take a notice up if it is for her and she knows where the request belongs."""
        department = self._department.get(notice.in_reply_to, "triage")
        reference = _REFERENCE.search(notice.subject)
        if notice.kind != "assignment" or notice.recipient != ANKE or reference is None:
            return
        if department != "triage" and len(self._decided) < SORTS and reference[1] not in self._decided:
            self._decided.add(reference[1])
            self._waiting.append(_Decision(notice.seen_at + READS_FOR, reference[1], department))

    def work(self, now: float) -> None:
        """Begin with the next decision if its time has come and the last one is carried out."""
        if self._running is not None and self._running.poll() is None:
            return
        self._running = None
        if self._waiting and self._waiting[0].due <= now:
            decision = self._waiting.popleft()
            words = ("assign", decision.reference, "--department", decision.department, "--by", ANKE)
            why = ("--why", "Anke Wulf of the triage desk has read it")
            self._running = self._children.start_errand("postroom assign", (*self._command, *words, *why), self._log)

    @property
    def is_busy(self) -> bool:
        """Whether she still has something to decide or a command under way."""
        return bool(self._waiting) or (self._running is not None and self._running.poll() is None)
