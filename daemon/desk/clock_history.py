"""Clocks told again from the ledger: every clock that a request ever had, by the promises that are asked about.

The ledger says what happened and when; calendars and targets say what that means. So a corrected calendar corrects
every due time, and other promises can be tried on the past. Decides; touches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from daemon.desk.business_time import BusinessCalendar
from daemon.desk.clocks import FROM_THE_START, STOPPED_BY_ANSWER, WAITS, Clock, ClockKind, Pause, due
from daemon.desk.holdings import Line
from daemon.desk.request import TRIAGE, Priority, Status

_STANDS = frozenset({Status.WAITING, Status.RESOLVED, Status.CLOSED})
_ENDED = frozenset({Status.RESOLVED, Status.CLOSED})


@dataclass(frozen=True, slots=True)
class Terms:
    """What is promised to a request, and in which calendar; a clock without a target does not run."""

    calendar: BusinessCalendar
    targets: Mapping[ClockKind, timedelta]


@dataclass(frozen=True, slots=True)
class Circumstances:
    """On what terms depend: the department (None: triage), the priority, the SLA policy that a rule named."""

    department: str | None
    priority: Priority
    sla_policy: str | None = None


@dataclass(frozen=True, slots=True)
class PastClock:
    """A clock as it ran (`clock.due_at` by the terms asked about), and whose promise it was when it stopped.

    promised_by: a date that the owner has promised instead (UTC); None where the target alone counts.
    """

    clock: Clock
    department: str | None
    promised_by: datetime | None = None

    def is_late(self, now: datetime) -> bool:
        """Whether it stopped too late, or still runs and was due before `now` (UTC)."""
        return (self.clock.stopped_at or now) > self.clock.due_at


def clock_history(
    lines: Iterable[Line], opened_at: datetime, priority: Priority, terms_of: Callable[[Circumstances], Terms]
) -> tuple[PastClock, ...]:
    """Every clock of the request to which these lines belong, in the order in which they began.

    lines: of one request, the oldest first. opened_at: when its mail came (UTC). priority: what it has, if no line
    says that it ever changed.
    """
    told = list(lines)
    changes = (Priority(line.from_value) for line in told if line.what == "priority" and line.from_value)
    telling = _Telling(opened_at, Circumstances(None, next(changes, priority)))
    for line in told:
        telling.hear(line)
    return telling.clocks(terms_of)


def circumstances(lines: Iterable[Line], priority: Priority) -> Circumstances:
    """On what the terms of a request depend after these lines; `priority`: what it has now."""
    telling = _Telling(datetime.min, Circumstances(None, priority))
    for line in lines:
        if line.what in ("routed", "quarantined", "sla_policy"):
            telling.hear(line)
    return telling.now_on


@dataclass(slots=True)
class _Run:
    """From when to when one clock ran, and on which terms it stopped or runs."""

    kind: ClockKind
    started_at: datetime
    stopped_at: datetime | None = None
    on: Circumstances | None = None
    promised_by: datetime | None = None


@dataclass(slots=True)
class _Telling:
    """What is known after the lines that were heard."""

    opened_at: datetime
    now_on: Circumstances
    runs: list[_Run] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    stands_since: datetime | None = None
    ended: bool = False
    undone: list[tuple[_Run, datetime | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.runs = [_Run(kind, self.opened_at) for kind in FROM_THE_START]

    def hear(self, line: Line) -> None:
        """Take one more line in."""
        heard = {
            "routed": self._routed,
            "quarantined": self._routed,
            "priority": self._priority,
            "sla_policy": self._policy,
            "answered": self._answered,
            "not_passed_on": self._not_passed_on,
            "wrote_again": self._wrote_again,
            "status": self._status,
            "new_date": self._new_date,
        }.get(line.what)
        if heard is not None:
            heard(line)

    def clocks(self, terms_of: Callable[[Circumstances], Terms]) -> tuple[PastClock, ...]:
        """The clocks, by these terms."""
        return tuple(one for run in self.runs if (one := self._clock(run, terms_of)) is not None)

    def _clock(self, run: _Run, terms_of: Callable[[Circumstances], Terms]) -> PastClock | None:
        on = run.on or self.now_on
        terms = terms_of(on)
        target = terms.targets.get(run.kind)
        if target is None:
            return None
        pauses = tuple(self._pauses_of(run)) if run.kind in WAITS else ()
        due_at = due(run.started_at, target, terms.calendar, pauses)
        clock = Clock(run.kind, run.started_at, target, due_at, run.stopped_at, pauses)
        return PastClock(clock, on.department, run.promised_by)

    def _pauses_of(self, run: _Run) -> Iterable[Pause]:
        for begins, ends in self.pauses:
            if ends > run.started_at and (run.stopped_at is None or begins < run.stopped_at):
                yield max(begins, run.started_at), ends

    def _running(self, kind: ClockKind) -> _Run | None:
        return next((one for one in self.runs if one.kind is kind and one.stopped_at is None), None)

    def _stop(self, kinds: Iterable[ClockKind], at: datetime) -> None:
        for kind in kinds:
            run = self._running(kind)
            if run is not None:
                run.stopped_at, run.on = max(at, run.started_at), self.now_on
                self.undone.append((run, None))

    def _routed(self, line: Line) -> None:
        department = None if line.to_value in (None, TRIAGE) else line.to_value
        self.now_on = replace(self.now_on, department=department, sla_policy=None)

    def _priority(self, line: Line) -> None:
        self.now_on = replace(self.now_on, priority=Priority(line.to_value or Priority.NORMAL))

    def _policy(self, line: Line) -> None:
        self.now_on = replace(self.now_on, sla_policy=line.to_value)

    def _answered(self, line: Line) -> None:
        at = instant_of(line)
        self.undone = []
        self._stop(STOPPED_BY_ANSWER, at)
        if not self.ended:
            self.runs.append(_Run(ClockKind.UPDATE, at))

    def _not_passed_on(self, line: Line) -> None:
        """An answer that could not reach the requester was none: what it stopped runs on."""
        for run, stopped_at in self.undone:
            run.stopped_at, run.on = stopped_at, None
        if self.undone and self.runs[-1].kind is ClockKind.UPDATE:
            self.runs.pop()
        self.undone = []

    def _wrote_again(self, line: Line) -> None:
        waits = self._running(ClockKind.FIRST_RESPONSE) or self._running(ClockKind.NEXT_RESPONSE)
        if waits is None:
            self.runs.append(_Run(ClockKind.NEXT_RESPONSE, instant_of(line)))

    def _status(self, line: Line) -> None:
        stands, at = line.to_value in _STANDS, line.at
        if self.stands_since is not None:
            self.pauses.append((self.stands_since, at))
            self.stands_since = None
        if stands:
            self.stands_since = at
        if line.to_value in _ENDED:
            self._stop(ClockKind, at)
            self.ended = True
        elif self.ended:
            self.ended = False
            last = next(one for one in reversed(self.runs) if one.kind is ClockKind.RESOLUTION)
            last.stopped_at, last.on = None, None

    def _new_date(self, line: Line) -> None:
        run = self._running(ClockKind.RESOLUTION)
        if run is not None and line.to_value:
            run.promised_by = datetime.fromisoformat(line.to_value)


def instant_of(line: Line) -> datetime:
    """When it happened (UTC): a mail that is answered or added counts from when it came, which its line says."""
    return datetime.fromisoformat(line.from_value) if line.from_value else line.at
