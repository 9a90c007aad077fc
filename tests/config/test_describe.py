from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from config.describe import describe
from config.load import load
from config.settings import ENVIRONMENT, Settings
from config.shape import entries, group_type, plain

Read = Callable[..., Settings]

EXAMPLE = Path(__file__).parents[2] / "config/postroom.example.yaml"
COMMENTED_OUT = [number for number, line in enumerate(describe().splitlines()) if re.match(r" *#\w+:", line)]


def groups(kind: Any = Settings) -> Iterator[type[BaseModel]]:
    if group := group_type(kind):
        yield group
        for option in group.model_fields.values():
            yield from groups(option.annotation)
    elif getattr(plain(kind), "__origin__", None) in (dict, tuple):
        yield from groups(entries(kind))


def test_the_example_in_the_repository_is_what_the_program_prints() -> None:
    assert describe() == EXAMPLE.read_text(encoding="utf-8")


def test_the_example_loads_without_a_mistake() -> None:
    settings = load(EXAMPLE, {})

    assert list(settings.mailboxes) == ["it", "people", "help"]
    assert list(settings.departments) == ["it", "hr", "finance"]


@pytest.mark.parametrize("group", list(dict.fromkeys(groups())), ids=lambda group: group.__name__)
def test_every_option_is_explained_in_whole_sentences(group: type[BaseModel]) -> None:
    for name, option in group.model_fields.items():
        assert re.fullmatch(r"[\w$].*[.)]", option.description or ""), f"{group.__name__}.{name}"
        assert option.description in " ".join(describe().replace("#", " ").split()), f"{group.__name__}.{name}"


@pytest.mark.parametrize("number", COMMENTED_OUT, ids=lambda number: describe().splitlines()[number].strip())
def test_every_option_that_is_commented_out_can_be_set_as_it_stands(number: int, read: Read) -> None:
    lines = describe().splitlines()
    lines[number] = lines[number].replace("#", "", 1)
    above = max(n for n in range(number) if lines[n] and not lines[n].lstrip().startswith("#"))
    if "password_env:" in lines[number] and "password_file:" in lines[above]:
        del lines[above]  # One of the two is wanted.

    assert read("\n".join(lines)).organisation.name == "Lindwerk"


@pytest.mark.parametrize("name", ENVIRONMENT)
def test_the_variables_that_replace_a_setting_are_named(name: str) -> None:
    assert f"#   {name}  {ENVIRONMENT[name][0]}, {ENVIRONMENT[name][1]}" in describe().splitlines()
