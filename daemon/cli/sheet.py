"""What every command needs: where the settings are, how to print, and what an exit status means.

| status | meaning |
|---|---|
| 0 | done |
| 1 | done, and something is not as it should be (`check`, `status`, `backup --verify`), or there is no such thing |
| 64 | the command line is wrong |
| 69 | the database or a server cannot be used now |
| 73 | the backup cannot be written there |
| 75 | another Postroom works here; try later |
| 78 | settings, rules, templates or model do not load |
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import getpass
import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from daemon.logs import visible

# Each of these takes longer than all that `--help` does: they are imported where they are needed.
if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from config.settings import Settings

OK, NOT_AS_IT_SHOULD_BE, USAGE, UNAVAILABLE, CANNOT_WRITE, TRY_LATER, BAD_CONFIGURATION = 0, 1, 64, 69, 73, 75, 78

Command = TypeVar("Command", bound=Callable[..., object])

DEFAULT_PATH = "/etc/postroom/postroom.yaml"


class Ends(click.ClickException):
    """A command ends with a sentence and an exit status."""

    def __init__(self, message: str, status: int = NOT_AS_IT_SHOULD_BE) -> None:
        """`message` may have several lines, one mistake each."""
        super().__init__(message)
        self.status = status

    def show(self, file: Any = None) -> None:
        """Print the sentence to standard error, control characters made visible."""
        for line in self.message.splitlines():
            click.echo(visible(line), err=True)


@dataclasses.dataclass(frozen=True)
class Sheet:
    """What the command line said before the command: the path of the settings."""

    path: Path

    def settings(self) -> Settings:
        """The settings, or the end of the command with every mistake."""
        from daemon.premises import OfficeClosed, read_settings  # noqa: PLC0415

        try:
            return read_settings(self.path)
        except OfficeClosed as error:
            raise Ends(str(error), BAD_CONFIGURATION) from error


def run_command(command: click.Command, arguments: Sequence[str]) -> int:
    """Run a command; its exit status."""
    try:
        outcome = command.main(list(arguments), prog_name="postroom", standalone_mode=False)
    except click.UsageError as error:
        error.show()
        return USAGE
    except click.ClickException as error:
        error.show()
        return error.status if isinstance(error, Ends) else NOT_AS_IT_SHOULD_BE
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped.", err=True)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    return outcome if isinstance(outcome, int) else OK


def console() -> Console:
    """Where people read: colours only on a terminal, full width when piped."""
    from rich.console import Console  # noqa: PLC0415

    return Console(highlight=False, soft_wrap=not sys.stdout.isatty(), width=None if sys.stdout.isatty() else 200)


def safe(text: object, style: str = "") -> Text:
    """Text from a mail, made harmless: no markup, no control or direction characters but line breaks."""
    from rich.text import Text  # noqa: PLC0415

    written = "" if text is None else str(text)
    return Text("\n".join(visible(line) for line in written.split("\n")), style=style)


def print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table for people; every cell is made safe."""
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(title=title or None, title_justify="left", header_style="bold", box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(cell if isinstance(cell, Text) else safe(cell) for cell in row))
    console().print(table)


def print_json(value: object) -> None:
    """One JSON document for machines; instants in ISO 8601, UTC."""
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False, indent=2))


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: getattr(value, f.name) for f in dataclasses.fields(value) if f.name != "raw"}
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def account() -> str:
    """Who runs this command, by the name of the account, or its number where it has no name (a container)."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def short_time(instant: dt.datetime | None, settings: Settings | None = None) -> str:
    """An instant as people read it, in the organisation's time zone if it is known."""
    if instant is None:
        return ""
    if settings is None:
        return f"{instant:%Y-%m-%d %H:%M} UTC"
    from zoneinfo import ZoneInfo  # noqa: PLC0415

    return f"{instant.astimezone(ZoneInfo(settings.organisation.time_zone)):%a %d %b %H:%M}"


def by(who: str) -> Callable[[Command], Command]:
    """The option --by, which becomes `actor`; `who` says whose name it wants."""
    return click.option(
        "--by",
        "actor",
        callback=lambda _context, _option, given: given or account(),
        help=f"{who}; without it the name of your account.",
    )


as_json = click.option("--json", "machine", is_flag=True, help="Print JSON for machines.")
