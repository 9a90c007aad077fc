"""`postroom shadow report`: where the candidate beside the live rules and model decided otherwise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import click

from daemon.cli.room import open_for_reading
from daemon.cli.sheet import Ends, Sheet, as_json
from daemon.cli.since import since
from daemon.cli.trial_sheet import Sides, as_page, days_of, how_many, show, weigh
from daemon.premises import utc_now
from daemon.shadow import Shadowed, so_far
from daemon.store import shadows


@click.command("report")
@since
@how_many
@as_page
@as_json
@click.pass_obj
def command(sheet: Sheet, span: dt.timedelta, shown: int, page: Path | None, machine: bool) -> int:
    """Say where the candidate decided otherwise than what was live, and weigh it as `postroom replay` does.

    The candidate is the newest of this time. Exit status 0 if the gate holds, 1 if it does not.
    """
    now = utc_now()
    with open_for_reading(sheet, read_only=True) as (settings, store), store.reading() as connection:
        found = so_far(settings.departments, shadows.since(connection, now - span))
    if found is None:
        raise Ends(
            "No candidate was asked in this time. Set rules.shadow or classifier.shadow and reload; it is asked about "
            "each request from then on."
        )
    title = f"Shadow: {len(found.tried)} requests of the last {span / dt.timedelta(days=1):g} days"
    sides = Sides(
        title,
        f"rules {_and(found.live_rules)}; model {_and(found.live_models)}",
        _candidate(found),
        days_of(found.tried, now),
        found.left_out,
    )
    return show(sides, weigh(settings, found.tried), shown, page, machine=machine)


def _and(versions: Sequence[str]) -> str:
    return " and ".join(versions)


def _candidate(found: Shadowed) -> str:
    said = f"rules {found.rules_version or 'none'}; model {found.model_version or 'none'}"
    return f"{said} ({found.earlier} answers of earlier candidates are not counted)" if found.earlier else said
