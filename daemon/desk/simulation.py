"""Simulation: how promises of the past would have been kept with other calendars, targets or staffing.

Two answers are given, because they deserve different trust. With the answers as they came only due times change: that
is arithmetic. With other hours or other people the answers would have come at other times: that is a model, a queue in
which each request takes the same effort, and the effort is fitted so that the model keeps as many promises as people
did in the past. What it makes of the present is told beside it, so that everybody sees how far to believe it.
Decides; touches nothing.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from daemon.desk.business_time import BusinessCalendar

_NOTHING = timedelta(0)
_ROUNDS = 24
#: A department in which nobody is there for so many days has no staffing that could be simulated.
_PATIENCE = 366


@dataclass(frozen=True, slots=True)
class Task:
    """One promise of the past (UTC). done_at: when it was kept, None if it never was.

    paused: the business time in which it waited for somebody else.
    """

    number: int
    arrived_at: datetime
    due_at: datetime
    done_at: datetime | None
    paused: timedelta = _NOTHING


@dataclass(frozen=True, slots=True)
class Staffing:
    """Who works when: the calendar, how many people, and what they are worth together on a day (1.0 is one of them)."""

    calendar: BusinessCalendar
    people: int
    capacity_on: Callable[[date], float]


class NobodyWorks(Exception):
    """A staffing in which nobody is ever there; the message is a sentence."""


def kept(tasks: Sequence[Task], done: Sequence[datetime | None], now: datetime) -> int:
    """How many of these promises were kept, done at these instants (None: not yet `now`)."""
    return sum((at or now) <= task.due_at for task, at in zip(tasks, done, strict=True))


def effort_of(tasks: Sequence[Task], staffing: Staffing, now: datetime) -> timedelta | None:
    """The most effort for one task with which the queue keeps as many of these promises as people did by `now` (UTC).

    Nothing took more effort than the longest wait. None where nothing was done, so that nothing is known. Raises
    NobodyWorks.
    """
    between = staffing.calendar.between
    waits = [between(one.arrived_at, one.done_at) - one.paused for one in tasks if one.done_at is not None]
    if not waits:
        return None
    wanted, least, most = kept(tasks, [one.done_at for one in tasks], now), _NOTHING, max(waits)
    for _ in range(_ROUNDS):
        effort = (least + most) / 2
        enough = kept(tasks, queue(tasks, staffing, effort), now) >= wanted
        least, most = (effort, most) if enough else (least, effort)
    return least


def queue(tasks: Sequence[Task], staffing: Staffing, effort: timedelta) -> list[datetime]:
    """When each task is done (UTC) if each takes this effort of one person, what is due first being done first.

    Raises NobodyWorks.
    """
    done: dict[int, datetime] = {}
    order = sorted(range(len(tasks)), key=lambda at: tasks[at].arrived_at)
    free = [tasks[order[0]].arrived_at] * staffing.people if order else []
    waiting: list[tuple[datetime, int]] = []
    arrived = 0
    while len(done) < len(tasks):
        at = heapq.heappop(free)
        if not waiting and arrived < len(order):
            at = max(at, tasks[order[arrived]].arrived_at)
        while arrived < len(order) and tasks[order[arrived]].arrived_at <= at:
            heapq.heappush(waiting, (tasks[order[arrived]].due_at, order[arrived]))
            arrived += 1
        _, index = heapq.heappop(waiting)
        ends = _works(max(at, tasks[index].arrived_at), staffing, effort)
        done[index] = staffing.calendar.add(ends, tasks[index].paused) if tasks[index].paused else ends
        heapq.heappush(free, ends)
    return [done[index] for index in range(len(tasks))]


def _works(start: datetime, staffing: Staffing, effort: timedelta) -> datetime:
    """When this effort is done by one of the people, who are slower on days on which some are away."""
    calendar = staffing.calendar
    at = calendar.next_opening(start)
    for _ in range(_PATIENCE):
        capacity = staffing.capacity_on(calendar.local(at).date())
        if capacity > 0:
            return calendar.add(at, effort * (staffing.people / capacity))
        midnight = calendar.local(at).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        at = calendar.next_opening(max(at, midnight))
    raise NobodyWorks(f"from {start:%Y-%m-%d} on nobody is there for a year")
