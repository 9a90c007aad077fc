"""Every sentence that a wrong settings file can earn, and the place to which it points: see mistakes.txt."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import pytest

Refused = Callable[..., list[str]]

BLOCKS = [
    block.splitlines()
    for block in Path(__file__).with_name("mistakes.txt").read_text(encoding="utf-8").split("\n\n")[1:]
]


@pytest.mark.parametrize("block", BLOCKS, ids=[block[-1][2:].replace(" ", "_")[:80] for block in BLOCKS])
def test_a_mistake_says_where_it_is_what_is_wanted_and_what_stands_there(
    block: list[str], small: str, refused: Refused
) -> None:
    *edits, said = block
    marked = edited(small, edits)
    before, _, after = marked.partition("^")
    place = f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"

    assert refused(before + after) == [f"postroom.yaml:{place}: {said[2:]}"]


def edited(text: str, edits: list[str]) -> str:
    """Carry out the edits of a block: lines with - are replaced by the lines with + that follow them."""
    runs = ["".join(f"{line[2:]}\n" for line in lines) for _, lines in groupby(edits, key=lambda line: line[0])]
    for there, instead in zip(runs[::2], runs[1::2], strict=True):
        assert there in text
        text = text.replace(there, instead, 1)
    return text
