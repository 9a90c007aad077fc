"""A request: the tracked record of one thing an employee asked for.

Holds facts and arithmetic. Does not change: `lifecycle` says where it may go, a story writes it down.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

#: What stands where the slug of a department would, while a request has none.
TRIAGE = "triage"

_REFERENCE = re.compile(r"\s*\[?REQ-([1-9][0-9]{0,17})\]?\s*", re.IGNORECASE)


class Status(StrEnum):
    """Where a request stands."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    RESOLVED = "resolved"
    CLOSED = "closed"


class Priority(StrEnum):
    """How much hurry a request has; the words of the settings and the rules."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it stands now.

    department: its slug; None while the request is in triage.
    owner: the address of who answers for it now; None while nobody does.
    mailbox: the watched address by which it came in.
    opened_at: UTC; when the first message was seen, never what its Date field says (anybody can write that).
    language: two small letters, "" when unknown.
    reply_to: where its requester wants answers, "" for the address that wrote.
    loop: the installations of Postroom through which it came, with spaces between, "" for none.
    confidential: nobody but its owner reads what it says.
    """

    id: int
    status: Status
    department: str | None
    owner: str | None
    requester: str
    requester_name: str
    subject: str
    summary: str
    priority: Priority
    priority_reason: str
    mailbox: str
    opened_at: datetime
    language: str = ""
    reply_to: str = ""
    loop: str = ""
    confidential: bool = False

    @property
    def reference(self) -> str:
        """The name under which people know it, such as `REQ-2041`."""
        return reference(self.id)

    @property
    def is_in_triage(self) -> bool:
        """Whether a person must still say which department it belongs to."""
        return self.department is None


def reference(number: int) -> str:
    """The reference of the request with this number: 2041 is `REQ-2041`."""
    return f"REQ-{number}"


def number_of(reference: str) -> int | None:
    """The number behind a reference, with or without its brackets; None if the text is anything else."""
    found = _REFERENCE.fullmatch(reference)
    return int(found[1]) if found else None
