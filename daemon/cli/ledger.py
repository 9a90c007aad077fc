"""`postroom ledger`: the history of a request, whether all of it stands as it was written, and a copy for others."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import click

from config.settings import Settings
from config.values import parse_day, parse_duration
from daemon.cli.room import open_for_reading, request_named
from daemon.cli.sheet import (
    NOT_AS_IT_SHOULD_BE,
    OK,
    USAGE,
    Ends,
    Sheet,
    as_json,
    console,
    print_json,
    print_table,
    safe,
    short_time,
)
from daemon.desk.holdings import Holding, holdings
from daemon.desk.request import reference
from daemon.discretion import seen_line, seen_lines
from daemon.premises import utc_now
from daemon.store import ledger, requests
from daemon.store.chain import Line

Row = dict[str, Any]

#: A spreadsheet takes a cell that begins so for a formula and works it out.
_FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


class Histories(click.Group):
    """A group with a command for each request: `postroom ledger REQ-41`."""

    def get_command(self, ctx: click.Context, name: str) -> click.Command:
        """`house`, `verify`, `export`, or the history of the request of this name."""
        found = super().get_command(ctx, name)
        callback = click.pass_obj(partial(_show, name=name))
        return found or click.command(name, help=f"Show the history of {name}.")(as_json(callback))


@click.group("ledger", cls=Histories, subcommand_metavar="REQ-n|house|verify|export [OPTIONS]")
def command() -> None:
    """Show the history of one request (`postroom ledger REQ-41`), or look at the whole ledger."""


def _show(sheet: Sheet, name: str, machine: bool) -> None:
    with open_for_reading(sheet) as (settings, store), store.reading() as connection:
        request = request_named(connection, name)
        lines = seen_lines(request, ledger.lines_of(connection, request.id))
    held = list(holdings(lines))
    if machine:
        print_json({"reference": reference(request.id), "entries": lines, "holdings": held})
        return
    print_table(f"{reference(request.id)}", ["when", "who", "what", "from → to", "why"], _rows(lines, settings))
    console().print()
    print_table("who had it", ["owner", "department", "from", "until", "why", "ended"], _held(held, settings))


def _rows(lines: Iterable[Line], settings: Settings) -> list[tuple[str, ...]]:
    return [
        (
            short_time(line.at, settings),
            line.actor,
            line.what.replace("_", " "),
            " → ".join(value for value in (line.from_value, line.to_value) if value),
            line.why,
        )
        for line in lines
    ]


def _held(held: Iterable[Holding], settings: Settings) -> list[tuple[str, ...]]:
    return [
        (
            one.owner or "nobody",
            one.department,
            short_time(one.since, settings),
            short_time(one.until, settings) if one.until else "now",
            one.why,
            one.ended,
        )
        for one in held
    ]


@command.command("house", short_help="Show what was done to the house itself.")
@as_json
@click.pass_obj
def house(sheet: Sheet, machine: bool) -> None:
    """Show what was done to the house itself: models put into service, thresholds raised, and by whom."""
    with open_for_reading(sheet) as (settings, store), store.reading() as connection:
        lines = ledger.of_house(connection)
    if machine:
        print_json({"entries": lines})
        return
    print_table("The house", ["when", "who", "what", "from → to", "why"], _rows(lines, settings))


@command.command("verify", short_help="Prove that every line stands as it was written.")
@click.option(
    "--witness",
    metavar="LINE:HASH",
    help="A line and its hash as noted earlier, elsewhere: it must still stand in the ledger.",
)
@as_json
@click.pass_obj
def verify(sheet: Sheet, witness: str | None, machine: bool) -> int:
    """Read the whole ledger and name every line that was changed, removed or moved.

    The last line and its hash are printed; noted outside of the database they prove later, with --witness, that
    nobody has written the ledger anew.
    """
    with open_for_reading(sheet) as (_, store), store.reading() as connection:
        found = ledger.verify(connection)
        wrong = [one.sentence for one in found.breaks]
        if witness is not None:
            wrong += _doubts(witness, ledger.hash_of(connection, _line_of(witness)))
    if machine:
        print_json({"lines": found.lines, "head": found.head, "wrong": wrong})
        return NOT_AS_IT_SHOULD_BE if wrong else OK
    for sentence in wrong:
        console().print(safe(f"The ledger was tampered with: {sentence}."))
    if wrong:
        console().print("Compare it with a backup; `postroom ledger REQ-n` shows what stands there now.")
        return NOT_AS_IT_SHOULD_BE
    console().print(f"{found.lines} lines, all as they were written. Witness: {found.head.id}:{found.head.hash}")
    return OK


def _line_of(witness: str) -> int:
    number, _, noted = witness.partition(":")
    if not number.isdigit() or len(noted) != 64:
        raise Ends(f"{witness!r} is no witness; one looks as `postroom ledger verify` prints it, 4711:5f0c…", USAGE)
    return int(number)


def _doubts(witness: str, stands: str | None) -> list[str]:
    number, _, noted = witness.partition(":")
    if stands == noted.lower():
        return []
    return [f"line {number} is " + ("not there any more" if stands is None else "not the line that the witness saw")]


@command.command("export")
@click.option("--since", required=True, metavar="90d|2026-01-31", help="From when on: so long ago, or from this day.")
@click.option(
    "--what",
    type=click.Choice(["lines", "holdings"]),
    default="lines",
    show_default=True,
    help="Every line of the ledger, or who owned which request from when to when.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json", "parquet"]),
    default="csv",
    show_default=True,
    help="How it is written; parquet wants the extra of that name.",
)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file; without it, the screen.")
@click.pass_obj
def export(sheet: Sheet, since: str, what: str, form: str, output: Path | None) -> None:
    """Write the ledger down for a spreadsheet or a program. Instants are UTC."""
    with open_for_reading(sheet) as (settings, store), store.reading() as connection:
        start = _start(since, settings)
        in_confidence = requests.confidential(connection)
        lines = (
            seen_line(in_confidence[line.request_id], line) if line.request_id in in_confidence else line
            for line in ledger.all_lines(connection)
        )
        rows = list(_line_rows(lines, start) if what == "lines" else _holding_rows(lines, start))
    columns = _columns(Line if what == "lines" else Holding)
    if form == "parquet":
        _write_parquet(columns, rows, output)
    else:
        _write_text(_as_csv(columns, rows) if form == "csv" else _as_json(rows), output)
    if output is not None:
        click.echo(f"{len(rows)} {what} are in {output}.")


def _start(since: str, settings: Settings) -> dt.datetime:
    try:
        return utc_now() - parse_duration(since)
    except ValueError:
        pass
    try:
        day = parse_day(since)
    except ValueError as error:
        raise Ends(
            f"--since wants a duration such as 90d or a day such as 2026-01-31, not {since!r}.", USAGE
        ) from error
    return dt.datetime.combine(day, dt.time(), ZoneInfo(settings.organisation.time_zone)).astimezone(dt.UTC)


def _columns(kind: type[Line | Holding]) -> list[str]:
    names = ("request" if field.name == "request_id" else field.name for field in dataclasses.fields(kind))
    return ["line" if name == "id" else name for name in names]


def _line_rows(lines: Iterable[Line], start: dt.datetime) -> Iterator[Row]:
    yield from (_row(line) for line in lines if line.at >= start)


def _holding_rows(lines: Iterable[Line], start: dt.datetime) -> Iterator[Row]:
    """Also those that began before, if they lasted until then."""
    found = (one for one in holdings(lines) if one.until is None or one.until >= start)
    yield from map(_row, sorted(found, key=lambda one: (one.since, one.request_id)))


def _row(one: Line | Holding) -> Row:
    values = [getattr(one, field.name) for field in dataclasses.fields(one)]
    row = dict(zip(_columns(type(one)), values, strict=True))
    return row | {"request": "" if one.request_id is None else reference(one.request_id)}


def _as_csv(columns: Sequence[str], rows: Iterable[Row]) -> str:
    written = io.StringIO()
    sheet = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")  # RFC 4180
    sheet.writerow(columns)
    sheet.writerows([_cell(row[name]) for name in columns] for row in rows)
    return written.getvalue()


def _cell(value: object) -> str:
    """A value as text that no spreadsheet takes for a formula: an apostrophe stands before it then."""
    text = value.isoformat() if isinstance(value, dt.datetime) else "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ")[:1] in _FORMULA and text.strip() else text


def _as_json(rows: Iterable[Row]) -> str:
    return json.dumps(list(rows), default=dt.datetime.isoformat, ensure_ascii=False, indent=2) + "\n"


def _write_text(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    with _private(output) as file:
        file.write(text.encode())


def _write_parquet(columns: Sequence[str], rows: Sequence[Row], output: Path | None) -> None:
    if output is None:
        raise Ends("Parquet is no text for the screen; name a file with --output.", USAGE)
    try:
        import pyarrow as pa  # noqa: PLC0415 - 150 MB that only this one form needs
        from pyarrow import parquet  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise Ends(
            "Parquet wants the module 'pyarrow'; install Postroom with its extra `parquet` "
            "(in its checkout: `pip install '.[parquet]'`), or take --format csv.",
        ) from error
    instants = {"at", "since", "until"}
    kinds = {"line": pa.int64()} | dict.fromkeys(instants, pa.timestamp("us", tz="UTC"))
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in columns])
    with _private(output) as file:
        parquet.write_table(pa.Table.from_pylist(list(rows), schema=schema), file)


@contextmanager
def _private(output: Path) -> Iterator[BinaryIO]:
    """The file to write into, which only its owner can read if it is new: the ledger names people and why."""
    try:
        with open(output, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            yield file
    except OSError as error:
        raise Ends(f"{output} cannot be written ({error.strerror}).") from error
