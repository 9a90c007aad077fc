"""Rungs while processes die: each fires once, in its minute, in nights of the clocks and while the clock jumps.

A house of departments in five time zones has requests that fall due over weeks in which clocks change. A process that
keeps the clocks as the daemon does is started with a clock of ours, killed (SIGKILL) at a random moment, and started
again, until all is past; or two at once share the work, on PostgreSQL. Then database and plan are compared.
"""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from daemon import appointed, escalations, happenings, opening
from daemon.desk.clock_history import Circumstances
from daemon.desk.lifecycle import Happening
from daemon.desk.request import Priority
from daemon.office import Office, open_office
from daemon.parsing import ParserPool
from daemon.premises import read_settings
from daemon.store import clocks, ledger, requests, schema, tables
from daemon.store.database import Store
from daemon.timekeeping import SteadyClock

Figures = dict[str, Any]

#: Weeks in which clocks change (Lord Howe by half an hour), with the nights in which they do.
SPANS = (
    (dt.datetime(2026, 10, 2, tzinfo=dt.UTC), dt.datetime(2026, 11, 6, tzinfo=dt.UTC), (4, 25, 32)),
    (dt.datetime(2027, 3, 12, tzinfo=dt.UTC), dt.datetime(2027, 4, 10, tzinfo=dt.UTC), (3, 17, 24)),
)
HOUSES = {
    "night": ("Europe/Berlin", "22:00-06:00"),
    "always": ("America/New_York", "00:00-24:00"),
    "howe": ("Australia/Lord_Howe", "00:00-24:00"),
    "chatham": ("Pacific/Chatham", "20:00-08:00"),
    "santiago": ("America/Santiago", "00:00-12:00"),
}
LADDER = (
    ("first_response", "50%", "[owner]", "reminder"),
    ("first_response", "80%", "[owner, lead]", "warning"),
    ("first_response", "due", "[lead, owner]", "escalation"),
    ("first_response", "due+2h", "[next_lead]", "escalation"),
    ("resolution", "50%", "[owner]", "reminder"),
    ("resolution", "due-30m", "[deputy]", "warning"),
    ("resolution", "due", "[lead]", "escalation"),
    ("resolution", "due+3h", "[escalation]", "escalation"),
)
#: A jump of the clock lasts so long; the small ones are waited out, the large ones held until the clock is back.
JUMP_LASTS = 900.0
JUMPS = (-10_800.0, -1_200.0, -30.0, 30.0, 1_200.0, 10_800.0)
LATE = 60.0
RESTARTS_A_ROUND = 100
#: The daemon looks every half minute; where nothing is due, nothing comes of it.
IDLE = 21_600.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What a round has before it: requests with their ends, jumps of the clock (begin, end, by) in seconds."""

    first: float
    last: float
    ends: tuple[tuple[float, int], ...]
    jumps: tuple[tuple[float, float, float], ...]

    def jump_at(self, at: float) -> float:
        """By how much the wall clock is wrong at this moment."""
        return next((by for begins, ends, by in self.jumps if begins <= at < ends), 0.0)

    def next_turn(self, at: float) -> float:
        """Seconds until the clock jumps, or is put right, or a request ends."""
        moments = [moment for begins, ends, _ in self.jumps for moment in (begins, ends)]
        return min((one - at for one in (*moments, *(end for end, _ in self.ends)) if one > at), default=1e9)


@dataclass(frozen=True, slots=True)
class Expected:
    """A rung that is due within the round, and whom it tells."""

    request_id: int
    clock: str
    number: int
    due_at: dt.datetime
    told: frozenset[str]


def measure(folder: Path, seed: int, restarts: int = 200, asked: int = 250) -> Figures:
    """So many restarts over rounds of `asked` requests each; the figures of all rounds together."""
    figures: Counter[str] = Counter()
    number = 0
    while figures["escalations_restarts"] < restarts:
        left = restarts - figures["escalations_restarts"]
        round_folder = folder / f"escalations-{number}"
        figures.update(a_round(round_folder, seed + number, min(left, RESTARTS_A_ROUND), asked=asked))
        number += 1
    return dict(figures)


def a_round(folder: Path, seed: int, restarts: int, *, asked: int, url: str = "", processes: int = 1) -> Figures:
    """One round: requests, at most so many kills, and the comparison. `url`: another database than SQLite."""
    folder.mkdir(parents=True)
    chance = random.Random(seed)
    office = _house(folder, url)
    plan, expected = _past_and_future(office, chance, asked, SPANS[seed % len(SPANS)])
    url = office.store.url.render_as_string(hide_password=False)
    office.store.close()
    killed, down = _live(office, url, plan, chance, restarts, processes)
    with closing(Store(url)) as store:
        return _verdict(store, expected, plan, down) | {"escalations_restarts": killed}


def _house(folder: Path, url: str) -> Office:
    path = folder / "postroom.yaml"
    path.write_text("\n".join(_settings()))
    settings = read_settings(path, {"POSTROOM_DATABASE_URL": url} if url else {})
    settings.state_dir.mkdir(mode=0o700)
    store = Store(settings.database.url)
    schema.upgrade(store)
    return open_office(path, settings, store, ParserPool())


def _settings() -> Iterator[str]:
    yield "organisation: {name: Lindwerk, domains: [l.example], time_zone: Europe/Berlin, operators: [ops@l.example]}"
    yield "mailboxes: {it: {address: it@l.example, host: 127.0.0.1, security: plain, user: it, password_env: NOBODY}}"
    yield "smtp: {host: 127.0.0.1, security: plain}"
    yield "sla_policies: {quick: {first_response: {normal: 2h}, resolution: {normal: 9h}}}"
    yield "rung_mails: {together_above: 1000}"
    yield "ladders:\n  steep:"
    yield from (f"    - {{clock: {c}, at: {at}, tell: {tell}, kind: {kind}}}" for c, at, tell, kind in LADDER)
    yield "calendars:"
    for name, (zone, hours) in HOUSES.items():
        week = ", ".join(f'{day}: ["{hours}"]' for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
        yield f"  {name}: {{time_zone: {zone}, hours: {{{week}}}}}"
    desk = (
        "address: it@l.example, sla_policy: quick, ladder: steep, escalation: board@l.example, next_lead: coo@l.example"
    )
    yield "departments:"
    for name in HOUSES:
        there, gone = f"there.{name}@l.example", f"gone.{name}@l.example"
        members = f"{{name: There, email: {there}}}, "
        members += f"{{name: Gone, email: {gone}, deputy: {there}, absent: [2026-01-01..2028-01-01]}}"
        yield f"  {name}: {{name: {name}, description: x, members: [{members}], lead: lead.{name}@l.example, "
        yield f"    calendar: {name}, {desk}}}"
    yield f"triage: {{members: [{{name: T, email: t@l.example}}], lead: t@l.example, calendar: always, {desk}}}"


def _past_and_future(
    office: Office, chance: random.Random, asked: int, span: tuple[dt.datetime, dt.datetime, tuple[int, ...]]
) -> tuple[Plan, list[Expected]]:
    """The requests of a round, half of them due in the nights in which clocks change; and what is to come of them."""
    first, last, nights = span
    ends, expected = [], []
    with office.store.writing() as database:
        for _ in range(asked):
            name = chance.choice(list(HOUSES))
            opened = first + chance.random() * (last - first - dt.timedelta(days=3))
            if chance.random() < 0.5:
                opened = first + dt.timedelta(days=chance.choice(nights) - 1, hours=chance.uniform(-12, 20))
            owner = chance.choice([f"there.{name}@l.example", f"gone.{name}@l.example"])
            number = _open(database, office, name, owner, opened)
            end = (opened + dt.timedelta(hours=chance.uniform(0.5, 60))).timestamp() if chance.random() < 0.4 else None
            ends += [(end, number)] if end else []
            until = min(end or last.timestamp(), last.timestamp())
            expected += _to_come(office, name, number, owner, opened, until)
    jumps = []
    for _ in range(8):
        begins = chance.uniform(first.timestamp(), last.timestamp())
        jumps.append((begins, begins + JUMP_LASTS, chance.choice(JUMPS)))
    apart = [one for n, one in enumerate(jumps) if all(abs(one[0] - other[0]) > 7_200 for other in jumps[:n])]
    return Plan(first.timestamp(), last.timestamp(), tuple(sorted(ends)), tuple(apart)), expected


def _open(database: sa.Connection, office: Office, department: str, owner: str, opened: dt.datetime) -> int:
    new = requests.NewRequest(
        status="open",
        department=department,
        owner=owner,
        requester="eva@l.example",
        requester_name="Eva",
        subject="Help",
        summary="",
        priority="normal",
        priority_reason=None,
        mailbox="it",
        language="en",
        opened_at=opened,
        assigned_at=opened,
    )
    (number,) = requests.next_numbers(database, 1)
    requests.open_all(database, [requests.numbered(number, new)])
    running = opening.clocks_for(Circumstances(department, Priority.NORMAL), "eva@l.example", opened, office)
    clocks.start_all(database, [(number, one) for one in opening.stored_clocks(running)])
    planned = opening.planned_rungs(department, running, office)
    clocks.plan_all(database, 1, [(number, one) for one in planned])
    ledger.write(database, number, [ledger.Entry(opened, "eva@l.example", "opened", None, "it", "mail received")])
    return number


def _to_come(office: Office, name: str, number: int, owner: str, opened: dt.datetime, until: float) -> list[Expected]:
    there = f"there.{name}@l.example"  # the owner, or whom the owner who is away has as deputy
    people = {"owner": there, "lead": f"lead.{name}@l.example", "next_lead": "coo@l.example"}
    # Who has no deputy has the lead told in their place.
    people |= {"deputy": there if owner != there else people["lead"], "escalation": "board@l.example"}
    running = opening.clocks_for(Circumstances(name, Priority.NORMAL), "eva@l.example", opened, office)
    return [
        Expected(number, one.clock, one.number, one.due_at, frozenset(people[role] for role in one.tell))
        for one in opening.planned_rungs(name, running, office)
        if one.due_at.timestamp() <= until
    ]


def _live(
    office: Office, url: str, plan: Plan, chance: random.Random, restarts: int, processes: int
) -> tuple[int, list[tuple[float, float]]]:
    """Start, kill and start again until the last moment is past; how often was killed, and when nothing ran."""
    down = []
    context = multiprocessing.get_context("fork")
    at = context.RawValue("d", plan.first)  # without a lock, for who is killed gives none back
    killed = 0
    while at.value < plan.last:
        seeds = [chance.random() for _ in range(processes)]
        workers = [context.Process(target=_keep_clocks, args=(office, url, plan, at, seed)) for seed in seeds]
        for worker in workers:
            worker.start()
        if killed < restarts:
            time.sleep(chance.uniform(0.02, 0.15))
            while plan.jump_at(at.value) and at.value < plan.last:
                time.sleep(0.001)  # what a process has seen of the clock is forgotten with it
            for worker in workers:
                if worker.pid is not None and worker.is_alive():
                    os.kill(worker.pid, signal.SIGKILL)
                    killed += 1
        for worker in workers:
            worker.join()
            assert worker.exitcode in (0, -signal.SIGKILL), f"the clocks ended with {worker.exitcode}"
        died = at.value
        at.value += chance.uniform(1, 5)  # as long as systemd and the daemon take
        down.append((died, at.value))
    return killed, down


def _keep_clocks(office: Office, url: str, plan: Plan, at: Any, seed: float) -> None:
    """What the clock worker of the daemon does, by our clock; somebody resolves requests meanwhile."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    chance, steady = random.Random(seed), SteadyClock()

    def wall() -> dt.datetime:
        moment = at.value
        return dt.datetime.fromtimestamp(moment + plan.jump_at(moment), dt.UTC)

    office = replace(office, store=Store(url), clock=wall)
    while (now := at.value) < plan.last:
        if steady.look(wall(), now) is not None:
            seconds = 5.0
        else:
            began = wall()
            escalations.fire_due(office)
            appointed.keep_due(office)
            _end(office, [number for end, number in plan.ends if end <= now])
            seconds = appointed.seconds_to_next(office, escalations.seconds_to_next(office, began, IDLE))
        seconds = min(seconds, plan.next_turn(now), 30.0 if plan.jump_at(now) else IDLE)
        at.value = max(at.value, now + seconds + chance.uniform(0, 2))
    office.store.close()


