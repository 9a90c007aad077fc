"""Every command and every option says what it does, in one style."""

from __future__ import annotations

from collections.abc import Iterator

import click
import pytest

from daemon.cli.root import postroom


def commands(command: click.Command, context: click.Context) -> Iterator[tuple[str, click.Command, click.Context]]:
    """The command and all below it, each with the words that call it."""
    yield context.command_path, command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            yield from commands(inner, click.Context(inner, parent=context, info_name=name))


EVERY = list(commands(postroom, click.Context(postroom, info_name="postroom")))


@pytest.mark.parametrize(("command", "context"), [one[1:] for one in EVERY], ids=[one[0] for one in EVERY])
def test_a_command_and_each_of_its_options_says_what_it_does_in_a_sentence(
    command: click.Command, context: click.Context
) -> None:
    said = {"": (command.help or "").partition("\n\n")[0]} | {
        option.opts[-1]: option.help or "" for option in command.params if isinstance(option, click.Option)
    }

    assert [name for name, words in said.items() if not words[:1].isupper() or not words.rstrip().endswith(".")] == []


GROUPS = [(name, context) for name, command, context in EVERY if isinstance(command, click.Group)]


@pytest.mark.parametrize("group", [one[1] for one in GROUPS], ids=[one[0] for one in GROUPS])
def test_no_line_of_a_list_of_commands_is_cut_off(group: click.Context) -> None:
    _, _, listed = group.get_help().partition("Commands:\n")

    assert listed
    assert [line for line in listed.splitlines() if line.endswith("...")] == []
