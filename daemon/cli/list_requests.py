"""`postroom list`: requests, newest first."""

from __future__ import annotations

import datetime as dt

import click

from daemon.cli.room import open_for_reading
from daemon.cli.sheet import Sheet, as_json, print_json, print_table, short_time
from daemon.desk.clocks import WAITS
from daemon.desk.request import TRIAGE, Status, reference
from daemon.discretion import seen_request
from daemon.store import clocks, requests


@click.command("list")
@click.option("--department", help="Only this department.")
@click.option("--owner", help="Only this owner (address).")
@click.option("--tag", help="Only requests to which a rule gave this tag.")
@click.option("--triage", is_flag=True, help="Only what stands in triage.")
@click.option(
    "--status",
    "statuses",
    multiple=True,
    type=click.Choice([status.value for status in Status]),
    help="Only these statuses; without it, what is unfinished.",
)
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000), help="How many are listed.")
@as_json
@click.pass_obj
def command(
    sheet: Sheet,
    department: str | None,
    owner: str | None,
    tag: str | None,
    triage: bool,
    statuses: tuple[str, ...],
    limit: int,
    machine: bool,
) -> None:
    """List requests, newest first."""
    with open_for_reading(sheet) as (settings, store), store.reading() as connection:
        found = requests.listing(
            connection,
            statuses=statuses or requests.UNFINISHED,
            department=department,
            owner=owner.lower() if owner else None,
            triage=triage,
            tag=tag,
            limit=limit,
        )
        running = clocks.of_requests(connection, [request.id for request in found])
    if machine:
        print_json([request_json(request, running[request.id]) for request in found])
        return
    rows = [
        (
            reference(request.id),
            request.status,
            request.department or TRIAGE,
            request.owner or "",
            request.requester_name or request.requester,
            request.subject,
            short_time(_next_due(request, running[request.id]), settings),
        )
        for request in map(seen_request, found)
    ]
    print_table("", ["request", "status", "department", "owner", "requester", "subject", "next due"], rows)


def _next_due(request: requests.StoredRequest, running: list[clocks.StoredClock]) -> dt.datetime | None:
    """Nobody knows when what stands still will be due."""
    still = WAITS if request.status == Status.WAITING else frozenset()
    return min((one.due_at for one in running if one.stopped_at is None and one.kind not in still), default=None)


def request_json(request: requests.StoredRequest, running: list[clocks.StoredClock]) -> dict[str, object]:
    """A request as machines read it."""
    request = seen_request(request)
    plain: dict[str, object] = {"reference": reference(request.id)}
    plain |= {name: getattr(request, name) for name in (*requests.NewRequest.__slots__, "resolved_at")}
    plain["clocks"] = running
    return plain