_ended: set[int] = set()


def _end(office: Office, numbers: Sequence[int]) -> None:
    for number in numbers:
        if number in _ended:
            continue
        _ended.add(number)
        with suppress(happenings.CannotHappen):  # done by the process before, or by the other one
            happenings.happen(office, number, Happening.RESOLVED, actor="jonas@l.example", why="done")


def _verdict(store: Store, expected: Sequence[Expected], plan: Plan, down: Sequence[tuple[float, float]]) -> Figures:
    with store.reading() as database:
        rows = {(row.request_id, row.clock, row.number): row for row in database.execute(sa.select(tables.rungs))}
        keys = Counter(database.execute(sa.select(tables.outbox.c.effect_key)).scalars())
        lines = [line for line in ledger.all_lines(database) if line.what in ("reminder", "warning", "escalation")]
    mails = {tuple(key.split(":")[1:]) for key in keys if key.startswith("rung:")}
    said = Counter((line.request_id, line.why.split(";")[0]) for line in lines)
    at_once: dict[tuple[int, dt.datetime], set[str]] = {}
    for row in rows.values():
        if row.fired_at is not None:
            told = {address for number, address in mails if number == str(row.id)}
            at_once.setdefault((row.request_id, row.fired_at), set()).update(told)
    missing = late = 0
    for one in expected:
        row = rows[one.request_id, one.clock, one.number]
        if row.fired_at is None or not one.told <= at_once[one.request_id, row.fired_at]:
            missing += 1
        elif _is_late(one.due_at, row.fired_at, down) and not _near_a_jump(one.due_at, plan):
            late += 1
    told_by_rung = Counter(number for number, _ in mails)
    too_many = sum(
        max(0, told_by_rung[str(rows[one.request_id, one.clock, one.number].id)] - len(one.told)) for one in expected
    )
    due = {(one.request_id, one.clock, one.number) for one in expected}
    unexpected = sum(row.fired_at is not None and key not in due for key, row in rows.items())
    return {
        "escalations_due": len(expected),
        "escalations_missing": missing,
        "escalations_repeated": sum(count - 1 for count in said.values()) + too_many + unexpected,
        "escalations_late": late,
        "escalations_to_the_absent": sum(address.startswith("gone.") for _, address in mails),
    }


def _is_late(due: dt.datetime, fired: dt.datetime, down: Sequence[tuple[float, float]]) -> bool:
    """Whether more than a minute went by in which a process ran; some are killed before they have done anything."""
    first, last = due.timestamp(), fired.timestamp()
    nothing_ran = sum(max(0.0, min(ends, last) - max(begins, first)) for begins, ends in down)
    return last - first - nothing_ran > LATE


def _near_a_jump(due: dt.datetime, plan: Plan) -> bool:
    """Around a jump nobody can say what is late: by which clock?"""
    at = due.timestamp()
    return any(begins - abs(by) - 120 <= at <= ends + abs(by) + 120 for begins, ends, by in plan.jumps)
