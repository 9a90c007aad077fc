"""A group of commands that are imported when they are called: `--help` takes no second."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click


class OnDemand(click.Group):
    """A group whose commands stand each in a file of its own.

    `table`: command -> one line of help, in the order in which a newcomer needs them. `modules`: command -> its
    module in daemon.cli, where that is not the command's own name.
    """

    def __init__(self, *args: Any, table: Mapping[str, str], modules: Mapping[str, str], **words: Any) -> None:
        super().__init__(*args, **words)
        self._table, self._modules = table, modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Commands in their order."""
        return list(self._table)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command called `name`."""
        if name not in self._table:
            return None
        module = importlib.import_module(f"daemon.cli.{self._modules.get(name, name)}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Print the one-line helps without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(self._table.items()))
