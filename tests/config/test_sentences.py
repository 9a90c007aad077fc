from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, get_origin

import pytest
from pydantic import ValidationError

from config.document import read_document
from config.sentences import sentence
from config.settings import Settings
from config.shape import entries, group_type, plain

WRONG: list[Any] = [
    *("text", "", 7, -1, 10**30, 1.5, float("nan"), True, None),
    *([], ["x"], [None], [[]], [{}], {}, {"x": 1}, {"x": {}}),
]


def options(kind: Any, way: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the way to every option: names of groups and options, "*" for an entry of a list or of a dict."""
    if way:
        yield way
    if group := group_type(kind):
        for name, option in group.model_fields.items():
            yield from options(option.annotation, (*way, name))
    elif get_origin(plain(kind)) in (dict, tuple):
        yield from options(entries(kind), (*way, "*"))


@pytest.mark.parametrize("way", list(options(Settings)), ids=".".join)
def test_every_wrong_value_of_every_option_has_a_sentence_of_ours(way: tuple[str, ...], small: str) -> None:
    document = read_document(small)
    for wrong in WRONG:
        tree = deepcopy(document.tree)
        put(tree, Settings, way, wrong)

        for said in sentences(tree):
            assert not any(word in said for word in ("cannot be used", "nput should", "type=", "alid "))


def sentences(tree: dict[str, Any]) -> list[str]:
    try:
        Settings.model_validate(tree)
    except ValidationError as error:
        return [sentence(detail) for detail in error.errors()]
    return []


def put(place: Any, kind: Any, way: tuple[str, ...], value: Any) -> None:
    """Put a value at the end of a way into a tree, making what is not there."""
    step, *rest = way
    key: Any = step
    if step == "*":
        key = 0 if isinstance(place, list) else next(iter(place), "standard")
        if isinstance(place, list) and not place:
            place.append(None)
        inside = entries(kind)
    else:
        inside = group_type(kind).model_fields[step].annotation  # type: ignore[union-attr]
    if not rest:
        place[key] = value
        return
    empty: Any = [] if get_origin(plain(inside)) is tuple else {}
    there = place.get(key) if isinstance(place, dict) else place[key]
    place[key] = there if isinstance(there, type(empty)) else empty
    put(place[key], inside, tuple(rest), value)
