"""Story: past requests are replayed through changed calendars, targets and staffing. Reads; has no effect.

The changes stand in a policy file: the sections of the settings that change, and of them only what is other.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from config.load import SettingsError, load_policy
from config.settings import Department, Member, Settings, Triage
from daemon.calendars import read_calendars
from daemon.desk.business_time import BusinessCalendar
from daemon.desk.clock_history import PastClock
from daemon.desk.clocks import ClockKind
from daemon.desk.ics import CalendarFileRefused
from daemon.desk.report import is_decided
from daemon.desk.request import TRIAGE, reference
from daemon.desk.simulation import NobodyWorks, Staffing, Task, effort_of, kept, queue
from daemon.office import Office
from daemon.premises import OfficeClosed
from daemon.promises import clocks_told_again
from daemon.reporting import past

#: So many requests are named for which it would come out otherwise.
NAMED = 10


@dataclass(frozen=True, slots=True)
class Attainment:
    """One clock of one department (or triage) under both policies.

    promises: how many there were; promises_after: by the new policy, which may promise more or less. before: how many
    were kept by the present policy. after: how many by the new one, the answers as they came. modelled: how many by the
    new one with its hours and people, by the model; model_before: what the model makes of the present; both None where
    hours and people stay, or too little is known. newly_broken, newly_kept: references, the first of them.
    """

    department: str
    clock: ClockKind
    promises: int
    promises_after: int
    before: int
    after: int
    model_before: int | None
    modelled: int | None
    newly_broken: tuple[str, ...]
    newly_kept: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Simulated:
    """What came out: how many requests were replayed, and the attainment of each department."""

    requests: int
    attainments: tuple[Attainment, ...]


def with_policy(office: Office, policy: Path) -> Office:
    """The office as it would be with this policy file. Raises OfficeClosed with every mistake."""
    try:
        settings = load_policy(policy, office.path)
        calendars = read_calendars(settings, office.now())
    except (SettingsError, CalendarFileRefused) as error:
        raise OfficeClosed(str(error)) from error
    return replace(office, settings=settings, calendars=calendars)


def simulate(office: Office, other: Office, since: dt.datetime) -> Simulated:
    """Replay what was opened since an instant (UTC) through another office's promises. Raises NobodyWorks."""
    now = office.now()
    with office.store.reading() as database:
        pairs = [
            (request.id, clocks_told_again(office, request, lines), clocks_told_again(other, request, lines))
            for request, lines in past(database, since)
            if request.opened_at >= since
        ]
    found = []
    departments = sorted({one.department or TRIAGE for _, before, after in pairs for one in (*before, *after)})
    for department in departments:
        for kind in ClockKind:
            compared = _compared(pairs, department, kind, now)
            if compared.promises or compared.promises_after:
                found.append(_with_model(compared, pairs, office, other, now))
    return Simulated(len(pairs), tuple(found))


Pair = tuple[int, tuple[PastClock, ...], tuple[PastClock, ...]]


def _compared(pairs: Sequence[Pair], department: str, kind: ClockKind, now: dt.datetime) -> Attainment:
    before, after = (_clocks(pairs, side, department, kind, now) for side in (1, 2))
    both = [(key, before[key].is_late(now), after[key].is_late(now)) for key in before if key in after]
    broken = [reference(key[0]) for key, was_late, is_late in both if is_late and not was_late]
    mended = [reference(key[0]) for key, was_late, is_late in both if was_late and not is_late]
    return Attainment(
        department,
        kind,
        promises=len(before),
        promises_after=len(after),
        before=sum(not one.is_late(now) for one in before.values()),
        after=sum(not one.is_late(now) for one in after.values()),
        model_before=None,
        modelled=None,
        newly_broken=tuple(broken[:NAMED]),
        newly_kept=tuple(mended[:NAMED]),
    )


Key = tuple[int, dt.datetime]


def _clocks(
    pairs: Sequence[Pair], side: int, department: str, kind: ClockKind, now: dt.datetime
) -> dict[Key, PastClock]:
    """The clocks of one policy by request and beginning, those that either policy has decided by now."""
    theirs, others = (
        {(pair[0], one.clock.started_at): one for pair in pairs for one in _of(pair, which, department, kind)}
        for which in (side, 3 - side)
    )
    return {
        key: one
        for key, one in theirs.items()
        if is_decided(one, now) or (key in others and is_decided(others[key], now))
    }


def _of(pair: Pair, side: int, department: str, kind: ClockKind) -> list[PastClock]:
    clocks = pair[1] if side == 1 else pair[2]
    return [one for one in clocks if (one.department or TRIAGE) == department and one.clock.kind is kind]


def _with_model(
    compared: Attainment, pairs: Sequence[Pair], office: Office, other: Office, now: dt.datetime
) -> Attainment:
    """The same with what the model says, where hours or people change and there is something to fit it by."""
    slug = None if compared.department == TRIAGE else compared.department
    if not _works_otherwise(slug, office, other):
        return compared
    before, after = (
        _tasks(_clocks(pairs, side, compared.department, compared.clock, now), one.calendar(slug))
        for side, one in ((1, office), (2, other))
    )
    present, new = _staffing(slug, office), _staffing(slug, other)
    effort = effort_of(before, present, now)
    if effort is None:
        return compared
    return replace(
        compared,
        model_before=kept(before, queue(before, present, effort), now),
        modelled=kept(after, queue(after, new, effort), now),
    )


def _works_otherwise(department: str | None, office: Office, other: Office) -> bool:
    """Whether people work at other times, or others of them."""
    return _hours(department, office) != _hours(department, other) or (
        office.desk(department).members != other.desk(department).members
    )


def _hours(department: str | None, office: Office) -> object:
    return office.settings.calendars[office.desk(department).calendar]


def _tasks(clocks: Mapping[Key, PastClock], calendar: BusinessCalendar) -> list[Task]:
    return [
        Task(key[0], one.clock.started_at, one.clock.due_at, one.clock.stopped_at, _paused(one, calendar))
        for key, one in clocks.items()
    ]


def _paused(one: PastClock, calendar: BusinessCalendar) -> dt.timedelta:
    return sum((calendar.between(*pause) for pause in one.clock.pauses), dt.timedelta())


def _staffing(department: str | None, office: Office) -> Staffing:
    desk: Department | Triage = office.desk(department)
    members = [one for one in desk.members if one.capacity > 0]
    if not members:
        raise NobodyWorks(f"in {department or TRIAGE} nobody has a capacity above 0")
    return Staffing(office.calendar(department), len(members), lambda day: sum(_worth(one, day) for one in members))


def _worth(member: Member, day: dt.date) -> float:
    away = any(day in one for one in member.absent)
    return 0.0 if away else member.capacity


def changes(before: Settings, after: Settings) -> Mapping[str, list[str]]:
    """Which calendars, SLA policies and departments the policy file changes."""
    sections = ("calendars", "sla_policies", "departments")
    found = {}
    for section in sections:
        old, new = getattr(before, section), getattr(after, section)
        found[section] = [name for name in new if old.get(name) != new[name]]
    if before.triage != after.triage:
        found[TRIAGE] = [TRIAGE]
    return {section: names for section, names in found.items() if names}
