"""`postroom config`: describe every option, or check a file without touching anything else."""

from __future__ import annotations

import click

from daemon.cli.sheet import Sheet, console, safe


@click.group("config")
def command() -> None:
    """Describe or check the settings."""


@command.command("describe")
def describe() -> None:
    """Print an annotated postroom.yaml with every option."""
    from config.describe import describe as example  # noqa: PLC0415

    click.echo(example(), nl=False)


@command.command("check", short_help="Read the settings and say every mistake.")
@click.pass_obj
def check(sheet: Sheet) -> None:
    """Read the settings and say every mistake with file and line; `postroom check` tries the servers too."""
    settings = sheet.settings()
    console().print(
        safe(
            f"{sheet.path}: {len(settings.mailboxes)} mailboxes, {len(settings.departments)} departments, no mistakes."
        )
    )
