"""Shape: which kind of thing stands where in the settings; read off the types of `config.settings`."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from config.mistakes import Loc
from config.settings import Settings


def plain(annotation: Any) -> Any:
    """Return a type without its Annotated[...] and without `| None`."""
    if get_origin(annotation) is Annotated:
        return plain(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return plain(next(option for option in get_args(annotation) if option is not type(None)))
    return annotation


def entries(annotation: Any) -> Any:
    """Return the type of the values of a dict or of the items of a tuple."""
    kind = plain(annotation)
    return plain(get_args(kind)[1 if get_origin(kind) is dict else 0])


def group_type(annotation: Any) -> type[BaseModel] | None:
    """Return the group of options that a type is, None for any other type."""
    kind = plain(annotation)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def known_keys(loc: Loc) -> tuple[str, ...]:
    """Return the keys that may stand in the group at `loc`."""
    kind: Any = Settings
    for step in loc:
        group = group_type(kind)
        kind = group.model_fields[str(step)].annotation if group else entries(kind)
    group = group_type(kind)
    return tuple(group.model_fields) if group else ()
