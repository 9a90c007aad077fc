"""`postroom rules coverage`: which rules fire, how often people overrule them, and which never match."""

from __future__ import annotations

import datetime as dt
import os
from typing import Any

import click
from rich.text import Text

from daemon.cli.progress import bar
from daemon.cli.room import open_for_work
from daemon.cli.sheet import (
    BAD_CONFIGURATION,
    UNAVAILABLE,
    Ends,
    Sheet,
    as_json,
    console,
    print_json,
    print_table,
    safe,
)
from daemon.cli.since import since
from daemon.coverage import Coverage, RuleCoverage, coverage
from daemon.parsing import ParserDown


@click.command("coverage")
@since
@as_json
@click.pass_obj
def command(sheet: Sheet, span: dt.timedelta, machine: bool) -> None:
    """Say which rules fire, how often people overrule them, and which never match past mail. Changes nothing.

    `decided` and `overruled` are what was recorded, whatever the rules were then. `would decide` is what the
    rules of today make of the same mail.
    """
    processes = max(2, os.cpu_count() or 1)
    with open_for_work(sheet, read_only=True, processes=processes) as office:
        if office.rules is None:
            raise Ends("There are no rules: the settings name no rules.folder.", BAD_CONFIGURATION)
        try:
            with bar("asking again") as progress:
                found = coverage(office, office.rules, office.now() - span, processes, progress)
        except ParserDown as error:
            raise Ends(f"Mail cannot be read now: {error}", UNAVAILABLE) from error
    if machine:
        print_json(_document(found))
    else:
        _print(found, span)


def _note(row: RuleCoverage) -> str:
    if not row.source:
        return "no longer in the rules"
    if not row.matches:
        return "never matches"
    return "" if row.would_decide else "matches, but another rule is always asked first"


def _document(found: Coverage) -> dict[str, Any]:
    rows = [
        {
            "rule": row.rule,
            "at": row.source,
            "decided": row.decided,
            "overruled": row.overruled,
            "would_decide": row.would_decide,
            "note": _note(row),
        }
        for row in found.rules
    ]
    return {"mails": found.mails, "left_out": found.left_out, "rules": rows}


def _print(found: Coverage, span: dt.timedelta) -> None:
    print_table(
        f"{found.mails} requests of the last {span / dt.timedelta(days=1):g} days",
        ["rule", "at", "decided", "overruled", "would decide", ""],
        [
            (row.rule, row.source, row.decided, _overruled(row), row.would_decide, safe(_note(row), "yellow"))
            for row in found.rules
        ],
    )
    if found.left_out:
        console().print(safe(f"{found.left_out} more could not be asked again.", "yellow"))


def _overruled(row: RuleCoverage) -> Text:
    if not row.overruled:
        return safe("0")
    share = row.overruled / row.decided
    return safe(f"{row.overruled} ({100 * share:.0f} %)", "bold red" if share >= 0.2 else "")
