"""The life of a request: one table of what may happen to it in which status, and what it is then.

What is not in the table does not move. Decides; touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from daemon.desk.request import Status


class Happening(StrEnum):
    """Something that happened to a request."""

    ROUTED = "routed"
    ASSIGNED = "assigned"
    RETURNED = "returned"
    ANSWERED = "answered"
    REQUESTER_WROTE = "requester_wrote"
    PAUSED = "paused"
    RESUMED = "resumed"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    CLOSED = "closed"


_PHRASES = {
    Happening.ROUTED: "be given to a department",
    Happening.ASSIGNED: "be given to an owner",
    Happening.RETURNED: "go back to triage",
    Happening.ANSWERED: "be answered",
    Happening.REQUESTER_WROTE: "take another mail of its requester",
    Happening.PAUSED: "be made to wait",
    Happening.RESUMED: "be taken up again",
    Happening.RESOLVED: "be resolved",
    Happening.REOPENED: "be opened again",
    Happening.CLOSED: "be closed",
}

TABLE: Mapping[tuple[Status, Happening], Status] = MappingProxyType(
    {
        (Status.NEW, Happening.ROUTED): Status.NEW,
        (Status.NEW, Happening.ASSIGNED): Status.OPEN,
        (Status.NEW, Happening.RETURNED): Status.NEW,
        (Status.NEW, Happening.ANSWERED): Status.OPEN,
        (Status.NEW, Happening.REQUESTER_WROTE): Status.NEW,
        (Status.NEW, Happening.RESOLVED): Status.RESOLVED,
        (Status.OPEN, Happening.ROUTED): Status.NEW,
        (Status.OPEN, Happening.ASSIGNED): Status.OPEN,
        (Status.OPEN, Happening.RETURNED): Status.NEW,
        (Status.OPEN, Happening.ANSWERED): Status.OPEN,
        (Status.OPEN, Happening.REQUESTER_WROTE): Status.OPEN,
        (Status.OPEN, Happening.PAUSED): Status.WAITING,
        (Status.OPEN, Happening.RESOLVED): Status.RESOLVED,
        # A request that changes hands waits no longer: what its old owner waited for, the new one must judge.
        (Status.WAITING, Happening.ROUTED): Status.NEW,
        (Status.WAITING, Happening.ASSIGNED): Status.OPEN,
        (Status.WAITING, Happening.RETURNED): Status.NEW,
        (Status.WAITING, Happening.ANSWERED): Status.WAITING,
        (Status.WAITING, Happening.PAUSED): Status.WAITING,  # for somebody else, or longer
        (Status.WAITING, Happening.REQUESTER_WROTE): Status.OPEN,
        (Status.WAITING, Happening.RESUMED): Status.OPEN,
        (Status.WAITING, Happening.RESOLVED): Status.RESOLVED,
        (Status.RESOLVED, Happening.ANSWERED): Status.RESOLVED,
        (Status.RESOLVED, Happening.REQUESTER_WROTE): Status.OPEN,
        (Status.RESOLVED, Happening.REOPENED): Status.OPEN,
        (Status.RESOLVED, Happening.CLOSED): Status.CLOSED,
        (Status.CLOSED, Happening.REOPENED): Status.OPEN,
    }
)


class NotAllowed(Exception):
    """This cannot happen to a request in this status; the message is a sentence for the person who tried."""


def may(status: Status, happening: Happening) -> bool:
    """Whether this can happen to a request in this status."""
    return (status, happening) in TABLE


def move(status: Status, happening: Happening) -> Status:
    """The status after this happened. Raises NotAllowed if it cannot happen now."""
    try:
        return TABLE[status, happening]
    except KeyError:
        raise NotAllowed(_sentence(status, happening)) from None


def _sentence(status: Status, happening: Happening) -> str:
    able = [str(one) for one in Status if may(one, happening)]
    which = " or ".join(filter(None, (", ".join(able[:-1]), able[-1])))
    return f"a request that is {status} cannot {_PHRASES[happening]}; only one that is {which} can"
