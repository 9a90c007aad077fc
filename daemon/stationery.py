"""The stationery on disk: the templates of Postroom, and those of an organisation that replace them.

A file in the organisation's folder replaces the built-in one of the same name. Who replaces the text of a
mail and not its HTML gets plain text: a mail program that shows HTML would otherwise show the words that were
to be replaced.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from pathlib import Path

from daemon.desk.notices import Stationery, TemplateMistake, TemplatesRefused

_SUFFIX = ".j2"


def load_stationery(folder: Path | None) -> Stationery:
    """The templates of a folder over the built-in ones; None for those alone.

    Raises TemplatesRefused with every mistake, each with its file and line. The built-in ones are tried by a test,
    not at every start: nobody can change them, and it takes a third of a second.
    """
    if folder is None:
        return _built_in_stationery()
    built_in = built_in_templates()
    own = _templates_in(folder, built_in)
    hidden = {name.replace(".txt.", ".html.") for name in own} - set(own)
    kept = {name: text for name, text in built_in.items() if name not in hidden}
    stationery = Stationery(kept | own)
    try:
        stationery.require_sound()
    except TemplatesRefused as refused:
        raise TemplatesRefused([_placed(one, own, folder) for one in refused.mistakes]) from None
    return stationery


@cache
def _built_in_stationery() -> Stationery:
    """One for the life of a process: what one office has compiled, the next need not."""
    return Stationery(built_in_templates())


def built_in_templates() -> dict[str, str]:
    """The text of every template that comes with Postroom, by its name."""
    here = files("daemon") / "templates"
    return {one.name: one.read_text(encoding="utf-8") for one in here.iterdir() if one.name.endswith(_SUFFIX)}


def _templates_in(folder: Path, built_in: Mapping[str, str]) -> dict[str, str]:
    if not folder.is_dir():
        raise TemplatesRefused(
            [TemplateMistake(str(folder), 0, "this folder of templates does not exist; create it or unset it")]
        )
    own: dict[str, str] = {}
    mistakes: list[TemplateMistake] = []
    for path in sorted(folder.glob(f"*{_SUFFIX}")):
        if path.name not in built_in:
            mistakes.append(TemplateMistake(str(path), 0, _unused(path.name, built_in)))
            continue
        try:
            own[path.name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as trouble:
            mistakes.append(TemplateMistake(str(path), 0, f"it cannot be read as UTF-8 text ({trouble})"))
    if mistakes:
        raise TemplatesRefused(mistakes)
    return own


def _unused(name: str, built_in: Mapping[str, str]) -> str:
    near = get_close_matches(name, built_in, n=1)
    return "no mail is written from a template of this name" + (f"; did you mean {near[0]}?" if near else "")


def _placed(mistake: TemplateMistake, own: Mapping[str, str], folder: Path) -> TemplateMistake:
    return replace(mistake, template=str(folder / mistake.template)) if mistake.template in own else mistake
