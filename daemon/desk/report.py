"""Reports: how promises were kept in a time, who had what was late, and what stands out now.

Everything is counted from the ledgers of the requests, by the targets that are asked about. Decides; touches nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from daemon.desk.business_time import BusinessCalendar
from daemon.desk.clock_history import PastClock
from daemon.desk.clocks import ClockKind
from daemon.desk.holdings import Holding, Line
from daemon.desk.request import TRIAGE, Status, reference
from daemon.desk.shares import holder_at, shares
from daemon.desk.waiting import without_end

_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True)
class Case:
    """One request with its past: every clock it had, who held it, and the lines of its ledger (oldest first).

    group: its requester's, "" if they are in none. is_unfinished: somebody still has to do something.
    """

    number: int
    subject: str
    group: str
    opened_at: datetime
    is_unfinished: bool
    clocks: tuple[PastClock, ...]
    held: tuple[Holding, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Attained:
    """Of how many promises of one kind so many were kept. by: the department or the group whose they are."""

    by: str
    clock: ClockKind
    kept: int
    promises: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.kept / self.promises


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that was broken, when it was due, and who had the request then. stopped_at: None if it still runs."""

    reference: str
    clock: ClockKind
    department: str
    due_at: datetime
    stopped_at: datetime | None
    holder: str
    late: timedelta


@dataclass(frozen=True, slots=True)
class Waited:
    """How much business time of a department's requests went by in waiting, for one reason."""

    department: str
    reason: str
    length: timedelta
    requests: int


@dataclass(frozen=True, slots=True)
class Handover:
    """How often requests went from one department to another."""

    before: str
    after: str
    count: int


@dataclass(frozen=True, slots=True)
class Part:
    """A department's part of so many resolved requests that others had too, in its own business time.

    target: within which it is to be done, None where nothing was agreed; within: how often it was.
    """

    department: str
    requests: int
    usual: timedelta
    longest: timedelta
    target: timedelta | None
    within: int


@dataclass(frozen=True, slots=True)
class Oldest:
    """An unfinished request, since when it is open, and who has it."""

    reference: str
    subject: str
    opened_at: datetime
    holder: str


@dataclass(frozen=True, slots=True)
class Report:
    """What there is to say about a time (UTC), the departments in the order of their names."""

    since: datetime
    until: datetime
    attained: tuple[Attained, ...]
    by_group: tuple[Attained, ...]
    weeks: dict[str, tuple[float | None, ...]]
    breaches: tuple[Breach, ...]  # the latest first
    waited: tuple[Waited, ...]
    handovers: tuple[Handover, ...]
    oldest: tuple[Oldest, ...]
    parts: tuple[Part, ...] = ()


#: So many weeks are shown side by side, and so many of the oldest requests.
WEEKS, OLDEST = 8, 10


def report(
    cases: Iterable[Case],
    since: datetime,
    until: datetime,
    calendar_of: Callable[[str | None], BusinessCalendar],
    departments: Sequence[str] | None = None,
    own_parts: Mapping[str, timedelta] = MappingProxyType({}),
) -> Report:
    """The report from `since` to `until` (UTC); `departments`: only theirs (with "triage"), None for all.

    own_parts: by department within which business time it is to do its part of a request that others had too.
    """
    told = list(cases)
    counted = [(one, case) for case in told for one in case.clocks if _concerns(one.department, departments)]
    within = [(one, case) for one, case in counted if since <= _decided_at(one, until) <= until]
    return Report(
        since=since,
        until=until,
        attained=_attained((one.department or TRIAGE, one, until) for one, _ in within),
        by_group=_attained((case.group, one, until) for one, case in within if case.group),
        weeks=_weeks([one for one, _ in counted], until),
        breaches=_breaches(within, until, calendar_of),
        waited=_waited(told, since, until, calendar_of, departments),
        handovers=_handovers(told, since, departments),
        oldest=_oldest(told, departments),
        parts=_parts(told, since, until, calendar_of, departments, own_parts),
    )


def is_decided(one: PastClock, now: datetime) -> bool:
    """Whether it is known if the promise was kept."""
    return one.clock.stopped_at is not None or one.clock.due_at < now


def _concerns(department: str | None, departments: Sequence[str] | None) -> bool:
    return departments is None or (department or TRIAGE) in departments


def _decided_at(one: PastClock, now: datetime) -> datetime:
    """When it was known whether the promise is kept; after `now` if it is not known yet."""
    stopped = one.clock.stopped_at or now + timedelta(microseconds=1)
    return min(stopped, one.clock.due_at) if stopped > one.clock.due_at else stopped


def _attained(told: Iterable[tuple[str, PastClock, datetime]]) -> tuple[Attained, ...]:
    promises: Counter[tuple[str, ClockKind]] = Counter()
    kept: Counter[tuple[str, ClockKind]] = Counter()
    for by, one, now in told:
        promises[by, one.clock.kind] += 1
        kept[by, one.clock.kind] += not one.is_late(now)
    order = list(ClockKind)
    keys = sorted(promises, key=lambda key: (key[0], order.index(key[1])))
    return tuple(Attained(by, kind, kept[by, kind], promises[by, kind]) for by, kind in keys)


