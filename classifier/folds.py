"""Parts for cross-fitting: every department in each of them, and near-duplicates in one and the same.

Decides; touches nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.intp]


def deal(labels: Numbers, groups: Sequence[int] | Numbers, parts: int, seed: int) -> Numbers:
    """For each text the number of its part, from 0; equal input gives equal parts.

    labels: number of the department. groups: texts of equal number stay together. A department whose texts
    make two groups or more never lies in one part alone, so that it can always be learnt from the others.
    """
    members = defaultdict[int, list[int]](list)
    for text, group in enumerate(np.asarray(groups).tolist()):
        members[group].append(text)
    found = np.zeros(len(labels), dtype=np.intp)
    load = np.zeros((int(labels.max()) + 1, parts), dtype=np.intp)
    for group in _in_turn(list(members.values()), labels, seed):
        mine = labels[group]
        # The part that has least of what is rarest in this group, and of those the emptiest.
        part = int(np.lexsort((load.sum(axis=0), load[_rarest(mine, labels)]))[0])
        found[group] = part
        load[:, part] += np.bincount(mine, minlength=len(load))
    return _mended(found, labels, list(members.values()), parts)


def _in_turn(groups: list[list[int]], labels: Numbers, seed: int) -> list[list[int]]:
    """Rare departments first, then large groups, for they fit in hardest; else by chance."""
    frequency = np.bincount(labels)
    order = np.random.default_rng(seed).permutation(len(groups))
    return sorted((groups[i] for i in order), key=lambda group: (frequency[labels[group]].min(), -len(group)))


def _rarest(mine: Numbers, labels: Numbers) -> int:
    return int(mine[np.bincount(labels)[mine].argmin()]) if len(mine) > 1 else int(mine[0])


def _mended(found: Numbers, labels: Numbers, groups: list[list[int]], parts: int) -> Numbers:
    """Where a department still lies in one part alone, one of its groups goes to the next part."""
    for department in range(int(labels.max()) + 1):
        its = labels == department
        if len(np.unique(found[its])) == 1:
            held = [group for group in groups if its[group].any()]
            if len(held) > 1:
                found[held[-1]] = (found[held[-1]] + 1) % parts
    return found
