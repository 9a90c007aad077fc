"""Sentences: what a validation error of pydantic means, in words for the person who wrote the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from config.mistakes import Loc, did_you_mean, shown, stands
from config.shape import known_keys

Context = Mapping[str, Any]

# The kinds that the options of today can raise; a test gives every option every kind of wrong value, and
# fails when one of them gets no sentence of its own.
_SENTENCES: Mapping[str, Callable[[Any, Context], str]] = {
    "missing": lambda value, context: "is missing and has no default",
    "int_type": lambda value, context: f"wants a whole number; {stands(value)}",
    "float_type": lambda value, context: f"wants a number; {stands(value)}",
    "bool_type": lambda value, context: f"wants true or false; {stands(value)}",
    "literal_error": lambda value, context: f"wants {context['expected']}; {stands(value)}{_one_of(value, context)}",
    "dict_type": lambda value, context: f"wants a group of keys; {stands(value)}",
    "model_type": lambda value, context: f"wants a group of keys; {stands(value)}",
    "tuple_type": lambda value, context: f"wants a list; {stands(value)}{_as_a_list(value)}",
    "greater_than_equal": lambda value, context: f"wants at least {shown(context['ge'])}; {stands(value)}",
    "less_than_equal": lambda value, context: f"wants at most {shown(context['le'])}; {stands(value)}",
    "value_error": lambda value, context: str(context["error"]),
}


def sentence(error: ErrorDetails) -> str:
    """Return one validation error as a sentence: what is wanted and what stands there."""
    if error["type"] == "extra_forbidden":
        return _unknown_key(error["loc"])
    say = _SENTENCES.get(error["type"], _cannot_be_used)
    return say(error["input"], error.get("ctx", {}))


def _cannot_be_used(value: Any, context: Context) -> str:
    return f"cannot be used; {stands(value)}"


def _unknown_key(loc: Loc) -> str:
    key, known = str(loc[-1]), known_keys(loc[:-1])
    return f"unknown key {key!r}" + (did_you_mean(key, known) or f"; known here are {', '.join(known)}")


def _one_of(value: Any, context: Context) -> str:
    return did_you_mean(value, re.findall("'([^']+)'", str(context["expected"]))) if isinstance(value, str) else ""


def _as_a_list(value: Any) -> str:
    return f", write it as [{value!r}]" if isinstance(value, str) else ""