def _weeks(clocks: Sequence[PastClock], until: datetime) -> dict[str, tuple[float | None, ...]]:
    """The share of all promises that was kept, by department, in each of the last weeks, the oldest first."""
    found: dict[str, list[list[bool]]] = {}
    for one in clocks:
        back = int((until - _decided_at(one, until)) / timedelta(days=7)) if _decided_at(one, until) <= until else -1
        if 0 <= back < WEEKS:
            weeks = found.setdefault(one.department or TRIAGE, [[] for _ in range(WEEKS)])
            weeks[WEEKS - 1 - back].append(not one.is_late(until))
    return {
        department: tuple(sum(week) / len(week) if week else None for week in found[department])
        for department in sorted(found)
    }


def _breaches(
    within: Iterable[tuple[PastClock, Case]], until: datetime, calendar_of: Callable[[str | None], BusinessCalendar]
) -> tuple[Breach, ...]:
    found = []
    for one, case in within:
        if one.is_late(until):
            clock, holder = one.clock, holder_at(case.held, one.clock.due_at)
            late = calendar_of(one.department).between(clock.due_at, clock.stopped_at or until)
            whom = f"{holder.department}, {holder.owner or 'nobody'}" if holder else "nobody"
            department = one.department or TRIAGE
            found.append(
                Breach(reference(case.number), clock.kind, department, clock.due_at, clock.stopped_at, whom, late)
            )
    return tuple(sorted(found, key=lambda breach: (breach.due_at, breach.reference), reverse=True))


def _waited(
    cases: Iterable[Case],
    since: datetime,
    until: datetime,
    calendar_of: Callable[[str | None], BusinessCalendar],
    departments: Sequence[str] | None,
) -> tuple[Waited, ...]:
    lengths: dict[tuple[str, str], timedelta] = {}
    numbers: dict[tuple[str, str], set[int]] = {}
    for case in cases:
        for begins, ends, reason in _waits(case.lines, until):
            holder = holder_at(case.held, begins)
            department = holder.department if holder else TRIAGE
            length = calendar_of(None if department == TRIAGE else department).between(max(begins, since), ends)
            if length > _NOTHING and _concerns(department, departments):
                key = (department, without_end(reason))
                lengths[key] = lengths.get(key, _NOTHING) + length
                numbers.setdefault(key, set()).add(case.number)
    keys = sorted(lengths, key=lambda key: (-lengths[key], key))
    return tuple(Waited(*key, lengths[key], len(numbers[key])) for key in keys)


def _waits(lines: Iterable[Line], until: datetime) -> Iterable[tuple[datetime, datetime, str]]:
    since: Line | None = None
    for line in lines:
        if line.what == "status":
            if since is not None:
                yield since.at, line.at, since.why
            since = line if line.to_value == Status.WAITING else None
    if since is not None:
        yield since.at, until, since.why


def _handovers(cases: Iterable[Case], since: datetime, departments: Sequence[str] | None) -> tuple[Handover, ...]:
    counted: Counter[tuple[str, str]] = Counter()
    for case in cases:
        for line in case.lines:
            moved = line.what == "routed" and line.from_value and line.from_value != line.to_value
            if moved and line.at >= since:
                ends = (line.from_value or TRIAGE, line.to_value or TRIAGE)
                counted[ends] += any(_concerns(one, departments) for one in ends)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Handover(before, after, count) for (before, after), count in ordered if count)


def _parts(
    cases: Iterable[Case],
    since: datetime,
    until: datetime,
    calendar_of: Callable[[str | None], BusinessCalendar],
    departments: Sequence[str] | None,
    own_parts: Mapping[str, timedelta],
) -> tuple[Part, ...]:
    """Of requests that were resolved in this time and that more than one department had."""
    lengths: dict[str, list[timedelta]] = {}
    for case in cases:
        done = next((one.clock for one in case.clocks if one.clock.kind is ClockKind.RESOLUTION), None)
        if done is None or done.stopped_at is None or not since <= done.stopped_at <= until:
            continue
        of_request: dict[str, timedelta] = {}
        for one in shares(done, case.held, until, calendar_of):
            of_request[one.department] = of_request.get(one.department, _NOTHING) + one.length
        for department, length in of_request.items() if len(of_request) > 1 else ():
            if _concerns(department, departments):
                lengths.setdefault(department, []).append(length)
    return tuple(_part(department, sorted(lengths[department]), own_parts) for department in sorted(lengths))


def _part(department: str, lengths: Sequence[timedelta], own_parts: Mapping[str, timedelta]) -> Part:
    target = own_parts.get(department)
    within = sum(length <= target for length in lengths) if target is not None else 0
    return Part(department, len(lengths), lengths[(len(lengths) - 1) // 2], lengths[-1], target, within)


def _oldest(cases: Iterable[Case], departments: Sequence[str] | None) -> tuple[Oldest, ...]:
    found = []
    for case in cases:
        now = case.held[-1] if case.held and case.held[-1].until is None else None
        if case.is_unfinished and now is not None and _concerns(now.department, departments):
            whom = f"{now.department}, {now.owner or 'nobody'}"
            found.append(Oldest(reference(case.number), case.subject, case.opened_at, whom))
    return tuple(sorted(found, key=lambda one: one.opened_at)[:OLDEST])
