"""The piece of text that a pattern needs: without it the pattern is not even tried, so it must never be wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.mistakes import Notebook
from rules.patterns import read_pattern
from rules.rule import Offers, RegexPattern
from rules.words import fold, unaccented
from rules.yaml_lines import Text


def pattern(written: str) -> RegexPattern | None:
    return read_pattern(Text(written, 1), Notebook("a.yaml", Offers(())))


@pytest.mark.parametrize(
    ("written", "needs"),
    [
        (r"INV-\d{6}", "inv"),
        (r"\bÜbung(en)?\b", "ubung"),
        ("colou?r", "colo"),
        ("ab+c", "ab"),
        ("xab{0,2}c", "xa"),
        ("order|invoice", ""),
        ("(order|invoice) number", "number"),
        ("(?i)invoice", ""),
        ("(?:order)? ?no", "no"),
        (r"a\.b", "a"),
        (r"\x41bc", ""),
        (r"\Qa(b\E", ""),
        (r"\pLabc\p{Lu}d", "abc"),
        ("[abc]def[^]g]", "def"),
        (r"[[:alpha:]\]x]yz", "yz"),
        (r"\d+", ""),
    ],
)
def test_the_longest_piece_that_every_text_must_have(written: str, needs: str) -> None:
    found = pattern(written)

    assert found is not None
    assert found.needs == needs


PIECES = [
    "a",
    "b",
    "ab",
    "ü",
    "K",
    "ß",
    "1",
    ".",
    r"\d",
    r"\b",
    r"\.",
    "[ab]",
    "[^a]",
    "[]a]",
    r"\pL",
    r"\x41",
    "^",
    "$",
    " ",
]
REPEATS = ["", "", "", "?", "*", "+", "{2}", "{0,1}", "??"]
parts = st.builds(lambda piece, repeat: piece + repeat, st.sampled_from(PIECES), st.sampled_from(REPEATS))
patterns = st.recursive(
    st.lists(parts, min_size=1, max_size=4).map("".join),
    lambda inner: st.one_of(
        st.builds(lambda one, repeat: f"({one}){repeat}", inner, st.sampled_from(REPEATS)),
        st.builds(lambda one, other: f"{one}|{other}", inner, inner),
        st.builds(lambda one: f"(?:{one})", inner),
        st.builds(lambda one: f"(?P<n>{one})", inner),
        st.builds(lambda one, other: one + other, inner, inner),
    ),
    max_leaves=4,
)
texts = st.text(st.sampled_from("aAbBüÜkK\u212aßſ1. \u00ad-"), max_size=12)


@given(patterns, st.lists(texts, min_size=5, max_size=5))
def test_a_text_that_a_pattern_fits_has_the_piece_that_it_needs(written: str, asked: list[str]) -> None:
    found = pattern(written)

    for text in asked if found else ():
        assert not found.compiled.search(unaccented(text)) or found.needs in fold(text)
