"""`postroom explain-due REQ-n`: how its due times came about, stretch by stretch, to be checked with a calendar, and
with whom the time was spent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import click

from daemon.cli.room import open_for_work, request_named
from daemon.cli.sheet import Sheet, as_json, console, print_json, print_table, safe
from daemon.desk.clocks import WAITS, Clock, ClockKind
from daemon.desk.due_sum import DueSum, Standstill, add_up, standstills
from daemon.desk.holdings import holdings
from daemon.desk.request import Status, reference
from daemon.desk.shares import Share, shares
from daemon.office import Office
from daemon.store import clocks, ledger
from daemon.store.requests import StoredRequest
from daemon.thought import desk_clock


@click.command("explain-due")
@click.argument("name", metavar="REQ-n")
@as_json
@click.pass_obj
def command(sheet: Sheet, name: str, machine: bool) -> None:
    """Show how the due times of a request came about: each opening that was counted, and what was not."""
    with open_for_work(sheet) as office, office.store.reading() as connection:
        request = request_named(connection, name)
        lines = ledger.lines_of(connection, request.id)
        moved = next((line for line in reversed(lines) if line.what == "new_date"), None)
        stood, held, now = standstills(lines), list(holdings(lines)), office.now()
        calendar = office.calendar(request.department)
        running = [desk_clock(stored) for stored in clocks.of_request(connection, request.id)]
        sums = [add_up(clock, calendar, stood) for clock in running]
        parts = [shares(_with_pauses(clock, stood), held, now, office.calendar) for clock in running]
        zone = office.person(request.requester).time_zone or office.settings.organisation.time_zone
    if machine:
        facts = (
            _facts(request, one, part, calendar.zone, ZoneInfo(zone)) for one, part in zip(sums, parts, strict=True)
        )
        print_json(list(facts))
        return
    for one, part in zip(sums, parts, strict=True):
        _print(request, one, part, office, calendar.zone, ZoneInfo(zone))
        if moved is not None and one.clock.kind is ClockKind.RESOLUTION and moved.from_value:
            before = dt.datetime.fromisoformat(moved.from_value)
            said = f"{moved.actor} has promised this instead of {_local(before, calendar.zone)}: {moved.why}"
            console().print(safe(said))


def _with_pauses(clock: Clock, stood: Sequence[Standstill]) -> Clock:
    waits = clock.kind in WAITS
    return replace(clock, pauses=tuple((one.begins, one.ends) for one in stood)) if waits else clock


def _facts(
    request: StoredRequest, one: DueSum, parts: Sequence[Share], zone: ZoneInfo, theirs: ZoneInfo
) -> dict[str, object]:
    return {
        "request": reference(request.id),
        "clock": one.clock.kind,
        "started_at": one.clock.started_at,
        "target": _length(one.clock.target),
        "target_seconds": round(one.clock.target.total_seconds()),
        "steps": [
            {
                "begins": step.begins,
                "ends": step.ends,
                "counted_seconds": round(step.counted.total_seconds()),
                "total_seconds": round(step.total.total_seconds()),
                "not_counted_because": step.why or None,
            }
            for step in one.steps
        ],
        "due_at": one.due_at,
        "due_for_department": one.due_at.astimezone(zone),
        "due_for_requester": one.due_at.astimezone(theirs),
        "promised_due_at": one.clock.due_at,
        "stopped_at": one.clock.stopped_at,
        "held_by": [
            {"department": part.department, "owner": part.owner, "seconds": round(part.length.total_seconds())}
            for part in parts
        ],
    }


def _print(
    request: StoredRequest, one: DueSum, parts: Sequence[Share], office: Office, zone: ZoneInfo, theirs: ZoneInfo
) -> None:
    out, clock = console(), one.clock
    desk = office.desk(request.department)
    what = clock.kind.replace("_", " ")
    out.print(safe(f"{reference(request.id)}, {what}: {_length(clock.target)} of business time", "bold"))
    out.print(
        safe(f"{request.department or 'triage'}, priority {request.priority}, calendar {desk.calendar!r} in {zone.key}")
    )
    rows = [(_local(clock.started_at, zone), "", "", "", "it came in")]
    rows += [
        (_local(s.begins, zone), _local(s.ends, zone), _length(s.counted), _length(s.total), s.why) for s in one.steps
    ]
    print_table("", ["from", "until", "counted", "sum", ""], rows)
    out.print(
        safe(f"due {_local(one.due_at, zone)} {zone.key}, for the requester {_local(one.due_at, theirs)} {theirs.key}")
    )
    if request.status == Status.WAITING and clock.kind in WAITS:
        out.print(safe("It waits, and this clock stands still: it will be due later by as long as it waits."))
    if one.due_at != clock.due_at:
        out.print(
            safe(
                f"Promised was {_local(clock.due_at, zone)}: the calendar or the target was another when it was "
                "computed. Reminders go by the promise."
            )
        )
    if clock.stopped_at is not None:
        kept = "in time" if clock.stopped_at <= clock.due_at else "too late"
        out.print(safe(f"It stopped {_local(clock.stopped_at, zone)}, {kept}."))
    held = (f"{part.department}, {part.owner or 'nobody'}: {_length(part.length)}" for part in parts)
    out.print(safe(f"Time with {'; '.join(held)}"))
    out.print()


def _local(at: dt.datetime, zone: ZoneInfo) -> str:
    """With the seconds only where there are any, and the offset, without which a night of the clocks adds up wrong."""
    local = at.astimezone(zone)
    return f"{local:{'%a %d %b %Y %H:%M:%S %z' if local.second else '%a %d %b %Y %H:%M %z'}}"


def _length(length: dt.timedelta) -> str:
    minutes, seconds = divmod(round(length.total_seconds()), 60)
    return f"{minutes // 60}:{minutes % 60:02d}" + (f":{seconds:02d}" if seconds else "") + " h"
