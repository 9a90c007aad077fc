"""Is the promise kept? What the daemon would have routed alone, over sets, seeds and promises, with strangers mixed in.

    python -m benchmarks.promise
    python -m benchmarks.promise --seeds 1 --sets hwu18 --most 3000

Every set in `shared/data/routing` beside the checkout, or where POSTROOM_DATA says, is split anew for each seed; the
test part is seen by nobody before. One mail of ten is then a stranger: half of them from the set itself, if it has any,
half from the other sets. A promise is broken where chance would bring so few right routes less than once in twenty
times if the true precision were just the promise (exact binomial). The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks import sets
from benchmarks.routing import Recipe
from classifier.text import fold
from classifier.threshold import PROMISES, at_most

ROOT = Path(__file__).parents[1]
SEEDS = 5
MOST = 12_000
STRANGERS = 0.1
"""Share of the mails that are strangers."""
_CHANCE = 0.05
# Two sets with more than this share of equal beginnings come from one office: its mails are no strangers to the other.
_RELATED, _BEGINNING = 0.01, 12

_Rights = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cell:
    """One set, seed and promise: of `mails`, strangers among them, so many were `routed` alone.

    Of these so many are `right`, and so many are `strangers`.
    """

    name: str
    seed: int
    promise: float
    mails: int
    routed: int
    right: int
    strangers: int = 0

    @property
    def bound(self) -> float:
        """The share of right routes below which chance does not explain it."""
        low, high = 0, self.routed
        while low < high:  # the fewest right ones that chance still explains
            middle = (low + high) // 2
            low, high = (low, middle) if at_most(middle, self.routed, self.promise) > _CHANCE else (middle + 1, high)
        return low / self.routed if self.routed else 0.0

    @property
    def kept(self) -> bool:
        """Whether the promise is kept, within its bound; where nothing is routed alone it is."""
        return not self.routed or self.right / self.routed >= self.bound


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.promise")
    options.add_argument("--seeds", type=int, default=SEEDS, help="how many splits of each set (default: %(default)s)")
    options.add_argument("--sets", default="", help="names with commas between them (default: all)")
    options.add_argument("--most", type=int, default=MOST, help="rows of a set, drawn by chance (default: %(default)s)")
    asked = options.parse_args()
    told = os.environ.get("POSTROOM_DATA", "")
    data = Path(told).resolve() if told else ROOT.parent / "shared" / "data"
    names = [name for name in asked.sets.split(",") if name]
    print(json.dumps(measure(data, range(asked.seeds), names, asked.most)))


def measure(
    data: Path, seeds: Iterable[int] = range(SEEDS), names: Sequence[str] = (), most: int = MOST
) -> dict[str, object] | None:
    """Every cell, and how many promises were kept; None if there is no set. Prints as it goes."""
    rows = _readable(data)
    if not rows:
        print(
            f"There are no sets to keep a promise with in {data}: set POSTROOM_DATA to the folder that holds routing/."
        )
        return None
    titles = f"{'set':>22} {'promise':>8} {'seed':>5} {'mails':>7} {'routed alone':>13}"
    print(f"{titles} {'right':>7} {'bound':>7} {'strangers':>10}")
    cells: list[Cell] = []
    for name in names or sorted(rows):
        others = _strange_to(name, rows)
        for seed in seeds:
            for one in _cells(name, seed, sets.split(sets.sample(rows[name], most, seed), seed), others):
                cells.append(one)
                print(_line(one), flush=True)
    kept = sum(one.kept for one in cells)
    print(f"\n{kept} of {len(cells)} promises kept within their bounds.\n")
    _summary(cells)
    return {
        "promises": len(cells),
        "kept": kept,
        "cells": [asdict(one) | {"bound": one.bound, "kept": one.kept} for one in cells],
    }


def _readable(data: Path) -> dict[str, tuple[sets.Row, ...]]:
    rows: dict[str, tuple[sets.Row, ...]] = {}
    for name, path in sets.found(data).items():
        try:
            rows[name] = sets.read(path)
        except sets.SetRefused as refused:
            print(f"{name} is left out: {refused}")
    return rows


def _strange_to(name: str, rows: Mapping[str, Sequence[sets.Row]]) -> list[str]:
    """Texts of those other sets that do not come from the same office."""
    mine = _beginnings(rows[name])
    strange: list[str] = []
    for other, its in rows.items():
        beginnings = _beginnings(its)
        if other != name and len(mine & beginnings) <= _RELATED * min(len(mine), len(beginnings)):
            strange += [row.text for row in its]
    return strange


def _beginnings(rows: Iterable[sets.Row]) -> frozenset[str]:
    return frozenset(" ".join(fold(row.text).split()[:_BEGINNING]) for row in rows)


def _cells(name: str, seed: int, split: sets.Split, others: Sequence[str]) -> list[Cell]:
    recipe = Recipe().fit([row.text for row in split.learnt], [row.label for row in split.learnt])
    if recipe.model is None:
        return []
    strange = _mixed(split.strangers, others, round(len(split.test) * STRANGERS / (1 - STRANGERS)), seed)
    said = recipe.said([*(row.text for row in split.test), *strange])
    right = np.zeros(len(said), dtype=bool)
    right[: len(split.test)] = [one.department == row.label for one, row in zip(said, split.test, strict=False)]
    stranger = np.arange(len(said)) >= len(split.test)
    cells = []
    for promise in PROMISES:
        alone = recipe.alone(said, promise)
        routed, good, taken = (int((alone & those).sum()) for those in (True, right, stranger))
        cells.append(Cell(name, seed, promise, len(said), routed, good, taken))
    return cells


def _mixed(own: Sequence[str], others: Sequence[str], count: int, seed: int) -> list[str]:
    """So many texts, half of them from the first if there are any."""
    chance = np.random.default_rng(seed)
    from_own = min(len(own), count // 2 if others else count)
    from_others = min(len(others), count - from_own)
    drawn = [(own, from_own), (others, from_others)]
    return [some[at] for some, much in drawn for at in chance.choice(len(some) or 1, much, replace=False).tolist()]


def _line(one: Cell) -> str:
    shown = f"{one.right / one.routed:>7.3f} {one.bound:>7.3f}" if one.routed else f"{'-':>7} {'-':>7}"
    mark = "" if one.kept else "  broken"
    cell = f"{one.name:>22} {one.promise:>8} {one.seed:>5} {one.mails:>7} {one.routed / one.mails:>13.3f}"
    return f"{cell} {shown} {one.strangers:>10}{mark}"


def _summary(cells: Sequence[Cell]) -> None:
    """One line for each set and promise, over the seeds; `without`: what is right if no stranger is mixed in."""
    print(f"{'set':>22} {'promise':>8} {'routed alone':>13} {'right':>7} {'worst':>7} {'without':>8} {'broken':>7}")
    for name, promise in sorted({(one.name, one.promise) for one in cells}):
        its = [one for one in cells if (one.name, one.promise) == (name, promise)]
        counts = [(one.mails, one.routed, one.right, one.strangers) for one in its]
        mails, routed, right, strangers = np.sum(counts, axis=0).tolist()
        worst = min((one.right / one.routed for one in its if one.routed), default=0.0)
        without = right / (routed - strangers) if routed > strangers else 0.0
        shown = f"{right / routed:>7.3f} {worst:>7.3f} {without:>8.3f}" if routed else f"{'-':>7} {'-':>7} {'-':>8}"
        broken = sum(not one.kept for one in its)
        print(f"{name:>22} {promise:>8} {routed / mails:>13.3f} {shown} {broken:>7}")


if __name__ == "__main__":
    main()
