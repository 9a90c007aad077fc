"""`postroom rules history`: which version of the rules was live when, what it decided, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from config.settings import Settings
from daemon import kept_rules
from daemon.cli.room import open_for_reading
from daemon.cli.sheet import Sheet, as_json, console, print_json, print_table, safe, short_time
from daemon.kept_rules import Live
from daemon.store import past


@click.command("history")
@as_json
@click.pass_obj
def command(sheet: Sheet, machine: bool) -> None:
    """Say which version of the rules was live when, how many routes it decided, and what changed by name.

    In the last column + is a new rule, - one that is gone, ~ one that says something else.
    """
    with open_for_reading(sheet, read_only=True) as (settings, store), store.reading() as connection:
        decided = past.rules_decided(connection)
    lives = kept_rules.history(settings.state_dir)
    rows = [_row(settings.state_dir, lives, at, decided) for at in range(len(lives))]
    if machine:
        print_json(rows)
    elif rows:
        _print(settings, rows)
    else:
        console().print("No rules have been live yet since versions are kept; the next start or reload begins.")


def _row(state_dir: Path, lives: Sequence[Live], at: int, decided: dict[str, int]) -> dict[str, Any]:
    one, before = lives[at], lives[at - 1] if at else None
    return {
        "version": one.version,
        "from": one.at,
        "until": lives[at + 1].at if at + 1 < len(lives) else None,
        "decisions": decided.get(one.version, 0) if one.version else None,
        "kept": one.version is not None and kept_rules.kept(state_dir, one.version).is_dir(),
        "changes": _changes(state_dir, before.version if before else None, one.version),
    }


def _changes(state_dir: Path, before: str | None, after: str | None) -> str | None:
    """What changed, None where there is nothing to compare with."""
    if before is None or after is None:
        return None
    old, new = (kept_rules.kept(state_dir, version) for version in (before, after))
    if not old.is_dir() or not new.is_dir():
        return "unknown: the files of one of them were not kept"
    return str(kept_rules.difference(old, new))


def _print(settings: Settings, rows: Sequence[dict[str, Any]]) -> None:
    print_table(
        "",
        ["version", "live from", "until", "decisions", "changes"],
        [
            (
                row["version"] or "no rules",
                short_time(row["from"], settings),
                short_time(row["until"], settings) or "now",
                row["decisions"],
                row["changes"] or "",
            )
            for row in reversed(rows)
        ],
    )
    console().print(safe("Decisions are counted by version, over all the times that it was live."))
