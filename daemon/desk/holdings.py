"""Who owned which request from when to when, and why: read from its ledger.

A request is held by an owner, by a department that has not given it to anybody yet, or by triage. A holding ends
when somebody else gets the request or when it is resolved; when it is opened again, a new one begins.
Decides nothing, touches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from daemon.desk.request import TRIAGE, Status

_ENDS = frozenset({Status.RESOLVED, Status.CLOSED})


class Line(Protocol):
    """What a line of the ledger tells (`at` in UTC)."""

    @property
    def request_id(self) -> int | None: ...
    @property
    def at(self) -> datetime: ...
    @property
    def actor(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def from_value(self) -> str | None: ...
    @property
    def to_value(self) -> str | None: ...
    @property
    def why(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Holding:
    """One stretch in which one owner (or nobody of a department, or triage) had a request. Instants are UTC.

    by, why: who gave it to them and why. until: None while it lasts. ended: what ended it, "" while it lasts.
    """

    request_id: int
    department: str
    owner: str | None
    since: datetime
    until: datetime | None
    by: str
    why: str
    ended: str = ""


def holdings(lines: Iterable[Line]) -> Iterator[Holding]:
    """The holdings that these lines tell of, each when it ends; those that last come at the end.

    Lines of several requests may come mixed, those of one in their order.
    """
    now: dict[int, Holding] = {}
    for line in lines:
        if line.request_id is None:  # about the house
            continue
        before = now.get(line.request_id)
        after = _after(line, line.request_id, before)
        if after is before or after is None:
            continue
        if before is not None and before.until is None and before.since < line.at:
            yield replace(before, until=line.at, ended=_ending(line))
        now[line.request_id] = after
    yield from (one for one in now.values() if one.until is None)


def _after(line: Line, request_id: int, before: Holding | None) -> Holding | None:
    """Who has the request after this line; `before` itself if the line is not about that."""
    held = before or Holding(request_id, TRIAGE, None, line.at, None, line.actor, line.why)
    begun = replace(held, since=line.at, until=None, by=line.actor, why=line.why)
    if line.what == "opened":
        return begun
    if line.what in ("routed", "quarantined"):
        return replace(begun, department=line.to_value or TRIAGE, owner=None)
    if line.what == "owner":
        return replace(begun, owner=line.to_value)
    if line.what != "status" or before is None:
        return before
    if line.to_value in _ENDS:
        return replace(before, until=line.at) if before.until is None else before
    return begun if before.until is not None else before


def _ending(line: Line) -> str:
    what = {"routed": f"went to {line.to_value}", "owner": f"given to {line.to_value}"}.get(line.what)
    return f"{what or line.to_value}: {line.why}"
